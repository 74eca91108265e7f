"""A process split off from this one: all that is loaded here is there at once, and in memory once; what is open here is not."""

import asyncio
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Final

_HEARD: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Signals that whoever splits off may hear in a way of its own."""


class Process:
    """A child of this process, in a session of its own."""

    def __init__(self, pid: int, life: int) -> None:
        self.pid = pid
        self._life = life

    async def is_ready(self) -> bool:
        """Wait until it says so by a byte down its pipe; false where it ended before. To be asked once."""
        return await _first_byte(self._life)

    async def wait(self) -> int:
        """Wait for its end; its exit status, or the number of the signal that killed it, negative."""
        while await _first_byte(self._life):
            pass
        os.close(self._life)
        _, status = os.waitpid(self.pid, 0)  # noqa: ASYNC222 – its pipe has ended, so it has
        return os.waitstatus_to_exitcode(status)

    def send_signal(self, number: signal.Signals) -> None:
        """Until `wait` has returned its number is nobody else's."""
        os.kill(self.pid, number)


async def split_off(run: Callable[[int], int], keep: Collection[int]) -> Process:
    """A child that does `run` and ends with the status it returns.

    `run` gets the writing end of the pipe that `Process.is_ready` listens to, whose end is its own: it must keep it open.
    The child has the descriptors 0, 1, 2, that one and those of `keep`, no other; a signal does to it what it does to any
    new process. Nothing in this process may be on a second thread.
    """
    life, told = os.pipe()
    try:
        return Process(await _outside_tasks(lambda: _fork(lambda: run(told), {*keep, told})), life)
    finally:
        os.close(told)


async def _outside_tasks(fork: Callable[[], int]) -> int:
    """In a task of its own, a child could run none: it would find itself in this one."""
    running = asyncio.get_running_loop()
    done: asyncio.Future[int] = running.create_future()
    running.call_soon(lambda: done.set_result(fork()))
    return await done


def _fork(run: Callable[[], int], keep: Collection[int]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    # What comes between the fork and the child's own beginning would be heard by this process, by a descriptor both have.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    pid = os.fork()
    if pid == 0:
        _begin(run, keep, before)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _begin(run: Callable[[], int], keep: Collection[int], mask: Collection[int]) -> None:
    """The child's whole life. What the parent had is neither closed nor collected, only left alone."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in _HEARD:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        os.setsid()
        _close_all_but(keep)
        os.dup2(nothing := os.open(os.devnull, os.O_RDONLY), 0)
        os.close(nothing)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        status = run()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _close_all_but(keep: Collection[int]) -> None:
    """And those of standard input and output."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    kept = [2, *sorted(keep), most]
    for last, following in pairwise(kept):
        if last + 1 < following:  # Python 3.11 takes an empty range for all there are
            os.closerange(last + 1, following)


async def _first_byte(fd: int) -> bool:
    """Whether a byte comes down a pipe before its end."""
    running = asyncio.get_running_loop()
    readable = asyncio.Event()
    running.add_reader(fd, readable.set)
    try:
        await readable.wait()
    finally:
        running.remove_reader(fd)
    return os.read(fd, 1) != b""
