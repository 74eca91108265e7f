"""One account's database while it is open: connections that read on the loop, read in threads, and write.

A verb runs where it costs least. Small reads run on the loop: a reader of a WAL never waits. Long ones go to a thread. A
small change is made on the loop too, if the write lock is free at once, and only its commit, which waits for the disk, goes to
a thread: there each statement would have to get the interpreter back, which on a busy loop is a queue each time. All else is
one hop. No connection is used in two places at the same time: the loop has its own, the others have a lock. While nobody has
the lock of the one that writes, the loop reads with that: it need not read again what it has just written.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar, cast

import apsw

from ...clock import Clock
from ...errors import MailError
from ...ids import AccountId, ModSeq
from ...limits import StoreLimits
from .. import keywords
from ..api import StoreFailed
from ..blobs.disk import DiskBlobs, Incoming
from ..expected import Expected, expected
from ..models import Content
from . import removing
from .connection import begin, commit, open_database, reading, translated, translation, undo
from .email_counts import KeptCounts
from .hands import Hands
from .kept_orders import KeptOrders
from .layout import Layout
from .marks import Marks
from .search_index import SearchIndex
from .thread_map import ThreadMap
from .transaction import Transaction

T = TypeVar("T")

CHECKPOINT_PAGES = 1000
"""So many pages of the WAL are worth copying to the database, when there is time."""
CHECKPOINT_AT_LAST = 4000
"""So many are copied before anything more is written."""
PURGE_STEP = 100
PURGE_AFTER = 0.2
SYNC_AFTER = 0.5
"""Seconds after which changes that were not waited for are put on disk."""


class AccountFile:
    """An account's connections, and the work on them that nobody waits for."""

    def __init__(
        self,
        layout: Layout,
        account: AccountId,
        writers: Hands,
        scanners: Hands,
        clock: Clock,
        limits: StoreLimits,
        marks: Marks,
    ) -> None:
        self.account = account
        self.path = layout.mail(account)
        self.blobs = DiskBlobs(layout.blobs(account))
        self.index = SearchIndex(layout.index(account))
        """For the thread that scans to ask, and for one that holds `_indexing` to add to."""
        self.threads = ThreadMap()
        self.counts = KeptCounts(self.threads)
        self.orders = KeptOrders()
        """These three for the thread that scans."""
        self.limits = limits
        self.in_hand = 0
        """Verbs that have begun and not ended: it is not to be closed meanwhile."""
        self._clock = clock
        self._marks = marks
        self._writers, self._scanners = writers, scanners
        self._reader: apsw.Connection | None = None
        self._writer: apsw.Connection | None = None
        self._scanner: apsw.Connection | None = None
        self._writing, self._scanning, self._indexing = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._durable = True
        self._wal_pages = 0
        """Pages in the WAL that are not in the database yet."""
        self._checkpointed = 0
        self._soon: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._purge_due = False
        self._failed: StoreFailed | None = None

    # Reading.

    @property
    def reader(self) -> apsw.Connection:
        """A connection for the loop, until it waits. Raises Unavailable, OperatorError."""
        if self._writer is not None and not self._writing.locked():
            return self._writer
        if self._reader is None:
            self._reader = open_database(self.path, "mail")
        return self._reader

    def read(self, work: Callable[[apsw.Connection, AccountId], T]) -> T:
        """Run a few queries on the loop, all of one state."""
        reader = self.reader
        with reading(reader):
            return work(reader, self.account)

    def ask(self, work: Callable[[apsw.Connection, AccountId], T]) -> T:
        """Run a single query on the loop."""
        reader = self.reader
        try:
            return work(reader, self.account)
        except apsw.Error as error:
            raise translation(error, writing=False) from error

    async def scan(self, work: Callable[[apsw.Connection, AccountId], T]) -> T:
        """Run long queries in a thread, all of one state."""
        await self._take(self._scanning)
        return await self._hop(self._scanners, self._scanning, partial(self._scan, work))

    def _scan(self, work: Callable[[apsw.Connection, AccountId], T]) -> T:
        if self._scanner is None:
            self._scanner = open_database(self.path, "mail")
        with reading(self._scanner):
            return work(self._scanner, self.account)

    async def tend_index(self, work: Callable[[SearchIndex], T]) -> T:
        """Change the search index in a thread."""
        await self._take(self._indexing)
        return await self._hop(self._scanners, self._indexing, partial(work, self.index))

    async def apart(self, work: Callable[[], T]) -> T:
        """Run what needs no connection in a thread."""
        self.in_hand += 1
        return await self._hop(self._scanners, None, work)

    # Writing.

    async def write(self, work: Callable[[Transaction], T], *, durable: bool = True, small: bool = False) -> T:
        """Run a transaction; when this returns it is kept. Where it is not `durable`, a power cut within a second may undo it.
        What is `small` takes no time worth speaking of. Raises what `work` does, Unavailable, StoreFailed."""
        work = _checked(expected(self.account), work)
        if self._wal_pages >= CHECKPOINT_AT_LAST:
            await self._checkpoint()
        await self._take(self._writing)
        hop: Callable[[], T] = partial(self._transact, work, durable)
        if small:
            try:
                begun = self._begin_at_once(durable)
                if begun and not durable:
                    result = self._within(work)
                    self._commit()
                    self._let_go(self._writing)
                    return result
                if begun:
                    hop = partial(self._commit_with, self._within(work))
            except BaseException as error:
                self._note(error)
                self._let_go(self._writing)
                raise
        return await self._hop(self._writers, self._writing, hop)

    async def write_received(self, contents: Sequence[Content], work: Callable[[Transaction, Incoming], T]) -> T:
        """As a durable `write`, with large messages put on disk before it begins."""

        expect = expected(self.account)

        def receive() -> T:
            with translated(writing=True):
                try:
                    with self.blobs.receiving(contents) as incoming:
                        return self._transact(_checked(expect, lambda tx: work(tx, incoming)), durable=True)
                except BaseException:
                    self._sweep()
                    raise

        await self._take(self._writing)
        return await self._hop(self._writers, self._writing, receive)

    def _sweep(self) -> None:
        """After a failure; where that fails too, the next opening will do it."""
        try:
            self._transact(lambda tx: removing.sweep(tx, self.blobs), durable=True)
        except (MailError, StoreFailed):
            pass

    def _transact(self, work: Callable[[Transaction], T], durable: bool) -> T:
        with translated(writing=True):
            self._begin(durable, self.limits.busy)
        result = self._within(work)
        self._commit()
        return result

    def _begin_at_once(self, durable: bool) -> bool:
        """Whether the write lock was free."""
        try:
            self._begin(durable, 0)
        except apsw.BusyError:
            return False
        return True

    def _begin(self, durable: bool, wait: float) -> None:
        writer = self._writer or self._open_writer()
        if durable != self._durable:
            writer.execute("PRAGMA synchronous=FULL" if durable else "PRAGMA synchronous=NORMAL")
            self._durable = durable
        begin(writer, wait)

    def _within(self, work: Callable[[Transaction], T]) -> T:
        """Do the work of a transaction that has begun; where it raises, it is undone."""
        assert self._writer is not None
        try:
            transaction = Transaction(self._writer, self.account, self._now, self.limits.log_rows)
            result = work(transaction)
            transaction.finish()
            return result
        except BaseException as error:
            undo(self._writer)
            if isinstance(error, apsw.Error | OSError):
                raise translation(error, writing=True) from error
            raise

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _commit(self) -> None:
        assert self._writer is not None
        self._marks.leave(self.account)  # before too: this process may die between
        try:
            commit(self._writer)
        except apsw.Error as error:
            raise translation(error, writing=True) from error
        self._marks.leave(self.account)

    def _commit_with(self, result: T) -> T:
        self._commit()
        return result

    def _open_writer(self) -> apsw.Connection:
        """The first time in this process, what others left when they died is removed."""
        writer = open_database(self.path, "mail")
        changed: Callable[..., str] = keywords.changed
        writer.create_scalar_function("changed_keywords", changed, 3, deterministic=True)
        writer.set_wal_hook(self._after_commit)  # in place of SQLite's own, which checkpoints within a commit
        self._writer = writer
        if self.blobs.has_leftovers():
            self._transact(lambda tx: removing.sweep(tx, self.blobs), durable=True)
        self._purge_due = removing.has_doomed(writer, self.account)
        return writer

    def _after_commit(self, connection: apsw.Connection, name: str, pages: int) -> int:
        if pages <= self._checkpointed:  # it has begun anew
            self._checkpointed = 0
        self._wal_pages = pages - self._checkpointed
        return 0

    # One at a time.

    async def _take(self, lock: asyncio.Lock) -> None:
        self.in_hand += 1
        try:
            if self._failed is not None:
                raise self._failed
            await lock.acquire()
        except BaseException:
            self.in_hand -= 1
            raise

    def _let_go(self, lock: asyncio.Lock | None) -> None:
        self.in_hand -= 1
        if lock is not None:
            lock.release()
        if lock is self._writing:
            self._tend()

    def _hop(self, threads: Hands, lock: asyncio.Lock | None, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Run in a thread what cannot be interrupted: whoever waits may be cancelled, the lock is held until it is done."""
        try:
            return threads.do(work, partial(self._hopped, lock))
        except RuntimeError:  # the threads have been told to end
            self._let_go(lock)
            raise

    def _hopped(self, lock: asyncio.Lock | None, error: BaseException | None) -> None:
        self._note(error)
        self._let_go(lock)

    def _note(self, error: BaseException | None) -> None:
        if isinstance(error, StoreFailed):
            self._failed = error

    # Soon, and waited for by nobody.

    def _tend(self) -> None:
        """After a write: see to it that it gets to disk, and that the WAL does not grow."""
        if not self._durable:
            self._later("sync", SYNC_AFTER, self._sync)
        if self._wal_pages >= CHECKPOINT_PAGES:
            self._later("checkpoint", 0, self._checkpoint)
        if self._purge_due:
            self._purge_due = False
            self.purge_soon()

    def purge_soon(self) -> None:
        """Emails may have lost their last mailbox: remove them when there is time."""
        self._later("purge", PURGE_AFTER, self._purge)

    def _later(self, name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        if name not in self._soon and self._failed is None:
            self._soon[name] = asyncio.get_running_loop().create_task(self._do_later(name, seconds, work))

    async def _do_later(self, name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        await asyncio.sleep(seconds)
        self._running.add(self._soon.pop(name))
        try:
            await work()
        except (MailError, StoreFailed):
            pass  # a failure of the disk is remembered; all else is tried again at the next opening
        finally:
            self._running.discard(cast(asyncio.Task[None], asyncio.current_task()))

    async def _sync(self) -> None:
        self.in_hand += 1
        await self._hop(self._scanners, None, self._sync_wal)

    def _sync_wal(self) -> None:
        with translated(writing=True):
            try:
                descriptor = os.open(f"{self.path}-wal", os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)

    async def _checkpoint(self) -> None:
        await self._take(self._writing)
        await self._hop(self._writers, self._writing, self._checkpoint_wal)

    def _checkpoint_wal(self) -> None:
        assert self._writer is not None
        with translated(writing=True):
            self._checkpointed, _ = self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        self._wal_pages = 0

    async def _purge(self) -> None:
        while await self.write(lambda tx: removing.purge(tx, PURGE_STEP)) == PURGE_STEP:
            pass
        if self.read(removing.has_files):
            await self.write(lambda tx: removing.unlink(tx, self.blobs))

    async def close(self) -> None:
        """Wait for what is in hand, put everything on disk, let go of the file."""
        tasks = [*self._soon.values(), *self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with self._writing, self._scanning, self._indexing:
            await self._writers.do(self._close)

    def _close(self) -> None:
        if not self._durable:
            self._sync_wal()
        self.index.close()
        for connection in (self._writer, self._scanner, self._reader):
            if connection is not None:
                connection.close()


def _checked(expect: Expected | None, work: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
    """The work, if the account is then where it is expected to be."""
    if expect is None:
        return work

    def done(tx: Transaction) -> T:
        expect.check(ModSeq(tx.next - 1))
        result = work(tx)
        expect.is_met = expect.is_met or tx.has_changed
        return result

    return done
