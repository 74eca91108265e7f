"""What a ServerConnection tells the code that drives it."""

from dataclasses import dataclass, field
from datetime import datetime

from .commands import Append, Command, Replace


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A whole command, valid in the present state. Answer it with a Tagged before the next."""

    command: Command


@dataclass(frozen=True, slots=True)
class AppendOffered:
    """A message, or a part of one, is on offer: call accept_literal(), or answer with a Tagged NO, which ends the command.

    A MULTIAPPEND offers one message after another, all with one tag (RFC 3502); a CATENATE the parts of one, as literals and by
    URL (RFC 4469). What has been kept so far counts only once the command has been received to its end.
    """

    tag: bytes
    mailbox: str
    size: int
    """Of the literal; 0 of a URL, which is followed by no chunks."""
    flags: tuple[str, ...] = ()
    received_at: datetime | None = None
    """The internal date the client asks for, aware."""
    binary: bool = False
    """A literal8, which may have NUL in it (RFC 3516 §4.4)."""
    utf8: bool = False
    """A message with UTF-8 in its header (RFC 6855 §4)."""
    part: int | None = None
    """Which part of a message that is put together, from 0; None: it is all of the message."""
    url: str | None = None
    """What a part is a copy of; None: a literal has it."""
    index: int = 0
    """0 for the command's first message."""
    command: Append | Replace | None = None
    """What the command will be, by all that is known of it so far; never None from a ServerConnection."""

    @property
    def begins(self) -> bool:
        """Whether it is all of a message or the first part."""
        return not self.part


@dataclass(frozen=True, slots=True)
class LiteralChunk:
    """Some of an accepted message, in order. The last one says so, and may be empty."""

    data: bytes = field(repr=False)
    last: bool = False


@dataclass(frozen=True, slots=True)
class AppendAbandoned:
    """The APPEND whose messages went by came to nothing: it was ill-formed after them, and has been answered. Forget them."""

    tag: bytes


@dataclass(frozen=True, slots=True)
class LineReceived:
    """The client's answer to a Continue: SASL data in base64, `*` to cancel, or the DONE that ends IDLE.

    Answer it with another Continue or a Tagged. A line too long to be read comes as `*`.
    """

    line: bytes = field(repr=False)  # may be a password


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The client will send no more."""


Event = CommandReceived | AppendOffered | LiteralChunk | AppendAbandoned | LineReceived | PeerClosed
