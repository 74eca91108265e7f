import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.errors import Invalid
from pillarbox.limits import MessageLimits
from pillarbox.message import headers, structure
from pillarbox.message.report import Composed, delivery_status, read_status
from pillarbox.message.status import RecipientStatus, Status

CASES = Path(__file__).parents[1] / "cases" / "dsn"
AT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ORIGINAL = (
    b"Received: from x by y; Sat, 21 Nov 2026 12:29:00 +0000\r\n"
    b"From: Alice <alice@example.org>\r\nTo: bob@example.net\r\nSubject: Lunch on Friday\r\nMessage-ID: <lunch@example.org>\r\n"
    b"\r\nAt noon?\r\n"
)
BOB = RecipientStatus(
    address="bob@example.net",
    action="failed",
    status="5.1.1",
    original="rfc822;bob@example.net",
    diagnostic="550 5.1.1 <bob@example.net>: no such user here",
    remote_mta="mx.example.net",
    last_attempt=AT,
)
CAROL = RecipientStatus(
    address="carol@example.com",
    action="delayed",
    status="4.4.1",
    diagnostic="no server of example.com answers",
    last_attempt=AT,
    will_retry_until=LATER,
)


def notify(
    *recipients: RecipientStatus,
    to: str = "alice@example.org",
    returned: bytes = ORIGINAL,
    whole: bool = True,
    envid: str = "",
    limits: MessageLimits | None = None,
) -> Composed:
    return delivery_status(
        Status(reporting_mta="mail.example.org", recipients=recipients or (BOB,), envid=envid, arrival=AT),
        to=to,
        from_="postmaster@mail.example.org",
        at=AT,
        message_id="abc@mail.example.org",
        returned=returned,
        whole=whole,
        limits=limits or MessageLimits(),
    )


def read(composed: Composed) -> EmailMessage:
    """By the standard library, which finds nothing wrong with it."""
    message = message_from_bytes(composed.data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def parts(composed: Composed) -> list[str]:
    return [part.content_type for part in structure.parse(composed.data).children]


def lines(composed: Composed) -> Iterator[bytes]:
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", composed.data)
    return iter(composed.data.split(b"\r\n"))


GOLDEN = {
    "failed": notify(BOB, replace(BOB, address="robert@example.net", original=""), envid="QQ314159"),
    "delayed-and-failed": notify(CAROL, BOB, whole=False),
    "relayed": notify(
        RecipientStatus(
            address="bob@example.net", action="relayed", status="2.0.0", remote_mta="mx.example.net", diagnostic="250 ok"
        )
    ),
    "address-beyond-ascii": notify(replace(BOB, address="bjørn@example.net", original="utf-8;bjørn@example.net")),
    "sender-beyond-ascii": notify(
        replace(BOB, address="bjørn@example.net", original="", diagnostic="550 5.1.1 ingen bjørn her"),
        to="åse@example.org",
        returned="From: åse@example.org\r\nSubject: Møte\r\n\r\nKl. 12, på rådhuset\r\n".encode(),
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_a_notification_reads_as_in_its_case(case: str) -> None:
    assert GOLDEN[case].data == (CASES / f"{case}.eml").read_bytes()


@pytest.mark.parametrize("case", GOLDEN)
def test_what_was_written_is_read_again(case: str) -> None:
    data = GOLDEN[case].data
    status = read_status(data, structure.parse(data))
    assert status is not None
    assert (status.reporting_mta, status.arrival) == ("mail.example.org", AT)
    found = read(GOLDEN[case])
    assert found.get_content_type() == "multipart/report"
    assert found.get_param("report-type") == "delivery-status"
    assert [each.address for each in status.recipients]
    assert all(each.status for each in status.recipients)


def test_the_two_recipients_of_a_case_come_back_whole() -> None:
    data = GOLDEN["delayed-and-failed"].data
    status = read_status(data, structure.parse(data))
    assert status is not None
    assert status.recipients == [CAROL, BOB]


def test_the_header_is_that_of_an_automatic_reply_to_the_sender() -> None:
    message = read(notify())
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["From"].addresses[0].addr_spec == "postmaster@mail.example.org"
    assert message["To"].addresses[0].addr_spec == "alice@example.org"
    assert message["Subject"] == "Undelivered: Lunch on Friday"
    assert message["In-Reply-To"] == message["References"] == "<lunch@example.org>"
    assert message["Message-ID"] == "<abc@mail.example.org>"
    assert message["Date"].datetime == AT


@pytest.mark.parametrize(
    ("returned", "whole", "to", "expected", "encoding"),
    [
        (ORIGINAL, True, "a@example.org", "message/rfc822", "7bit"),
        (ORIGINAL, False, "a@example.org", "text/rfc822-headers", "7bit"),
        (ORIGINAL + "Grüße\r\n".encode(), True, "a@example.org", "message/rfc822", "8bit"),
        (ORIGINAL + b"x" * 2000, True, "a@example.org", "text/rfc822-headers", "7bit"),
        (ORIGINAL + b"bare\rCR", True, "a@example.org", "text/rfc822-headers", "7bit"),
        (ORIGINAL + b"bare\nLF", True, "a@example.org", "text/rfc822-headers", "7bit"),
        (ORIGINAL + b"\0", True, "a@example.org", "text/rfc822-headers", "7bit"),
        ("Subject: é\r\n\r\nx\r\n".encode(), True, "a@example.org", "text/rfc822-headers", "quoted-printable"),
        (b"Subject: a\nX: y\n\nx\n", True, "a@example.org", "text/rfc822-headers", "quoted-printable"),
        (b"Subject: " + b"x" * 2000 + b"\r\n\r\nx\r\n", False, "a@example.org", "text/rfc822-headers", "quoted-printable"),
        ("Subject: é\r\n\r\nx\r\n".encode(), True, "é@example.org", "message/global", "8bit"),
        ("Subject: é\r\n\r\nx\r\n".encode(), False, "é@example.org", "message/global-headers", "8bit"),
        (ORIGINAL, True, "é@example.org", "message/rfc822", "7bit"),
        (b"", False, "a@example.org", "text/rfc822-headers", "7bit"),
    ],
)
def test_the_message_is_returned_in_a_form_that_arrives(
    returned: bytes, whole: bool, to: str, expected: str, encoding: str
) -> None:
    composed = notify(returned=returned, whole=whole, to=to)
    part = structure.parse(composed.data).children[2]
    assert (part.content_type, part.encoding) == (expected, encoding)
    assert all(len(line) <= 998 for line in lines(composed))
    assert composed.smtputf8 == (not to.isascii())
    assert composed.eight_bit == (not composed.data.isascii())
    whole_body = composed.data[part.body_start : part.end]
    assert not whole or expected.startswith("text/") or whole_body == returned


def test_a_long_header_is_returned_up_to_a_whole_line() -> None:
    returned = b"Subject: x\r\n" + b"X-Line: yyyyyyyyyy\r\n" * 100 + b"\r\nbody\r\n"
    composed = notify(returned=returned, whole=True, limits=MessageLimits(returned=205))
    part = structure.parse(composed.data).children[2]
    assert part.content_type == "text/rfc822-headers"
    assert composed.data[part.body_start : part.end].split(b"\r\n") == [b"Subject: x", *[b"X-Line: yyyyyyyyyy"] * 9, b""]


HOSTILE = (
    "550 x\r\nBcc: victim@example.com\r\n\r\n--=_\r\nContent-Type: text/html\r\n\r\n\x1b[31m\0\u202eevil\u2028z" + "w" * 5000
)


@pytest.mark.parametrize("field", ["diagnostic", "address", "remote_mta", "original", "status"])
def test_nothing_a_server_says_begins_a_line(field: str) -> None:
    value = f"rfc822;{HOSTILE}" if field == "original" else HOSTILE
    composed = notify(replace(BOB, **{field: value}))  # type: ignore[arg-type]
    assert parts(composed) == parts(notify())
    assert not any(line.startswith((b"Bcc", b"--=_\r", b"Content-Type: text/html", b"\x1b")) for line in lines(composed))
    assert b"\x1b" not in composed.data
    assert all(len(line) <= 998 for line in lines(composed))


@pytest.mark.parametrize("field", [b"Subject", b"Message-ID"])
def test_nothing_the_message_says_begins_a_line(field: bytes) -> None:
    value = b" =?utf-8?b?DQpCY2M6IHY=?= <a@b>\r\n\tx <c\r@d>"
    composed = notify(returned=field + b":" + value + b"\r\n\r\n")
    header = headers.read(composed.data)
    assert b"bcc" not in header
    assert len(header.all(b"subject")) == 1


def test_an_envelope_id_is_one_line() -> None:
    composed = notify(envid="x\r\nBcc: v" + "z" * 500)
    status = read_status(composed.data, structure.parse(composed.data))
    assert status is not None
    assert status.envid.startswith("x Bcc: vzzz")
    assert len(status.envid) <= 100


@pytest.mark.parametrize("to", ["", "a\r\nBcc: b@c", "a\0b@c", "a\x7f@c"])
def test_no_address_makes_a_second_field(to: str) -> None:
    with pytest.raises(Invalid):
        notify(to=to)


def test_the_boundary_is_in_no_part_even_if_guessed() -> None:
    long = ORIGINAL + b"padding\r\n" * 1000  # more than what the boundary is made from
    once = notify(returned=long)
    boundary = re.search(rb'boundary="([^"]+)"', once.data)
    assert boundary
    again = notify(returned=long + b"--" + boundary[1] + b"--\r\n")
    assert again.data.count(boundary[1]) == 1
    assert parts(again) == parts(once)


@pytest.mark.parametrize(
    ("status", "words"),
    [("5.1.1", "no such mailbox"), ("5.2.2", "is full"), ("5.7.1", "a rule of its own"), ("5.7.30", "encryption"),
     ("4.4.7", "as long as"), ("5.1.10", "no mail at all")],
)  # fmt: skip
def test_people_are_told_what_to_do(status: str, words: str) -> None:
    body = read(notify(replace(BOB, status=status))).get_body(("plain",))
    assert body is not None
    assert words in " ".join(body.get_content().split())


def test_what_the_server_said_is_there_word_by_word() -> None:
    body = read(notify()).get_body(("plain",))
    assert body is not None
    assert "The server mx.example.net said: 550 5.1.1 <bob@example.net>: no such user here" in " ".join(
        body.get_content().split()
    )


@pytest.mark.parametrize(
    ("actions", "subject"),
    [
        (("failed",), "Undelivered"),
        (("delayed",), "Delayed"),
        (("delivered", "failed"), "Undelivered"),
        (("relayed",), "Passed on"),
        (("delivered",), "Delivered"),
        (("expanded", "delivered"), "Forwarded"),
    ],
)
def test_the_gravest_outcome_names_it(actions: tuple[str, ...], subject: str) -> None:
    composed = notify(*(replace(BOB, action=action) for action in actions))  # type: ignore[arg-type]
    assert composed.subject == f"{subject}: Lunch on Friday"


def test_a_subject_beyond_ascii_is_encoded() -> None:
    composed = notify(returned=b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= " + "ж".encode() * 300 + b"\r\n\r\n")
    assert composed.subject.startswith("Undelivered: Grüße жж")
    assert read(composed)["Subject"] == composed.subject
    assert composed.data.isascii()


# Others' notifications.

FOREIGN = {
    "postfix": (
        b"Reporting-MTA: dns; mx.example.net\nX-Postfix-Queue-ID: 4Xyz\nX-Postfix-Sender: rfc822; alice@example.org\n"
        b"Arrival-Date: Sat, 21 Nov 2026 12:30:00 +0000 (UTC)\n\nFinal-Recipient: rfc822; bob@example.net\n"
        b"Original-Recipient: rfc822;bob@example.net\nAction: failed\nStatus: 5.1.1\n"
        b'Diagnostic-Code: X-Postfix; unknown user: "bob"\n',
        [("bob@example.net", "failed", "5.1.1", 'unknown user: "bob"')],
    ),
    "capitals, comments and folds": (
        b"REPORTING-MTA: DNS;a\r\n\r\nFINAL-RECIPIENT: RFC822;bob@example.net\r\nACTION: Failed (bad)\r\n"
        b"STATUS: 5.7.1 (refused)\r\nDIAGNOSTIC-CODE: smtp; 550\r\n\tno\r\n",
        [("bob@example.net", "failed", "5.7.1", "550 no")],
    ),
    "no fields of the message": (
        b"X: y\r\n\r\n\r\nFinal-Recipient: rfc822; b@x\r\nAction: delayed\r\nStatus: 4.4.1\r\n",
        [("b@x", "delayed", "4.4.1", "")],
    ),
    "letters spelled out": (
        b"Reporting-MTA: dns;a\r\n\r\nFinal-Recipient: utf-8;b\\x{F8}\\x{2B}\\x{D800}@x\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        [("bø+\\x{D800}@x", "failed", "5.1.1", "")],
    ),
    "groups that say too little": (
        b"Reporting-MTA: dns;a\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"Final-Recipient: rfc822;b@x\r\nStatus: 5.1.1\r\n\r\n"
        b"Final-Recipient: rfc822;b@x\r\nAction: exploded\r\nStatus: 5.1.1\r\n\r\n"
        b"Final-Recipient: rfc822;b@x\r\nAction: failed\r\nStatus: 99999.1.1\r\n\r\n"
        b"no field at all\r\n\r\nFinal-Recipient: rfc822;c@x\r\nAction: failed\r\nStatus: 5.0.0\r\n",
        [("c@x", "failed", "5.0.0", "")],
    ),
    "no recipients": (b"Reporting-MTA: dns;a\r\n", []),
}  # fmt: skip


def foreign(text: bytes, fields: bytes = b"") -> bytes:
    return (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n" + fields + b"\r\n" + text + b"\r\n--b--\r\n"
    )


@pytest.mark.parametrize("case", FOREIGN)
def test_what_other_servers_send_is_understood(case: str) -> None:
    text, expected = FOREIGN[case]
    data = foreign(text)
    status = read_status(data, structure.parse(data))
    assert status is not None
    assert [(each.address, each.action, each.status, each.diagnostic) for each in status.recipients] == expected


def test_an_encoded_status_is_decoded() -> None:
    data = foreign(
        b"Reporting-MTA: dns; a=\r\n\r\n\r\nFinal-Recipient: rfc822; b@x\r\nAction: failed\r\nStatus: 5.1=2E1\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
    )
    status = read_status(data, structure.parse(data))
    assert status is not None
    assert [each.status for each in status.recipients] == ["5.1.1"]


@pytest.mark.parametrize(
    "data", [ORIGINAL, b"", b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"]
)
def test_other_mail_is_no_notification(data: bytes) -> None:
    assert read_status(data, structure.parse(data)) is None


@pytest.mark.parametrize("recipients", [2, 3])
def test_recipients_are_read_up_to_the_limit(recipients: int) -> None:
    group = b"\r\nFinal-Recipient: rfc822;b@x\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    data = foreign(b"Reporting-MTA: dns;a\r\n" + group * recipients)
    status = read_status(data, structure.parse(data), MessageLimits(report_recipients=2))
    assert status is not None
    assert len(status.recipients) == 2


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=100))
def test_no_bytes_break_reading_or_writing(noise: bytes, said: str) -> None:
    data = foreign(b"Reporting-MTA: dns;a\r\n\r\n" + noise)
    read_status(data, structure.parse(data))
    composed = notify(replace(BOB, diagnostic=said, address=said), returned=noise, envid=said)
    assert len(parts(composed)) == 3
    assert all(len(line) <= 998 for line in lines(composed))
