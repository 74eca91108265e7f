"""Clients on memory streams against the real server and a real office, and conversations of several written down.

A line of a conversation:

    mail: 3                 three small messages are put into INBOX (or `mail: 2 Sent`), the first with subject "message 1"
    1Q: select inbox        connection 1 says it, and is answered OK; what else it hears is nobody's concern
    1C: a1 noop             connection 1 says exactly this
    1S: a1 OK ...           and hears exactly this; `...` stands for anything, and `....` for any number of lines
    2!: * 1 EXPUNGE         connection 2 has not heard this, and does not until a 2S: says so
    1P: 192.0.2.7           connection 1 comes from there, in the clear, and has not logged in
    2L: bob                 connection 2 is Bob's; one of which nothing is said is Alice's
    account: bob admin=true this is set for Bob
    group: team alice bob   there is a group of these people
    leave: team bob         and one of them leaves it
    1Z: on                  from here connection 1 is compressed, as it has been agreed; `off` where that ends
    set: imap.x = 3         a setting is this, for all connections from here on
    slow: CHECK             the command takes until the client has been told something, which it is after a moment
    # why
"""

import asyncio
import re
import tomllib
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.net.listener import Door
from pillarbox.proto.imap.commands import Command
from pillarbox.proto.imap.parse import COMMANDS
from pillarbox.servers.imap.serve import serve
from pillarbox.servers.imap.session import HANDLERS, Ok, Session
from pillarbox.testing import memory_stream
from pillarbox.testing.house import house
from pillarbox.testing.memory_stream import MemoryClient

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "imap-sessions"
IMAP = Door("imap", implicit_tls=False, can_start_tls=True)
SOON = 0.02
LITERAL = re.compile(rb"\{([0-9]+)\}\r\n\Z")


def message(number: int = 1, body: bytes = b"Hello\r\n") -> bytes:
    return (
        b"From: Ann <ann@example.net>\r\nTo: alice@example.org\r\nSubject: message %d\r\n"
        b"Date: Fri, 21 Nov 2025 19:00:00 +0000\r\nMessage-ID: <%d@example.net>\r\n\r\n%b"
    ) % (number, number, body)


class Deflated:
    """A client's end of a stream that is compressed (RFC 4978)."""

    def __init__(self, plain: MemoryClient) -> None:
        self.plain = plain
        self.received = 0
        """Bytes, as they came."""
        self._deflate = zlib.compressobj(wbits=-15)
        self._inflate = zlib.decompressobj(wbits=-15)

    def packed(self, data: bytes) -> bytes:
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    async def write(self, data: bytes) -> None:
        await self.plain.write(self.packed(data))

    async def read(self) -> bytes:
        while packed := await self.plain.read():
            self.received += len(packed)
            if data := self._inflate.decompress(packed):
                return data
        return b""

    def close(self) -> None:
        self.plain.close()


class Client:
    """One connection from the client's side."""

    stream: Any

    def __init__(self, office: Office, **stream: object) -> None:
        self.server, self.stream = memory_stream.pair(**stream)  # type: ignore[arg-type]
        self.task = asyncio.create_task(self._serve(office))
        self._tags = 0
        self._heard = bytearray()

    async def _serve(self, office: Office) -> None:
        try:
            await serve(self.server, IMAP, office)
        finally:
            await self.server.close()

    async def line(self) -> bytes:
        """A line of the server's, the literals in it included."""
        line = await self._line()
        while found := LITERAL.search(line[-30:]):
            line += await self._exactly(int(found[1])) + await self._line()
        return line

    async def _line(self) -> bytes:
        while (end := self._heard.find(b"\r\n")) < 0:
            await self._more()
        return self._taken(end + 2)

    async def _exactly(self, count: int) -> bytes:
        while len(self._heard) < count:
            await self._more()
        return self._taken(count)

    async def _more(self) -> None:
        data = await self.stream.read()
        if not data:
            raise EOFError(f"the server has closed; before it said {bytes(self._heard)!r}")
        self._heard += data

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._heard[:count])
        del self._heard[:count]
        return taken

    async def do(self, command: bytes | str) -> list[bytes]:
        """Say a command, and hear all to its tagged answer, which comes last and without its tag."""
        self._tags += 1
        tag = b"t%d" % self._tags
        await self.stream.write(tag + b" " + (command.encode() if isinstance(command, str) else command) + b"\r\n")
        lines = []
        while True:
            line = await self.line()
            lines.append(line[:-2])
            if line.startswith(tag + b" "):
                lines[-1] = lines[-1][len(tag) + 1 :]
                return lines

    async def ok(self, command: bytes | str) -> list[bytes]:
        lines = await self.do(command)
        assert lines[-1].startswith(b"OK"), lines
        return lines

    def compress(self, on: bool = True) -> None:
        """Speak DEFLATE from here, or no more."""
        self.stream = Deflated(self.stream) if on else self.stream.plain

    async def append(self, data: bytes, mailbox: str = "INBOX", flags: str = "") -> list[bytes]:
        return await self.ok(b"APPEND %b %b{%d+}\r\n%b" % (mailbox.encode(), flags.encode(), len(data), data))

    async def log_in(self, mailbox: str = "", who: str = "alice", enable: str = "") -> "Client":
        await self.line()
        await self.ok(f"LOGIN {who}@example.org sesame")
        if enable:
            await self.ok(f"ENABLE {enable}")
        if mailbox:
            await self.ok(f"SELECT {mailbox}")
        return self

    async def close(self) -> None:
        self.stream.close()
        await asyncio.wait_for(self.task, 60)


@dataclass
class Clients:
    """As many connections as a test wants; closed with it."""

    office: Office
    all: list[Client] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)

    def new(self, **stream: object) -> Client:
        self.all.append(Client(self.office, **stream))
        return self.all[-1]

    async def one(self, mailbox: str = "", who: str = "alice", enable: str = "") -> Client:
        return await self.new().log_in(mailbox, who, enable)

    def slow_down(self, name: str) -> None:
        """This command goes on until its client has been told something."""
        limits, kind = self.office.limits, COMMANDS[name.encode()].command
        self.office.limits = replace(limits, imap=replace(limits.imap, progress=SOON))
        quick = HANDLERS[kind]
        self.undo.append(lambda: HANDLERS.update({kind: quick}))

        async def slow(session: Session, command: Command) -> Ok:
            stream = next(client.stream for client in self.all if client.server is session.stream)
            before = stream.arrived
            while stream.arrived == before:
                await asyncio.sleep(0)
            return await quick(session, command)

        HANDLERS[kind] = slow

    async def fill(self, count: int, mailbox: str = "INBOX", first: int = 1) -> None:
        """Put small messages into a mailbox of Alice's, as if delivered."""
        await self.put([message(number) for number in range(first, first + count)], mailbox)

    async def arrange(self, who: str, *assigned: str) -> None:
        """Set something for an account."""
        account = await self.office.kept.account(_address(who))
        assert account is not None
        settings = {**account.settings, **dict(each.split("=", 1) for each in assigned)}
        await self.office.kept.change_account(replace(account, settings=settings))

    async def put(self, messages: Sequence[bytes], mailbox: str = "INBOX") -> None:
        account = await self.office.kept.account("alice@example.org")
        assert account is not None
        opened = self.office.open(account)
        box = await opened.mailboxes.find(mailbox)
        await opened.messages.append(box.id, [Draft(Received.of(data)) for data in messages])


def _address(name: str) -> str:
    return f"{name}@example.org"


@asynccontextmanager
async def clients_of(folder: Path) -> AsyncIterator[Clients]:
    async with house(folder) as office:
        clients = Clients(office)
        try:
            yield clients
        finally:
            for undo in clients.undo:
                undo()
            for client in clients.all:
                await client.close()


# Conversations written down.

STEP = re.compile(r"(?:([0-9])([LPQCSZ!])|(mail|set|slow|account|group|leave)): ?(.*)")


@dataclass
class Heard:
    """A connection of a conversation."""

    client: Client
    forbidden: list[re.Pattern[bytes]] = field(default_factory=list)

    async def line(self) -> bytes:
        return (await self.client.line())[:-2]

    async def expect(self, wanted: str, where: str) -> None:
        if wanted == "....":
            return
        line = await self.line()
        pattern = _pattern(wanted)
        self.forbidden = [each for each in self.forbidden if each.pattern != pattern.pattern]
        assert pattern.fullmatch(line), f"{where}: wanted {wanted!r}, heard {line!r}"
        assert not any(each.fullmatch(line) for each in self.forbidden), f"{where}: heard {line!r}"

    async def skip_to(self, wanted: str, where: str) -> None:
        """Hear lines until this one."""
        pattern = _pattern(wanted)
        heard = []
        while not pattern.fullmatch(line := await self.line()):
            heard.append(line)
            assert not any(each.fullmatch(line) for each in self.forbidden), f"{where}: heard {line!r}"
            assert not re.match(rb"[a-z]+[0-9]+ ", line), f"{where}: wanted {wanted!r}, heard {heard!r}"


def _pattern(text: str) -> re.Pattern[bytes]:
    """A line of a transcript: `...` is anything, `\\r\\n` a line end within a literal."""
    whole = b"".join(b".*" if part == "..." else re.escape(part.encode()) for part in re.split(r"(\.\.\.)", text))
    return re.compile(whole.replace(rb"\\r\\n", rb"\r\n"), re.DOTALL)


async def _set_scene(clients: Clients, scene: str, said: str) -> None:
    if scene == "slow":
        clients.slow_down(said)
        return
    if scene == "account":
        await clients.arrange(*said.split(" "))
        return
    if scene == "leave":
        name, *members = said.split(" ")
        groups = clients.office.groups
        await groups.change(await groups.find(_address(name)), remove=map(_address, members))
        return
    if scene == "group":
        name, *members = said.split(" ")
        await clients.office.groups.add(_address(name), map(_address, members))
        return
    if scene == "mail":
        count, _, mailbox = said.partition(" ")
        await clients.fill(int(count), mailbox or "INBOX")
        return
    settings = clients.office.settings
    ((table, values),) = tomllib.loads(said).items()
    clients.office.settings = replace(settings, **{table: replace(getattr(settings, table), **values)})


async def play(path: Path, clients: Clients) -> None:
    """Hold a conversation that is written down."""
    heard: dict[str, Heard] = {}
    skipping: set[str] = set()
    for number, text in enumerate(path.read_text("utf-8").split("\n"), 1):
        where = f"{path.name}:{number}"
        step = STEP.fullmatch(text)
        if step is None:
            assert not text.strip() or text.startswith("#"), where
            continue
        who, kind, scene, said = step.groups()
        if scene:
            await _set_scene(clients, scene, said)
            continue
        if kind == "L":
            heard[who] = Heard(await clients.new().log_in(who=said))
            continue
        if kind == "P":
            heard[who] = Heard(clients.new(peer=said))
            continue
        if who not in heard:
            heard[who] = Heard(await clients.new().log_in())
        one = heard[who]
        if kind == "Q":
            await one.client.ok(said)
        elif kind == "C":
            await one.client.stream.write(said.encode() + b"\r\n")
        elif kind == "Z":
            one.client.compress(said == "on")
        elif kind == "!":
            one.forbidden.append(_pattern(said))
        elif said == "....":
            skipping.add(who)
        elif who in skipping:
            skipping.discard(who)
            await one.skip_to(said, where)
        else:
            await one.expect(said, where)
    for who, one in heard.items():
        await one.client.stream.write(b"last0 NOOP\r\n")
        while not (line := await one.line()).startswith(b"last0 "):
            assert who in skipping or line.startswith(b"* "), f"{path.name}: {who} hears {line!r} at the end"
            assert not any(each.fullmatch(line) for each in one.forbidden), f"{path.name}: {who} hears {line!r} at the end"
