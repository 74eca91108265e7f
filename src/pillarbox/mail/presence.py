"""Who is logged in on which connection, so that a log-in that is taken back ends at once and not at the next one."""

import asyncio
from typing import NamedTuple, Protocol
from weakref import WeakKeyDictionary

import structlog

from ..errors import MailError
from ..ids import AccountId
from ..store.models import Account, Credential
from ..store.sign_ins import Token
from .accounts import Accounts, Entry
from .proofs import takes_password

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds after which it is seen that accounts have changed even if nobody says so."""


class Guest(Protocol):
    """A connection."""

    def abort(self) -> None:
        """End it now, in whatever state it is."""


class Key(NamedTuple):
    """By what somebody was let in: as of an `Entry`."""

    account: AccountId
    app_password: int | None
    sign_in: int | None
    token: Token | None
    credentials: frozenset[Credential] | None
    protocol: str


class Presence:
    """The guests of one worker. Whoever leaves is forgotten without a word."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._kept = accounts.kept
        self._guests: WeakKeyDictionary[Guest, Key] = WeakKeyDictionary()

    def enter(self, guest: Guest, entry: Entry) -> None:
        """Somebody has logged in."""
        self._guests[guest] = Key(
            entry.account.id, entry.app_password, entry.sign_in_id, entry.token, entry.credentials, entry.origin.protocol
        )

    def leave(self, guest: Guest) -> None:
        """Whoever it was is logged in no more, though the connection goes on."""
        self._guests.pop(guest, None)

    async def look_over(self) -> int:
        """After accounts have changed: end the connections of those that are gone or barred, and those that a password, a
        sign-in or a token opened which would not open them now; how many that were."""
        barred = {key for key in set(self._guests.values()) if not await self._is_welcome(key)}
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

    async def _is_welcome(self, key: Key) -> bool:
        found = await self._kept.account_by_id(key.account)
        if found is None or not found.enabled or found.is_group:
            return False
        if key.sign_in is not None and key.sign_in not in {each.id for each in await self._kept.sign_ins(found.id)}:
            return False
        password = key.app_password
        if password is not None and password not in {each.id for each in await self._kept.app_passwords(found.id)}:
            return False
        if key.token is not None and await self._is_revoked(key.token):
            return False
        return key.credentials is None or await self._is_enough(found, key.credentials, key.protocol)

    async def _is_enough(self, account: Account, credentials: frozenset[Credential], protocol: str) -> bool:
        """Whether the account's own password, of which that was kept, lets in there still, and alone."""
        if not takes_password(account, protocol) or await self._accounts.second_factors.are_asked(account.id):
            return False
        return credentials == frozenset(await self._kept.credentials(account.id))

    async def _is_revoked(self, token: Token) -> bool:
        """One that is over by itself is forgotten some day, too: whether that ends a connection is for who has opened it."""
        return self._accounts.sign_ins.now() < token.expires_at and await self._kept.sign_in_of(token.digest) is None
