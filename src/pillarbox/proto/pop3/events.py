"""What a ServerConnection tells the code that drives it."""

from dataclasses import dataclass, field

from .commands import Command


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A whole command, valid in the present state. It must be answered before the next is read."""

    command: Command


@dataclass(frozen=True, slots=True)
class LineReceived:
    """The client's line in answer to a Continue: base64, or `*`."""

    line: bytes = field(repr=False)  # may hold a password


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The client will send no more, and went without a QUIT: nothing is to be deleted (RFC 1939 §6)."""


Event = CommandReceived | LineReceived | PeerClosed
