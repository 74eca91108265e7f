"""Mail hosts for tests, on free ports of loopback: one that plays a script, and one that takes mail."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from listening import listening
from pillarbox.limits import SmtpLimits
from pillarbox.proto.smtp import extensions, replies
from pillarbox.proto.smtp.commands import Bdat, Data, Ehlo, Helo, Mail, Quit, Rcpt, StartTls
from pillarbox.proto.smtp.events import CommandReceived, DataChunk, DataEnd, PeerClosed
from pillarbox.proto.smtp.replies import Reply
from pillarbox.proto.smtp.server import Phase, ServerConnection
from pillarbox.testing.served import free_ports

LOOPBACK = "127.0.0.1"


@dataclass
class Scripted:
    """What a scripted host has seen."""

    port: int = 0
    calls: int = 0
    heard: list[str] = field(default_factory=list)
    """Commands, without their CRLF."""
    contents: list[bytes] = field(default_factory=list)
    """What came after 354, the final dot included."""
    wrong: list[str] = field(default_factory=list)


@asynccontextmanager
async def scripted(
    *scripts: str, context: ssl.SSLContext | None = None, address: str = LOOPBACK, port: int = 0
) -> AsyncIterator[Scripted]:
    """A host that plays its scripts, one a connection, the last one again and again.

    A line of a script is "S: reply", "C: how the client's next line begins", or one of: CONTENT (read up to the final dot),
    BYTES n, TLS, CLOSE, RESET, SILENCE (until the client goes), DRIP (a byte of a reply every few milliseconds).
    """
    seen = Scripted()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = scripts[min(seen.calls, len(scripts) - 1)]
        seen.calls += 1
        try:
            for line in filter(None, (line.strip() for line in script.split("\n"))):
                if not await _step(line, reader, writer, seen, context):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError) as error:
            seen.wrong.append(repr(error))
        finally:
            writer.close()

    seen.port = port or unused_port()
    async with listening(converse, address, seen.port):
        yield seen


async def _step(
    line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Scripted, context: ssl.SSLContext | None
) -> bool:
    word, _, rest = line.partition(" ")
    match word:
        case "S:":
            writer.write(rest.encode() + b"\r\n")
            await writer.drain()
        case "C:":
            said = (await reader.readuntil(b"\r\n")).decode().removesuffix("\r\n")
            seen.heard.append(said)
            if not said.upper().startswith(rest.upper()):
                seen.wrong.append(f"{said!r} instead of {rest!r}")
                return False
        case "CONTENT":
            seen.contents.append(await reader.readuntil(b"\r\n.\r\n"))
        case "BYTES":
            seen.contents.append(await reader.readexactly(int(rest)))
        case "TLS":
            assert context is not None
            await writer.start_tls(context)
        case "RESET":
            writer.transport.abort()
        case "SILENCE":
            await reader.read()
        case "ENDLESS":
            with contextlib.suppress(ConnectionError):
                while not writer.transport.is_closing():
                    writer.write(b"250-x\r\n" * 100)
                    await writer.drain()
        case "DRIP":
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.005)
        case "CLOSE":
            return False
        case _:
            raise AssertionError(line)
    return True


@dataclass
class Taken:
    sender: str
    recipients: list[str]
    content: bytes
    secure: bool


Answer = Callable[[str], Reply | Awaitable[Reply | None] | None]


@dataclass
class Sink:
    """A host that takes mail, and what it has taken."""

    answer: Answer
    keywords: Sequence[str] = ()
    context: ssl.SSLContext | None = None
    port: int = 0
    calls: int = 0
    now: int = 0
    most: int = 0
    """Connections at a time, so far."""
    taken: list[Taken] = field(default_factory=list)
    mail: list[Mail] = field(default_factory=list)
    rcpt: list[Rcpt] = field(default_factory=list)

    @property
    def recipients(self) -> list[str]:
        return [recipient for taken in self.taken for recipient in taken.recipients]

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass  # cancelled: the test is over, and the client still connected
        finally:
            self.now -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        engine = ServerConnection(SmtpLimits())
        engine.send(await self._said("greeting") or replies.greeting("sink.test"))
        message, secure = Taken("", [], b"", False), False
        while True:
            match engine.next_event():
                case CommandReceived(command):
                    reply = await self._said(_named(command))
                    engine.send(reply or self._usual(command, secure))
                    if isinstance(command, Mail):
                        message = Taken(str(command.reverse_path), [], b"", secure)
                        self.mail.append(command)
                    if isinstance(command, Rcpt) and (reply is None or reply.is_positive):
                        message.recipients.append(str(command.forward_path))
                        self.rcpt.append(command)
                case DataChunk(chunk):
                    message.content += chunk
                case DataEnd(None):
                    reply = await self._said("content")
                    if reply is None or reply.is_positive:
                        self.taken.append(message)
                    engine.send_to_all(reply or replies.OK)
                case DataEnd():
                    pass
                case PeerClosed():
                    return
                case None:
                    writer.write(engine.data_to_send())
                    await writer.drain()
                    if engine.phase is Phase.CLOSED:
                        return
                    if engine.phase is Phase.TLS:
                        assert self.context is not None
                        await writer.start_tls(self.context)
                        engine.tls_started()
                        secure = True
                    if data := await reader.read(1 << 16):
                        engine.receive_data(data)
                    else:
                        engine.receive_eof()

    async def _said(self, what: str) -> Reply | None:
        reply = self.answer(what)
        return await reply if isinstance(reply, Awaitable) else reply

    def _usual(self, command: object, secure: bool) -> Reply:
        match command:
            case Ehlo() | Helo():
                offered = self.keywords or extensions.keywords(SmtpLimits(), starttls=self.context is not None and not secure)
                return replies.hello("sink.test", offered)
            case Data() | Bdat():
                return replies.START_DATA
            case StartTls():
                return replies.START_TLS
            case Quit():
                return replies.GOODBYE
            case _:
                return replies.OK


def _named(command: object) -> str:
    match command:
        case Mail():
            return f"MAIL {command.reverse_path}"
        case Rcpt():
            return f"RCPT {command.forward_path}"
        case _:
            return type(command).__name__.upper()


def always(_: str) -> None:
    """The usual answer to everything."""


def refusing(pattern: str, code: int, enhanced: str = "", text: str = "no") -> Answer:
    """What matches is refused ("greeting", "EHLO", "MAIL sender", "RCPT recipient", "DATA", "content")."""

    def answer(what: str) -> Reply | None:
        return Reply(code, enhanced, text) if re.fullmatch(pattern, what) else None

    return answer


@asynccontextmanager
async def sink(
    answer: Answer = always,
    *,
    keywords: Sequence[str] = (),
    context: ssl.SSLContext | None = None,
    address: str = LOOPBACK,
    port: int = 0,
) -> AsyncIterator[Sink]:
    """A host that takes mail, but for what `answer` says otherwise."""
    host = Sink(answer, keywords, context)
    host.port = port or unused_port()
    async with listening(host.converse, address, host.port):
        yield host


def unused_port() -> int:
    """A port where nobody listens, at any address: several hosts can be at one."""
    return free_ports(1)[0]
