"""What a client did, as the server's connection tells it."""

from dataclasses import dataclass, field

from .commands import Command
from .replies import Reply


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A command in its proper place; it waits for our reply."""

    command: Command


@dataclass(frozen=True, slots=True)
class DataChunk:
    """More of the message's content, by DATA or BDAT; its dots unstuffed."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataEnd:
    """The content is whole, and waits for our reply (in LMTP, one a recipient).

    Unless `refusal` says what the engine has answered already: then the chunks are to be thrown away.
    """

    refusal: Reply | None = None


@dataclass(frozen=True, slots=True)
class LineReceived:
    """The client's answer to our challenge, as it wrote it: base64, or `*`. It waits for a further challenge or the outcome."""

    line: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """No more will come. A message of which DataEnd has not been told was not sent."""


Event = CommandReceived | DataChunk | DataEnd | LineReceived | PeerClosed
