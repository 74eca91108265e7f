"""A client in a few lines, and mail for it to fetch."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office, OpenAccount
from pillarbox.net.listener import Door
from pillarbox.net.stream import Tls
from pillarbox.proto import sasl
from pillarbox.proto.sasl.client import Client as SaslClient
from pillarbox.servers.pop3.serve import serve
from pillarbox.store.models import INBOX
from pillarbox.testing.memory_stream import MemoryClient, pair

ALICE = "alice@example.org"
BOB = "bob@example.org"
LOCAL, ELSEWHERE = "127.0.0.1", "192.0.2.7"


class Client:
    """What a POP3 client does, over a stream in memory."""

    def __init__(self, wire: MemoryClient, ended: "asyncio.Task[None]") -> None:
        self.wire = wire
        self.ended = ended
        self.greeting = b""

    async def send(self, line: bytes) -> None:
        await self.wire.write(line + b"\r\n")

    async def say(self, line: bytes) -> bytes:
        """The first line of the answer, without its CRLF."""
        await self.send(line)
        return await self.line()

    async def line(self) -> bytes:
        return (await self.wire.read_line()).removesuffix(b"\r\n")

    async def many(self, line: bytes) -> list[bytes]:
        """The lines of a multi-line answer, dots taken off."""
        first = await self.say(line)
        assert first.startswith(b"+OK"), first
        return (await self.content()).split(b"\r\n")[:-1]

    async def fetch(self, line: bytes) -> bytes:
        first = await self.say(line)
        assert first.startswith(b"+OK"), first
        return await self.content()

    async def content(self) -> bytes:
        lines = []
        while (line := await self.line()) != b".":
            lines.append(line.removeprefix(b".") + b"\r\n")
        return b"".join(lines)

    async def log_in(self, address: str = ALICE, password: str = "sesame") -> bytes:
        await self.say(b"USER " + address.encode())
        return await self.say(b"PASS " + password.encode())

    async def quit(self) -> bytes:
        """The answer to QUIT; the server has closed by then."""
        answer = await self.say(b"QUIT")
        assert await self.wire.read_all() == b""
        self.wire.end()
        await self.ended
        return answer

    async def drop(self) -> None:
        """Go without a QUIT."""
        self.wire.close()
        await self.ended

    async def authenticate(self, mechanism: str, peer: SaslClient, initial: bool = True) -> bytes:
        """An AUTH to its end; the last answer."""
        first = base64.b64encode(next(peer))
        answer = await self.say(b"AUTH " + mechanism.encode() + (b" " + first if initial else b""))
        if not initial:
            assert answer == b"+ "
            answer = await self.say(first)
        while answer.startswith(b"+ "):
            answer = await self.say(sasl.encode_challenge(peer.send(base64.b64decode(answer[2:]))))
        return answer


@asynccontextmanager
async def connected(
    office: Office, *, peer: str | None = LOCAL, tls: Tls | bool = False, window: int = 65536
) -> AsyncIterator[Client]:
    """A client whose conversation is over when the block is."""
    stream, wire = pair(peer=peer, tls=tls, limits=office.limits.connection, window=window)

    async def converse() -> None:
        try:
            await serve(stream, Door("pop3", implicit_tls=bool(tls)), office)
        finally:
            await stream.close()

    client = Client(wire, asyncio.create_task(converse()))
    client.greeting = await client.line()
    try:
        yield client
    finally:
        wire.close()
        await asyncio.wait_for(client.ended, 60)


async def opened(office: Office, address: str = ALICE) -> OpenAccount:
    account = await office.kept.account(address)
    assert account is not None
    return office.open(account)


async def put(office: Office, *messages: bytes, address: str = ALICE, mailbox: str = INBOX) -> None:
    """Messages into someone's mailbox."""
    into = await opened(office, address)
    where = (await into.mail.mailbox(mailbox)).id
    for message in messages:
        with office.spool(1 << 30) as spool:
            spool.feed(message)
            await into.messages.append(where, [Draft(await spool.finish())])


async def held(office: Office, mailbox: str = INBOX, address: str = ALICE) -> list[tuple[int, int]]:
    """(UID, flags) of what is in someone's mailbox."""
    mail = (await opened(office, address)).mail
    where = (await mail.mailbox(mailbox)).id
    return await mail.rows(where, [(1, 0xFFFFFFFF)], ("uid", "flags"))


async def setting(office: Office, **values: str) -> None:
    """Alice's settings."""
    account = (await opened(office)).account
    await office.kept.change_account(replace(account, settings={**account.settings, **values}))


def message(number: int, body: bytes = b"Hello\r\n") -> bytes:
    return b"From: a@example.org\r\nSubject: message %d\r\n\r\n%b" % (number, body)
