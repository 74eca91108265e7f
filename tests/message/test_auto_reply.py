"""Whom a program may answer for a person, and what such an answer looks like (RFC 3834)."""

from datetime import UTC, datetime

import pytest

from pillarbox.message import auto_reply, headers, structure
from pillarbox.message.auto_reply import Answer
from pillarbox.message.heading import Heading
from pillarbox.message.text import text_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def heading(*fields: str) -> Heading:
    return Heading(headers.read("".join(f"{field}\r\n" for field in fields).encode() + b"\r\n"))


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "MAILER-DAEMON@example.com",
        "listserv@example.com",
        "owner-people@example.com",
        "people-request@example.com",
        "people-bounces@example.com",
        "bounce+x=y@example.com",
        "noreply@example.com",
        "No-Reply.7@example.com",
        "do_not_reply@example.com",
    ],
)
def test_nobody_who_is_a_program_is_answered(sender: str) -> None:
    assert not auto_reply.is_answerable(heading("Subject: x"), sender)


@pytest.mark.parametrize("sender", ["ann@example.com", "noreen@example.com", "bouncer@example.com", "owner@example.com"])
def test_people_are_answered(sender: str) -> None:
    assert auto_reply.is_answerable(heading("Subject: x", "Auto-Submitted: no"), sender)


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-replied (vacation)",
        "AUTO-SUBMITTED: Auto-Notified; owner-email=x",
        "List-Id: <people.example.com>",
        "List-Unsubscribe: <https://example.com/>",
        "Precedence: bulk",
        "Precedence: LIST",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "Content-Type: multipart/report; report-type=delivery-status",
    ],
)
def test_what_is_written_by_programs_or_to_many_is_not_answered(field: str) -> None:
    assert not auto_reply.is_answerable(heading("Subject: x", field), "ann@example.com")


def test_addressees_are_those_of_all_fields_and_not_more_than_anyone_looks_at() -> None:
    found = heading("To: A <a@x.org>, b@x.org", "Cc: c@x.org", "Resent-To: d@x.org")
    assert list(auto_reply.addressees(found)) == [("a", "x.org"), ("b", "x.org"), ("c", "x.org"), ("d", "x.org")]
    many = heading("To: " + ", ".join(f"p{number}@x.org" for number in range(500)))
    assert len(list(auto_reply.addressees(many))) == auto_reply.ADDRESSEES


def test_an_answer_says_what_it_is_and_what_it_answers() -> None:
    about = heading("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Message-ID: <m@x>", "References: <a@x> <b@x>")
    answer = Answer(name="Alice Ä", address="alice@example.org", text="Away.\n", html="<p>Away.</p>")
    data = auto_reply.compose(answer, "ann@example.com", about, at=AT, message_id="new@mail")
    root = structure.parse(data)
    found = Heading(root.header)
    assert found.mailboxes(b"from") == (("alice", "example.org"),)
    assert found.mailboxes(b"to") == (("ann", "example.com"),)
    assert found.subject == "Auto: Grüße"
    assert root.header.first(b"auto-submitted") == b"auto-replied"
    assert root.header.first(b"in-reply-to") == b"<m@x>"
    assert root.header.first(b"references") == b"<a@x> <b@x> <m@x>"
    assert [part.content_type for part in root.children] == ["text/plain", "text/html"]
    assert text_of(data, root.children[0]).strip() == "Away."
    assert data.isascii()


def test_html_alone_has_its_text_beside_it_and_text_alone_stands_alone() -> None:
    for answer, kinds in (
        (Answer(name="", address="a@x.org", html="<p>Off &amp; away</p>"), ["text/plain", "text/html"]),
        (Answer(name="", address="a@x.org", text="Off"), []),
    ):
        root = structure.parse(auto_reply.compose(answer, "b@x.org", heading("Subject: s"), at=AT, message_id="n@m"))
        assert [part.content_type for part in root.children] == kinds


@pytest.mark.parametrize("field", ["Message-ID: <a\x01c@x>", "Message-ID: <" + "x" * 5000 + "@y>", "Message-ID: ", "X: y"])
def test_a_message_id_that_is_none_is_not_referred_to(field: str) -> None:
    data = auto_reply.compose(Answer(name="", address="a@x.org", text="t"), "b@x.org", heading(field), at=AT, message_id="n@m")
    assert all(len(line) < 999 for line in data.split(b"\r\n"))
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in data


def test_nothing_of_the_message_answered_can_begin_a_field() -> None:
    about = heading("Subject: =?utf-8?q?a=0D=0ABcc:_x@y.org?=", "Message-ID: <m@x>")
    data = auto_reply.compose(Answer(name="", address="a@x.org", text="t"), "b@x.org", about, at=AT, message_id="n@m")
    assert b"bcc" not in headers.read(data)
