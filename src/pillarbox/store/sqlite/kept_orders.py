"""The emails of a mailbox in an order asked for, in memory: to put a hundred thousand in order takes longer than all else that
a list of them needs, and the change that comes most often, somebody has read something, does not alter it.
"""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

import apsw

from ...ids import AccountId, ModSeq
from . import journal

MOST: Final = 2
"""Orders that are kept of an account: eight bytes an email each."""


class KeptOrders:
    """One account's, as its owner sees it; used by one thread at a time."""

    def __init__(self) -> None:
        self._modseq: ModSeq | None = None
        """At which they were right."""
        self._kept: OrderedDict[Hashable, array[int]] = OrderedDict()

    def of(self, db: apsw.Connection, account: AccountId, order: Hashable, make: Callable[[], "array[int]"]) -> "array[int]":
        """The emails in that order, not to be changed; made where it is not known, or anything but flags has changed since."""
        modseq = journal.modseq(db, account)
        if self._modseq is None or not journal.only_flags(db, account, self._modseq):
            self._kept.clear()
        self._modseq = modseq
        found = self._kept.get(order)
        if found is None:
            found = self._kept[order] = make()
        self._kept.move_to_end(order)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return found
