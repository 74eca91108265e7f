"""Marks that every process leaves when it writes an account's mail, so that nobody has to look at each account's file.

A file that all processes have in memory: a number a slot, many accounts to one. Nobody counts in it: a mark is a number that
was not there before, so that no two processes can undo each other's, and nothing is ever locked. It says no more than that it
is worth looking; and it may be removed while nobody has it.
"""

import mmap
import os
from collections.abc import Callable
from itertools import count
from typing import Final

from ...ids import AccountId

SLOTS: Final = 4096
_WIDTH: Final = 8
_SIZE: Final = SLOTS * _WIDTH
_MOST: Final = 1 << 63


class Marks:
    """A process's view of them."""

    def __init__(self, path: str) -> None:
        """Raises OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            missing = _SIZE - os.fstat(descriptor).st_size
            if missing > 0:  # written and not left out: a full disk must be found out here, not when memory is touched
                os.pwrite(descriptor, bytes(missing), _SIZE - missing)
            self._shared = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        self._numbers = count(int.from_bytes(os.urandom(_WIDTH), "little") % _MOST)

    def leave(self, account: AccountId) -> None:
        """This account's mail is being written, or was."""
        at = _place(account)
        self._shared[at : at + _WIDTH] = (next(self._numbers) % _MOST).to_bytes(_WIDTH, "little")

    def since(self, seen: bytes | None) -> tuple[Callable[[AccountId], bool], bytes]:
        """Which accounts may have been marked since `seen` was given, and what to give the next time."""
        now = self._shared[:]
        if seen is None:
            return _every, now
        if seen == now:
            return _none, now
        return lambda account: _slot(seen, account) != _slot(now, account), now

    def close(self) -> None:
        self._shared.close()


def _place(account: AccountId) -> int:
    return account % SLOTS * _WIDTH


def _slot(marks: bytes, account: AccountId) -> bytes:
    at = _place(account)
    return marks[at : at + _WIDTH]


def _every(account: AccountId) -> bool:
    return True


def _none(account: AccountId) -> bool:
    return False
