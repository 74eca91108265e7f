"""The items of a FETCH response (RFC 9051 §7.5.2); a server that answers for many messages joins these itself."""

from collections.abc import Iterable
from datetime import datetime

from . import strings


def response(seq: int, items: Iterable[bytes]) -> bytes:
    """message-data = nz-number SP "FETCH" SP msg-att ; a whole response"""
    return b"* %d FETCH (%b)\r\n" % (seq, b" ".join(items))


def flags(of: Iterable[str]) -> bytes:
    return b"FLAGS %b" % strings.words(of)


def uid(number: int) -> bytes:
    return b"UID %d" % number


def size(octets: int) -> bytes:
    return b"RFC822.SIZE %d" % octets


def internal_date(at: datetime) -> bytes:
    """`at` is aware, and told in its own zone."""
    return b"INTERNALDATE %b" % strings.date_time(at)


def save_date(at: datetime | None) -> bytes:
    """RFC 8514 §4.3; None where the mailbox keeps none."""
    return b"SAVEDATE %b" % (b"NIL" if at is None else strings.date_time(at))


def mod_seq(number: int) -> bytes:
    """RFC 7162 §3.1.4.2"""
    return b"MODSEQ (%d)" % number


def email_id(object_id: str) -> bytes:
    """RFC 8474 §5.1"""
    return b"EMAILID (%b)" % object_id.encode("ascii")


def thread_id(object_id: str | None) -> bytes:
    """RFC 8474 §5.2"""
    return b"THREADID NIL" if object_id is None else b"THREADID (%b)" % object_id.encode("ascii")


def section(label: bytes, data: bytes | None) -> bytes:
    """BODY[…] and its kin under the label the command gave; None is a part that is not there."""
    if data is None:
        return label + b" NIL"
    return b"%b {%d}\r\n%b" % (label, len(data), data)


def binary(label: bytes, data: bytes | None) -> bytes:
    """BINARY[…]: a literal8 where there is NUL in it, else a literal (RFC 3516 §4.2)."""
    if data is None or b"\0" not in data:
        return section(label, data)
    return b"%b %b" % (label, strings.literal8(data))


def binary_size(label: bytes, octets: int) -> bytes:
    return b"%b %d" % (label, octets)
