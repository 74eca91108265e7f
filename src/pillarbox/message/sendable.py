"""A message kept in a mailbox → as it may leave: whether it can, and without what only its author is to read (RFC 6409 §8)."""

import re
from typing import Final

from .headers import Header

_SECRET: Final = frozenset((b"bcc", b"resent-bcc", b"return-path"))
"""Fields that are the author's own, or are put there by whoever delivers it (RFC 5321 §4.4)."""
_BARE: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")


def flaw(data: bytes, header: Header) -> str:
    """Why a message cannot be sent as it is; "": it can. Where its header ends, and each of its lines, must be beyond doubt:
    else others read an author in it whom nobody has checked."""
    if not header.fields:
        return "it has no header"
    if not header.is_whole:
        return "its header is too big"
    if _BARE.search(data):
        return "it has lines that do not end as lines do, or NUL"
    return ""


def header_to_send(header: Header) -> bytes:
    """The header but for Bcc and the like, with the empty line at its end."""
    kept = bytes(header.data[header.start : header.body_start])
    if any(field.name in _SECRET for field in header.fields):
        pieces = []
        at = header.start
        for field in header.fields:
            if field.name in _SECRET:
                pieces.append(header.data[at : field.start])
                at = field.end
        kept = b"".join([*pieces, header.data[at : header.body_start]])
    return kept if header.is_closed else kept + b"\r\n"
