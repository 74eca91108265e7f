"""Who is here: logging in, and keeping accounts, domains and aliases."""

import asyncio
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ..clock import Clock
from ..errors import AuthenticationFailed, Invalid
from ..settings import MailPolicy
from ..store import api
from ..store.models import INBOX, Account, Alias, Domain
from . import addresses
from .passwords import Passwords, ScramKeys, scram_of
from .throttle import Throttle, origin_key

log = structlog.get_logger(__name__)

FIRST_MAILBOXES: Sequence[tuple[str, str | None]] = (
    (INBOX, None),
    ("Drafts", "\\Drafts"),
    ("Sent", "\\Sent"),
    ("Archive", "\\Archive"),
    ("Junk", "\\Junk"),
    ("Trash", "\\Trash"),
)
_NEEDS_QUOTES = re.compile(r"[\s\"(),:;<>@\[\\\]]")
_WRONG = "wrong name or password"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log-in comes from."""

    address: str
    """The peer's IP address, or "" for a Unix socket."""
    service: str


class Accounts:
    """Log-in, and what a person who runs the server does to accounts, over what the store keeps."""

    def __init__(
        self,
        kept: api.Accounts,
        passwords: Passwords,
        policy: MailPolicy,
        clock: Clock,
        tell_others: Callable[[bytes], None] = lambda word: None,
    ) -> None:
        """`tell_others` is given how log-ins ended, a word for the other workers' `throttle.heard`."""
        self.kept = kept
        self._passwords = passwords
        self.policy = policy
        self.throttle = Throttle(clock, tell_others)

    # Logging in.

    async def log_in(self, identity: str, password: str, origin: Origin) -> Account:
        """Raises AuthenticationFailed, in the same words and after the same work whoever it is, and Unavailable."""
        name, key = self._identity(identity), origin_key(origin.address)
        if delay := self.throttle.delay(name, key):
            await asyncio.sleep(delay)
        account = await self._enabled(name)
        credentials = await self.kept.credentials(account.id) if account else ()
        right = await self._passwords.check(credentials, password)
        return self._settled(account if right else None, name, origin)

    async def scram_keys(self, identity: str) -> ScramKeys:
        """An account's keys, or for whoever has none keys that look alike and are the same at every asking."""
        name = self._identity(identity)
        account = await self._enabled(name)
        keys = scram_of(await self.kept.credentials(account.id)) if account else None
        return keys or await self._fake_keys(name)

    async def scram_log_in(self, identity: str, proven: bool, origin: Origin) -> Account:
        """The end of a SCRAM exchange. Raises AuthenticationFailed."""
        name, key = self._identity(identity), origin_key(origin.address)
        if delay := self.throttle.delay(name, key):
            await asyncio.sleep(delay)
        account = await self._enabled(name) if proven else None
        return self._settled(account, name, origin)

    def _settled(self, account: Account | None, name: str, origin: Origin) -> Account:
        if account is None:
            self.throttle.failed(name, origin_key(origin.address))
            log.warning("log-in failed", service=origin.service, origin=origin.address)
            raise AuthenticationFailed(_WRONG)
        self.throttle.succeeded(name, origin_key(origin.address))
        return account

    @staticmethod
    def _identity(identity: str) -> str:
        try:
            return addresses.canonical(identity)
        except Invalid:
            return ""

    async def _enabled(self, name: str) -> Account | None:
        account = await self.kept.account(name) if name else None
        return account if account is not None and account.enabled else None

    async def _fake_keys(self, name: str) -> ScramKeys:
        secret = await self.kept.secret("scram")
        salt, stored, server = (
            hmac.digest(secret, f"{part}:{name}".encode(), "sha256") for part in ("salt", "stored", "server")
        )
        return ScramKeys(salt[:16], self.policy.scram_iterations or 4096, stored, server)

    # Keeping them.

    async def add_domain(self, name: str, settings: Mapping[str, str] | None = None) -> Domain:
        """Raises AlreadyExists, Invalid."""
        domain = Domain(addresses.canonical_domain(name), settings or {})
        await self.kept.add_domain(domain)
        return domain

    async def add(self, address: str, password: str, settings: Mapping[str, str] | None = None) -> Account:
        """A new account with its first mailboxes. Raises AlreadyExists, NotFound (the domain), Invalid."""
        return await self.kept.add_account(
            self._new_address(address), await self._verifiers(password), settings or {}, FIRST_MAILBOXES
        )

    async def set_password(self, account: Account, password: str) -> None:
        await self.kept.set_credentials(account.id, await self._verifiers(password))

    async def add_alias(self, address: str, targets: Sequence[str]) -> Alias:
        """ "name@domain", or "@domain" for all not otherwise known; targets may be elsewhere. Raises Invalid, AlreadyExists,
        NotFound."""
        own = f"@{addresses.canonical_domain(address[1:])}" if address.startswith("@") else self._new_address(address)
        goals = [addresses.canonical(target) for target in targets]
        if not goals:
            raise Invalid("an alias needs at least one target")
        alias = Alias(own, goals)
        await self.kept.add_alias(alias)
        return alias

    async def _verifiers(self, password: str) -> Sequence[Any]:
        if not password:
            raise Invalid("a password cannot be empty")
        return await asyncio.to_thread(self._passwords.credentials, password, self.policy.scram_iterations)

    def _new_address(self, address: str) -> str:
        """Canonical. Raises Invalid also where others would have to quote it (RFC 5321 §4.1.2)."""
        local, domain = addresses.split(address)
        if _NEEDS_QUOTES.search(local) or "" in local.split("."):
            raise Invalid("spaces, quotes, brackets and stray dots have no place in an address")
        return f"{local}@{domain}"
