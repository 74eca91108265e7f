"""ENVELOPE (RFC 9051 §7.5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .strings import nstring


class MailAddress(NamedTuple):
    """One address, or the mark of a group: its name with no host begins it, and four times None ends it."""

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


Addresses = Sequence[tuple[bytes | None, bytes | None, bytes | None, bytes | None]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The header fields of a message as they stand, encoded words and all; None for a field that is not there."""

    date: bytes | None = None
    subject: bytes | None = None
    from_: Addresses = ()
    sender: Addresses = ()
    """Empty is the same as From; so is an empty `reply_to`."""
    reply_to: Addresses = ()
    to: Addresses = ()
    cc: Addresses = ()
    bcc: Addresses = ()
    in_reply_to: bytes | None = None
    message_id: bytes | None = None


def envelope(of: Envelope) -> bytes:
    """envelope = "(" env-date SP env-subject SP env-from SP … SP env-message-id ")" """
    from_ = addresses(of.from_)
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        nstring(of.date),
        nstring(of.subject),
        from_,
        addresses(of.sender) if of.sender else from_,
        addresses(of.reply_to) if of.reply_to else from_,
        addresses(of.to),
        addresses(of.cc),
        addresses(of.bcc),
        nstring(of.in_reply_to),
        nstring(of.message_id),
    )


def addresses(of: Addresses) -> bytes:
    """ "(" 1*address ")" / nil ; address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")" """
    if not of:
        return b"NIL"
    return b"(%b)" % b"".join(b"(%b %b %b %b)" % tuple(map(nstring, address)) for address in of)
