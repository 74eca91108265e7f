"""Commands about annotations of mailboxes and of the server (RFC 5464 §4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from .command import AUTHENTICATED, Command


@dataclass(frozen=True, slots=True)
class GetMetadata(Command):
    """RFC 5464 §4.2"""

    name = b"GETMETADATA"
    valid_in = AUTHENTICATED

    mailbox: str
    """Empty: the server."""
    entries: Sequence[str]
    max_size: int | None = None
    """Longer values are left out."""
    depth: int | None = 0
    """Levels below the entries named that are asked for, too; None: all."""


@dataclass(frozen=True, slots=True)
class SetMetadata(Command):
    """RFC 5464 §4.3"""

    name = b"SETMETADATA"
    valid_in = AUTHENTICATED

    mailbox: str
    """Empty: the server."""
    values: Sequence[tuple[str, bytes | None]]
    """None: the entry goes."""
