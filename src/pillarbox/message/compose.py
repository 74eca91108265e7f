"""Fields we add to messages of others (RFC 5321 §4.4, RFC 6409 §8)."""

import re
from datetime import datetime

from pillarbox.message import dates
from pillarbox.message.headers import Header

LINE = 78
"""RFC 5322 §2.1.1: letters a line should not exceed."""
UNPRINTABLE = re.compile(rb"[^\x20-\x7e\x80-\xff]")


def field(name: bytes, *words: bytes) -> bytes:
    """A header field of words with one space between, folded where a line would grow too long; ends with CRLF.

    Control characters become "?": no word can begin another field.
    """
    lines: list[bytes] = []
    line = name + b":"
    for word in words:
        word = UNPRINTABLE.sub(b"?", word)
        if len(line) + 1 + len(word) > LINE and line.strip() != name + b":":
            lines.append(line)
            line = b"\t" + word
        else:
            line += b" " + word
    return b"\r\n".join([*lines, line]) + b"\r\n"


def received(
    at: datetime,
    *,
    by: str,
    protocol: str,
    id: str,  # noqa: A002 - the clause's name
    helo: str = "",
    address: str = "",
    host: str = "",
    recipient: str = "",
    tls: str = "",
) -> bytes:
    """The trace field of a message taken in (RFC 5321 §4.4), folded, with CRLF.

    `helo` is what the peer called itself, `address` the address it came from ("192.0.2.1", "IPv6:2001:db8::1"), `host` the name
    that is confirmed for it, `recipient` the one recipient if there is only one, `tls` what to say about encryption, in a
    comment.
    """
    words: list[bytes] = []
    if helo or address:
        known = f"({host} [{address}])" if host and address else f"([{address}])" if address else ""
        words += _clause("from", helo or f"[{address}]", known)
    words += _clause("by", by)
    words += _clause("with", protocol, f"({tls})" if tls else "")
    words += _clause("id", id)
    if recipient:
        words += _clause("for", f"<{recipient}>")
    words[-1] += b";"
    return field(b"Received", *words, dates.format(at))


def _clause(name: str, value: str, comment: str = "") -> list[bytes]:
    """A clause, which is not broken within, and the comment on it."""
    spaceless = "".join(value.split())
    return [f"{name} {spaceless}".encode(), *([comment.encode()] if comment else [])]


def missing(header: Header) -> tuple[bytes, ...]:
    """Which of Date and Message-ID a submitted message lacks and a submission server adds (RFC 6409 §8.2, §8.3)."""
    return tuple(name for name in (b"Date", b"Message-ID") if not header.first(name.lower()))


def add_missing(header: Header, at: datetime, message_id: str) -> bytes:
    """The fields to put before a submitted message: its Date and Message-ID where it has none; may be empty."""
    values = {b"Date": dates.format(at), b"Message-ID": b"<" + message_id.encode() + b">"}
    return b"".join(field(name, values[name]) for name in missing(header))
