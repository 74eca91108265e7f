from datetime import UTC, datetime

import pytest

from pillarbox.message import compose, headers

AT = datetime(2026, 11, 21, 9, 5, 7, tzinfo=UTC)


def test_a_received_field_is_the_rfcs() -> None:
    field = compose.received(
        AT,
        by="mx.example.org",
        protocol="ESMTPS",
        id="abc123",
        helo="client.test",
        host="client.test",
        address="192.0.2.1",
        recipient="mrc@example.org",
        tls="TLSv1.3",
    )
    assert field == (
        b"Received: from client.test (client.test [192.0.2.1]) by mx.example.org\r\n"
        b"\twith ESMTPS (TLSv1.3) id abc123 for <mrc@example.org>;\r\n"
        b"\tSat, 21 Nov 2026 09:05:07 +0000\r\n"
    )


def test_a_received_field_says_no_more_than_is_known() -> None:
    assert (
        compose.received(AT, by="mx", protocol="LMTP", id="1")
        == b"Received: by mx with LMTP id 1; Sat, 21 Nov 2026 09:05:07 +0000\r\n"
    )
    assert b"from [IPv6:::1] ([IPv6:::1]) by" in compose.received(AT, by="mx", protocol="SMTP", id="1", address="IPv6:::1")


@pytest.mark.parametrize("helo", ["a\r\nBcc: x", "a\0b", "a b", "é", "x" * 500])
def test_no_name_begins_another_field(helo: str) -> None:
    field = compose.received(AT, by="mx", protocol="SMTP", id="1", helo=helo, host=helo, address=helo, recipient=helo, tls=helo)
    assert len(headers.fields(field + b"\r\n")) == 1
    assert field.endswith(b"\r\n")
    assert b"\0" not in field


@pytest.mark.parametrize(
    ("header", "added"),
    [
        (b"Date: x\r\nMessage-ID: <1@x>\r\n\r\n", b""),
        (b"Date: x\r\n\r\n", b"Message-ID: <2@y>\r\n"),
        (b"Message-id: <1@x>\r\n\r\n", b"Date: Sat, 21 Nov 2026 09:05:07 +0000\r\n"),
        (b"Date:\r\nSubject: x\r\n\r\n", b"Date: Sat, 21 Nov 2026 09:05:07 +0000\r\nMessage-ID: <2@y>\r\n"),
    ],
)
def test_what_a_submitted_message_lacks_is_added(header: bytes, added: bytes) -> None:
    assert compose.add_missing(headers.read(header), AT, "2@y") == added
