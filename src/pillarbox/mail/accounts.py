"""Who is here: logging in, and whom an address reaches."""

import asyncio
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ..clock import Clock
from ..errors import AuthenticationFailed, Invalid, NotFound, NotPermitted
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
ALWAYS = ("postmaster", "abuse")
"""Local parts that reach someone in every domain (RFC 5321 §4.5.1, RFC 2142 §4)."""
_EXPANSIONS = 10_000
_NEEDS_QUOTES = re.compile(r"[\s\"(),:;<>@\[\\\]]")
_WRONG = "wrong name or password"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log-in comes from."""

    address: str
    """The peer's IP address, or "" for a Unix socket."""
    service: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """One account a message goes to."""

    account: Account
    address: str
    """As the sender wrote it."""
    detail: str | None = None


class Accounts:
    """Log-in and the directory of addresses, over what the store keeps."""

    def __init__(
        self,
        kept: api.Accounts,
        passwords: Passwords,
        policy: MailPolicy,
        clock: Clock,
        hostname: str,
        tell_others: Callable[[bytes], None] = lambda word: None,
    ) -> None:
        """`tell_others` is given how log-ins ended, a word for the other workers' `throttle.heard`."""
        self.kept = kept
        self._passwords = passwords
        self.policy = policy
        self.throttle = Throttle(clock, tell_others)
        self._hostname = hostname

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

    # Whom an address reaches.

    async def is_local_domain(self, domain: str) -> bool:
        try:
            return await self.kept.domain(addresses.canonical_domain(domain)) is not None
        except Invalid:
            return False

    async def resolve(self, local: str, domain: str) -> Sequence[Recipient]:
        """The accounts an address reaches, each once. An empty domain is ours ("<Postmaster>").

        Raises NotPermitted where the domain is not ours, NotFound where nobody is reached.
        """
        domain = addresses.canonical_domain(domain) if domain else await self._own_domain()
        if await self.kept.domain(domain) is None:
            raise NotPermitted("we do not relay for that domain")
        address = f"{local}@{domain}"
        local = addresses.canonical_local(local)
        found: dict[int, Recipient] = {}
        seen: set[str] = set()
        waiting = [f"{local}@{domain}"]
        while waiting and len(seen) < _EXPANSIONS:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            account, detail, targets = await self._look_up(name)
            if account is not None:
                found.setdefault(account.id, Recipient(account, address, detail))
            waiting.extend(reversed(targets))
        if not found:
            raise NotFound("there is no mailbox of that name here")
        return list(found.values())

    async def may_send_as(self, account: Account, local: str, domain: str) -> bool:
        """Whether an address reaches this account, so that its owner may write from it."""
        try:
            return any(reached.account.id == account.id for reached in await self.resolve(local, domain))
        except (NotFound, NotPermitted, Invalid):
            return False

    async def _look_up(self, name: str) -> tuple[Account | None, str | None, Sequence[str]]:
        """The account of this name and its detail, or else the targets of the alias that stands for it."""
        local, _, domain = name.rpartition("@")
        for candidate, detail in self._spellings(local):
            if (account := await self.kept.account(f"{candidate}@{domain}")) is not None:
                return account, detail, ()
            if (alias := await self.kept.alias(f"{candidate}@{domain}")) is not None:
                return None, None, alias.targets
        if any(one in ALWAYS for one, _ in self._spellings(local)) and (owner := await self._owner(domain)) is not None:
            return owner, None, ()
        catch_all = await self.kept.alias(f"@{domain}")
        return None, None, catch_all.targets if catch_all else ()

    def _spellings(self, local: str) -> Iterable[tuple[str, str | None]]:
        yield local, None
        for at, char in enumerate(local):
            if char in self.policy.detail_separators and at:
                yield local[:at], local[at + 1 :]
                return

    async def _owner(self, domain: str) -> Account | None:
        """Who reads what a domain's postmaster is sent: whom its settings name, else its first account, else our first."""
        kept = await self.kept.domain(domain)
        named = kept.settings.get("postmaster") if kept else None
        if named and (account := await self.kept.account(named)):
            return account
        everyone = await self.kept.accounts(domain) or await self.kept.accounts()
        return min(everyone, key=lambda account: account.id, default=None)

    async def _own_domain(self) -> str:
        domains = [domain.name for domain in await self.kept.domains()]
        if not domains:
            raise NotFound("there is no mailbox of that name here")
        return next((name for name in domains if self._hostname == name or self._hostname.endswith("." + name)), domains[0])

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
        """ "name@domain", or "@domain" for all not otherwise known. Raises Invalid, AlreadyExists, NotFound, and NotPermitted
        where a target is not ours: nothing is accepted that cannot be kept."""
        own = f"@{addresses.canonical_domain(address[1:])}" if address.startswith("@") else self._new_address(address)
        goals = [addresses.canonical(target) for target in targets]
        for goal in goals:
            if not await self.is_local_domain(goal.rpartition("@")[2]):
                raise NotPermitted(f"{goal} is elsewhere, and mail is not sent out yet")
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
