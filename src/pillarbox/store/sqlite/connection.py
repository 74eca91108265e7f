"""Opening databases, transactions, and what goes wrong in them.

Never open a database file, or its -shm, by other means than SQLite: closing any descriptor of it drops the locks that the
whole process holds on it (POSIX).
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw

from ...errors import Unavailable
from ..api import StoreFailed
from ..folders import make_folder
from .migrate import Kind, migrate

QUICK_PAUSE, SLOW_PAUSE = 0.0003, 0.005
"""Seconds until a lock is tried again."""
QUICK_TRIES = 30
READ_WAIT = 5000
"""Milliseconds that a read waits, as it hardly ever must."""
PAGE_SIZE = 4096
CACHE_KIB = 2048
MMAP_SIZE = 1 << 30
JOURNAL_LIMIT = 16 << 20


def open_database(path: str, kind: Kind, *, create: bool = False) -> apsw.Connection:
    """A connection to a database, its schema up to date. Raises Unavailable, and OperatorError where it is too new."""
    with translated(writing=False):
        if create:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            _prepare(connection, create)
            migrate(connection, kind)
        except BaseException:
            connection.close()
            raise
        return connection


def open_shared(path: str, kind: Kind, folder: str) -> apsw.Connection:
    """As `open_database`, made where it is missing: by one process at a time, which holds a lock on `folder` meanwhile."""
    make_folder(folder)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        missing = not os.path.exists(path) or not os.path.getsize(path)
        return open_database(path, kind, create=missing)
    finally:
        os.close(descriptor)


def _prepare(connection: apsw.Connection, create: bool) -> None:
    connection.set_busy_timeout(READ_WAIT)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # else each range query is planned anew for each value bound to it
    if create:
        connection.pragma("page_size", PAGE_SIZE)
        connection.pragma("journal_mode", "wal")
    connection.execute(
        f"PRAGMA synchronous=FULL; PRAGMA cache_size=-{CACHE_KIB}; PRAGMA mmap_size={MMAP_SIZE};"
        f"PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit={JOURNAL_LIMIT}"
    )


@contextmanager
def translated(*, writing: bool) -> Iterator[None]:
    """Turn SQLite's and the system's errors into ours."""
    try:
        yield
    except (apsw.Error, OSError) as error:
        raise translation(error, writing=writing) from error


def translation(error: Exception, *, writing: bool) -> BaseException:
    """What an error of SQLite's or the system's is in our words; itself, where it is a mistake of ours."""
    match error:
        case apsw.FullError():
            return Unavailable("the disk is full")
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return Unavailable("the disk is full")
        case apsw.BusyError() | apsw.LockedError():
            return Unavailable("others are writing, try again")
        case apsw.IOError() | OSError():
            return StoreFailed(f"a write to disk failed: {error}") if writing else Unavailable("the disk cannot be read")
        case apsw.ReadOnlyError():
            return Unavailable("the disk cannot be written")
        case apsw.CorruptError() | apsw.NotADBError() | apsw.CantOpenError():
            return Unavailable("this mail cannot be opened")
        case _:
            return error


def begin(connection: apsw.Connection, wait: float) -> None:
    """Take the write lock. Raises apsw.BusyError where another process holds it for longer than `wait` seconds."""
    connection.set_busy_handler(_patience(wait))
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.set_busy_timeout(READ_WAIT)


def _patience(wait: float) -> Callable[[int], bool]:
    """Whether to try again, asked when others hold a lock. They do for a commit's length: SQLite's own pauses, of 1, 2, 5, 10
    and more milliseconds, leave a lock unused that has long been free."""
    until = time.monotonic() + wait

    def ask(tries: int) -> bool:
        if time.monotonic() > until:
            return False
        time.sleep(QUICK_PAUSE if tries < QUICK_TRIES else SLOW_PAUSE)
        return True

    return ask


def commit(connection: apsw.Connection) -> None:
    """Keep what was done, or undo it."""
    try:
        connection.execute("COMMIT")
    except BaseException:
        undo(connection)
        raise


def undo(connection: apsw.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@contextmanager
def writing(connection: apsw.Connection, wait: float) -> Iterator[None]:
    """A transaction around what is done within, its errors translated."""
    with translated(writing=True):
        begin(connection, wait)
        try:
            yield
        except BaseException:
            undo(connection)
            raise
        commit(connection)


@contextmanager
def reading(connection: apsw.Connection) -> Iterator[None]:
    """One state of the database for several queries."""
    with translated(writing=False):
        connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("COMMIT")
