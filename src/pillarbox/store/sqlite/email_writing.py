"""Whole emails added, and changed over all their placements: within the transaction of their caller's."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ...errors import Invalid, MailError, NotFound
from ...ids import EmailId, MailboxId, ModSeq
from ..emails import (
    KEYWORD_FLAGS,
    EmailAdded,
    EmailChange,
    Outcome,
    Permit,
    Placement,
    Settable,
    State,
    Within,
    after,
    merged_flags,
    merged_keywords,
    step,
)
from ..models import Added, Copied, FlagAction, FlagChange, FlagsChanged, NewMessage, Uids, Usage
from ..ranges import runs
from . import flags, mailboxes, placing, removing, snoozing
from .adding import check_quota
from .emails import placements
from .transaction import Transaction

Change = Callable[[Transaction, MailboxId, Uids, FlagChange, ModSeq | None], FlagsChanged]
"""Flags changed as the viewer changes them."""


def add(
    tx: Transaction,
    add_to: Callable[[MailboxId], Added],
    message: NewMessage,
    into: Sequence[MailboxId],
    quota: Usage | None,
) -> EmailAdded:
    """As `Mail.add_email`; `add_to` puts it into the first mailbox. Raises Invalid where there is none."""
    if not into:
        raise Invalid("an email must be in a mailbox")
    first, *others = dict.fromkeys(into)
    for mailbox in others:
        mailboxes.selectable(tx.db, tx.account, mailbox)
    check_quota(tx, quota, 1 + len(others), (1 + len(others)) * message.content.size)
    added = add_to(first)
    uid, email = added.uids[0], added.emails[0]
    uids = {first: uid}
    for mailbox in others:
        copied = placing.copy(tx, first, [(uid, uid)], mailbox, saved_at=message.saved_at, quota=None)
        uids[mailbox] = copied.destinations[0]
    thread = tx.db.execute("SELECT thread FROM email WHERE id = ?", (email,)).get
    return EmailAdded(email, thread, message.content.blob, message.content.size, tx.at, uids)


class _New(NamedTuple):
    """A placement to be made of another, and what its flags and keywords shall be."""

    source: Placement
    mailbox: MailboxId
    state: State


class Changing:
    """Changes of several emails: each is looked at and permitted first, then all are made, set by set."""

    def __init__(
        self,
        tx: Transaction,
        messages: str,
        change_flags: Change,
        within: Within,
        settable: Settable,
        saved_at: int,
        quota: Usage | None,
    ) -> None:
        self._tx = tx
        self._messages = messages
        self._change_flags = change_flags
        self._within = within
        self._settable = settable
        self._saved_at = saved_at
        self._quota = quota
        self._more = Usage(0, 0)
        """What has been planned adds to the account."""
        self._flags = defaultdict[tuple[MailboxId, int, str], list[int]](list)
        self._moves = defaultdict[tuple[MailboxId, MailboxId], list[_New]](list)
        self._copies = defaultdict[tuple[MailboxId, MailboxId], list[_New]](list)
        self._removals = defaultdict[MailboxId, list[int]](list)
        self._touched: list[Placement] = []
        """What changes in nothing that is kept of a message itself."""

    def change(self, changes: Mapping[EmailId, EmailChange], permit: Permit) -> Outcome:
        """As `Mail.change_emails`."""
        placed = placements(self._tx.db, self._tx.account, list(changes), self._within, self._messages)
        outcome: dict[EmailId, MailError | None] = {}
        for email, wanted in changes.items():
            try:
                self._plan(email, placed.get(email), wanted, permit)
                outcome[email] = None
            except MailError as error:
                outcome[email] = error
        self._make()
        return outcome

    # What is to be done, of one email.

    def _plan(self, email: EmailId, placed: Sequence[Placement] | None, wanted: EmailChange, permit: Permit) -> None:
        if placed is None:
            raise NotFound("there is no such email")
        before = frozenset(one.mailbox for one in placed)
        there = snoozing.where(self._tx, email, before, wanted) if wanted.is_of_sleep else wanted.where(before)
        staying = [(one, after((one.flags, one.keywords), wanted)) for one in placed if one.mailbox in there]
        leaving = [one for one in placed if one.mailbox not in there]
        new = sorted(there - before)
        for mailbox in new:
            mailboxes.selectable(self._tx.db, self._tx.account, mailbox)
        merged = (merged_flags(placed), merged_keywords(placed))
        own = after(merged, wanted)
        steps = [(merged, own), *(((one.flags, one.keywords), state) for one, state in staying)]
        permit(step(email, before, there, steps))
        self._count(email, len(new) - len(leaving))
        for one, state in staying:
            if state != (one.flags, one.keywords):
                self._flags[one.mailbox, *state].append(one.uid)
        self._place(new, own, leaving, placed[0])
        if wanted.is_of_sleep and snoozing.note(self._tx, email, before, wanted) and there == before:
            self._touched.extend(placed)

    def _count(self, email: EmailId, messages: int) -> None:
        """Raises OverQuota."""
        if self._quota is None or messages <= 0:
            return
        size = messages * int(self._tx.db.execute("SELECT size FROM email WHERE id = ?", (email,)).get)
        more = Usage(self._more.messages + messages, self._more.size + size)
        check_quota(self._tx, self._quota, more.messages, more.size)
        self._more = more

    def _place(self, new: Iterable[MailboxId], state: State, leaving: Sequence[Placement], other: Placement) -> None:
        """What leaves a mailbox moves to one of the new ones, while there are any; into the rest it is copied."""
        free = list(leaving)
        for mailbox in new:
            may, words = self._settable.get(mailbox, (KEYWORD_FLAGS, True))
            kept = (state[0] & may, state[1] if words else "")
            if free:
                source = free.pop(0)
                self._moves[source.mailbox, mailbox].append(_New(source, mailbox, kept))
            else:
                self._copies[other.mailbox, mailbox].append(_New(other, mailbox, kept))
        for one in free:
            self._removals[one.mailbox].append(one.uid)

    # Doing it. Copies come first, while what they are made of is where it was.

    def _make(self) -> None:
        for one in self._touched:
            flags.touch(self._tx, one.mailbox, one.uid)
        for (source, to), several in self._copies.items():
            self._placed(source, to, several, placing.copy)
        self._mark()
        for (source, to), several in self._moves.items():
            self._placed(source, to, several, placing.move)
        for mailbox, uids in self._removals.items():
            removing.expunge(self._tx, mailbox, runs(sorted(uids)), only_deleted=False)
        self._mark()

    def _placed(self, source: MailboxId, to: MailboxId, several: Sequence[_New], place: Callable[..., Copied]) -> None:
        by_uid = {new.source.uid: new for new in several}
        more = {} if place is placing.move else {"quota": None}
        done = place(self._tx, source, runs(sorted(by_uid)), to, saved_at=self._saved_at, **more)
        for uid, placed in zip(done.sources, done.destinations, strict=True):
            new = by_uid[uid]
            if new.state != (new.source.flags, new.source.keywords):
                self._flags[to, *new.state].append(placed)

    def _mark(self) -> None:
        for (mailbox, kept, words), uids in self._flags.items():
            whole = FlagChange(FlagAction.REPLACE, kept, words.split(" ") if words else ())
            self._change_flags(self._tx, mailbox, runs(sorted(uids)), whole, None)
        self._flags.clear()
