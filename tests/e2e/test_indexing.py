"""The search index of a running server: written behind people's backs, and never to be noticed but by how fast it is."""

import asyncio
import contextlib
import sqlite3
import time

from person import EVENING, Person
from pillarbox.store.sqlite.accounts import SqliteAccounts
from pillarbox.store.sqlite.layout import Layout
from raw import imap

SOON = 60.0
PAUSE = 0.05


def index_of(person: Person) -> str:
    """Where it is, or will be."""

    async def look() -> str:
        kept = SqliteAccounts(person.server.data)
        account = await kept.account(person.address)
        await kept.close()
        assert account is not None
        return Layout(person.server.data).index(account.id)

    return asyncio.run(look())


def indexed(path: str) -> int:
    """How many emails are in an index."""
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db,
    ):
        return int(db.execute("SELECT emails FROM progress").fetchone()[0])
    return 0


def test_mail_is_found_before_it_is_indexed_and_after(person: Person) -> None:
    path = index_of(person)
    person.deliver(EVENING, EVENING.replace(b"Shall we?", b"A pentagonal dodecahedron"))
    with imap(person.server.ports["imap"], person.address, person.password) as client:
        assert b"* SEARCH 2\r\n" in client.ask(b"s SEARCH TEXT pentagonal", b"s OK")
        deadline = time.monotonic() + SOON
        while indexed(path) < 2:
            assert time.monotonic() < deadline, "the index is not written"
            assert b"* SEARCH 2\r\n" in client.ask(b"s SEARCH TEXT pentagonal", b"s OK")
            time.sleep(PAUSE)
        assert b"* SEARCH 2\r\n" in client.ask(b"s SEARCH TEXT pentagonal", b"s OK")
        assert b"* SEARCH 1\r\n" in client.ask(b's SEARCH BODY "shall we"', b"s OK")
        assert b"* SEARCH\r\n" in client.ask(b"s SEARCH TEXT hexagonal", b"s OK")
