"""So many at a time of each account; the next wait for one of those to be over."""

import asyncio
from typing import Final
from weakref import WeakValueDictionary

from pillarbox.ids import AccountId


class Turns:
    """Those of one worker."""

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._slots: WeakValueDictionary[AccountId, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, account: AccountId) -> asyncio.Semaphore:
        """To be held meanwhile, by `async with`."""
        slots = self._slots.get(account)
        if slots is None:
            slots = self._slots[account] = asyncio.Semaphore(self._most)
        return slots
