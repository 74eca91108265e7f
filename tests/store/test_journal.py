"""The journal in a data folder: gathered, written now and then, and in nobody's way."""

import asyncio
from pathlib import Path

import pytest

from pillarbox.store.queued import Event
from pillarbox.store.sqlite import SqliteAccounts, events
from pillarbox.store.sqlite.connection import open_database


async def test_what_was_noted_is_written_soon_and_others_see_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SECONDS", 0.0)
    mine, theirs = SqliteAccounts(tmp_path), SqliteAccounts(tmp_path)
    await mine.journal().note([Event(1.0, "one", "received")])
    assert theirs.journal() is theirs.journal()
    async with asyncio.timeout(60):
        while not await theirs.journal().trace("one"):
            await asyncio.sleep(0)
    await mine.close()
    await theirs.close()


async def test_nothing_is_written_until_many_are_gathered_or_it_is_closed(tmp_path: Path) -> None:
    mine, theirs = SqliteAccounts(tmp_path), SqliteAccounts(tmp_path)
    journal = mine.journal()
    await journal.note([Event(float(n), "one", "x") for n in range(events.GATHERED - 1)])
    assert await theirs.journal().trace("one") == []
    await journal.note([Event(500.0, "one", "x")])
    async with asyncio.timeout(60):
        while len(await theirs.journal().trace("one")) < events.GATHERED:
            await asyncio.sleep(0)
    await journal.note([Event(501.0, "two", "x")])
    await mine.close()
    assert len(await theirs.journal().trace("two")) == 1
    await theirs.close()


async def test_what_cannot_be_written_now_is_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = SqliteAccounts(tmp_path)
    journal = accounts.journal()
    connection = journal._writer._connection
    full, free = int(connection.pragma("page_count")), 1 << 30
    connection.pragma("max_page_count", full)
    noted = [Event(float(n), "one", "x" * 90) for n in range(events.GATHERED * 2)]
    await journal.note(noted)
    assert await journal.trace("one") == []
    monkeypatch.setattr(events, "MOST", 700)
    assert await journal.trace("one") == []
    connection.pragma("max_page_count", free)
    assert await journal.trace("one") == noted[-700:]
    await accounts.close()


async def test_a_trace_looks_only_at_what_it_finds(tmp_path: Path) -> None:
    await SqliteAccounts(tmp_path).journal().close()
    db = open_database(str(tmp_path / "journal.db"), "journal")
    plan = [str(row[-1]) for row in db.execute(f"EXPLAIN QUERY PLAN {events.TRACE}", ("x",))]
    assert not [step for step in plan if step.startswith("SCAN event")], plan
    db.close()
