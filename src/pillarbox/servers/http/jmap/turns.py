"""So many at a time of each account; the next wait for one of those to be over, or are refused."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakValueDictionary

from pillarbox.ids import AccountId


class Turns:
    """Those of one worker, who wait."""

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._slots: WeakValueDictionary[AccountId, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, account: AccountId) -> asyncio.Semaphore:
        """To be held meanwhile, by `async with`."""
        slots = self._slots.get(account)
        if slots is None:
            slots = self._slots[account] = asyncio.Semaphore(self._most)
        return slots


class Places:
    """Those of one worker, who do not."""

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._taken: Counter[AccountId] = Counter()

    @contextmanager
    def of(self, account: AccountId, refusal: Exception) -> Iterator[None]:
        """Held meanwhile. Raises the refusal where there is none left."""
        if self._taken[account] >= self._most:
            raise refusal
        self._taken[account] += 1
        try:
            yield
        finally:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]
