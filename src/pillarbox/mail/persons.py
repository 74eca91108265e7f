"""People at a page: a password with what stands beside it, or a passkey in the place of both.

The same words, throttle and work as everywhere: a page tells a stranger no more than IMAP does. That a password was right is
told only to who is then asked for more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from ..errors import AuthenticationFailed, Invalid
from ..limits import SignInLimits
from ..store.models import Account
from .accounts import Accounts, Origin
from .passkeys import Site
from .throttle import origin_key

log = structlog.get_logger(__name__)


class CodeNeeded(Exception):
    """The password was right, and is not enough."""

    def __init__(self, methods: Sequence[str], *, is_wrong: bool) -> None:
        super().__init__("a code is needed")
        self.methods = methods
        """"totp", "passkey", "recovery": what may be shown beside it."""
        self.is_wrong = is_wrong
        """Whether one was shown that is none."""


class Another(Exception):
    """The passkey is good, and another person's than the one who is to show anew who they are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows beside a password; empty: nothing."""

    code: str = field(default="", repr=False)
    recovery: str = field(default="", repr=False)


class Persons:
    def __init__(self, accounts: Accounts, limits: SignInLimits) -> None:
        self._accounts = accounts
        self._factors = accounts.second_factors
        self._limits = limits

    async def by_password(self, identity: str, password: str, shown: Shown, origin: Origin) -> Account:
        """Raises AuthenticationFailed, CodeNeeded, TooManyCodes, Unavailable."""
        account = await self._accounts.own_password(identity, password, origin)
        if await self._factors.are_asked(account.id):
            await self._check(account, shown, origin)
        self._settled(account, origin)
        return account

    async def by_passkey(
        self, site: Site, response: Mapping[str, Any], origin: Origin, *, expected: Account | None = None
    ) -> Account:
        """`expected`: nobody else is meant. Raises AuthenticationFailed, Another."""
        try:
            account = await self._accounts.kept.account_by_id(await self._accounts.passkeys.owner(site, response))
            if account is None or not account.enabled or account.is_group:
                raise AuthenticationFailed("that passkey is not known here")
        except AuthenticationFailed:
            self._accounts.throttle.failed("", origin_key(origin.address))
            log.warning("log-in failed", service=origin.service, origin=origin.address, mechanism=origin.mechanism)
            raise
        if expected is not None and account.id != expected.id:
            log.warning("another's passkey", service=origin.service, account=expected.id, origin=origin.address)
            raise Another
        self._settled(account, origin)
        return account

    async def change_password(self, account: Account, current: str, new: str, origin: Origin, *, staying: int | None) -> int:
        """Set another password, and end all browsers but the one it is done in; how many those were. Raises
        AuthenticationFailed, Invalid, Unavailable."""
        if len(new) < self._limits.password_least:
            raise Invalid(f"a password has at least {self._limits.password_least} characters")
        shown = await self._accounts.own_password(account.address, current, origin)
        # wrong codes are not forgiven for it: that would be as many more for who has the password
        self._accounts.throttle.succeeded(account.address, origin_key(origin.address))
        return await self._accounts.set_password(shown, new, staying=staying)

    async def _check(self, account: Account, shown: Shown, origin: Origin) -> None:
        if shown.code:
            is_right = await self._factors.takes_code(account, shown.code)
        elif shown.recovery:
            is_right = await self._factors.takes_recovery_code(account, shown.recovery)
        else:
            raise CodeNeeded(await self._factors.methods(account.id), is_wrong=False)
        if not is_right:
            self._accounts.throttle.failed(account.address, origin_key(origin.address))
            log.warning("log-in failed", service=origin.service, origin=origin.address, mechanism="second factor")
            raise CodeNeeded(await self._factors.methods(account.id), is_wrong=True)

    def _settled(self, account: Account, origin: Origin) -> None:
        self._accounts.throttle.succeeded(account.address, origin_key(origin.address))
        self._factors.succeeded(account)
        log.info("logged in", service=origin.service, account=account.id, origin=origin.address, mechanism=origin.mechanism)
