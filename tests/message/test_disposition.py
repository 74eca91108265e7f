"""Read receipts, both ways (RFC 8098)."""

from datetime import UTC, datetime

import pytest

from pillarbox.errors import Invalid
from pillarbox.message import disposition, headers, structure
from pillarbox.message.disposition import Disposition, Notification
from pillarbox.message.heading import Heading

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
BY_HAND = Disposition("manual-action", "mdn-sent-manually", "displayed")
ABOUT = headers.read(
    b"Subject: =?utf-8?q?W=C3=B6rld?=\r\nMessage-ID: <m@x>\r\nDisposition-Notification-To: A <a@x.org>\r\n\r\n"
)


def written(notification: Notification, name: str = "", sender: str = "b@y.org") -> bytes:
    return disposition.written(notification, name=name, sender=sender, to=["a@x.org"], about=ABOUT, at=AT, message_id="n@m")


def test_what_is_written_reads_back() -> None:
    given = Notification(
        disposition=BY_HAND,
        final_recipient="rfc822; b@y.org",
        original_recipient="rfc822; list@y.org",
        original_message_id="<m@x>",
        reporting_ua="host; Mail 1",
        extensions={"X-More": "and more"},
        subject="Gelesen: Wörld",
        text="It was shown.\n",
        has_original=True,
    )
    data = written(given, "Bob Ä")
    root = structure.parse(data)
    found = disposition.read(data, root)
    assert found is not None
    assert found.extensions == {"x-more": "and more"}
    assert found.text.replace("\r\n", "\n").strip() == "It was shown."
    for name in ("disposition", "final_recipient", "original_recipient", "original_message_id", "reporting_ua", "subject"):
        assert getattr(found, name) == getattr(given, name), name
    assert found.has_original
    assert [part.content_type for part in root.children] == [
        "text/plain", "message/disposition-notification", "text/rfc822-headers",
    ]  # fmt: skip
    assert root.header.first(b"in-reply-to") == b"<m@x>"
    assert b"auto-submitted" not in root.header, "a person has done it"
    assert data.isascii()


def test_what_nobody_says_is_said_for_them() -> None:
    data = written(Notification(disposition=Disposition("automatic-action", "mdn-sent-automatically", "deleted")))
    assert Heading(headers.read(data)).subject == "Read: Wörld"
    assert headers.read(data).first(b"auto-submitted") == b"auto-replied"


def test_an_address_beyond_ascii_goes_in_seven_bits_and_comes_back() -> None:
    data = written(Notification(disposition=BY_HAND, final_recipient="rfc822; jörg@y.org"))
    assert rb"utf-8; j\x{F6}rg@y.org" in data
    found = disposition.read(data, structure.parse(data))
    assert found is not None
    assert found.final_recipient == "utf-8; jörg@y.org"


@pytest.mark.parametrize("name", ["Disposition", "final-recipient", "a b", "ü", "", "a:b", "x\r\ny"])
def test_an_extension_cannot_be_one_of_our_fields_or_none_at_all(name: str) -> None:
    with pytest.raises(Invalid):
        written(Notification(disposition=BY_HAND, extensions={name: "x"}))


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: x\r\n\r\ntext\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"\r\n--b--\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Disposition: whatever/it; is\r\n--b--\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n",
    ],
)
def test_what_is_no_notification_is_none(data: bytes) -> None:
    assert disposition.read(data, structure.parse(data)) is None


def test_a_report_with_nothing_but_the_notification_is_read() -> None:
    data = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Disposition: Automatic-Action/MDN-sent-automatically; Processed/error\r\nError: =?utf-8?q?=C3=A4?=\r\n--b--\r\n"
    )
    found = disposition.read(data, structure.parse(data))
    assert found is not None
    assert found.disposition == Disposition("automatic-action", "mdn-sent-automatically", "processed")
    assert (list(found.errors), found.text, found.has_original) == (["ä"], "", False)


def test_who_wants_to_be_told_is_who_says_so_with_an_address() -> None:
    assert disposition.requested_by(Heading(ABOUT)) == ["a@x.org"]
    assert disposition.requested_by(Heading(headers.read(b"Disposition-Notification-To: yes\r\n\r\n"))) == []
