"""What the queue has for our own mailboxes: every error has a word."""

from collections.abc import Iterator

import pytest

from pillarbox import errors
from pillarbox.errors import MailError
from pillarbox.mta.local import FILED, verdict_of
from pillarbox.store.queued import State


def kinds(kind: type[MailError] = MailError) -> Iterator[type[MailError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from kinds(below)


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_error_of_the_mail_has_a_verdict(kind: type[MailError]) -> None:
    verdict = verdict_of(kind("why"))
    assert verdict.state in (State.FAILED, State.WAITING)
    assert verdict.code[0] == ("5" if verdict.state is State.FAILED else "4")
    assert verdict.said == "why"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound(""), "5.1.1"),
        (errors.MailboxNotFound(""), "5.1.1"),
        (errors.TooBig(""), "5.3.4"),
        (errors.OverQuota(""), "4.2.2"),
        (errors.Unavailable(""), "4.3.0"),
    ],
)
def test_what_waiting_mends_waits(error: MailError, code: str) -> None:
    assert verdict_of(error).code == code


def test_what_is_filed_is_delivered() -> None:
    assert verdict_of(None) is FILED
