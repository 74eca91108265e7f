"""Mail on its way out, kept in a data folder: `pillarbox.store.api.Queue`."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import Any, TypeVar

import apsw

from ....clock import Clock
from ....errors import Unavailable
from ....ids import AccountId, BlobId, new_token
from ....limits import StoreLimits
from ...api import StoreFailed
from ...blobs.disk import DiskBlobs, Incoming
from ...queued import (
    Allowance,
    Claimed,
    Conversation,
    Destination,
    Intervention,
    NewQueued,
    Owner,
    Queued,
    QueueFilter,
    Result,
    Spent,
)
from ..connection import open_database, open_shared, reading, translated, translation, writing
from ..hands import Hands
from ..layout import Layout
from ..statements import shown
from ..writer import Writer
from . import claiming, destinations, filters, keeping, promises, settling, spending
from .rows import HELD, WAITING

T = TypeVar("T")

STEP = 500
"""So many rows are changed in one transaction at most, where there may be very many: others have their turn between."""

CACHE_KIB = 8192
"""Of the writer: recipients and their indexes are all over the file."""


class SqliteQueue:
    """`queue.db`, its files and its locks; several processes may have the same."""

    def __init__(self, layout: Layout, clock: Clock, limits: StoreLimits, threads: Hands) -> None:
        """Raises Unavailable, OperatorError."""
        self._path = layout.queue
        self._clock, self._limits, self._threads = clock, limits, threads
        self._blobs = DiskBlobs(layout.queue_files)
        self._locks = keeping.OwnerLocks(layout.queue_locks)
        writer = open_shared(self._path, "queue", layout.queue_files)
        writer.pragma("cache_size", -CACHE_KIB)
        self._sweep(writer)
        self._reader = open_database(self._path, "queue")
        self._writer = Writer(writer, limits, "pillarbox-queue")
        self._apart: set[asyncio.Task[Any]] = set()
        self._closing = False

    def _sweep(self, db: apsw.Connection) -> None:
        """Remove the files that others left when they died; where that cannot be, the next opening will do it."""
        try:
            if keeping.has_leftovers(db, self._blobs):
                with writing(db, self._limits.busy):
                    keeping.sweep(db, self._blobs)
        except Unavailable:
            pass

    # In.

    async def add(self, *messages: NewQueued) -> None:
        await self.settle([], new=messages)

    def _is_large(self, message: NewQueued) -> bool:
        return message.content.size > self._limits.inline_body

    def _received(self, stack: ExitStack, message: NewQueued) -> Incoming:
        """A large content, on disk and synced, not yet named."""
        with translated(writing=True):
            return stack.enter_context(self._blobs.receiving([message.content]))

    # Out.

    async def enlist(self) -> Owner:
        lock = new_token()
        self._locks.hold(lock)
        try:
            return await self._writer.write(lambda db: keeping.enlist(db, lock), durable=False)
        except BaseException:
            self._locks.let_go(lock)
            raise

    async def resign(self, owner: Owner) -> None:
        await asyncio.gather(*self._apart, return_exceptions=True)  # a result on its way is of what is still in hand
        lock = self._read(lambda db: keeping.lock_of(db, owner))
        await self._writer.write(lambda db: claiming.give_back(db, owner), durable=False)
        if lock is not None:
            self._locks.let_go(lock)

    async def recover(self) -> int:
        gone = self._read(lambda db: keeping.dead(db, self._locks))
        if not gone:
            return 0
        count = await self._writer.write(lambda db: keeping.recover(db, gone), durable=False)
        for _, lock in gone:
            self._locks.remove(lock)
        return count

    async def claim(
        self, owner: Owner, now: int, most: int, *, destination: Destination | None = None, busy: Sequence[Destination] = ()
    ) -> Sequence[Claimed]:
        passed_over = frozenset(busy)
        if not self._read(lambda db: claiming.is_any_due(db, now, destination, passed_over)):
            return []
        turn = int(self._clock.monotonic() * 1e6)
        return await self._writer.write(
            lambda db: claiming.claim(db, owner, now, most, turn, destination, passed_over), durable=False
        )

    async def next_due(self, now: int) -> int | None:
        return self._read(destinations.next_due)

    async def settle(
        self, results: Sequence[Result], *, new: Sequence[NewQueued] = (), conversation: Conversation | None = None
    ) -> None:
        for message in new:
            _check(message)
        if any(self._is_large(message) for message in new):
            await self._to_its_end(self._settle_large(results, new, conversation))
        else:
            await self._settle(results, [(message, None) for message in new], conversation)

    async def _settle_large(
        self, results: Sequence[Result], new: Sequence[NewQueued], conversation: Conversation | None
    ) -> None:
        with ExitStack() as stack:
            received: list[tuple[NewQueued, Incoming | None]] = []
            for message in new:
                large = self._is_large(message)
                incoming = await self._threads.do(partial(self._received, stack, message)) if large else None
                received.append((message, incoming))
            await self._settle(results, received, conversation)

    async def _settle(
        self,
        results: Sequence[Result],
        new: Sequence[tuple[NewQueued, Incoming | None]],
        conversation: Conversation | None,
    ) -> None:
        now = self._now()
        if await self._writer.write(lambda db: settling.settle(db, results, new, conversation, now)):
            self._tidy_soon()

    async def postpone(self, destination: Destination, until: int, host: str, code: str, said: str) -> int:
        words, now = (shown(host), shown(code), shown(said)), self._now()

        def step(db: apsw.Connection) -> int:
            count = keeping.postpone(db, destination, until, words, now, STEP)
            destinations.review(db, destination)
            return count

        return await self._in_steps(step)

    async def hasten(self, destination: Destination, now: int) -> int:
        def step(db: apsw.Connection) -> int:
            if count := keeping.hasten(db, destination, now, STEP):
                destinations.expect(db, destination, now)
            return count

        return await self._in_steps(step)

    async def read(self, id: str, first: int = 0, count: int | None = None) -> bytes:  # noqa: A002
        prefix, skip, blob, data = self._read(lambda db: filters.content(db, id))
        end = None if count is None else max(0, first + count)
        if data is not None:
            return (prefix + data[skip:])[first:end]
        head = prefix[first:end]
        start = skip + max(0, first - len(prefix))
        left = None if count is None else count - len(head)
        return head + await self._threads.do(lambda: self._read_file(blob, start, left))

    def _read_file(self, blob: BlobId, start: int, count: int | None) -> bytes:
        with translated(writing=False):
            return self._blobs.read(blob, start, count)

    # By hand.

    async def listed(self, which: QueueFilter) -> Sequence[Queued]:
        return await self._scan(lambda db: filters.listed(db, which))

    async def conversations(self, id: str) -> Sequence[Conversation]:  # noqa: A002
        return self._read(lambda db: filters.conversations(db, id))

    async def change(self, which: QueueFilter, intervention: Intervention, now: int) -> int:
        changed = 0
        for keys in await self._keys(which):
            work = partial(filters.change, which=which, keys=keys, intervention=intervention, now=now)
            count, doomed = await self._writer.write(work)
            changed += count
            if doomed:
                self._tidy_soon()
        return changed

    async def withdraw(self, which: QueueFilter, now: int) -> int:
        count, doomed = await self._writer.write(lambda db: filters.withdraw(db, which, now))
        if doomed:
            self._tidy_soon()
        return count

    async def take(self, owner: Owner, which: QueueFilter) -> Sequence[Claimed]:
        taken: list[Claimed] = []
        for keys in await self._keys(which):

            def take(db: apsw.Connection, keys: Sequence[int] = keys) -> list[Claimed]:
                return claiming.take(db, owner, filters.fitting(db, which, keys, (WAITING, HELD)))

            taken += await self._writer.write(take, durable=False)
        return taken

    async def _keys(self, which: QueueFilter) -> Sequence[Sequence[int]]:
        """Messages that fit just now, so many at a time."""
        keys = await self._scan(lambda db: filters.keys(db, which))
        return [keys[first : first + STEP] for first in range(0, len(keys), STEP)]

    async def counts(self) -> Mapping[Destination, Mapping[str, int]]:
        return await self._scan(filters.counts)

    # Housekeeping.

    async def forget(self, before: int) -> int:
        await self._writer.write(lambda db: keeping.forget_memory(db, before), durable=False)
        await self._writer.write(lambda db: spending.forget(db, before), durable=False)
        return await self._in_steps(lambda db: keeping.forget(db, before, STEP))

    async def recall(self, name: str, now: int) -> bytes | None:
        return self._read(lambda db: keeping.recall(db, name, now))

    async def remember(self, name: str, value: bytes, until: int) -> None:
        await self._writer.write(lambda db: keeping.remember(db, name, value, until))

    async def spend(self, account: AccountId, purpose: str, count: int, allowance: Allowance, now: int) -> bool:
        work = partial(spending.spend, account=account, purpose=purpose, count=count, allowance=allowance, now=now)
        return await self._writer.write(work, durable=False)

    async def spent(self, account: AccountId, purpose: str, now: int) -> Spent:
        return self._read(lambda db: spending.spent(db, account, purpose, now))

    async def verify(self) -> Sequence[str]:
        return await self._threads.do(lambda: promises.verify(self._path, self._blobs, self._locks))

    async def close(self) -> None:
        """Everything is on disk, and no thread of ours is left."""
        self._closing = True
        await asyncio.gather(*self._apart, return_exceptions=True)
        await self._writer.close()
        self._reader.close()

    # How it is done.

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _read(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run a query on the loop."""
        try:
            return work(self._reader)
        except apsw.Error as error:
            raise translation(error, writing=False) from error

    async def _scan(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run long queries in a thread, all of one state."""

        def scan() -> T:
            with closing(open_database(self._path, "queue")) as db, reading(db):
                return work(db)

        return await self._threads.do(scan)

    async def _in_steps(self, step: Callable[[apsw.Connection], int]) -> int:
        """Again and again, others between, until a step finds less than it might do; how much it was in all."""
        total = 0
        while True:
            count = await self._writer.write(step, durable=False)
            total += count
            if count < STEP:
                return total

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Whoever waits may be cancelled: the work goes on."""
        task = asyncio.get_running_loop().create_task(work)
        self._apart.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._apart.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._tidy_soon()

    def _tidy_soon(self) -> None:
        """Remove files that nobody needs; where that fails, the next opening will do it."""
        if self._closing:
            return
        with suppress(StoreFailed):
            work = self._writer.write(lambda db: keeping.sweep(db, self._blobs), durable=False)
            work.add_done_callback(lambda done: done.exception())


def _check(message: NewQueued) -> None:
    if not message.recipients:
        raise ValueError("a message without recipients would never be over")
