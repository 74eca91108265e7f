"""Which thread each email of an account is in, in memory: that never changes, so only the emails that are new are read."""

from array import array

import apsw

from ...ids import AccountId
from .statements import listed


class ThreadMap:
    """One account's; used by one thread at a time. Emails that are gone stay in it, and harm nobody."""

    def __init__(self) -> None:
        self._threads = array("q")

    def now(self, db: apsw.Connection, account: AccountId) -> "array[int]":
        """Threads by the number of the email, of all that are there: not to be changed."""
        known = len(self._threads)
        # all of them from the index alone, which is small; a few from the table
        which = (
            "email INDEXED BY email_thread WHERE account = ?1 AND ?2" if not known else "email WHERE +account = ?1 AND id >= ?2"
        )
        found = db.execute(f"SELECT group_concat(id), group_concat(thread), max(id) FROM {which}", (account, known or 1)).get
        emails, threads, last = found
        if emails is not None:
            self._threads.extend(array("q", bytes(8 * (last + 1 - known))))
            for email, thread in zip(listed(emails), listed(threads), strict=True):
                self._threads[email] = thread
        return self._threads
