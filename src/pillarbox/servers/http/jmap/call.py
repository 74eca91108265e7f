"""One call in the hands of its method: who asks, for which accounts, and what was made before it in the same request."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from pillarbox.ids import AccountId
from pillarbox.limits import JmapLimits
from pillarbox.mail.accounts import Entry
from pillarbox.mail.emails import Emails
from pillarbox.mail.office import Office, OpenAccount
from pillarbox.mail.opened import OpenMailbox
from pillarbox.mail.rights import Right
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.invocation import Invocation
from pillarbox.store.models import Account

from . import bench

_T = TypeVar("_T")
Method = Callable[["Call", Arguments], Awaitable[dict[str, Json]]]


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A method, and the capability that a request has to be `using` for it to be there."""

    capability: str
    function: Method


@dataclass(frozen=True)
class OpenedFor:
    """An account as whoever is logged in sees it."""

    office: Office

    account: Account
    """Whose mail it is."""
    is_personal: bool
    """Whether it is that person's own."""
    is_read_only: bool
    """Whether nothing in it may be changed by them."""
    open: OpenAccount
    """Of whoever is logged in: their names for all mailboxes they see, others' too."""

    @cached_property
    def emails(self) -> Emails:
        """The account's mail, as far as they may see it."""
        return self.office.emails(self.open, self.account)

    @property
    def id(self) -> str:
        return ids.account_id(self.account.id)

    async def apart(self, work: Callable[[], _T]) -> _T:
        """What takes its time, done in a thread when it is the turn of whoever is logged in."""
        return await bench.of(self.office).do(self.open.account.id, work)


@dataclass(slots=True)
class Call:
    """What a method is handed beside its arguments."""

    office: Office
    entry: Entry
    using: frozenset[str]
    created: dict[str, str]
    """Creation ids of this request → ids; methods add what they make."""
    limits: JmapLimits
    more: list[Invocation] = field(default_factory=list)
    """Calls that follow from this one: they are made right after it, and answered under its id (RFC 8621 §7.5)."""
    _opened: dict[AccountId, OpenedFor] = field(default_factory=dict)

    async def account(self, name: str | None) -> OpenedFor:
        """The account of that id. Raises MethodRefused("accountNotFound"), also for one of which nothing is shared."""
        number = ids.read_account(name or "")
        if number is None:
            raise MethodRefused("accountNotFound")
        if number not in self._opened:
            self._opened[number] = await _opened(self.office, self.entry.account, number)
        return self._opened[number]

    async def accounts(self) -> Sequence[OpenedFor]:
        """All that may be seen: one's own, then others' by address."""
        return await seen_accounts(self.office, self.entry.account)

    def resolve_id(self, text: str) -> str:
        """An id, or what `#name` has been made as in this request; what was not made stays as it is, and is nobody's id."""
        return self.created.get(text[1:], text) if text.startswith("#") else text

    def by_id(self, answer: dict[str, Json]) -> dict[str, Json]:
        """The answer of a /set: what was changed and destroyed is there by its id, also where it was called `#name` (RFC 8620
        §5.3)."""
        for name in ("updated", "notUpdated", "destroyed", "notDestroyed"):
            match answer.get(name):
                case dict(found):
                    answer[name] = {self.resolve_id(key): value for key, value in found.items()}
                case list(found):
                    answer[name] = [self.resolve_id(str(key)) for key in found]
        return answer


_READ = Right.LOOKUP | Right.READ


async def seen_accounts(office: Office, who: Account) -> Sequence[OpenedFor]:
    """One's own account, then those of others of which something may be read, by address."""
    opened = office.open(who)
    by_owner: dict[AccountId, list[OpenMailbox]] = {}
    for box in await opened.mailboxes.everything():
        if not box.is_own and Right.READ in box.rights:
            by_owner.setdefault(box.owner, []).append(box)
    found = [await _others(office, opened, owner, boxes) for owner, boxes in by_owner.items()]
    return [_own(office, opened), *sorted((each for each in found if each), key=lambda each: each.account.address)]


async def _opened(office: Office, who: Account, number: AccountId) -> OpenedFor:
    opened = office.open(who)
    if number == who.id:
        return _own(office, opened)
    boxes = [box for box in await opened.mailboxes.everything() if box.owner == number and Right.READ in box.rights]
    found = await _others(office, opened, number, boxes) if boxes else None
    if found is None:
        raise MethodRefused("accountNotFound")
    return found


def _own(office: Office, opened: OpenAccount) -> OpenedFor:
    return OpenedFor(office, opened.account, True, False, opened)


async def _others(office: Office, opened: OpenAccount, number: AccountId, boxes: Sequence[OpenMailbox]) -> OpenedFor | None:
    """None where its owner has gone meanwhile."""
    owner = await office.kept.account_by_id(number)
    if owner is None:
        return None
    is_read_only = not any(box.rights & ~_READ for box in boxes)
    return OpenedFor(office, owner, False, is_read_only, opened)
