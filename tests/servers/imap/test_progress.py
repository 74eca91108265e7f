"""INPROGRESS: a client that waits is told that its command goes on (RFC 9585)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.limits import ImapLimits, Limits
from pillarbox.proto.imap import commands
from pillarbox.servers.imap.session import HANDLERS, Ok, Session
from pillarbox.testing.house import house
from servers.imap.parley import Clients

SOON = 0.02


@asynccontextmanager
async def hurried(folder: Path) -> AsyncIterator[Clients]:
    """A house where a command is long after a moment."""
    async with house(folder, limits=replace(Limits(), imap=ImapLimits(progress=SOON))) as office:
        clients = Clients(office)
        try:
            yield clients
        finally:
            for client in clients.all:
                await client.close()


@pytest.fixture
def checking(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """CHECK goes on until this is set, and counts to four."""
    done = asyncio.Event()

    async def check(session: Session, command: commands.Check) -> Ok:
        session.progress.done, session.progress.total = 1, 4
        await done.wait()
        return Ok("CHECK completed")

    monkeypatch.setitem(HANDLERS, commands.Check, check)
    return done


async def test_a_long_command_says_that_it_goes_on_and_again(tmp_path: Path, checking: asyncio.Event) -> None:
    async with hurried(tmp_path) as clients:
        client = await clients.one("INBOX")
        await client.stream.write(b"long CHECK\r\n")
        for _ in range(2):
            assert await client.line() == b'* OK [INPROGRESS ("long" 1 4)] still at it\r\n'
        checking.set()
        while not (line := await client.line()).startswith(b"long OK"):
            assert line.startswith(b"* OK [INPROGRESS")
        assert (await client.ok("NOOP")) == [b"OK NOOP completed"]


async def test_it_is_not_said_where_it_is_switched_off(tmp_path: Path, checking: asyncio.Event) -> None:
    async with hurried(tmp_path) as clients:
        settings = clients.office.settings
        clients.office.settings = replace(settings, imap=replace(settings.imap, disabled=("INPROGRESS",)))
        client = await clients.one("INBOX")
        asyncio.get_running_loop().call_later(3 * SOON, checking.set)
        assert (await client.do("CHECK")) == [b"OK CHECK completed"]


async def test_nothing_is_said_to_one_who_idles(tmp_path: Path) -> None:
    async with hurried(tmp_path) as clients:
        client = await clients.one("INBOX")
        await client.stream.write(b"a IDLE\r\n")
        assert (await client.line()).startswith(b"+ ")
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(3 * SOON, later.set)
        await later.wait()
        await client.stream.write(b"DONE\r\n")
        assert (await client.line()).startswith(b"a OK")
