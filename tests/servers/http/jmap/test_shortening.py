"""Answers compressed on their way: where that is understood, worth it, and tells nobody anything."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from jmapping import ALICE, CORE, Person, persons
from pillarbox.servers.http import shortening
from pillarbox.servers.http.jmap.capabilities import PEOPLE


@pytest.fixture
async def alice(tmp_path: Path) -> AsyncIterator[Person]:
    async with persons(tmp_path) as people:
        yield people[ALICE]


async def ask(alice: Person, understood: str | None, size: int = 100_000, *more: Any) -> httpx2.Response:
    calls = [["Core/echo", {"a": "long " * (size // 5)}, "0"], *more]
    headers = {"Content-Type": "application/json", "Accept-Encoding": understood or "identity"}
    content = json.dumps({"using": [CORE, PEOPLE], "methodCalls": calls})
    response = await alice.http.post("/jmap/api", content=content, headers=headers)
    assert response.status_code == 200
    assert response.json()["methodResponses"][0] == calls[0]
    assert response.headers["vary"] == "Accept-Encoding"
    return response


@pytest.mark.parametrize("size", [shortening.LEAST, 200_000])
async def test_a_long_answer_is_compressed(alice: Person, size: int) -> None:
    response = await ask(alice, "br, GZIP;q=0.5", size)
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < len(response.content) / 2


@pytest.mark.parametrize("understood", [None, "br", "gzip;q=0, br", "*;q=0.000", "x-gzip, gzipped"])
async def test_who_does_not_understand_that_gets_it_as_it_is(alice: Person, understood: str | None) -> None:
    assert "content-encoding" not in (await ask(alice, understood)).headers


async def test_a_short_answer_goes_as_it_is(alice: Person) -> None:
    assert "content-encoding" not in (await ask(alice, "gzip", shortening.LEAST // 2)).headers


@pytest.mark.parametrize("call", ["AppPassword/get", "AppPassword/set", "SecondFactor/begin", "SignIn/get", "Passkey/options"])
async def test_what_lets_people_in_is_never_compressed(alice: Person, call: str) -> None:
    secret = [call, {"accountId": alice.account}, "1"]
    assert "content-encoding" not in (await ask(alice, "gzip", 100_000, secret)).headers


def test_the_length_of_an_answer_says_little_of_what_is_in_it() -> None:
    packed = [shortening.packed(b"mail " * 1000) for _ in range(50)]
    assert {gzip.decompress(each) for each in packed} == {b"mail " * 1000}
    assert len({len(each) for each in packed}) > 10


@pytest.mark.parametrize(
    ("said", "is_understood"),
    [
        ("gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("*", True),
        ("gzip;q=0.001", True),
        ("gzip; q=0.0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("", False),
        (",;,;q=0,", False),
    ],
)
def test_accept_encoding_is_read_as_http_has_it(said: str, is_understood: bool) -> None:
    assert shortening.is_understood(said) is is_understood
