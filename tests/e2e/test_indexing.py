"""The search index of a running server: written behind people's backs, and never to be noticed but by how fast it is."""

import contextlib
import sqlite3
import time

from person import EVENING, Person
from raw import imap

SOON = 8.0
PAUSE = 0.05


def indexed(person: Person) -> int:
    """How many emails are in the indexes of all accounts."""
    found = 0
    for path in person.server.data.rglob("index.db"):
        with (
            contextlib.suppress(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db,
        ):
            found += db.execute("SELECT emails FROM progress").fetchone()[0]
    return found


def test_mail_is_found_before_it_is_indexed_and_after(person: Person) -> None:
    before = indexed(person)
    person.deliver(EVENING, EVENING.replace(b"Shall we?", b"A pentagonal dodecahedron"))
    with imap(person.server.ports["imap"], person.address, person.password) as client:
        assert b"* SEARCH 2\r\n" in client.ask(b"s SEARCH TEXT pentagonal", b"s OK")
        deadline = time.monotonic() + SOON
        while indexed(person) < before + 2:
            assert time.monotonic() < deadline, "the index is not written"
            assert b"* SEARCH 2\r\n" in client.ask(b"s SEARCH TEXT pentagonal", b"s OK")
            time.sleep(PAUSE)
        assert b"* SEARCH 2\r\n" in client.ask(b"s SEARCH TEXT pentagonal", b"s OK")
        assert b"* SEARCH 1\r\n" in client.ask(b's SEARCH BODY "shall we"', b"s OK")
        assert b"* SEARCH\r\n" in client.ask(b"s SEARCH TEXT hexagonal", b"s OK")
