"""Threads that do for the loop what waits for a disk.

An executor would do, and costs three times as much a time: two futures, a lock, and a turn of the loop for each of them.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
After = Callable[[BaseException | None], None]


class _Task(NamedTuple):
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    work: Callable[[], Any]
    after: After | None


class Hands:
    """So many threads at most, each begun when it is first needed; only for the thread of one loop to call."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._threads: list[Thread] = []
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._in_hand = 0
        self._ended = False

    def do(self, work: Callable[[], T], after: After | None = None) -> "asyncio.Future[T]":
        """Begin it now. Whoever waits for it may be cancelled: it goes on to its end, and then, on the loop, `after` is called
        with what it raised. Raises RuntimeError once `end` was called."""
        if self._ended:
            raise RuntimeError("the threads have ended")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._in_hand += 1
        if len(self._threads) < min(self._in_hand, self._most):
            thread = Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._tasks.put(_Task(loop, future, work, after))
        return future

    def end(self) -> None:
        """Wait for what has begun; nothing begins any more."""
        self._ended = True
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            result, error = None, None
            try:
                result = task.work()
            except BaseException as raised:
                error = raised
            try:
                task.loop.call_soon_threadsafe(self._settle, task, result, error)
            except RuntimeError:
                pass  # the loop has ended: nobody waits any more
            del task, result, error

    def _settle(self, task: _Task, result: object, error: BaseException | None) -> None:
        self._in_hand -= 1
        try:
            if task.after is not None:
                task.after(error)
        finally:
            if not task.future.cancelled():
                if error is None:
                    task.future.set_result(result)
                else:
                    task.future.set_exception(error)
