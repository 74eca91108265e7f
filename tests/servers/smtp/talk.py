"""The other side of a conversation with a door, on a connection made of memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pillarbox.errors import Unavailable
from pillarbox.ids import AccountId
from pillarbox.limits import ConnectionLimits
from pillarbox.mail.office import Office
from pillarbox.net.listener import Door
from pillarbox.servers.smtp.serve import serve
from pillarbox.store.api import Mail
from pillarbox.store.models import INBOX
from pillarbox.testing.memory_stream import MemoryClient, pair

EVERYTHING = [(1, 2**32 - 1)]


class Client:
    """Says lines, reads replies."""

    def __init__(self, client: MemoryClient) -> None:
        self.raw = client

    async def say(self, *lines: str | bytes) -> str:
        """Send lines, each with its CRLF; the reply to the last."""
        answer = ""
        for line in lines:
            await self.raw.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
            answer = await self.reply()
        return answer

    async def reply(self) -> str:
        """One reply, its lines joined by a newline."""
        lines: list[str] = []
        while True:
            line = (await self.raw.read_line()).decode().removesuffix("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    async def send_mail(self, content: bytes, *recipients: str, sender: str = "carol@example.net") -> str:
        """A whole transaction by DATA; the last reply."""
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        for recipient in recipients:
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")
        await self.raw.write(content + b".\r\n")
        return await self.reply()


def call(office: Office, door: str = "smtp", **how: object) -> tuple[MemoryClient, asyncio.Task[None]]:
    """A client that has said nothing yet, and the conversation it is in."""
    stream, client = pair(limits=ConnectionLimits(close=0.05), **how)  # type: ignore[arg-type]

    async def hold() -> None:
        try:
            await serve(stream, Door(door), office)
        finally:
            await stream.close()

    return client, asyncio.create_task(hold())


@asynccontextmanager
async def conversation(office: Office, door: str = "smtp", **how: object) -> AsyncIterator[Client]:
    """A client that has heard the greeting, and said EHLO."""
    client, task = call(office, door, **how)
    try:
        side = Client(client)
        assert (await side.reply()).startswith("220 mail.example.org ")
        assert (await side.say("LHLO there" if door == "lmtp" else "EHLO there")).startswith("250-mail.example.org\n")
        yield side
    finally:
        client.close()
        await asyncio.wait_for(task, 60)


async def messages_of(office: Office, address: str, mailbox: str = INBOX) -> list[bytes]:
    """All messages of someone's mailbox, whole, in the order they came."""
    account = await office.kept.account(address)
    assert account is not None
    mail = office.kept.mail(account.id)
    box = await mail.mailbox(mailbox)
    rows = await mail.rows(box.id, EVERYTHING, ["blob"])
    return [await mail.read(row[-1]) for row in rows]


async def make_busy(monkeypatch: pytest.MonkeyPatch, office: Office, address: str) -> None:
    """From now on nothing can be written to this account."""
    whole, account = office.kept.mail, await office.kept.account(address)
    assert account is not None

    async def add(*arguments: object, **options: object) -> None:
        raise Unavailable("busy")

    def mail(wanted: AccountId) -> Mail:
        found = whole(wanted)
        if wanted == account.id:
            monkeypatch.setattr(found, "add", add, raising=False)
        return found

    monkeypatch.setattr(office.kept, "mail", mail)
