import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import summary
from pillarbox.message.addresses import Address

MESSAGE = (
    b"From: =?utf-8?q?=C3=89mile?= <Emile@Example.org>\r\nTo: List: A <a@b.test>, c@d.test;\r\nTo: e@f.test\r\n"
    b"Cc: postmaster\r\n"
    b"Subject: Re: [list] =?utf-8?b?R3LDvMOfZQ==?=\r\nDate: Mon, 18 Nov 2002 10:00:00 +0100\r\nMessage-ID: <1@x>\r\n"
    b"References: <a@x> <b@x>\r\nIn-Reply-To: <c@x>\r\n\r\nHello there,\r\nhow are you?\r\n"
)


def test_all_that_mailboxes_ask_for_is_there() -> None:
    found = summary.read(MESSAGE)
    assert found.size == len(MESSAGE)
    assert (found.subject, found.base_subject) == ("Re: [list] Grüße", "grüsse")
    assert found.sent is not None
    assert found.sent.isoformat() == "2002-11-18T10:00:00+01:00"
    assert (found.message_id, found.references) == ("1@x", ["a@x", "b@x"])
    assert [found.first_mailbox(name) for name in (b"from", b"to", b"cc", b"bcc")] == ["Emile", "List", "postmaster", ""]
    assert [found.display_name(name) for name in (b"from", b"to", b"cc", b"bcc")] == ["Émile", "List", "postmaster", ""]
    assert found.addresses(b"to")[-1] == Address(None, None, b"e", b"f.test")
    assert found.preview == "Hello there, how are you?"
    assert found.search_text is not None
    assert found.search_text.body == "hello there,\r\nhow are you?\r\n"
    assert not found.has_attachment


def test_an_empty_message_has_a_summary() -> None:
    found = summary.read(b"")
    assert (found.subject, found.base_subject, found.sent, found.message_id, found.references) == ("", "", None, None, [])
    assert (found.first_mailbox(b"from"), found.display_name(b"from"), found.preview, found.has_attachment) == (
        "",
        "",
        "",
        False,
    )


def test_in_reply_to_stands_in_for_references() -> None:
    assert summary.read(b"In-Reply-To: <a@x> <b@x>\r\n\r\n").references == ["a@x"]
    assert summary.read(b"References: none\r\nIn-Reply-To: <a@x>\r\n\r\n").references == ["a@x"]


def test_addresses_of_all_fields_are_bounded_together() -> None:
    data = b"To: a@b, c@d\r\nTo: e@f, g@h\r\n\r\n"
    assert len(summary.read(data, MessageLimits(addresses=3)).addresses(b"to")) == 3


def test_addresses_are_looked_for_in_so_many_bytes() -> None:
    for spare, found in ((10, 1), (0, 0)):
        data = b"To: ," + b" " * (summary.ADDRESS_BYTES - spare) + b",\r\nTo: a@b.test\r\n\r\n"
        assert len(summary.read(data).addresses(b"to")) == found


MIXED = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\ntext\r\n--a\r\n%b\r\n\r\nx\r\n--a--\r\n"


@pytest.mark.parametrize(
    ("fields", "attached"),
    [
        (b"Content-Type: text/html", False),
        (b"Content-Type: text/plain; name=a.txt", True),
        (b"Content-Type: text/plain\r\nContent-Disposition: inline; filename=a.txt", False),
        (b"Content-Disposition: attachment", True),
        (b"Content-Type: application/pdf", True),
        (b"Content-Type: image/png", True),
        (b"Content-Type: image/png\r\nContent-ID: <1@x>", False),
        (b"Content-Type: image/png\r\nContent-Disposition: inline", False),
        (b"Content-Type: application/pgp-signature", False),
        (b"Content-Type: application/pkcs7-signature\r\nContent-Disposition: attachment; filename=smime.p7s", False),
        (b"Content-Type: message/rfc822", True),
        (b"Content-Type: message/delivery-status", False),
    ],
)
def test_an_attachment_is_what_people_call_one(fields: bytes, attached: bool) -> None:
    assert summary.read(MIXED % fields).has_attachment is attached


def test_whom_a_message_is_from_may_be_a_group_and_addresses_are_as_they_stand() -> None:
    group = summary.read(b"From: =?utf-8?q?G=C3=A4ste?=: a@b.test;\r\n\r\n")
    assert (group.first_mailbox(b"from"), group.display_name(b"from")) == ("Gäste", "Gäste")
    literal = summary.read(b"From: =?utf-8?q?a?=@b.test\r\n\r\n")
    assert (literal.first_mailbox(b"from"), literal.display_name(b"from")) == ("=?utf-8?q?a?=", "=?utf-8?q?a?=@b.test")
    long = summary.read(b'From: "%b" <%b@b.test>\r\n\r\n' % (b"x" * 5000, b"y" * 5000), MessageLimits(sort_key=9))
    assert (long.first_mailbox(b"from"), long.display_name(b"from")) == ("y" * 9, "x" * 9)
