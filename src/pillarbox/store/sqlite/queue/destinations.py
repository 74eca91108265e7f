"""Where something waits, and whose turn it is: kept beside the recipients, so that a claim looks only at what is due."""

from collections.abc import Collection, Sequence

import apsw

from ...queued import Destination
from ..statements import fetch


def expect(db: apsw.Connection, name: Destination, at: int) -> None:
    """Something begins to wait for it, until then at the latest."""
    db.execute(
        "INSERT INTO destination VALUES (?, ?, 0) ON CONFLICT (name) DO UPDATE SET ready = excluded.ready"
        " WHERE excluded.ready < ready",
        (name, at),
    )


def review(db: apsw.Connection, name: Destination) -> None:
    """Something waits for it no more, or longer."""
    first = first_due(db, name)
    if first is None:
        db.execute("DELETE FROM destination WHERE name = ?", (name,))
    else:
        db.execute("UPDATE destination SET ready = max(ready, ?) WHERE name = ?", (first, name))


def served(db: apsw.Connection, name: Destination, now: int, turn: int) -> None:
    """Something of it was claimed: all others that are ready by now come first."""
    first = first_due(db, name)
    if first is None:
        db.execute("DELETE FROM destination WHERE name = ?", (name,))
    else:
        db.execute("UPDATE destination SET ready = ?, turn = ? WHERE name = ?", (max(first, now), turn, name))


def first_due(db: apsw.Connection, name: Destination) -> int | None:
    first: int | None = db.execute("SELECT min(at) FROM recipient WHERE state = 0 AND destination = ?", (name,)).get
    return first


READY = "SELECT name FROM destination WHERE ready <= ? ORDER BY ready, turn LIMIT ?"


def ready(db: apsw.Connection, now: int, busy: Collection[Destination], most: int) -> Sequence[Destination]:
    """Those that something is due for, in the order of their turns, and that are not busy."""
    names = [name for (name,) in fetch(db, READY, (now, most + len(busy))) if name not in busy]
    return names[:most]


def next_due(db: apsw.Connection) -> int | None:
    first: int | None = db.execute("SELECT min(ready) FROM destination").get
    return first
