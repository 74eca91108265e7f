"""A message as it may leave: what keeps it here, and what only its author is to read."""

import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import headers, sendable


def read(data: bytes, limits: MessageLimits | None = None) -> headers.Header:
    return headers.read(data, limits=limits or MessageLimits())


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"Subject: x\r\n\r\nbody\r\n", ""),
        (b"Subject: x\r\n\r\n", ""),
        (b"Subject: x\r\n\r\nbo\ndy\r\n", "lines that do not end"),
        (b"Subject: x\n\nbody\n", "lines that do not end"),
        (b"Subject: x\r\n\r\nbo\rdy\r\n", "lines that do not end"),
        (b"Subject: x\r\n\r\nbo\0dy\r\n", "lines that do not end"),
        (b"\r\nno header\r\n", "no header"),
    ],
)
def test_a_message_that_others_could_read_otherwise_stays(data: bytes, flaw: str) -> None:
    said = sendable.flaw(data, read(data))
    assert flaw in said
    assert bool(flaw) == bool(said)


def test_a_header_beyond_the_limits_stays() -> None:
    limits = MessageLimits(header_fields=2)
    data = b"A: 1\r\nB: 2\r\nC: 3\r\n\r\n"
    assert "too big" in sendable.flaw(data, read(data, limits))


def test_blind_copies_and_marks_of_delivery_do_not_leave() -> None:
    data = b"Return-Path: <x@y>\r\nSubject: x\r\nBCC: a@x,\r\n b@x\r\nTo: c@x\r\nbcc:d@x\r\nX-Bcc: e\r\n\r\nBcc: body\r\n"
    assert sendable.header_to_send(read(data)) == b"Subject: x\r\nTo: c@x\r\nX-Bcc: e\r\n\r\n"


def test_without_such_fields_a_header_leaves_as_it_is_and_an_open_one_is_closed() -> None:
    assert sendable.header_to_send(read(b"Subject: x\r\nTo: c@x\r\n\r\nbody")) == b"Subject: x\r\nTo: c@x\r\n\r\n"
    assert sendable.header_to_send(read(b"Subject: x\r\n")) == b"Subject: x\r\n\r\n"
