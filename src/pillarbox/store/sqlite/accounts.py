"""Who is here, and where their mail is: `pillarbox.store.api.Accounts` over one data folder."""

import asyncio
import os
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import apsw

from ...clock import Clock, SystemClock
from ...errors import NotFound
from ...ids import AccountId
from ...limits import StoreLimits
from ..folders import make_folder
from ..locks import FileLock
from ..models import Account, Alias, AppPassword, Credential, Domain, DomainKey, PushSubscription
from ..snoozing import Alarm
from . import alarms, app_passwords, arranging, directory, groups, push_subscriptions
from .account_file import AccountFile
from .connection import open_database, reading, translated, writing
from .events import SqliteJournal
from .hands import Hands
from .layout import Layout
from .mail import SqliteMail
from .marks import Marks
from .queue import SqliteQueue
from .sign_in_verbs import SignInVerbs
from .transaction import Transaction
from .viewed import ViewedMail

K = TypeVar("K")
T = TypeVar("T")

FORSAKEN = 3600
"""Seconds after which a folder being made or removed, or a file in the spool, is nobody's any more."""
SPOOL_FORSAKEN = 86400
REMEMBERED = 10_000
"""Domains, accounts, what they log in by and aliases kept in mind, and names that are none."""
_UNKNOWN = object()
_TICK = 20_000_000
"""Nanoseconds within which files written one after the other may bear the same time: the kernel's clock for them is coarse."""


class SqliteAccounts(SignInVerbs):
    """One data folder, made where it is missing. Several processes may have the same one."""

    def __init__(
        self, data_dir: str | os.PathLike[str], *, clock: Clock | None = None, limits: StoreLimits | None = None
    ) -> None:
        """Raises OperatorError where a newer Pillarbox wrote the folder."""
        self._layout = Layout(data_dir)
        self._clock = clock or SystemClock()
        self._limits = limits or StoreLimits()
        make_folder(self._layout.spool)
        self._writer = open_database(self._layout.system, "system", create=not os.path.exists(self._layout.system))
        self._reader = open_database(self._layout.system, "system")
        self._writing = asyncio.Lock()
        self._marks = Marks(self._layout.marks)
        self._remembered: dict[tuple[object, object], Any] = {}
        self._remembered_of: object = None
        self._is_fresh = False
        """Whether what is remembered was true in this very turn of the loop."""
        self._writers = Hands(self._limits.threads, "pillarbox-write")
        self._scanners = Hands(self._limits.threads, "pillarbox-read")
        self._files: OrderedDict[AccountId, AccountFile] = OrderedDict()
        self._queue: SqliteQueue | None = None
        self._journal: SqliteJournal | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False
        self._sweep()

    # Domains.

    async def domains(self) -> Sequence[Domain]:
        return self._read(directory.domains)

    async def domain(self, name: str) -> Domain | None:
        return self._look_up(directory.domain, name)

    async def add_domain(self, domain: Domain) -> None:
        await self._write(lambda db: directory.add_domain(db, domain))

    async def change_domain(self, domain: Domain) -> None:
        await self._write(lambda db: directory.change_domain(db, domain))

    async def remove_domain(self, name: str) -> None:
        await self._write(lambda db: directory.remove_domain(db, name))

    async def keys(self, domain: str) -> Sequence[DomainKey]:
        return self._look_up(directory.keys, domain)

    async def add_key(self, key: DomainKey) -> None:
        await self._write(lambda db: directory.add_key(db, key))

    async def change_key(self, key: DomainKey) -> None:
        await self._write(lambda db: directory.change_key(db, key))

    async def remove_key(self, domain: str, selector: str) -> None:
        await self._write(lambda db: directory.remove_key(db, domain, selector))

    # Accounts.

    async def accounts(self, domain: str | None = None) -> Sequence[Account]:
        return self._read(lambda db: directory.accounts(db, domain))

    async def account(self, address: str) -> Account | None:
        return self._look_up(directory.account, address)

    async def account_by_id(self, account: AccountId) -> Account | None:
        return self._look_up(directory.account_by_id, account)

    async def add_account(
        self,
        address: str,
        credentials: Sequence[Credential],
        settings: Mapping[str, str],
        mailboxes: Iterable[tuple[str, str | None]],
        *,
        is_group: bool = False,
    ) -> Account:
        """As `Accounts.add_account`. The folder is there before the account is; whoever dies between leaves it to `_sweep`."""
        now = self._now()

        def reserve(db: apsw.Connection) -> AccountId:
            directory.check_free(db, address)
            return directory.reserve_account(db, now)

        account = await self._write(reserve)
        wanted = list(mailboxes)
        try:
            await self._writers.do(lambda: make_mail(self._layout, account, wanted, now, self._limits))
            new = Account(account, address, dict(settings), is_group=is_group)
            await self._write(lambda db: directory.add_account(db, new, credentials, now))
            return new
        except BaseException:
            await self._alone(lambda: self._discard(account))
            raise

    async def change_account(self, account: Account, *, expect: Account | None = None) -> None:
        await self._write(lambda db: directory.change_account(db, account, expect))

    async def remove_account(self, account: AccountId) -> None:
        await self._write(lambda db: directory.remove_account(db, account, self._now()))
        file = self._files.pop(account, None)
        if file is not None:
            await file.close()
        await self._alone(lambda: self._discard(account))

    def _discard(self, account: AccountId) -> None:
        shutil.rmtree(self._layout.account(account), ignore_errors=True)
        with writing(self._writer, self._limits.busy):
            directory.finished(self._writer, account)

    # Credentials, aliases.

    async def credentials(self, account: AccountId) -> Sequence[Credential]:
        return self._look_up(directory.credentials, account)

    async def set_credentials(self, account: AccountId, credentials: Sequence[Credential]) -> None:
        await self._write(lambda db: directory.set_credentials(db, account, credentials))

    async def app_passwords(self, account: AccountId) -> Sequence[AppPassword]:
        return self._look_up(app_passwords.app_passwords, account)

    async def add_app_password(self, password: AppPassword) -> AppPassword:
        return await self._write(lambda db: app_passwords.add(db, password, self._limits.app_passwords))

    async def remove_app_password(self, account: AccountId, id: int) -> None:  # noqa: A002
        await self._write(lambda db: app_passwords.remove(db, account, id))

    async def note_use(self, account: AccountId, id: int, at: int, address: str) -> None:  # noqa: A002
        await self._write(lambda db: app_passwords.note_use(db, account, id, at, address))

    async def aliases(self, domain: str | None = None) -> Sequence[Alias]:
        return self._read(lambda db: directory.aliases(db, domain))

    async def alias(self, address: str) -> Alias | None:
        return self._look_up(directory.alias, address)

    async def add_alias(self, alias: Alias) -> None:
        await self._write(lambda db: directory.add_alias(db, alias))

    async def remove_alias(self, address: str) -> None:
        await self._write(lambda db: directory.remove_alias(db, address))

    # Sharing.

    async def members(self, group: AccountId) -> Sequence[AccountId]:
        return self._read(lambda db: groups.members(db, group))

    async def groups_of(self, account: AccountId) -> Sequence[Account]:
        return self._look_up(_groups_of, str(account))

    async def set_members(self, group: AccountId, members: Iterable[AccountId]) -> None:
        wanted = list(members)
        await self._write(lambda db: groups.set_members(db, group, wanted))

    async def note_shared(self, owner: AccountId, identifiers: Iterable[str]) -> None:
        wanted = list(identifiers)
        await self._write(lambda db: groups.note_shared(db, owner, wanted))

    async def shared_with(self, identifiers: Iterable[str]) -> Sequence[Account]:
        wanted = list(identifiers)
        return self._read(lambda db: groups.shared_with(db, wanted))

    async def version(self) -> int:
        return self._look_up(_version_of, None)

    async def push_subscriptions(self, account: AccountId | None = None) -> Sequence[PushSubscription]:
        return self._read(lambda db: push_subscriptions.subscriptions(db, account))

    async def add_push_subscription(self, subscription: PushSubscription) -> PushSubscription:
        most = self._limits.push_subscriptions
        return await self._write(lambda db: push_subscriptions.add(db, subscription, most))

    async def change_push_subscription(self, subscription: PushSubscription) -> None:
        await self._write(lambda db: push_subscriptions.change(db, subscription))

    async def remove_push_subscription(self, account: AccountId, id: int) -> None:  # noqa: A002
        await self._write(lambda db: push_subscriptions.remove(db, account, id))

    async def alarms(self, now: int) -> Sequence[Alarm]:
        return self._read(lambda db: alarms.alarms(db, now))

    async def set_alarm(self, account: AccountId, at: int) -> None:
        await self._write(lambda db: alarms.put(db, account, at))

    async def reset_alarm(self, alarm: Alarm, at: int | None) -> None:
        await self._write(lambda db: alarms.put_again(db, alarm, at))

    async def secret(self, name: str) -> bytes:
        kept = self._read(lambda db: directory.secret(db, name, None))
        if kept is None:
            kept = await self._write(lambda db: directory.secret(db, name, os.urandom(32)))
        assert kept is not None
        return kept

    # Mail.

    def mail(self, account: AccountId, viewer: AccountId | None = None) -> SqliteMail:
        if viewer is None or viewer == account:
            return SqliteMail(account, self._opened)
        return ViewedMail(account, viewer, self._opened)

    def _opened(self, account: AccountId) -> AccountFile:
        """The account's file; the one unused for longest is closed where too many are open. Raises NotFound."""
        file = self._files.get(account)
        if file is not None:
            self._files.move_to_end(account)
            return file
        if not os.path.exists(self._layout.mail(account)):
            raise NotFound("no such account")
        file = AccountFile(self._layout, account, self._writers, self._scanners, self._clock, self._limits, self._marks)
        self._files[account] = file
        if len(self._files) > self._limits.open_accounts:
            self._close_idle(file)
        return file

    def _close_idle(self, but: AccountFile) -> None:
        for account, file in self._files.items():
            if not file.in_hand and file is not but:
                del self._files[account]
                task = asyncio.get_running_loop().create_task(file.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
                return

    def spool(self) -> str:
        return self._layout.spool

    def uploads(self, account: AccountId) -> str:
        return self._layout.uploads(account)

    def stale(self, account: AccountId, seen: object) -> tuple[bool, object]:
        path = self._layout.mail(account)
        state = _stamp(f"{path}-wal") or _stamp(path)  # all that is written goes to the WAL first
        return state != seen or (state is not None and state.is_fresh), state

    def stirred(self, seen: object) -> tuple[Callable[[AccountId], bool], object]:
        return self._marks.since(seen if isinstance(seen, bytes) else None)

    def lock(self, account: AccountId, name: str) -> FileLock:
        return FileLock(os.path.join(self._layout.locks(account), name))

    def queue(self) -> SqliteQueue:
        if self._queue is None:
            self._queue = SqliteQueue(self._layout, self._clock, self._limits, self._scanners)
        return self._queue

    def journal(self) -> SqliteJournal:
        if self._journal is None:
            self._journal = SqliteJournal(self._layout, self._limits, self._scanners)
        return self._journal

    async def close(self) -> None:
        """Everything is on disk, and no thread is left. A second time does nothing."""
        if self._closed:
            return
        self._closed = True
        files = list(self._files.values())
        self._files.clear()
        await asyncio.gather(*(file.close() for file in files), *self._closing)
        if self._queue is not None:
            await self._queue.close()
        if self._journal is not None:
            await self._journal.close()
        async with self._writing:
            await self._writers.do(self._writer.close)
        self._reader.close()
        self._writers.end()
        self._scanners.end()
        self._marks.close()

    # How it is done.

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _read(self, work: Callable[[apsw.Connection], T]) -> T:
        with reading(self._reader):
            return work(self._reader)

    def _look_up(self, work: Callable[[apsw.Connection, K], T], key: K) -> T:
        """As `_read`, of what is asked for again and again: remembered until anyone, in whatever process, writes."""
        if not self._is_fresh:
            self._refresh()
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        found = self._remembered.get((work, key), _UNKNOWN)
        if found is _UNKNOWN:
            found = self._remembered[work, key] = self._read(lambda db: work(db, key))
        return found  # type: ignore[no-any-return]

    def _refresh(self) -> None:
        """Forget what somebody has written over. To ask that once a turn of the loop is enough: who waited for what was written
        has his turn later."""
        asyncio.get_running_loop().call_soon(self._age)
        with translated(writing=False):
            version = self._reader.execute("PRAGMA data_version").get
        if version != self._remembered_of:
            self._remembered.clear()
            self._remembered_of = version
        self._is_fresh = True

    def _age(self) -> None:
        self._is_fresh = False

    async def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        def transact() -> T:
            with writing(self._writer, self._limits.busy):
                return work(self._writer)

        return await self._alone(transact)

    async def _alone(self, work: Callable[[], T]) -> T:
        """Run in a thread with the writer its own, to its end, whatever becomes of who waits."""
        await self._writing.acquire()
        return await self._writers.do(work, lambda _: self._writing.release())

    def _sweep(self) -> None:
        """Remove what others left behind when they died: folders half made or half removed, files of messages never kept."""
        with reading(self._reader):
            forsaken = directory.unfinished(self._reader, self._now() - FORSAKEN)
        for account in forsaken:
            self._discard(account)
        for entry in os.scandir(self._layout.spool):
            if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < self._now() - SPOOL_FORSAKEN:
                os.unlink(entry.path)


def make_mail(
    layout: Layout, account: AccountId, wanted: Iterable[tuple[str, str | None]], now: int, limits: StoreLimits
) -> None:
    """An account's folder, with its first mailboxes."""
    make_folder(layout.account(account))
    connection = open_database(layout.mail(account), "mail", create=True)
    try:
        with writing(connection, limits.busy):
            connection.execute("INSERT INTO account (account, next_uidvalidity) VALUES (?, ?)", (account, max(1, now)))
            transaction = Transaction(connection, account, lambda: now, limits.log_rows)
            arranging.create_first(transaction, wanted)
            transaction.finish()
    finally:
        connection.close()


def _version_of(db: apsw.Connection, _: None) -> int:
    return directory.version(db)


def _groups_of(db: apsw.Connection, account: str) -> list[Account]:
    return groups.groups_of(db, AccountId(int(account)))


class _Stamp(NamedTuple):
    """When a file was last written, as far as that can be told."""

    written_at: int
    size: int
    is_fresh: bool
    """Just now: what is written next may bear the same time."""


def _stamp(path: str) -> _Stamp | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return _Stamp(found.st_mtime_ns, found.st_size, abs(time.time_ns() - found.st_mtime_ns) < _TICK)
