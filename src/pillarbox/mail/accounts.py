"""Who is here: logging in, and keeping accounts, domains and aliases."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from ..clock import Clock
from ..errors import AuthenticationFailed, Invalid
from ..ids import AccountId
from ..limits import SignInLimits
from ..settings import MailPolicy, OAuth
from ..store import api
from ..store.models import INBOX, Account, Alias, AppPassword, Credential, Domain
from ..store.sign_ins import SignIn, Token
from . import addresses, app_passwords
from .app_passwords import NOBODY, AppPasswords
from .passkeys import Passkeys, Site
from .passwords import Passwords, Salting
from .programs import Programs
from .proofs import Asked, Proofs, takes_password
from .second_factors import SecondFactors
from .sign_ins import SignIns, is_token
from .throttle import Throttle, origin_key
from .tokens import Tokens

log = structlog.get_logger(__name__)

FIRST_MAILBOXES: Sequence[tuple[str, str | None]] = (
    (INBOX, None),
    ("Drafts", "\\Drafts"),
    ("Sent", "\\Sent"),
    ("Archive", "\\Archive"),
    ("Junk", "\\Junk"),
    ("Trash", "\\Trash"),
)
GROUP_MAILBOXES: Sequence[tuple[str, str | None]] = ((INBOX, None),)
_NEEDS_QUOTES = re.compile(r"[\s\"(),:;<>@\[\\\]]")
_WRONG = "wrong name or password"
_PROTOCOL_OF = {"submission": "smtp"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log-in comes from, and how."""

    address: str
    """The peer's IP address, or "" for a Unix socket."""
    service: str
    mechanism: str = ""
    """"PLAIN" and so on; "" where the protocol has a command of its own."""
    site: Site | None = None
    """Under which name of ours they came, to a page."""

    @property
    def protocol(self) -> str:
        """The service's, as app passwords and settings of accounts name it."""
        return _PROTOCOL_OF.get(self.service, self.service)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who was let in."""

    account: Account
    app_password: int | None = None
    """Which one opened the door, if one did."""
    sign_in: SignIn | None = None
    """Which browser or program it is, if it is one that is signed in."""
    token: Token | None = None
    """Which one a program of ours has come by."""
    confirmed_at: int | None = None
    """When it was last shown that this is the person themself, by their own password or passkey; None: it was not."""
    credentials: frozenset[Credential] | None = None
    """What was kept of the account's own password that opened the door, if that did: when it changes, the door closes."""
    origin: Origin = Origin("", "")

    @property
    def sign_in_id(self) -> int | None:
        return None if self.sign_in is None else self.sign_in.id


class Accounts:
    """Log-in, and what a person who runs the server does to accounts, over what the store keeps."""

    def __init__(
        self,
        kept: api.Accounts,
        passwords: Passwords,
        policy: MailPolicy,
        clock: Clock,
        tell_others: Callable[[bytes], None] = lambda word: None,
        oauth: OAuth = OAuth(),
        limits: SignInLimits = SignInLimits(),
    ) -> None:
        """`tell_others` is given how log-ins ended, a word for the other workers' `throttle.heard`."""
        self.kept = kept
        self._passwords = passwords
        self.policy = policy
        self.throttle = Throttle(clock, tell_others)
        self.second_factors = SecondFactors(kept, clock, self.throttle, limits)
        self.passkeys = Passkeys(kept, clock, limits)
        self.sign_ins = SignIns(kept, clock, limits)
        self.programs = Programs(kept, self.sign_ins, limits)
        self._proofs = Proofs(kept, lambda: self.policy.scram_iterations, self.second_factors.are_asked)
        self.app_passwords = AppPasswords(kept, clock, self._proofs.for_app_password)
        self.tokens = Tokens(oauth, clock)

    # Logging in.

    async def log_in(self, identity: str, password: str, origin: Origin) -> Entry:
        """With the account's own password or one of its app passwords. Raises AuthenticationFailed, in the same words and after
        the same work whoever it is, and Unavailable."""
        name = self._identity(identity)
        await self._wait(name, origin)
        account = await self._enabled(name)
        spoken = app_passwords.plain(password)
        if spoken is not None:
            key = await self.app_passwords.check(account, spoken, origin.protocol)
            return self._settled(account if key else None, name, origin, key)
        is_guarded = await self.second_factors.are_asked(account.id if account else NOBODY)
        barred = account is None or is_guarded or not takes_password(account, origin.protocol)
        credentials = () if account is None or barred else await self.kept.credentials(account.id)
        right = await self._passwords.check(credentials, password)
        return self._settled(account if right else None, name, origin, credentials=frozenset(credentials))

    async def own_password(self, identity: str, password: str, origin: Origin) -> Account:
        """Whose own password that is, wherever mail programs may use it: no log-in yet, for a page that may ask for more.
        Raises what `log_in` does, as it does."""
        name = self._identity(identity)
        await self._wait(name, origin)
        account = await self._enabled(name)
        credentials = () if account is None else await self.kept.credentials(account.id)
        if not await self._passwords.check(credentials, password) or account is None:
            raise self._failed(name, origin)
        return account

    async def scram_keys(self, identity: str, origin: Origin) -> Asked:
        """What is kept of an account's own password and its app passwords, as far as they are good there; for whoever has none,
        what looks alike and is the same at every asking."""
        name = self._identity(identity)
        return await self._proofs.asked(name, await self.kept.account(name) if name else None, origin.protocol)

    async def scram_log_in(self, identity: str, stored_key: bytes | None, origin: Origin) -> Entry:
        """With proof of knowing the password behind that key; None: of none. Raises AuthenticationFailed, also of a password
        that was taken back since its key was asked for."""
        name = self._identity(identity)
        await self._wait(name, origin)
        account = await self._enabled(name)
        key = await self._proofs.behind(stored_key, account, origin.protocol) if account and stored_key else None
        app_password = key.app_password if key else None
        own = await self.kept.credentials(account.id) if account and key and app_password is None else None
        credentials = None if own is None else frozenset(own)
        return self._settled(account if key else None, name, origin, app_password, credentials=credentials)

    async def token_log_in(self, token: str, identity: str, origin: Origin) -> Entry:
        """With a token of another server's, or one of ours that a program has been given, for `identity`, or (empty) for whom
        it names. Raises AuthenticationFailed."""
        name = self._identity(identity)
        if is_token("access", token):
            return await self._program_log_in(token, name if identity else None, origin)
        await self._wait(name, origin)
        owner = self.tokens.owner(token)
        account = await self._enabled(owner or "") if owner and (not identity or owner == name) else None
        return self._settled(account, owner if account and owner else name, origin)

    async def _program_log_in(self, token: str, name: str | None, origin: Origin) -> Entry:
        """Nobody guesses such a token: one that is not good any more is no attempt to."""
        found = await self.programs.of_access(token, origin.protocol)
        account = await self._enabled_by_id(found.sign_in.account) if found else None
        if found is None or account is None or name not in (None, account.address):
            log.info("a program's token is not good", service=origin.service, origin=origin.address)
            raise AuthenticationFailed(_WRONG)
        self.sign_ins.used(found.sign_in, origin.address, found.sign_in.agent)
        return Entry(account, sign_in=found.sign_in, token=found.token, origin=origin)

    async def certificate_log_in(self, addresses_in_it: Sequence[str], identity: str, origin: Origin) -> Entry:
        """With a certificate that TLS has checked, in which just one address is an account of ours; `identity` is empty or that
        one. Raises AuthenticationFailed."""
        name = self._identity(identity)
        await self._wait(name, origin)
        names = {self._identity(each) for each in addresses_in_it}
        found = [account for each in sorted(names) if (account := await self._enabled(each)) is not None]
        account = found[0] if len(found) == 1 and (not identity or found[0].address == name) else None
        return self._settled(account, account.address if account else name, origin)

    async def _wait(self, name: str, origin: Origin) -> None:
        if delay := self.throttle.delay(name, origin_key(origin.address)):
            await asyncio.sleep(delay)

    def _settled(
        self,
        account: Account | None,
        name: str,
        origin: Origin,
        key: AppPassword | None = None,
        *,
        credentials: frozenset[Credential] | None = None,
    ) -> Entry:
        if account is None:
            raise self._failed(name, origin)
        self.throttle.succeeded(name, origin_key(origin.address))
        if key is None:
            confirmed_at = None if credentials is None else self.sign_ins.now()
            return Entry(account, confirmed_at=confirmed_at, credentials=credentials, origin=origin)
        self.app_passwords.used(key, origin.address)
        return Entry(account, key.id, origin=origin)

    def _failed(self, name: str, origin: Origin) -> AuthenticationFailed:
        self.throttle.failed(name, origin_key(origin.address))
        log.warning("log-in failed", service=origin.service, origin=origin.address, mechanism=origin.mechanism)
        return AuthenticationFailed(_WRONG)

    @staticmethod
    def _identity(identity: str) -> str:
        try:
            return addresses.canonical(identity)
        except Invalid:
            return ""

    async def _enabled(self, name: str) -> Account | None:
        account = await self.kept.account(name) if name else None
        return account if account is not None and account.enabled and not account.is_group else None

    async def _enabled_by_id(self, key: AccountId) -> Account | None:
        account = await self.kept.account_by_id(key)
        return account if account is not None and account.enabled and not account.is_group else None

    # Keeping them.

    async def add_domain(self, name: str, settings: Mapping[str, str] | None = None) -> Domain:
        """Raises AlreadyExists, Invalid."""
        domain = Domain(addresses.canonical_domain(name), settings or {})
        await self.kept.add_domain(domain)
        return domain

    async def add(self, address: str, password: str, settings: Mapping[str, str] | None = None) -> Account:
        """A new account with its first mailboxes. Raises AlreadyExists, NotFound (the domain), Invalid."""
        own = self._new_address(address)
        verifiers = await self._verifiers(password, await self._proofs.for_own_password(own))
        return await self.kept.add_account(own, verifiers, settings or {}, FIRST_MAILBOXES)

    async def add_group(self, address: str) -> Account:
        """A new group, with no members yet. Raises AlreadyExists, NotFound (the domain), Invalid."""
        return await self.kept.add_account(self._new_address(address), (), {}, GROUP_MAILBOXES, is_group=True)

    async def set_password(self, account: Account, password: str, *, staying: int | None = None) -> int:
        """Browsers that are signed in are so no more, but for the one that stays; how many those were. Who has come by the old
        password is put out; app passwords, and programs that were allowed, stay as they are. Raises Invalid, NotFound."""
        salting = await self._proofs.for_own_password(account.address, account)
        await self.kept.set_credentials(account.id, await self._verifiers(password, salting))
        return await self.sign_ins.end_all(account.id, "browser", but=staying)

    async def forget_factors(self, account: Account) -> None:
        """The password alone is enough again, and all browsers are signed out. Raises NotFound."""
        await self.kept.set_totp(account.id, None)
        for passkey in await self.kept.passkeys(account.id):
            await self.kept.remove_passkey(account.id, passkey.id)
        await self.kept.set_recovery_codes(account.id, ())
        await self.sign_ins.end_all(account.id, "browser")

    async def close(self) -> None:
        """What is being noted is kept."""
        await self.app_passwords.close()
        await self.sign_ins.close()

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

    async def _verifiers(self, password: str, salting: Salting | None) -> Sequence[Credential]:
        if not password:
            raise Invalid("a password cannot be empty")
        if app_passwords.plain(password) is not None:
            raise Invalid("a password cannot look like an app password")
        return await asyncio.to_thread(self._passwords.credentials, password, salting)

    def _new_address(self, address: str) -> str:
        """Canonical. Raises Invalid also where others would have to quote it (RFC 5321 §4.1.2)."""
        local, domain = addresses.split(address)
        if _NEEDS_QUOTES.search(local) or "" in local.split("."):
            raise Invalid("spaces, quotes, brackets and stray dots have no place in an address")
        return f"{local}@{domain}"
