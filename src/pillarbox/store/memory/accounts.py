"""Who is here, in memory: `pillarbox.store.api.Accounts`."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ...clock import Clock, SystemClock
from ...errors import AlreadyExists, InUse, NotFound, NotPermitted, TooMany
from ...ids import AccountId
from ...limits import StoreLimits
from ..models import Account, Alias, AppPassword, Credential, Domain, DomainKey, PushSubscription
from ..snoozing import Alarm
from .journal import MemoryJournal
from .mail import MemoryMail
from .queue import MemoryQueue
from .sign_ins import MemorySignIns
from .state import State


class MemoryAccounts(MemorySignIns):
    def __init__(self, *, clock: Clock | None = None, limits: StoreLimits | None = None) -> None:
        super().__init__()
        self._clock = clock or SystemClock()
        self._limits = limits or StoreLimits()
        self._domains: dict[str, Domain] = {}
        self._keys: dict[tuple[str, str], DomainKey] = {}
        self._accounts: dict[AccountId, Account] = {}
        self._credentials: dict[AccountId, list[Credential]] = {}
        self._app_passwords: dict[int, AppPassword] = {}
        self._next_app_password = 101
        self._subscriptions: dict[int, PushSubscription] = {}
        self._next_subscription = 1
        self._aliases: dict[str, Alias] = {}
        self._states: dict[AccountId, State] = {}
        self._members: dict[AccountId, set[AccountId]] = {}
        self._shared: dict[AccountId, set[str]] = {}
        self._alarms: dict[AccountId, Alarm] = {}
        self._secrets: dict[str, bytes] = {}
        self._locks: set[tuple[AccountId, str]] = set()
        self._queue = MemoryQueue(self._clock)
        self._journal = MemoryJournal()
        self._next_account = 1
        self._version = 1
        self._spool: tempfile.TemporaryDirectory[str] | None = None

    async def domains(self) -> Sequence[Domain]:
        return [self._domains[name] for name in sorted(self._domains)]

    async def domain(self, name: str) -> Domain | None:
        return self._domains.get(name)

    async def add_domain(self, domain: Domain) -> None:
        if domain.name in self._domains:
            raise AlreadyExists("the domain already exists")
        self._domains[domain.name] = domain
        self._version += 1

    async def change_domain(self, domain: Domain) -> None:
        if domain.name not in self._domains:
            raise NotFound("no such domain")
        self._domains[domain.name] = domain
        self._version += 1

    async def remove_domain(self, name: str) -> None:
        if name not in self._domains:
            raise NotFound("no such domain")
        if await self.accounts(name) or await self.aliases(name):
            raise NotPermitted("there are accounts or aliases in the domain")
        del self._domains[name]
        self._keys = {key: kept for key, kept in self._keys.items() if kept.domain != name}
        self._version += 1

    async def keys(self, domain: str) -> Sequence[DomainKey]:
        found = [key for key in self._keys.values() if key.domain == domain]
        return sorted(found, key=lambda key: (key.created_at, key.selector))

    async def add_key(self, key: DomainKey) -> None:
        if key.domain not in self._domains:
            raise NotFound("no such domain")
        if (key.domain, key.selector) in self._keys:
            raise AlreadyExists("the domain has a key with that selector")
        self._keys[key.domain, key.selector] = key
        self._version += 1

    async def change_key(self, key: DomainKey) -> None:
        kept = self._keys.get((key.domain, key.selector))
        if kept is None:
            raise NotFound("no such key")
        self._keys[key.domain, key.selector] = replace(kept, state=key.state)
        self._version += 1

    async def remove_key(self, domain: str, selector: str) -> None:
        if self._keys.pop((domain, selector), None) is None:
            raise NotFound("no such key")
        self._version += 1

    async def accounts(self, domain: str | None = None) -> Sequence[Account]:
        found = sorted(self._accounts.values(), key=lambda account: account.address)
        return [account for account in found if domain in (None, _domain_of(account.address))]

    async def account(self, address: str) -> Account | None:
        return next((account for account in self._accounts.values() if account.address == address), None)

    async def account_by_id(self, account: AccountId) -> Account | None:
        return self._accounts.get(account)

    async def add_account(
        self,
        address: str,
        credentials: Sequence[Credential],
        settings: Mapping[str, str],
        mailboxes: Iterable[tuple[str, str | None]],
        *,
        is_group: bool = False,
    ) -> Account:
        await self._check_free(address)
        account = Account(AccountId(self._next_account), address, dict(settings), is_group=is_group)
        self._next_account += 1
        self._accounts[account.id] = account
        self._credentials[account.id] = list(credentials)
        self._states[account.id] = State(account.id, int(self._clock.now().timestamp()), self._limits.log_rows)
        mail = self.mail(account.id)
        for name, special_use in mailboxes:
            await mail.subscribe(name, True)
            await mail.create_mailbox(name, special_use)
        self._version += 1
        return account

    async def change_account(self, account: Account, *, expect: Account | None = None) -> None:
        old = self._accounts.get(account.id)
        if old is None:
            raise NotFound("no such account")
        if expect not in (None, old):
            raise InUse("the account has changed meanwhile")
        if old.address != account.address:
            await self._check_free(account.address)
        self._accounts[account.id] = replace(account, settings=dict(account.settings), is_group=old.is_group)
        self._version += 1

    async def remove_account(self, account: AccountId) -> None:
        self._alarms.pop(account, None)
        if account not in self._accounts:
            raise NotFound("no such account")
        for kept in (self._accounts, self._credentials, self._states, self._members, self._shared):
            kept.pop(account, None)
        for members in self._members.values():
            members.discard(account)
        self._app_passwords = {key: kept for key, kept in self._app_passwords.items() if kept.account != account}
        self._subscriptions = {key: kept for key, kept in self._subscriptions.items() if kept.account != account}
        self._forget_person(account)
        self._version += 1

    async def credentials(self, account: AccountId) -> Sequence[Credential]:
        return list(self._credentials.get(account, ()))

    async def set_credentials(self, account: AccountId, credentials: Sequence[Credential]) -> None:
        if account not in self._accounts:
            raise NotFound("no such account")
        self._credentials[account] = list(credentials)
        self._version += 1

    async def app_passwords(self, account: AccountId) -> Sequence[AppPassword]:
        return [kept for kept in self._app_passwords.values() if kept.account == account]

    async def add_app_password(self, password: AppPassword) -> AppPassword:
        if password.account not in self._accounts:
            raise NotFound("no such account")
        if len(await self.app_passwords(password.account)) >= self._limits.app_passwords:
            raise TooMany("the account has too many app passwords")
        kept = replace(password, id=self._next_app_password, last_used_at=None, last_address=None)
        self._app_passwords[kept.id] = kept
        self._next_app_password += 1
        self._version += 1
        return kept

    async def remove_app_password(self, account: AccountId, id: int) -> None:  # noqa: A002
        if id not in {kept.id for kept in await self.app_passwords(account)}:
            raise NotFound("no such app password")
        del self._app_passwords[id]
        self._subscriptions = {key: kept for key, kept in self._subscriptions.items() if kept.app_password != id}
        self._version += 1

    async def push_subscriptions(self, account: AccountId | None = None) -> Sequence[PushSubscription]:
        return [kept for kept in self._subscriptions.values() if account in (None, kept.account)]

    async def add_push_subscription(self, subscription: PushSubscription) -> PushSubscription:
        if subscription.account not in self._accounts:
            raise NotFound("no such account")
        if len(await self.push_subscriptions(subscription.account)) >= self._limits.push_subscriptions:
            raise TooMany("the account has too many push subscriptions")
        kept = replace(subscription, id=self._next_subscription)
        self._subscriptions[kept.id] = kept
        self._next_subscription += 1
        self._version += 1
        return kept

    async def change_push_subscription(self, subscription: PushSubscription) -> None:
        kept = self._subscription(subscription.account, subscription.id)
        self._subscriptions[kept.id] = replace(
            kept,
            is_asked=subscription.is_asked,
            is_verified=subscription.is_verified,
            expires_at=subscription.expires_at,
            types=subscription.types,
        )
        self._version += 1

    async def remove_push_subscription(self, account: AccountId, id: int) -> None:  # noqa: A002
        del self._subscriptions[self._subscription(account, id).id]
        self._version += 1

    def _forget_pushes(self, sign_ins: Collection[int]) -> None:
        self._subscriptions = {key: kept for key, kept in self._subscriptions.items() if kept.sign_in not in sign_ins}

    def _subscription(self, account: AccountId, key: int) -> PushSubscription:
        kept = self._subscriptions.get(key)
        if kept is None or kept.account != account:
            raise NotFound("no such push subscription")
        return kept

    async def note_use(self, account: AccountId, id: int, at: int, address: str) -> None:  # noqa: A002
        if id in {kept.id for kept in await self.app_passwords(account)}:
            self._app_passwords[id] = replace(self._app_passwords[id], last_used_at=at, last_address=address)

    async def aliases(self, domain: str | None = None) -> Sequence[Alias]:
        found = [self._aliases[address] for address in sorted(self._aliases)]
        return [alias for alias in found if domain in (None, _domain_of(alias.address))]

    async def alias(self, address: str) -> Alias | None:
        return self._aliases.get(address)

    async def add_alias(self, alias: Alias) -> None:
        await self._check_free(alias.address)
        self._aliases[alias.address] = Alias(alias.address, list(alias.targets))
        self._version += 1

    async def remove_alias(self, address: str) -> None:
        if self._aliases.pop(address, None) is None:
            raise NotFound("no such alias")
        self._version += 1

    async def _check_free(self, address: str) -> None:
        if _domain_of(address) not in self._domains:
            raise NotFound("no such domain")
        if address in self._aliases or await self.account(address) is not None:
            raise AlreadyExists("the address is taken")

    async def version(self) -> int:
        return self._version

    def mail(self, account: AccountId, viewer: AccountId | None = None) -> MemoryMail:
        if account not in self._states:
            raise NotFound("no such account")
        return MemoryMail(self._states[account], self._clock, viewer or account, self._limits.identifiers)

    async def members(self, group: AccountId) -> Sequence[AccountId]:
        return sorted(self._members.get(group, ()))

    async def groups_of(self, account: AccountId) -> Sequence[Account]:
        return self._by_address(group for group, members in self._members.items() if account in members)

    async def set_members(self, group: AccountId, members: Iterable[AccountId]) -> None:
        wanted = set(members)
        if group not in self._accounts or not self._accounts[group].is_group:
            raise NotFound("no such group")
        if wanted - self._accounts.keys():
            raise NotFound("no such account")
        if wanted != self._members.get(group, set()):
            self._members[group] = wanted
            self._version += 1

    async def note_shared(self, owner: AccountId, identifiers: Iterable[str]) -> None:
        wanted = set(identifiers)
        if wanted != self._shared.get(owner, set()):
            self._shared[owner] = wanted
            self._version += 1

    async def shared_with(self, identifiers: Iterable[str]) -> Sequence[Account]:
        wanted = set(identifiers)
        return self._by_address(owner for owner, noted in self._shared.items() if noted & wanted)

    def _by_address(self, found: Iterable[AccountId]) -> list[Account]:
        return sorted((self._accounts[key] for key in found), key=lambda account: account.address)

    async def alarms(self, now: int) -> Sequence[Alarm]:
        return sorted((one for one in self._alarms.values() if one.at <= now), key=lambda one: one.at)

    async def set_alarm(self, account: AccountId, at: int) -> None:
        if account in self._accounts:
            before = self._alarms.get(account, Alarm(account, at, 0))
            self._alarms[account] = Alarm(account, min(at, before.at), before.mark + 1)

    async def reset_alarm(self, alarm: Alarm, at: int | None) -> None:
        if self._alarms.get(alarm.account) == alarm:
            del self._alarms[alarm.account]
            if at is not None:
                self._alarms[alarm.account] = Alarm(alarm.account, at, alarm.mark + 1)

    async def secret(self, name: str) -> bytes:
        return self._secrets.setdefault(name, os.urandom(32))

    def spool(self) -> str:
        if self._spool is None:
            self._spool = tempfile.TemporaryDirectory(prefix="pillarbox-spool-")
        return self._spool.name

    def uploads(self, account: AccountId) -> str:
        return os.path.join(self.spool(), f"uploads-{account}")

    def stale(self, account: AccountId, seen: object) -> tuple[bool, object]:
        state = self._states[account].modseq if account in self._states else None
        return state != seen, state

    def stirred(self, seen: object) -> tuple[Callable[[AccountId], bool], object]:
        return lambda account: True, None

    def lock(self, account: AccountId, name: str) -> "MemoryLock":
        return MemoryLock(self._locks, (account, name))

    def queue(self) -> MemoryQueue:
        return self._queue

    def journal(self) -> MemoryJournal:
        return self._journal

    async def close(self) -> None:
        if self._spool is not None:
            self._spool.cleanup()


class MemoryLock:
    def __init__(self, held: set[tuple[AccountId, str]], key: tuple[AccountId, str]) -> None:
        """Raises InUse."""
        if key in held:
            raise InUse("someone else has it")
        held.add(key)
        self._held, self._key = held, key

    def release(self) -> None:
        self._held.discard(self._key)


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2]
