"""Who is logged in on which connection, so that a log-in that is taken back ends at once and not at the next one."""

import asyncio
from typing import Protocol
from weakref import WeakKeyDictionary

import structlog

from ..errors import MailError
from ..ids import AccountId
from ..store import api

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds after which it is seen that accounts have changed even if nobody says so."""


class Guest(Protocol):
    """A connection."""

    def abort(self) -> None:
        """End it now, in whatever state it is."""


class Presence:
    """The guests of one worker. Whoever leaves is forgotten without a word."""

    def __init__(self, kept: api.Accounts) -> None:
        self._kept = kept
        self._guests: WeakKeyDictionary[Guest, tuple[AccountId, int | None]] = WeakKeyDictionary()

    def enter(self, guest: Guest, account: AccountId, app_password: int | None = None) -> None:
        """Somebody has logged in, by an app password or otherwise."""
        self._guests[guest] = account, app_password

    def leave(self, guest: Guest) -> None:
        """Whoever it was is logged in no more, though the connection goes on."""
        self._guests.pop(guest, None)

    async def look_over(self) -> int:
        """After accounts have changed: end the connections of those that are gone or barred, and those that an app password
        opened which is no more; how many that were."""
        barred = {key for key in set(self._guests.values()) if not await self._is_welcome(*key)}
        ended = [guest for guest, key in self._guests.items() if key in barred]
        for guest in ended:
            guest.abort()
        return len(ended)

    async def keep_watch(self) -> None:
        """Runs until cancelled: the net under hints that never came."""
        seen = None
        while True:
            try:
                if (version := await self._kept.version()) != seen:
                    await self.look_over()
                    seen = version
            except MailError as error:
                log.warning("nobody has looked who may still be logged in", problem=str(error))
            await asyncio.sleep(LOOK_EVERY)

    async def _is_welcome(self, account: AccountId, app_password: int | None) -> bool:
        found = await self._kept.account_by_id(account)
        if found is None or not found.enabled or found.is_group:
            return False
        return app_password is None or app_password in {each.id for each in await self._kept.app_passwords(account)}
