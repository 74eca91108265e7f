"""Files of large messages, processes at work, what is remembered: the queue's household."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress

import apsw

from ....errors import InUse
from ....ids import BlobId
from ...blobs.disk import DiskBlobs
from ...locks import FileLock
from ...queued import Owner
from ..statements import fetch
from . import claiming

# Files.


def has_leftovers(db: apsw.Connection, blobs: DiskBlobs) -> bool:
    """Whether there may be files that nobody needs."""
    return blobs.has_leftovers() or bool(db.execute("SELECT EXISTS (SELECT 1 FROM doomed_file)").get)


def unlink(db: apsw.Connection, blobs: DiskBlobs) -> None:
    """Remove the files that no message needs any more: only after the commit that let go of them."""
    for (blob,) in fetch(db, "SELECT blob FROM doomed_file"):
        _unlink_unnamed(db, blobs, BlobId(blob))
    db.execute("DELETE FROM doomed_file")


def sweep(db: apsw.Connection, blobs: DiskBlobs) -> None:
    """Remove what was left by those who died while they took a message in, or let go of one."""
    with blobs.leftovers() as leftovers:
        for blob, path in leftovers:
            _unlink_unnamed(db, blobs, blob)
            blobs.remove_incoming(path)
    unlink(db, blobs)


def _unlink_unnamed(db: apsw.Connection, blobs: DiskBlobs, blob: BlobId) -> None:
    if db.execute("SELECT 1 FROM message WHERE blob = ? AND place = 1", (blob,)).get is None:
        blobs.remove(blob)


# Owners.


class OwnerLocks:
    """The locks by which processes tell each other that they live."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._held: dict[str, FileLock] = {}

    def hold(self, name: str) -> None:
        """Raises InUse while a process that holds it lives, be it this one."""
        self._held[name] = FileLock(self._path(name))

    def let_go(self, name: str) -> None:
        """For good: no lock has this name again."""
        lock = self._held.pop(name, None)
        if lock is not None:
            self.remove(name)
            lock.release()

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._path(name))

    def is_free(self, name: str) -> bool:
        """Whether its holder has died."""
        try:
            FileLock(self._path(name)).release()
        except InUse:
            return False
        return True

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)


def enlist(db: apsw.Connection, lock: str) -> Owner:
    db.execute("INSERT INTO owner (lock) VALUES (?)", (lock,))
    return Owner(db.last_insert_rowid())


def dead(db: apsw.Connection, locks: OwnerLocks) -> list[tuple[Owner, str]]:
    """Owners whose processes have died, and the names of their locks."""
    rows = fetch(db, "SELECT id, lock FROM owner")
    return [(Owner(owner), lock) for owner, lock in rows if locks.is_free(lock)]


def lock_of(db: apsw.Connection, owner: Owner) -> str | None:
    name: str | None = db.execute("SELECT lock FROM owner WHERE id = ?", (owner,)).get
    return name


def recover(db: apsw.Connection, gone: Sequence[tuple[Owner, str]]) -> int:
    """Give back what dead owners had in hand; how many recipients that was. The dead do not return, so that it does not matter
    who else does the same."""
    return sum([claiming.give_back(db, owner) for owner, _ in gone])


# What is no longer needed.

_OVER = "SELECT key FROM message WHERE over_at < ? LIMIT ?"


def forget(db: apsw.Connection, before: int, most: int) -> int:
    """Remove at most so many messages that were over by then, and all that is kept of them; how many."""
    found = json.dumps([key for (key,) in fetch(db, _OVER, (before, most))])
    for table in ("recipient", "conversation"):
        db.execute(f"DELETE FROM {table} WHERE message IN (SELECT value FROM json_each(?))", (found,))
    db.execute("DELETE FROM message WHERE key IN (SELECT value FROM json_each(?))", (found,))
    return db.changes()


def forget_memory(db: apsw.Connection, before: int) -> None:
    db.execute("DELETE FROM memory WHERE until < ?", (before,))


_POSTPONE = """UPDATE recipient SET at = ?1, host = ?2, code = ?3, said = ?4, updated_at = ?5 WHERE (message, n) IN
               (SELECT message, n FROM recipient WHERE state = 0 AND destination = ?6 AND at < ?1 AND (code <> '' OR at <= ?5)
                ORDER BY at LIMIT ?7)"""
_HASTEN = """UPDATE recipient SET at = ?1, updated_at = ?1 WHERE (message, n) IN
             (SELECT message, n FROM recipient WHERE state = 0 AND destination = ?2 AND at > ?1 AND code <> ''
              ORDER BY at LIMIT ?3)"""


def postpone(db: apsw.Connection, destination: str, until: int, words: tuple[str, str, str], now: int, most: int) -> int:
    """At most so many recipients that wait and are due before then wait until then; how many."""
    db.execute(_POSTPONE, (until, *words, now, destination, most))
    return db.changes()


def hasten(db: apsw.Connection, destination: str, now: int, most: int) -> int:
    """At most so many recipients that wait for another attempt than their first are due now; how many."""
    db.execute(_HASTEN, (now, destination, most))
    return db.changes()


# What is remembered.


def recall(db: apsw.Connection, name: str, now: int) -> bytes | None:
    value: bytes | None = db.execute("SELECT value FROM memory WHERE name = ? AND until > ?", (name, now)).get
    return value


def remember(db: apsw.Connection, name: str, value: bytes, until: int) -> None:
    db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?, ?)", (name, value, until))
