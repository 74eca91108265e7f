"""A host that keeps every byte of what it is sent, and believes only the letter of the standard about where a message ends."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from listening import listening

END = b"\r\n.\r\n"
COMMANDS = (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA", b"BDAT", b"RSET", b"NOOP", b"QUIT")
LINE_END = re.compile(rb"\r\n|\r|\n")
"""As the most lenient of servers would have it."""
BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
ANY_END = re.compile(rb"(?:\r\n|\r|\n)\.(?:\r\n|\r|\n)")


@dataclass
class Message:
    recipients: list[bytes]
    raw: bytes = b""
    """After DATA all bytes, the final dot among them; after BDAT the chunks."""
    chunked: bool = False

    @property
    def text(self) -> bytes:
        """The message itself: dots unstuffed (RFC 5321 §4.5.2)."""
        if self.chunked:
            return self.raw
        assert self.raw.endswith(END) or self.raw == END[2:]
        return (b"\r\n" + self.raw[:-3]).replace(b"\r\n.", b"\r\n")[2:]

    def ends(self) -> int:
        """How many ends of messages a server could see in it that takes any line end for one."""
        return len(ANY_END.findall(b"\r\n" + self.raw))


@dataclass
class RawSink:
    keywords: Sequence[bytes]
    messages: list[Message] = field(default_factory=list)
    strays: list[bytes] = field(default_factory=list)
    """Lines that are no commands: what leaked out of a message."""

    def to(self, recipient: bytes) -> Message | None:
        return next((one for one in self.messages if recipient in one.recipients), None)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            writer.write(b"220 sink\r\n")
            message = Message([])
            while True:
                line = (await reader.readuntil(b"\r\n"))[:-2]
                verb = line[:4].upper()
                if verb not in COMMANDS:
                    self.strays.append(line)
                if verb == b"MAIL":
                    message = Message([])
                elif verb == b"RCPT":
                    message.recipients.append(line.partition(b"<")[2].partition(b">")[0])
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    message.raw = await self._content(reader)
                    self.messages.append(message)
                elif verb == b"BDAT":
                    message.chunked = True
                    message.raw += await reader.readexactly(int(line.split()[1]))
                    if b"LAST" in line:
                        self.messages.append(message)
                if verb == b"EHLO":
                    writer.write(b"".join(b"250-%b\r\n" % word for word in (b"sink", *self.keywords)))
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 HELP\r\n")
                if verb == b"QUIT":
                    break
        writer.close()

    @staticmethod
    async def _content(reader: asyncio.StreamReader) -> bytes:
        first = await reader.readuntil(b"\r\n")
        return first if first == END[2:] else first[:-2] + await _rest(reader)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """Up to the end; the line end before is seen as its begin."""
    found = b"\r\n"
    while not found.endswith(END):
        found += await reader.readuntil(b"\r\n")
    return found


@asynccontextmanager
async def raw_sink(address: str, port: int, *keywords: bytes) -> AsyncIterator[RawSink]:
    """It listens until the end of the context."""
    sink = RawSink(keywords)
    async with listening(sink.converse, address, port, limit=1 << 26):
        yield sink
