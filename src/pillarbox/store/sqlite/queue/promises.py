"""What must hold in the queue, whatever fails: each promise a sentence, and the query that finds what breaks it."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing

import apsw

from ....errors import NotFound
from ....ids import BlobId
from ...blobs.disk import DiskBlobs
from ..connection import open_database, reading, writing
from ..statements import fetch
from . import keeping

WAIT = 5.0

PROMISES: tuple[tuple[str, str], ...] = (
    (
        "recipient {} of message {} is of no message that is there",
        "SELECT n, message FROM recipient WHERE message NOT IN (SELECT key FROM message)",
    ),
    ("message {} has no recipients", "SELECT id FROM message WHERE key NOT IN (SELECT message FROM recipient)"),
    (
        "message {} counts {} recipients that are not over, and has {}",
        """SELECT m.id, m.open, sum(r.state < 3) FROM message m JOIN recipient r ON r.message = m.key
           GROUP BY m.key HAVING m.open <> sum(r.state < 3)""",
    ),
    (
        "message {} is over and not over at once",
        "SELECT id FROM message WHERE (open = 0) <> (over_at IS NOT NULL)",
    ),
    (
        "message {} is over, and its content is still there",
        """SELECT id FROM message WHERE over_at IS NOT NULL
           AND (place IS NOT NULL OR EXISTS (SELECT 1 FROM content c WHERE c.message = key))""",
    ),
    (
        "message {} has no content",
        """SELECT id FROM message WHERE over_at IS NULL
           AND (place IS NULL OR (place = 0 AND NOT EXISTS (SELECT 1 FROM content c WHERE c.message = key)))""",
    ),
    (
        "there is content of message {}, which is not there",
        "SELECT message FROM content WHERE message NOT IN (SELECT key FROM message)",
    ),
    (
        "there is a conversation about message {}, which is not there",
        "SELECT message FROM conversation WHERE message NOT IN (SELECT key FROM message)",
    ),
    (
        "recipient {} of message {} is in state {}, which there is not",
        "SELECT n, message, state FROM recipient WHERE state NOT BETWEEN 0 AND 5",
    ),
    (
        "recipient {} of message {} is in the hand of an owner who is gone",
        "SELECT n, message FROM recipient WHERE state = 1 AND (owner IS NULL OR owner NOT IN (SELECT id FROM owner))",
    ),
    (
        "recipient {} of message {} has an owner, and is in no hand",
        "SELECT n, message FROM recipient WHERE state <> 1 AND owner IS NOT NULL",
    ),
    (
        "something waits for {}, and it has no turn",
        "SELECT DISTINCT destination FROM recipient WHERE state = 0 AND destination NOT IN (SELECT name FROM destination)",
    ),
    (
        "{} has a turn, and nothing waits for it",
        "SELECT name FROM destination WHERE name NOT IN (SELECT destination FROM recipient WHERE state = 0)",
    ),
    (
        "{} has its turn at {}, before anything of it is due",
        """SELECT name, ready FROM destination d
           WHERE ready < (SELECT min(at) FROM recipient r WHERE r.state = 0 AND r.destination = d.name)""",
    ),
)


def broken(db: apsw.Connection, blobs: DiskBlobs) -> Iterator[str]:
    """What is wrong in the tables, and in the contents they name."""
    yield from (sentence for (sentence,) in fetch(db, "PRAGMA integrity_check") if sentence != "ok")
    for sentence, query in PROMISES:
        yield from (sentence.format(*row) for row in fetch(db, query))
    query = "SELECT id, blob, size, place, data FROM message LEFT JOIN content ON message = key WHERE place IS NOT NULL"
    for name, blob, size, place, data in db.execute(query):
        found = _read(blobs, BlobId(blob)) if place == 1 else data
        if found is not None and (len(found), hashlib.sha256(found).digest()) != (size, blob):
            yield f"the content of message {name} is not what it was"


def _read(blobs: DiskBlobs, blob: BlobId) -> bytes | None:
    try:
        return blobs.read(blob)
    except NotFound:
        return None


def suspected_files(db: apsw.Connection, blobs: DiskBlobs) -> set[BlobId]:
    """Files that no message names, and names without a file: as far as can be seen while others write."""
    return set(blobs.names()) ^ _named(db)


def confirmed(db: apsw.Connection, blobs: DiskBlobs, suspects: set[BlobId]) -> list[str]:
    """Which of the suspected files are wrong indeed, under the write lock."""
    named = _named(db)
    going = {BlobId(blob) for (blob,) in fetch(db, "SELECT blob FROM doomed_file")}
    wrong = []
    for blob in sorted(suspects):
        there = os.path.exists(blobs.path(blob))
        if there and blob not in named and blob not in going:
            wrong.append(f"no message has the content of file {blob.hex()}")
        if not there and blob in named:
            wrong.append(f"the file {blob.hex()} is not there, and a message needs it")
    return wrong


def _named(db: apsw.Connection) -> set[BlobId]:
    return {BlobId(blob) for (blob,) in fetch(db, "SELECT blob FROM message WHERE place = 1")}


def verify(path: str, blobs: DiskBlobs, locks: keeping.OwnerLocks) -> list[str]:
    """All that is wrong with a queue; what the dead left behind is put in order first. Raises OperatorError, Unavailable."""
    with closing(open_database(path, "queue")) as db:
        with writing(db, WAIT):
            gone = keeping.dead(db, locks)
            keeping.recover(db, gone)
            keeping.sweep(db, blobs)
        for _, lock in gone:
            locks.remove(lock)
        with reading(db):
            wrong = list(broken(db, blobs))
            suspects = suspected_files(db, blobs)
        with writing(db, WAIT):
            return wrong + confirmed(db, blobs, suspects)
