"""One thread that writes a database many wait for: what gathers while it writes goes together into its next transaction.

A commit that is synced costs the same for one as for fifty, so under load each pays for a part of it; and where nobody else
waits, nobody waits for others.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import apsw

from ...limits import StoreLimits
from ..api import StoreFailed
from .connection import begin, commit, translated, translation, undo
from .hands import Hands

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]

TOGETHER = 256
"""So many go into one transaction."""
CHECKPOINT_PAGES = 1000
"""So many pages of the WAL are worth copying to the database, when nobody waits."""
CHECKPOINT_AT_LAST = 4000
"""So many are copied whoever waits."""


class _Job:
    __slots__ = ("durable", "error", "future", "result", "work")

    def __init__(self, work: Work[Any], future: "asyncio.Future[Any]", durable: bool) -> None:
        self.work, self.future, self.durable = work, future, durable
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():  # whoever waited has left
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """A connection and its thread; only for one loop to call."""

    def __init__(self, connection: apsw.Connection, limits: StoreLimits, name: str) -> None:
        self._connection = connection
        self._busy = limits.busy
        self._hands = Hands(1, name)
        self._waiting: list[_Job] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_durable = True
        self._begun = False
        """Whether the last transaction came about."""
        self._pages, self._checkpointed = 0, 0
        self._failed: StoreFailed | None = None
        connection.set_wal_hook(self._after_commit)  # in place of SQLite's own, which checkpoints within a commit

    def write(self, work: Work[T], *, durable: bool = True) -> "asyncio.Future[T]":
        """Have it run within a transaction, perhaps with others, perhaps a second time; done when it is kept. Where it is not
        `durable`, a power cut may undo it. Raises StoreFailed; what is awaited raises what `work` does, Unavailable and
        StoreFailed too."""
        if self._failed is not None:
            raise self._failed
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Job(work, future, durable))
        if self._idle.is_set():
            self._next()
        return future

    async def close(self) -> None:
        """Wait for all that was asked for, and let go of the database."""
        await self._idle.wait()
        await self._hands.do(self._connection.close)
        self._hands.end()

    def _next(self) -> None:
        """Begin what is due: a transaction, a checkpoint, or to wait."""
        if self._pages >= (CHECKPOINT_AT_LAST if self._waiting else CHECKPOINT_PAGES):
            self._idle.clear()
            self._hands.do(self._checkpoint, lambda _: self._next())
        elif self._waiting:
            self._idle.clear()
            jobs, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            self._hands.do(partial(self._run, jobs), lambda _: self._ran(jobs))
        else:
            self._idle.set()

    def _ran(self, jobs: Sequence[_Job]) -> None:
        if self._failed is not None:
            for job in self._waiting:
                job.error = self._failed
            jobs, self._waiting = [*jobs, *self._waiting], []
        for job in jobs:
            job.settle()
        self._next()

    # In the thread.

    def _run(self, jobs: Sequence[_Job]) -> None:
        """All together; where that cannot be, each by itself, so that what is refused takes no other with it: unless nobody got
        as far as to be refused, for each would wait as long again."""
        self._begun = False
        error = self._transact(jobs)
        if error is not None and len(jobs) > 1 and self._begun and not isinstance(error, StoreFailed):
            for job in jobs:
                job.error = self._transact([job])
            return
        for job in jobs:
            job.error = error

    def _transact(self, jobs: Sequence[_Job]) -> BaseException | None:
        """Run a transaction; what went wrong, nothing being kept then."""
        if self._failed is not None:
            return self._failed
        try:
            self._begin(durable=any(job.durable for job in jobs))
            self._begun = True
            for job in jobs:
                job.result = job.work(self._connection)
            commit(self._connection)
        except BaseException as error:
            undo(self._connection)
            told = translation(error, writing=True) if isinstance(error, apsw.Error | OSError) else error
            if isinstance(told, StoreFailed):
                self._failed = told
            return told
        return None

    def _begin(self, durable: bool) -> None:
        if durable != self._is_durable:
            self._connection.execute("PRAGMA synchronous=FULL" if durable else "PRAGMA synchronous=NORMAL")
            self._is_durable = durable
        begin(self._connection, self._busy)

    def _after_commit(self, connection: apsw.Connection, name: str, pages: int) -> int:
        if pages <= self._checkpointed:  # it has begun anew
            self._checkpointed = 0
        self._pages = pages - self._checkpointed
        return 0

    def _checkpoint(self) -> None:
        try:
            with translated(writing=True):
                self._checkpointed, _ = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except StoreFailed as error:
            self._failed = error
        except Exception:  # another is at it; or it is tried again after some more pages
            pass
        self._pages = 0
