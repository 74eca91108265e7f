"""What somebody is told when another changes what they may do with a mailbox (RFC 9670 §3): kept beside their mail, the last of
them, until they have taken note."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ..clock import Clock
from ..ids import AccountId, new_token
from ..limits import JmapLimits
from ..store import api
from ..store.records import RecordKind
from .collection import Collection
from .opened import OpenMailbox
from .rights import ANYONE, Right, effective, letters
from .sharing import identifier

MOST: Final = JmapLimits().share_notices
"""Kept for one person: the oldest goes."""
_PREFIX: Final = "N"
_TOKEN_BYTES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareNotice:
    at: int
    """Seconds since 1970."""
    by: int
    """The account of whoever did it."""
    owner: int
    mailbox: int
    name: str
    """The mailbox's then, as its owner has it."""
    before: str
    """The rights this person had, by letter."""
    after: str


class ShareNotices:
    def __init__(self, kept: api.Accounts, clock: Clock, announce: Callable[[AccountId], None]) -> None:
        self._kept = kept
        self._clock = clock
        self._announce = announce

    def of(self, account: AccountId) -> Collection[ShareNotice]:
        return Collection(self._kept.mail(account), RecordKind.SHARE_NOTICE, ShareNotice, self._announce)

    async def tell(
        self, account: AccountId, by: AccountId, box: OpenMailbox, before: Mapping[str, str], after: Mapping[str, str]
    ) -> None:
        """Of what is granted on a mailbox, before and after; nothing where that is the same for this person, who did it
        themselves or who is a group."""
        person = await self._kept.account_by_id(account)
        if person is None or person.is_group or account in (by, box.owner):
            return
        had, has = [await self._rights(account, granted) for granted in (before, after)]
        if had == has:
            return
        notices = self.of(account)
        new = ShareNotice(
            at=int(self._clock.now().timestamp()),
            by=by,
            owner=box.owner,
            mailbox=box.id,
            name=box.mailbox.name,
            before=letters(had),
            after=letters(has),
        )
        old = list(await notices.all())
        await notices.change({_PREFIX + new_token(_TOKEN_BYTES): new}, old[: len(old) + 1 - MOST] if len(old) >= MOST else ())

    async def _rights(self, account: AccountId, granted: Mapping[str, str]) -> Right:
        groups = await self._kept.groups_of(account)
        return effective(granted, (ANYONE, identifier(account), *(identifier(group.id) for group in groups)))
