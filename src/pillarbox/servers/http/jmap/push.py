"""What has changed, told as it happens (RFC 8620 §7.1): the change log of every account somebody sees → StateChange.

A hint says that an account changed; its log says what. Only what that person may see counts: nobody learns from a push that
somebody else's unshared mail comes and goes. What comes close behind a push goes into the next one.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import structlog

from pillarbox.errors import ChangesForgotten, MailError, TooMany
from pillarbox.ids import AccountId, MailboxId, ModSeq
from pillarbox.limits import JmapLimits
from pillarbox.mail.accounts import Entry
from pillarbox.mail.notify import Watch
from pillarbox.mail.office import Office
from pillarbox.mail.rights import Right
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import RequestRefused
from pillarbox.proto.jmap.ijson import decode, encode
from pillarbox.store import api
from pillarbox.store.changes import Change, Kind
from pillarbox.store.records import RecordKind

from .call import OpenedFor, seen_accounts
from .mail.quotas import quotas, state_of

log = structlog.get_logger(__name__)

RECORDS: Final[Mapping[str, RecordKind]] = {
    "Identity": RecordKind.IDENTITY,
    "EmailSubmission": RecordKind.SUBMISSION,
    "VacationResponse": RecordKind.VACATION,
    "ShareNotification": RecordKind.SHARE_NOTICE,
}
"""Types that have states of their own, and only in one's own account."""
QUOTA: Final = "Quota"
_OF_MAIL: Final = frozenset(("Email", "EmailDelivery", "Mailbox", "Thread", QUOTA))
TYPES: Final = _OF_MAIL | RECORDS.keys()
Changed = dict[str, dict[str, str]]
"""Account id → type → state."""

LOOK_EVERY: Final = 5.0
"""Seconds after which it is seen that more or other accounts are there to be watched."""
RETRY: Final = 1.0
"""Seconds after which it is tried again where the store could not be asked."""
GAP: Final = 0.05
"""Seconds between two pushes, so that a thousand changes are not a thousand pushes."""
_PAGE: Final = 200
_TYPES_OF: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.ADDED: frozenset(("Email", "Mailbox", "Thread")),
    Kind.FLAGS: frozenset(("Email", "Mailbox")),
    Kind.EXPUNGED: frozenset(("Email", "Mailbox", "Thread")),
    Kind.MAILBOX_CREATED: frozenset(("Mailbox",)),
    Kind.MAILBOX_CHANGED: frozenset(("Mailbox",)),
    Kind.MAILBOX_DELETED: frozenset(("Email", "Mailbox", "Thread")),
    Kind.EMAIL_DESTROYED: frozenset(("Email", "Mailbox", "Thread")),
    Kind.ACCOUNT_CHANGED: frozenset(),
    Kind.RECORDS_CHANGED: frozenset(),
    Kind.EMAIL_SHOWN: frozenset(("Email", "Mailbox", "Thread")),
    Kind.EMAIL_PLACED: frozenset(("Email", "Mailbox", "Thread")),
}
_OF_EMAILS: Final = (Kind.EMAIL_DESTROYED, Kind.EMAIL_SHOWN, Kind.EMAIL_PLACED)
_NOT_DELIVERED: Final = frozenset(("\\Drafts", "\\Sent"))
_MOST_TOKEN: Final = 4096
_DIGITS: Final = 20


@dataclass(slots=True)
class _Watched:
    """One account in a listener's hands, and how far it has been told of."""

    opened: OpenedFor
    mail: api.Mail
    visible: frozenset[MailboxId] | None
    """The mailboxes whose changes count; None: all."""
    state: str
    modseq: ModSeq
    watch: Watch
    quota: str
    """What its quotas were when they were last told of."""
    is_due: bool = False


class Listener:
    """Somebody who wants to be told. Close it when done."""

    def __init__(self, office: Office, entry: Entry, types: frozenset[str], closed: Callable[["Listener"], None]) -> None:
        self._office = office
        self._entry = entry
        self.account = entry.account.id
        self._types = types
        self._closed = closed
        self._accounts: dict[AccountId, _Watched] = {}
        self._awake = asyncio.Event()
        self._version = -1

    def close(self) -> None:
        for watched in self._accounts.values():
            watched.watch.cancel()
        self._accounts.clear()
        self._closed(self)

    async def begin(self, token: str | None = None) -> Changed:
        """Listen from now on; what has changed since a `token`, where one is given: all, in accounts of which it says nothing
        that we understand."""
        await self._look()
        known = read_token(token or "")
        changed: Changed = {}
        for watched in self._accounts.values() if token else ():
            since = known.get(watched.opened.id)
            if since is None:
                await self._put(changed, watched, set(TYPES if watched.opened.is_personal else _OF_MAIL))
            elif since != watched.state:
                types = {"Email", "Mailbox", "Thread"} | await _delivered(watched, since)
                await self._put(changed, watched, types | await _records(watched, _modseq(since)))
        return changed

    async def changes(self, within: float | None = None) -> Changed:
        """Waits until there are any; nothing where there were none `within` so many seconds."""
        loop = asyncio.get_running_loop()
        until = None if within is None else loop.time() + within
        while True:
            left = LOOK_EVERY if until is None else min(LOOK_EVERY, until - loop.time())
            if left <= 0:
                return {}
            try:
                if changed := await self._next(left):
                    return changed
            except MailError as error:
                log.warning("changes could not be told", problem=str(error))
                loop.call_later(RETRY, self._awake.set)

    async def _next(self, within: float) -> Changed:
        """What the next hint, if one comes in time, leads to; else more accounts are looked for. Raises MailError."""
        try:
            async with asyncio.timeout(within):
                await self._awake.wait()
        except TimeoutError:
            await self._look()
            return {}
        self._awake.clear()
        return await self._changed()

    def token(self) -> str:
        """What to come back with, to be told what has happened meanwhile."""
        states = {watched.opened.id: watched.state for watched in self._accounts.values()}
        return base64.urlsafe_b64encode(encode(states)).decode().rstrip("=")

    async def _changed(self) -> Changed:
        changed: Changed = {}
        is_shared = False
        for watched in list(self._accounts.values()):
            if watched.is_due:
                watched.is_due = False
                try:
                    types = await _advanced(watched)
                    await self._put(changed, watched, types | await self._quota(watched))
                except MailError:
                    watched.is_due = True
                    raise
                is_shared = is_shared or "ShareNotification" in types
        if is_shared:  # what there is to be watched from now on may be more, or less
            await self._look()
        return changed

    async def _quota(self, watched: _Watched) -> set[str]:
        """Whether anything is other than it was of what may be kept, or of how much is."""
        before = watched.quota
        if QUOTA in self._types:
            watched.quota = state_of(await quotas(watched.opened))
        return set() if watched.quota == before else {QUOTA}

    async def _put(self, changed: Changed, watched: _Watched, types: set[str]) -> None:
        if wanted := types & self._types:
            states = dict.fromkeys(sorted(wanted), watched.state)
            for name in wanted & RECORDS.keys():
                states[name] = str(await watched.mail.records_modseq(RECORDS[name]))
            if QUOTA in wanted:
                states[QUOTA] = watched.quota
            changed[watched.opened.id] = states

    async def _look(self) -> None:
        """Watch the accounts that are there to be watched now."""
        version = await self._office.kept.version()
        if version == self._version:
            return
        self._version = version
        seen = {opened.account.id: opened for opened in await seen_accounts(self._office, self._entry.account)}
        for number in self._accounts.keys() - seen.keys():
            self._accounts.pop(number).watch.cancel()
        for number, opened in seen.items():
            if number not in self._accounts:
                self._accounts[number] = await self._watched(opened)
            elif opened.is_personal:  # it may hold more, or less, from now on
                self._accounts[number].is_due = True
                self._awake.set()

    async def _watched(self, opened: OpenedFor) -> _Watched:
        number = opened.account.id

        def hint() -> None:
            if (watched := self._accounts.get(number)) is not None:
                watched.is_due = True
                self._awake.set()

        watch = self._office.notify.watch(number, hint)
        mail = self._office.kept.mail(number, self._entry.account.id)
        visible = None if opened.is_personal else await _visible(opened)
        state, modseq = await opened.emails.state(), await mail.modseq()
        return _Watched(opened, mail, visible, state, modseq, watch, state_of(await quotas(opened)))


class Pushes:
    """Those of one worker who listen."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._listeners: dict[AccountId, set[Listener]] = {}

    def listen(self, entry: Entry, types: frozenset[str] | None) -> Listener:
        """To these types, or (None) all. Raises TooMany where they listen from too many places already."""
        account = entry.account.id
        if len(self._listeners.get(account, ())) >= self._office.limits.jmap.listeners:
            raise TooMany("too many connections wait for changes")
        listener = Listener(self._office, entry, TYPES if types is None else types & TYPES, self._forget)
        self._listeners.setdefault(account, set()).add(listener)
        return listener

    def _forget(self, listener: Listener) -> None:
        listeners = self._listeners.get(listener.account, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(listener.account, None)


def state_change(changed: Changed) -> dict[str, Json]:
    """RFC 8620 §7.1."""
    return {"@type": "StateChange", "changed": cast(dict[str, Json], changed)}


def types_of(names: Sequence[str]) -> frozenset[str] | None:
    """Types by their names; None: all."""
    return None if "*" in names else frozenset(names)


def read_token(token: str) -> Mapping[str, str]:
    """The states in a token; none of one that is not ours."""
    if len(token) > _MOST_TOKEN:
        return {}
    try:
        found = decode(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True), JmapLimits())
    except (binascii.Error, ValueError, RequestRefused):
        return {}
    return {name: state for name, state in found.items() if isinstance(state, str)} if isinstance(found, dict) else {}


async def _visible(opened: OpenedFor) -> frozenset[MailboxId]:
    return frozenset(box.id for box in await opened.emails.mailboxes() if Right.READ in box.rights)


async def _advanced(watched: _Watched) -> set[str]:
    """The types of which anything is other than when it was last told. Raises MailError, and then nothing has been told."""
    # In this order: what happens between the two is told twice and never not at all.
    modseq, state = await watched.mail.modseq(), await watched.opened.emails.state()
    types = set[str]() if modseq == watched.modseq else await _changed_types(watched)
    watched.modseq, watched.state = modseq, state
    return types


async def _changed_types(watched: _Watched) -> set[str]:
    try:
        rows = await watched.mail.log(watched.modseq, _PAGE)
    except ChangesForgotten:
        return (set(TYPES) - {QUOTA} - RECORDS.keys()) | await _records(watched, watched.modseq)
    if not watched.opened.is_personal:
        watched.visible = await _visible(watched.opened)
    if len(rows) == _PAGE:
        types = {"Email", "Mailbox", "Thread"} | await _records(watched, watched.modseq)
        return types | await _delivered(watched, watched.state)
    told = _visible_of(rows, watched.visible)
    types = {each for row in told for each in _TYPES_OF[row.kind]}
    if any(row.kind is Kind.RECORDS_CHANGED for row in told):
        types |= await _records(watched, watched.modseq)
    return types | await _delivered(watched, watched.state) if any(row.kind is Kind.ADDED for row in told) else types


def _visible_of(rows: Sequence[Change], visible: Container[MailboxId | None] | None) -> Sequence[Change]:
    """Those that tell of mailboxes that may be seen; with what was told of whole emails when something happened there."""
    if visible is None:
        return rows
    at = {row.modseq for row in rows if row.mailbox in visible}
    return [row for row in rows if row.mailbox in visible or (row.kind in _OF_EMAILS and row.modseq in at)]


async def _records(watched: _Watched, since: int) -> set[str]:
    """The types of what is kept beside the mail that changed since a modseq."""
    if not watched.opened.is_personal:
        return set()
    return {name for name, kind in RECORDS.items() if await watched.mail.records_modseq(kind) > since}


def _modseq(state: str) -> int:
    """Of a state, as far as it can be read: from 0 everything is new."""
    digits = state.partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _DIGITS else 0


async def _delivered(watched: _Watched, since: str) -> set[str]:
    """EmailDelivery, where an email came that nobody here has written (RFC 8621 §1.5)."""
    try:
        created = (await watched.opened.emails.changes(since, _PAGE)).created
    except ChangesForgotten:
        return {"EmailDelivery"}
    if not created:
        return set()
    own = {box.id for box in await watched.opened.emails.mailboxes() if box.mailbox.special_use in _NOT_DELIVERED}
    rows = await watched.opened.emails.get(created, ("mailboxes",))  # type: ignore[arg-type]  # ids of emails, as asked for
    return {"EmailDelivery"} if any(set(mailboxes) - own for (mailboxes,) in rows) else set()
