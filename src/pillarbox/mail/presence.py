"""Who is logged in on which connection, so that a log-in that is taken back ends at once and not at the next one."""

from typing import Protocol
from weakref import WeakKeyDictionary

from ..ids import AccountId
from ..store import api


class Guest(Protocol):
    """A connection."""

    def abort(self) -> None:
        """End it now, in whatever state it is."""


class Presence:
    """The guests of one worker. Whoever leaves is forgotten without a word."""

    def __init__(self, kept: api.Accounts) -> None:
        self._kept = kept
        self._guests: WeakKeyDictionary[Guest, AccountId] = WeakKeyDictionary()

    def enter(self, guest: Guest, account: AccountId) -> None:
        """Somebody has logged in."""
        self._guests[guest] = account

    async def look_over(self) -> int:
        """After accounts have changed: end the connections of those that are gone or barred; how many that were."""
        barred = set()
        for account in set(self._guests.values()):
            found = await self._kept.account_by_id(account)
            if found is None or not found.enabled:
                barred.add(account)
        ended = [guest for guest, account in self._guests.items() if account in barred]
        for guest in ended:
            guest.abort()
        return len(ended)
