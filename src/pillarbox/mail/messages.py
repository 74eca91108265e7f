"""The verbs on messages that IMAP, POP3 and what comes later share: each one store verb, announced once it is committed."""

from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..clock import Clock
from ..ids import MailboxId, ModSeq, Uid
from ..store import api
from ..store.models import Added, Copied, Expunged, FlagChange, FlagsChanged, NewMessage, Sight, Uids, Usage
from ..store.query import Query
from .reading import Reading
from .room import check_room
from .spool import Received


@dataclass(frozen=True, slots=True)
class Draft:
    """A message somebody puts into a mailbox."""

    received: Received
    flags: int = 0
    keywords: Sequence[str] = ()
    received_at: datetime | None = None
    """Aware; None: now."""
    uidl: str | None = None


class Messages:
    """One account's."""

    def __init__(
        self,
        kept: api.Mail,
        reading: Reading,
        quota: Callable[[], Awaitable[Usage | None]],
        clock: Clock,
        announce: Callable[[], None],
        sight: Callable[[], Awaitable[Sight | None]],
    ) -> None:
        """`quota` is asked each time something is added: a bound that was changed holds at once; so is `sight`, which is what
        whoever adds it sees, where that is not the owner."""
        self._sight = sight
        self._kept = kept
        self._reading = reading
        self._quota = quota
        self._clock = clock
        self._announce = announce

    async def append(self, mailbox: MailboxId, drafts: Sequence[Draft], *, claim: bool = False) -> Added:
        """All or none, in order (RFC 3502); with `claim` they are recent to the caller. Raises MailboxNotFound, OverQuota."""
        sight = await self._sight()
        new = [replace(await self.new(draft), sight=sight) for draft in drafts]
        added = await self._kept.add(mailbox, new, quota=await self._quota(), claim=claim)
        self._announce()
        return added

    async def replace(self, mailbox: MailboxId, uid: Uid, to: MailboxId, draft: Draft) -> Added:
        """A message in place of another, in one (RFC 8508). Raises NotFound, MailboxNotFound, OverQuota."""
        message = replace(await self.new(draft), sight=await self._sight())
        added = await self._kept.replace(mailbox, uid, to, message, quota=await self._quota())
        self._announce()
        return added

    async def new(self, draft: Draft) -> NewMessage:
        """All that is kept of it, worked out."""
        now = self._clock.now()
        return await self._reading.new_message(
            draft.received,
            received_at=draft.received_at or now,
            saved_at=now,
            flags=draft.flags,
            keywords=draft.keywords,
            uidl=draft.uidl,
        )

    async def check_room(self, messages: int, size: int) -> None:
        """Raises OverQuota where so much more would not fit."""
        await check_room(self._kept, await self._quota(), messages, size)

    async def place(self, mailbox: MailboxId, carried: Sequence[NewMessage]) -> Added:
        """Messages as `Mail.carried` gave them, of another account. Raises MailboxNotFound, OverQuota, and NotFound where one
        has gone meanwhile."""
        now, sight = self._now(), await self._sight()
        placed = [replace(one, saved_at=now, sight=sight) for one in carried]
        added = await self._kept.add(mailbox, placed, quota=await self._quota())
        self._announce()
        return added

    async def change_flags(
        self, mailbox: MailboxId, uids: Uids, change: FlagChange, *, unchanged_since: ModSeq | None = None
    ) -> FlagsChanged:
        """RFC 9051 §6.4.6, RFC 7162 §3.1.3."""
        done = await self._kept.change_flags(mailbox, uids, change, unchanged_since=unchanged_since)
        self._announce()
        return done

    async def copy(self, mailbox: MailboxId, uids: Uids, to: MailboxId) -> Copied:
        """Raises MailboxNotFound, OverQuota."""
        done = await self._kept.copy(mailbox, uids, to, saved_at=self._now(), quota=await self._quota())
        self._announce()
        return done

    async def move(self, mailbox: MailboxId, uids: Uids, to: MailboxId) -> Copied:
        """Raises MailboxNotFound."""
        done = await self._kept.move(mailbox, uids, to, saved_at=self._now())
        self._announce()
        return done

    async def expunge(self, mailbox: MailboxId, uids: Uids | None = None, *, only_deleted: bool = True) -> Expunged:
        """Remove messages: those of `uids` (None: all), that carry \\Deleted unless told otherwise."""
        done = await self._kept.expunge(mailbox, uids, only_deleted=only_deleted)
        if done.uids:
            self._announce()
        return done

    async def mark_collected(self, mailbox: MailboxId, uids: Uids) -> None:
        await self._kept.mark_collected(mailbox, uids, self._now())

    async def search(self, mailbox: MailboxId, query: Query) -> "array[int]":
        """UIDs that match, ascending."""
        return await self._kept.search(mailbox, query, self._reading.contains)

    async def relevancy(self, mailbox: MailboxId, query: Query, uids: Sequence[int]) -> Sequence[int]:
        """How well each of these messages has what is looked for, 1 to 100 (RFC 6203 §4)."""
        return await self._kept.relevancy(mailbox, query, uids)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
