"""What happened to mail, and what is counted for reports: `pillarbox.store.api.Journal` over one data folder.

Nothing waits for its disk: what is noted gathers in memory, and is written about once a second, and before anyone asks.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import fields
from datetime import UTC, datetime
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeVar

import apsw

from ...errors import Unavailable
from ...limits import StoreLimits
from ..api import StoreFailed
from ..queued import DmarcCount, Event, ReceivedReport, TlsCount
from .connection import open_database, open_shared, reading
from .hands import Hands
from .layout import Layout
from .statements import fetch, shown
from .writer import Writer

T = TypeVar("T")

GATHERED = 500
"""So many are written at once."""
SECONDS = 1.0
"""So long they wait for that."""
MOST = 50_000
"""So many are kept in memory while they cannot be written; the oldest are lost then."""
STEP = 500
"""So many are forgotten in one transaction."""
Row = Event | DmarcCount | TlsCount


class SqliteJournal:
    """`journal.db`; several processes may have the same, and hear of each other's events about a second later."""

    def __init__(self, layout: Layout, limits: StoreLimits, threads: Hands) -> None:
        """Raises Unavailable, OperatorError."""
        self._path = layout.journal
        self._threads = threads
        self._writer = Writer(open_shared(self._path, "journal", layout.root), limits, "pillarbox-journal")
        self._gathered: list[Row] = []
        self._soon: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        """The last that was begun."""
        self._in_trouble = False
        self._closed = False

    async def note(self, events: Sequence[Event]) -> None:
        self._gather(events)

    async def count_dmarc(self, rows: Sequence[DmarcCount]) -> None:
        self._gather(rows)

    async def count_tls(self, rows: Sequence[TlsCount]) -> None:
        self._gather(rows)

    async def trace(self, key: str) -> Sequence[Event]:
        return await self._ask(lambda db: trace(db, key))

    async def dmarc_counts(self, day: str) -> Sequence[DmarcCount]:
        return await self._ask(lambda db: DMARC.of(db, day))

    async def tls_counts(self, day: str) -> Sequence[TlsCount]:
        return await self._ask(lambda db: TLS.of(db, day))

    async def is_reported(self, kind: str, domain: str, day: str) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM sent_report WHERE kind = ? AND domain = ? AND day = ?)"
        return await self._ask(lambda db: bool(db.execute(query, (kind, domain, day)).get))

    async def reported(self, kind: str, domain: str, day: str) -> None:
        row = (kind, domain, day)
        await self._writer.write(lambda db: db.execute("INSERT OR IGNORE INTO sent_report VALUES (?, ?, ?)", row).get)

    async def keep_report(self, report: ReceivedReport) -> bool:
        return await self._writer.write(lambda db: keep_report(db, report))

    async def received_reports(self, kind: str | None, domain: str | None, since: int) -> Sequence[ReceivedReport]:
        return await self._ask(lambda db: received_reports(db, kind, domain, since))

    async def forget(self, before: int) -> None:
        await self._flush()
        await self._writer.write(lambda db: forget_reports(db, before), durable=False)
        while await self._writer.write(lambda db: forget_events(db, before), durable=False):
            pass

    async def close(self) -> None:
        """All that was noted is written."""
        self._closed = True
        await self._flush()
        if self._soon is not None:
            self._soon.cancel()
        await self._writer.close()

    # Gathering.

    def _gather(self, rows: Sequence[Row]) -> None:
        self._gathered += rows
        if len(self._gathered) >= GATHERED and not self._in_trouble:
            self._write()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(SECONDS, self._write)

    def _write(self) -> None:
        """Begin to write what was gathered. After a failed commit nothing is written any more, and the journal alone ends no
        process by it."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        rows, self._gathered = self._gathered, []
        with suppress(StoreFailed):
            self._writing = self._writer.write(lambda db: write(db, rows), durable=False)
            self._writing.add_done_callback(lambda done: self._written(rows, done))

    def _written(self, rows: list[Row], done: "asyncio.Future[None]") -> None:
        self._in_trouble = isinstance(done.exception(), Unavailable)
        if self._in_trouble and not self._closed:
            self._gathered = [*rows, *self._gathered][-MOST:]
            self._gather(())

    async def _flush(self) -> None:
        """What was noted until now is written, or cannot be."""
        if self._gathered:
            self._write()
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _ask(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run a query in a thread, of all that was noted here until now."""
        await self._flush()

        def ask() -> T:
            with closing(open_database(self._path, "journal")) as db, reading(db):
                return work(db)

        return await self._threads.do(ask)


# Within a transaction.


def write(db: apsw.Connection, rows: Sequence[Row]) -> None:
    """What was noted and counted."""
    events = [_event_row(row) for row in rows if isinstance(row, Event)]
    db.executemany("INSERT INTO event (at, id, name, facts, message_id) VALUES (?, ?, ?, ?, ?)", events)
    db.executemany(DMARC.add, [DMARC.row(row) for row in rows if isinstance(row, DmarcCount)])
    db.executemany(TLS.add, [TLS.row(row) for row in rows if isinstance(row, TlsCount)])


def _event_row(event: Event) -> tuple[Any, ...]:
    message_id = event.facts.get("message_id") or None
    facts = json.dumps(dict(event.facts)) if event.facts else "{}"
    return event.at, shown(event.id), event.name, facts, message_id and shown(message_id)


class _Counts:
    """A table of counts: a row for all that are alike in everything else."""

    def __init__(self, table: str, kind: type[Any]) -> None:
        self._kind = kind
        self._table = table
        names = [field.name for field in fields(kind)]
        self._columns = ", ".join(names)
        self._alike = attrgetter(*names[:-1])
        self.add = (
            f"INSERT INTO {table} (digest, {self._columns}) VALUES (?, {', '.join('?' * len(names))})"
            " ON CONFLICT (day, digest) DO UPDATE SET count = count + excluded.count"
        )

    def row(self, counted: Any) -> tuple[Any, ...]:
        alike = [shown(value) for value in self._alike(counted)]
        return blake2b("\0".join(alike).encode(), digest_size=16).digest(), *alike, counted.count

    def of(self, db: apsw.Connection, day: str) -> list[Any]:
        query = f"SELECT {self._columns} FROM {self._table} WHERE day = ? ORDER BY policy_domain, digest"
        return [self._kind(*row) for row in db.execute(query, (day,))]


DMARC = _Counts("dmarc_count", DmarcCount)
TLS = _Counts("tls_count", TlsCount)


TRACE = """SELECT at, id, name, facts FROM event
           WHERE id IN (SELECT ?1 UNION SELECT id FROM event WHERE message_id = ?1) ORDER BY at, key"""


def trace(db: apsw.Connection, key: str) -> list[Event]:
    """As `Journal.trace`."""
    return [Event(at, name, what, json.loads(facts)) for at, name, what, facts in db.execute(TRACE, (key,))]


def keep_report(db: apsw.Connection, report: ReceivedReport) -> bool:
    """As `Journal.keep_report`."""
    columns = [field.name for field in fields(ReceivedReport)]
    db.execute(
        f"INSERT INTO received_report ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        " ON CONFLICT (kind, domain, organisation, id) DO NOTHING",
        [shown(value) if isinstance(value, str) else value for value in attrgetter(*columns)(report)],
    )
    return bool(db.changes())


def received_reports(db: apsw.Connection, kind: str | None, domain: str | None, since: int) -> list[ReceivedReport]:
    """As `Journal.received_reports`."""
    columns = ", ".join(field.name for field in fields(ReceivedReport))
    rows = fetch(
        db,
        f"SELECT {columns} FROM received_report WHERE begins_at >= ?1 AND kind = coalesce(?2, kind)"
        " AND domain = coalesce(?3, domain) ORDER BY begins_at, key",
        (since, kind, domain),
    )
    return [ReceivedReport(*row) for row in rows]


def forget_events(db: apsw.Connection, before: int) -> int:
    """The oldest, some at a time; how many. They are looked for among the first that came, for they come as time goes."""
    rows = fetch(db, "SELECT key, at FROM event ORDER BY key LIMIT ?", (STEP,))
    old = [(key,) for key, at in rows if at < before]
    db.executemany("DELETE FROM event WHERE key = ?", old)
    return len(old)


def forget_reports(db: apsw.Connection, before: int) -> None:
    day = datetime.fromtimestamp(before, UTC).date().isoformat()
    for table in ("dmarc_count", "tls_count", "sent_report"):
        db.execute(f"DELETE FROM {table} WHERE day < ?", (day,))
    db.execute("DELETE FROM received_report WHERE received_at < ?", (before,))
