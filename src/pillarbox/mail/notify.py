"""The change log → whoever watches an account.

Only hints travel: that an account changed. What changed, the watcher reads from the log. A hint from this process comes at
once, from another within milliseconds, and one that was lost is made up for: every second the store says which accounts
somebody may have written, and those are looked at; and each is looked at now and then whatever it says.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import count

from ..ids import AccountId
from ..store import api

_LOOK_EVERY = 1.0
_LOOK_ANYHOW = 30
"""Looks after which an account is looked at though nobody seems to have written it."""
_LOOKS_AT_ONCE = 500


class Watch:
    """One watcher's interest in an account; cancel it when done."""

    __slots__ = ("_notify", "account", "callback")

    def __init__(self, notify: "Notify", account: AccountId, callback: Callable[[], None]) -> None:
        self._notify = notify
        self.account = account
        self.callback = callback

    def cancel(self) -> None:
        self._notify.forget(self)


class Notify:
    def __init__(self, kept: api.Accounts, tell_others: Callable[[AccountId], None] = lambda account: None) -> None:
        self._kept = kept
        self._tell_others = tell_others
        self._watches: dict[AccountId, set[Watch]] = {}
        self._seen: dict[AccountId, object] = {}
        self.overheard: Callable[[AccountId, bool], None] = lambda account, here: None
        """Called as watchers are, for every account; `here` where it was committed by this process."""

    def watch(self, account: AccountId, callback: Callable[[], None]) -> Watch:
        """`callback` is called on the loop whenever the account may have changed, by whomever. It must be quick."""
        watch = Watch(self, account, callback)
        self._watches.setdefault(account, set()).add(watch)
        return watch

    def forget(self, watch: Watch) -> None:
        watches = self._watches.get(watch.account)
        if watches is not None:
            watches.discard(watch)
            if not watches:
                del self._watches[watch.account]
                self._seen.pop(watch.account, None)

    def announce(self, account: AccountId) -> None:
        """Something was committed here."""
        self._tell_others(account)
        self._tell(account, here=True)

    def heard(self, account: AccountId) -> None:
        """Something was committed, probably in another process."""
        self._tell(account, here=False)

    def _tell(self, account: AccountId, *, here: bool) -> None:
        self.overheard(account, here)
        for watch in tuple(self._watches.get(account, ())):
            watch.callback()

    async def look_for_lost_hints(self) -> None:
        """Runs until cancelled: the net under hints that never came."""
        before, state = self._kept.stirred(None)
        for turn in count():
            await asyncio.sleep(_LOOK_EVERY)
            stirred, state = self._kept.stirred(state)
            # what was stirred may have been committed after it was looked at: it is looked at once more
            due = [one for one in self._watches if stirred(one) or before(one) or (one - turn) % _LOOK_ANYHOW == 0]
            before = stirred
            await self._look(due)

    async def _look(self, accounts: Sequence[AccountId]) -> None:
        for number, account in enumerate(accounts, 1):
            changed, now = self._kept.stale(account, self._seen.get(account))
            if account in self._watches:
                self._seen[account] = now
            if changed:
                self.heard(account)
            if not number % _LOOKS_AT_ONCE:
                await asyncio.sleep(0)
