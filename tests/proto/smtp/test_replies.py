"""Replies as bytes, and the errors they stand for."""

from datetime import UTC, datetime

import pytest

from kinds import SHARED
from pillarbox import errors
from pillarbox.limits import SmtpLimits
from pillarbox.proto.smtp import extensions, replies
from pillarbox.proto.smtp.errors import STATUS, reply_to
from pillarbox.proto.smtp.replies import Reply


@pytest.mark.parametrize(("reply", "raw"), [
    (Reply(250, "2.0.0", "OK"), b"250 2.0.0 OK\r\n"),
    (Reply(354, "", "Go on"), b"354 Go on\r\n"),
    (Reply(250, "2.0.0", "a", ("b", "c")), b"250-2.0.0 a\r\n250-2.0.0 b\r\n250 2.0.0 c\r\n"),
    (replies.hello("mx", ["SIZE 1", "DSN"]), b"250-mx\r\n250-SIZE 1\r\n250 DSN\r\n"),
    (Reply(250, "", "mx"), b"250 mx\r\n"),
    (replies.challenge(b""), b"334 \r\n"),
    (replies.challenge(b"VXNlcm5hbWU6"), b"334 VXNlcm5hbWU6\r\n"),
    (Reply(550, "5.0.0", "no\r\n250 2.0.0 yes\0é"), b"550 5.0.0 no??250 2.0.0 yes??\r\n"),
    (Reply(250, "", "a", ("b\nc",)), b"250-a\r\n250 b?c\r\n"),
])  # fmt: skip
def test_a_reply_as_bytes(reply: Reply, raw: bytes) -> None:
    assert reply.encode() == raw


@pytest.mark.parametrize("kind", SHARED)
def test_every_error_has_a_reply(kind: type[errors.MailError]) -> None:
    assert kind in STATUS
    reply = reply_to(kind("said of it"))
    assert reply.text == "said of it"
    assert reply.code // 100 in (4, 5)
    assert reply.enhanced[0] == str(reply.code)[0]
    assert reply.code != 421, "would end the connection"


def test_an_error_of_another_kind_is_told_as_its_parent() -> None:
    class MailboxFrozen(errors.OverQuota):
        pass

    assert reply_to(MailboxFrozen("x" * 1000)).code == 452
    assert len(reply_to(MailboxFrozen("x" * 1000)).encode()) == replies.LINE_LENGTH


@pytest.mark.parametrize("reply", [value for value in vars(replies).values() if isinstance(value, Reply)])
def test_the_codes_of_a_reply_agree(reply: Reply) -> None:
    """RFC 3463 §2: the class of the enhanced code is the reply's; 354 and 334 have none (RFC 2034 §4)."""
    assert (reply.enhanced[:1] or "3") == str(reply.code)[0]
    assert len(reply.encode()) <= replies.LINE_LENGTH


def test_what_is_announced_can_be_read_back() -> None:
    words = extensions.keywords(SmtpLimits(recipients=7, transactions=8), starttls=True, mechanisms=["PLAIN", "LOGIN"])
    assert "LIMITS RCPTMAX=7 MAILMAX=8" in words
    assert words[-1] == "AUTH PLAIN LOGIN"
    assert extensions.announced(words).keys() >= {"SIZE", "CHUNKING", "STARTTLS", "AUTH", "LIMITS"}


@pytest.mark.parametrize(("lines", "found"), [
    (["size 10", "Pipelining"], {"SIZE": ("10",), "PIPELINING": ()}),
    (["AUTH=LOGIN plain", "AUTH PLAIN XOAUTH2"], {"AUTH": ("LOGIN", "PLAIN", "XOAUTH2")}),
    (["SIZE  1  2 "], {"SIZE": ("1", "2")}),
    (["", " ", "-X", "é", "DSN?", "8BITMIME"], {"8BITMIME": ()}),
    (["X=1"], {"X": ("1",)}),
])  # fmt: skip
def test_what_others_announce(lines: list[str], found: dict[str, tuple[str, ...]]) -> None:
    assert extensions.announced(lines) == found


def test_what_is_announced_only_at_some_doors() -> None:
    always = extensions.keywords(SmtpLimits())
    until = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert extensions.keywords(SmtpLimits(), require_tls=True, future_release=(600, until)) == (
        *always,
        "REQUIRETLS",
        "FUTURERELEASE 600 2026-01-02T03:04:05Z",
    )
