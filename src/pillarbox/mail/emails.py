"""Whole emails of one account, as one person sees them: in whichever mailboxes they are, as far as that person may read those.

What somebody may do with an email follows from their rights in the mailboxes it is in, by the same table as for each message
alone (`rights`): keywords may be changed by who may change them in all of these (RFC 8621 §2).
"""

from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..clock import Clock
from ..errors import Invalid, MailboxNotFound, NotFound, NotPermitted
from ..ids import AccountId, BlobId, EmailId, MailboxId, ModSeq, ThreadId
from ..store import api
from ..store.emails import (
    KEYWORD_FLAGS,
    EmailAdded,
    EmailChange,
    EmailColumn,
    EmailCounts,
    EmailQuery,
    EmailStep,
    IdChanges,
    Moment,
    Outcome,
    SortKey,
    ThreadHas,
    Within,
    leaves,
)
from ..store.expected import Moved, expecting
from ..store.models import NewMessage, Sight, Usage
from ..store.query import Scan
from .email_states import State, read, scope_of, written
from .messages import Draft, Messages
from .opened import OpenMailbox
from .remembered import Question, Remembered
from .rights import Right, Verb, may, permit, settable

__all__ = ["Changes", "Emails", "Requeried", "State"]

TRASH = "\\Trash"
EVERY_CHANGE = 1 << 31
"""More than there can be."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to emails, threads or mailboxes (the ids are theirs) since a state, each id in one of the three."""

    state: State
    """Up to which this tells: ask from here next time."""
    more: bool
    created: Sequence[int]
    updated: Sequence[int]
    destroyed: Sequence[int]
    only_counts: bool = False
    """Of mailboxes: whether of all that are updated nothing but the counts is other than before."""


@dataclass(frozen=True, slots=True)
class Requeried:
    """What to do to what a query found at a state, to have what it finds now: take away, then put in, one after the other."""

    state: State
    removed: Sequence[int]
    added: Sequence[tuple[int, int]]
    """(id, index), by index."""
    total: int


@dataclass(frozen=True, slots=True)
class _Sight:
    """What somebody sees of an account at a moment."""

    boxes: Sequence[OpenMailbox]
    within: Within
    scope: str
    _by_id: Mapping[MailboxId, OpenMailbox] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {box.id: box for box in self.boxes})

    def box(self, mailbox: MailboxId) -> OpenMailbox:
        """Raises MailboxNotFound."""
        found = self._by_id.get(mailbox)
        if found is None:
            raise MailboxNotFound("no such mailbox")
        return found


class Emails:
    """One account's, as one person sees it."""

    def __init__(
        self,
        kept: api.Mail,
        boxes: Callable[[], Awaitable[Sequence[OpenMailbox]]],
        messages: Messages,
        quota: Callable[[], Awaitable[Usage | None]],
        scan: Scan,
        clock: Clock,
        announce: Callable[[], None],
        remembered: Remembered,
    ) -> None:
        """`boxes` are those this person may know of."""
        self._kept = kept
        self._boxes = boxes
        self._messages = messages
        self._quota = quota
        self._scan = scan
        self._clock = clock
        self._announce = announce
        self._remembered = remembered

    @property
    def account(self) -> AccountId:
        """Whose they are."""
        return self._kept.account

    @property
    def viewer(self) -> AccountId:
        """Who looks."""
        return self._kept.viewer

    @property
    def is_own(self) -> bool:
        return self._kept.account == self._kept.viewer

    async def mailboxes(self) -> Sequence[OpenMailbox]:
        """Those this person may know of, by name; in `mailbox.name` are the names as their owner has them."""
        return await self._boxes()

    async def _sight(self) -> _Sight:
        boxes = await self._boxes()
        within = tuple(sorted(box.id for box in boxes if may(box.rights, Verb.READ)))
        return _Sight(boxes, None if self.is_own else within, scope_of(boxes))

    async def _within(self) -> Within:
        return None if self.is_own else (await self._sight()).within

    async def state(self) -> State:
        """Now."""
        scope = "" if self.is_own else (await self._sight()).scope
        return written(Moment(await self._kept.modseq()), scope)

    @asynccontextmanager
    async def expecting(self, state: State) -> AsyncIterator[None]:
        """Within, nothing is done where, when the first thing is to be done, this is not the state any more. Raises Moved; also
        at once for what is no state of now."""
        if await self.state() != state:
            raise Moved
        with expecting(self.account, read(state, state.partition("-")[2]).modseq):
            yield

    async def counts(self) -> Mapping[MailboxId, EmailCounts]:
        """Of every mailbox that may be read and has any message."""
        sight = await self._sight()
        trash = next((box.id for box in sight.boxes if box.mailbox.special_use == TRASH), None)
        return await self._kept.email_counts(sight.within, trash)

    # Read.

    async def get(self, ids: Sequence[EmailId], columns: Sequence[EmailColumn]) -> Sequence[tuple[Any, ...]]:
        """The named columns, in that order, of those that may be seen, in the order of `ids`."""
        return await self._kept.emails(ids, columns, await self._within())

    async def threads(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, Sequence[EmailId]]:
        """Of each thread that has any email that may be seen, those, by when they were received, then by id."""
        return await self._kept.emails_of(ids, await self._within())

    async def of_blob(self, blob: BlobId) -> EmailId | None:
        """An email that may be seen, and is this blob as a whole."""
        return await self._kept.email_of(blob, await self._within())

    async def read(self, which: EmailId | BlobId, first: int = 0, count: int | None = None) -> bytes:
        """Bytes of an email: only the span asked for is read. Raises NotFound."""
        blob: BlobId | None
        if isinstance(which, bytes):
            blob = None if await self.of_blob(which) is None else which
        else:
            found = await self.get([which], ("blob",))
            blob = BlobId(bytes(found[0][0])) if found else None
        if blob is None:
            raise NotFound("there is no such email")
        return await self._kept.read(blob, first, count)

    # Changes; each raises ChangesForgotten where nobody can tell: too long ago, other mailboxes may be read than at that state,
    # or it is no state of ours.

    async def changes(self, since: State, most: int) -> Changes:
        """Of emails, so many at most."""
        return await self._told(since, most, self._kept.email_changes)

    async def thread_changes(self, since: State, most: int) -> Changes:
        """Of threads, so many at most: they change when an email comes or goes."""
        return await self._told(since, most, self._kept.thread_changes)

    async def mailbox_changes(self, since: State, most: int) -> Changes:
        """Of mailboxes and their counts, so many at most."""
        return await self._told(since, most, self._kept.mailbox_changes)

    async def _told(self, since: State, most: int, ask: Callable[[Moment, int, Within], Awaitable[IdChanges]]) -> Changes:
        sight = await self._sight()
        told = await ask(read(since, sight.scope), most, sight.within)
        state = written(told.moment, sight.scope)
        return Changes(state, told.more, told.created, told.updated, told.destroyed, told.only_counts)

    # Queries.

    async def query(self, query: EmailQuery) -> tuple[State, "array[int]"]:
        """All ids that match, in order, as array("q"): not to be changed, for it may be remembered. Raises TooMany."""
        sight = await self._sight()
        modseq = await self._kept.modseq()
        return written(Moment(modseq), sight.scope), await self._found(query, sight.within, modseq)

    async def _found(self, query: EmailQuery, within: Within, modseq: ModSeq) -> "array[int]":
        question = Question(self.account, self.viewer, within, query)
        found = self._remembered.answer(question, modseq)
        if found is None:
            found = await self._kept.query_emails(query, self._scan, within)
            self._remembered.keep(question, modseq, found)
        return found

    async def query_changes(self, query: EmailQuery, since: State) -> Requeried:
        """Raises ChangesForgotten, TooMany."""
        sight = await self._sight()
        modseq = await self._kept.modseq()
        touched = await self._touched(read(since, sight.scope), sight.within, with_threads=_is_of_threads(query))
        found = await self._found(query, sight.within, modseq)
        added = [(email, index) for index, email in enumerate(found) if email in touched]
        return Requeried(written(Moment(modseq), sight.scope), sorted(touched), added, len(found))

    async def _touched(self, since: Moment, within: Within, *, with_threads: bool) -> set[int]:
        """The emails that changed; with all others of their threads, where those are looked at together."""
        told = await self._kept.email_changes(since, EVERY_CHANGE, within)
        touched = {*told.created, *told.updated, *told.destroyed}
        if with_threads:
            rows = await self._kept.emails([EmailId(email) for email in touched], ("thread",), within)
            moved = await self._kept.thread_changes(since, EVERY_CHANGE, within)
            threads = {ThreadId(thread) for thread in (*(row[0] for row in rows), *moved.created, *moved.updated)}
            touched.update(*(await self._kept.emails_of(list(threads), within)).values())
        return touched

    # Written.

    async def add(self, draft: Draft, mailboxes: Sequence[MailboxId]) -> EmailAdded:
        """Put a new email into mailboxes, one at least. Flags that may not be set there are left out. Raises Invalid,
        NotPermitted, MailboxNotFound, OverQuota."""
        sight = await self._sight()
        self._check_insert(sight, mailboxes)
        return await self._add(sight, await self._messages.new(draft), mailboxes)

    async def copy(
        self,
        source: "Emails",
        email: EmailId,
        mailboxes: Sequence[MailboxId],
        *,
        keywords: tuple[int, tuple[str, ...]] | None = None,
        received_at: datetime | None = None,
    ) -> EmailAdded:
        """Put another account's email into mailboxes of this one. None: as it has them there. Raises as `add`, and NotFound."""
        sight = await self._sight()
        self._check_insert(sight, mailboxes)
        found = await source.get([email], ("flags", "keywords"))
        if not found:
            raise NotFound("there is no such email")
        flags, words = keywords or (found[0][0], tuple(found[0][1].split()))
        message = await source._kept.carried_email(email, await source._within())
        message = replace(message, flags=flags, keywords=words, saved_at=self._now(), uidl=None)
        if received_at is not None:
            message = replace(message, received_at=int(received_at.timestamp()), received_zone=_zone(received_at))
        return await self._add(sight, message, mailboxes)

    def _check_insert(self, sight: _Sight, mailboxes: Sequence[MailboxId]) -> None:
        if not mailboxes:
            raise Invalid("an email must be in a mailbox")
        for mailbox in mailboxes:
            permit(sight.box(mailbox).rights, Verb.INSERT)

    async def _add(self, sight: _Sight, message: NewMessage, mailboxes: Sequence[MailboxId]) -> EmailAdded:
        flags, words = KEYWORD_FLAGS, message.keywords
        for rights in [sight.box(mailbox).rights for mailbox in mailboxes]:
            flags &= settable(rights)
            words = words if Right.WRITE in rights else ()
        seen = None if sight.within is None else Sight(self.viewer, sight.within)
        message = replace(message, flags=message.flags & flags, keywords=words, sight=seen)
        added = await self._kept.add_email(message, mailboxes, quota=await self._quota())
        self._announce()
        return added

    async def change(self, changes: Mapping[EmailId, EmailChange]) -> Outcome:
        """Each wholly or not at all. Why one was not made is in what is returned: NotFound, MailboxNotFound, NotPermitted,
        OverQuota, and Invalid for one that would leave the email in no mailbox."""
        return await self._change(changes, may_destroy=False)

    async def destroy(self, emails: Sequence[EmailId]) -> Outcome:
        """Take them out of all the mailboxes this person may read. As `change`."""
        return await self._change(dict.fromkeys(emails, EmailChange(mailboxes=frozenset())), may_destroy=True)

    async def _change(self, changes: Mapping[EmailId, EmailChange], *, may_destroy: bool) -> Outcome:
        sight = await self._sight()

        def check(step: EmailStep) -> None:
            if not step.after and not may_destroy:
                raise Invalid("an email must be in a mailbox")
            _permit(sight, step)

        done = await self._kept.change_emails(
            changes,
            check,
            sight.within,
            settable={box.id: (settable(box.rights), Right.WRITE in box.rights) for box in sight.boxes if not box.is_own},
            saved_at=self._now(),
            quota=await self._quota(),
        )
        if any(error is None for error in done.values()):
            self._announce()
        return done

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _permit(sight: _Sight, step: EmailStep) -> None:
    """Raises NotPermitted, and MailboxNotFound for a mailbox one may not know of (RFC 8621 §2, myRights)."""
    for mailbox in step.after - step.before:
        permit(sight.box(mailbox).rights, Verb.INSERT)
    for mailbox in step.before - step.after:
        permit(sight.box(mailbox).rights, Verb.MOVE)
    for mailbox in step.before:
        rights = sight.box(mailbox).rights
        if step.flags & ~settable(rights) or (step.words and Right.WRITE not in rights):
            raise NotPermitted("you have no right to change these keywords")


def _is_of_threads(query: EmailQuery) -> bool:
    """Whether what is found of an email depends on the others of its thread."""
    return (
        query.collapse
        or any(_is_of_thread(key) for key in query.sort)
        or any(isinstance(leaf, ThreadHas) for leaf in leaves(query.filter))
    )


def _is_of_thread(key: SortKey) -> bool:
    return key.by in ("all in thread", "some in thread")


def _zone(at: datetime) -> int:
    offset = at.utcoffset()
    return int(offset.total_seconds()) // 60 if offset is not None else 0
