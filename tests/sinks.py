"""Mail hosts on loopback, each at an address of its own, that remember exactly what they were given, when and over what.

They write and keep nothing to disk and know nothing of our engines: what they say they have is what came over the wire. They
run on a loop in a thread of their own, beside whoever sends.
"""

import asyncio
import itertools
import random
import re
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

NUMBER = re.compile(rb"^X-Number: ([^\r\n]*)\r$", re.MULTILINE)
RECIPIENT = re.compile(rb"RCPT TO:<([^>]*)>", re.IGNORECASE)
EHLO = b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n"
TAKEN = b"250 taken\r\n"
END = b"\r\n.\r\n"


@dataclass(eq=False)
class Line:
    """A connection that was made to a host, and how many messages came over it."""

    serial: int
    turns: int = 0
    ended: float = 0.0
    """When it was lost; 0: it is there."""
    has_quit: bool = False


class Got(NamedTuple):
    """A message that came whole, once for each of its recipients."""

    number: str
    recipient: str
    at: float
    """`time.monotonic()` of its last byte."""
    answered: float
    """And of the 250."""
    line: Line
    turn: int
    """Which message it was on its line, from 1."""


@dataclass(frozen=True)
class Manner:
    """How a host behaves."""

    pause: float = 0.0
    """Seconds it takes at most until it has taken a message; then it has it, whether anyone still hears its 250 or not."""
    deaf: bool = False
    """It takes connections, and never says anything."""


@dataclass
class Sinks:
    """All hosts, on one port; a context manager."""

    port: int
    seed: int = 1
    got: list[Got] = field(default_factory=list)
    """Only ever grows."""
    lines: list[Line] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    """What no client should have said."""

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.serial = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sinks", daemon=True)
        self._servers: list[asyncio.Server] = []

    def open(self, address: str, manner: Manner = Manner()) -> None:
        """A host at that address."""
        opening = self._loop.create_server(lambda: _Conversation(self, manner), address, self.port, backlog=200)
        self._servers.append(asyncio.run_coroutine_threadsafe(opening, self._loop).result(60))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class _Conversation(asyncio.Protocol):
    """As much of SMTP as a client needs (RFC 5321 §4.1), pipelined or not."""

    def __init__(self, sinks: Sinks, manner: Manner) -> None:
        self._sinks = sinks
        self._manner = manner
        self._line = Line(next(sinks.serial))
        self._buffer = bytearray()
        self._seen = 0
        self._recipients: list[str] = []
        self._in_content = False
        self._is_thinking = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sinks.lines.append(self._line)
        if not self._manner.deaf:
            transport.write(b"220 sink.test ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._line.ended = time.monotonic()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read()

    def _read(self) -> None:
        """Whatever is there whole, until a message needs its time."""
        answers = []
        while not self._is_thinking and (taken := self._next(END if self._in_content else b"\r\n")) is not None:
            answers.append(self._content(taken) if self._in_content else self._command(taken))
        self._say(b"".join(answers))

    def _next(self, end: bytes) -> bytes | None:
        found = self._buffer.find(end, max(0, self._seen - len(end)))
        if found < 0:
            self._seen = len(self._buffer)
            return None
        taken = bytes(self._buffer[:found])
        del self._buffer[: found + len(end)]
        self._seen = 0
        return taken

    def _command(self, line: bytes) -> bytes:
        match line.split(b" ", 1)[0].upper():
            case b"EHLO":
                return EHLO
            case b"MAIL" | b"RSET":
                self._recipients = []
            case b"RCPT" if found := RECIPIENT.match(line):
                self._recipients.append(found[1].decode())
            case b"DATA" if self._recipients:
                self._in_content = True
                return b"354 go on\r\n"
            case b"QUIT":
                self._line.has_quit = True
                self._transport.write(b"221 bye\r\n")
                self._transport.close()
                return b""
            case _:
                self._sinks.unexpected.append(repr(line))
                return b"500 what?\r\n"
        return b"250 fine\r\n"

    def _content(self, content: bytes) -> bytes:
        """Taken at once, or after a while."""
        self._in_content = False
        number = NUMBER.search(content)
        self._line.turns += 1
        name, now, pause = number[1].decode() if number else "", time.monotonic(), self._manner.pause
        thought = self._sinks.dice.uniform(0, pause) if pause else 0.0
        line, turn = self._line, self._line.turns
        got = [Got(name, recipient, now, now + thought, line, turn) for recipient in self._recipients]
        if not pause:
            self._sinks.got += got
            return TAKEN
        self._is_thinking = True
        asyncio.get_running_loop().call_later(thought, self._taken, got)
        return b""

    def _taken(self, got: list[Got]) -> None:
        self._is_thinking = False
        self._sinks.got += got
        self._say(TAKEN)
        self._read()

    def _say(self, answer: bytes) -> None:
        if answer and not self._transport.is_closing():
            self._transport.write(answer)
