"""Which mechanisms are announced where."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from pillarbox.net.stream import Stream
from pillarbox.servers.login import offered
from pillarbox.settings import Http, Listen, OAuth, Settings

TOKENS = ["OAUTHBEARER", "XOAUTH2"]


def stream(*, secure: bool = True) -> Stream:
    return cast(Stream, SimpleNamespace(secure=secure, tls=None))


@pytest.mark.parametrize(
    ("settings", "are_taken"),
    [
        (Settings(listen=Listen()), False),
        (Settings(listen=Listen(https=("127.0.0.1:0",))), True),
        (Settings(listen=Listen(), http=Http(url="https://mail.example.org")), True),
        (Settings(listen=Listen(), oauth=OAuth(keys="jwks.json")), True),
    ],
)
def test_tokens_are_taken_where_somebody_issues_them_and_it_may_be_ourselves(settings: Settings, are_taken: bool) -> None:
    settings = replace(settings, listen=replace(settings.listen, imaps=("127.0.0.1:0",)))
    assert [name for name in offered(stream(), settings) if name in TOKENS] == (TOKENS if are_taken else [])
    assert not offered(stream(secure=False), settings)
