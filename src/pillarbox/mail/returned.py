"""What comes back to whoever sent something: delivery status notifications (RFC 3464) and receipts (RFC 8098).

They are mail like any other, and anybody who has had a message can write one about it: what they say is never believed against
what the queue knows.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..errors import Invalid
from ..limits import KiB, MessageLimits
from ..message import disposition, headers, report, structure, threading
from ..message.headers import Header
from ..message.structure import Part
from ..message.text import decoded
from . import addresses
from .spool import Buffer, Received

YES: Final = "yes"
NO: Final = "no"
_QUICK: Final = 64 * KiB
"""Bytes that are read on the loop."""
_DELIVERED: Final = {"delivered": YES, "failed": NO}
"""RFC 8621 §7: no other action says anything of the end."""
_MESSAGES: Final = frozenset(("rfc822", "global", "rfc822-headers", "global-headers"))
"""What the third part of a report may be (RFC 6522 §3, RFC 6533 §5)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What it says of one recipient."""

    address: str
    delivered: str = ""
    """"yes", "no", or "" where it says nothing of the end."""
    is_displayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A report, and what it is about."""

    blob: str
    """Of the report itself, in hexadecimal."""
    is_receipt: bool
    envid: str = ""
    message_id: str = ""
    told: Sequence[Told] = ()

    @property
    def names(self) -> Sequence[str]:
        """Those by which it knows what it is about; none: it is about nothing that could be found."""
        return [name for name in (self.envid, self.message_id) if name]


async def read(received: Received, header: Header, limits: MessageLimits) -> Returned | None:
    """The report that a message with this header is, if it is one. A large one is read in a thread."""
    if structure.kind_of(header)[:2] != ("multipart", "report"):
        return None
    blob = received.content.blob.hex()
    if received.content.size <= _QUICK:
        found = _read(received.buffer, limits)
    else:
        found = await asyncio.to_thread(_read, received.buffer, limits)
    return replace(found, blob=blob) if found is not None and found.names else None


def folded(address: str) -> str:
    """As two addresses are compared."""
    try:
        return addresses.canonical(address)
    except Invalid:
        return address.lower()


def _read(buffer: Buffer, limits: MessageLimits) -> Returned | None:
    data = bytes(buffer)
    root = structure.parse(data, limits)
    if (status := report.read_status(data, root, limits)) is not None:
        told = [
            Told(each, _DELIVERED.get(one.action, ""))
            for one in status.recipients
            for each in _names(one.address, one.original)
        ]
        return Returned(blob="", is_receipt=False, envid=status.envid, message_id=_about(data, root, limits), told=told)
    if (receipt := disposition.read(data, root, limits)) is not None:
        is_displayed = receipt.disposition.type == "displayed"
        named = threading.message_id(receipt.original_message_id.encode()) or _about(data, root, limits)
        reader = map(disposition.address_of, (receipt.original_recipient, receipt.final_recipient))
        told = [Told(each, is_displayed=is_displayed) for each in dict.fromkeys(map(folded, filter(None, reader)))]
        return Returned(blob="", is_receipt=True, message_id=named, told=told)
    return None


def _names(address: str, original: str) -> Iterator[str]:
    """What a recipient may have been called by whoever wrote to it."""
    yield from {folded(address), folded(original.partition(";")[2])} - {""}


def _about(data: bytes, root: Part, limits: MessageLimits) -> str:
    """The Message-ID of what comes back with a report; "" where none does."""
    for part in root.children[2:]:
        if part.type in ("message", "text") and part.subtype in _MESSAGES:
            returned = part.message.header if part.message is not None else _header(data, part, limits)
            return threading.message_id(returned.first(b"message-id") or b"") or ""
    return ""


def _header(data: bytes, part: Part, limits: MessageLimits) -> Header:
    return headers.read(decoded(data, part)[: limits.header_bytes], limits=limits)
