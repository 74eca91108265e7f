"""One account's mail in memory, email by email: each verb, as plainly as it can be said."""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import ChangesForgotten, Invalid, MailError, NotFound
from ...ids import BlobId, EmailId, MailboxId, ModSeq, ThreadId
from .. import emails as e
from .. import history
from .. import keywords as words
from ..changes import Change, Kind
from ..history import Gone, Living, Standing, Touched, Turn
from ..models import INBOX, Flag, NewMessage, Usage
from ..query import Scan
from ..snoozing import Woken
from .columns import column_of
from .email_query import ordered
from .opened import OpenedMail
from .state import Box, Placement, Slept

Placed = list[tuple[Box, Placement]]


class EmailVerbs(OpenedMail):
    """The part of `pillarbox.store.api.Mail` that is about whole emails."""

    def _placed(self, within: e.Within) -> dict[EmailId, Placed]:
        """Every email that counts: its messages as the viewer sees them."""
        found = defaultdict[EmailId, Placed](list)
        for box in sorted(self._state.boxes.values(), key=lambda box: box.id):
            if within is None or box.id in within:
                for one in box.within(None):
                    if one.flags & Flag.DELETED:
                        continue
                    found[one.email.id].append((box, self._seen(one)))
        return dict(found)

    async def emails(self, ids: Sequence[EmailId], columns: Sequence[e.EmailColumn], within: e.Within) -> list[tuple[Any, ...]]:
        placed = self._placed(within)
        return [tuple(self._column(placed[one], column) for column in columns) for one in ids if one in placed]

    def _column(self, placed: Placed, column: e.EmailColumn) -> Any:
        if column != "snoozed_until":
            return _column(placed, column)
        slept = self._sleeps(placed[0][1].email.id, frozenset(box.id for box, _ in self._placed(None)[placed[0][1].email.id]))
        return slept.until if slept is not None else None

    async def emails_of(self, threads: Sequence[ThreadId], within: e.Within) -> Mapping[ThreadId, Sequence[EmailId]]:
        found: dict[ThreadId, list[EmailId]] = {}
        emails = [self._state.emails[email] for email in self._placed(within)]
        for email in sorted(emails, key=lambda email: (email.message.received_at, email.id)):
            if email.thread in threads:
                found.setdefault(email.thread, []).append(email.id)
        return found

    async def email_of(self, blob: BlobId, within: e.Within) -> EmailId | None:
        placed = self._placed(within)
        return min((one for one in placed if self._state.emails[one].message.content.blob == blob), default=None)

    async def email_counts(self, within: e.Within, apart: MailboxId | None = None) -> Mapping[MailboxId, e.EmailCounts]:
        placed = self._placed(within)
        states = {email: whole(several) for email, several in placed.items()}
        counts = {}
        for mailbox in {box.id for several in placed.values() for box, _ in several}:
            here = [email for email, several in placed.items() if any(box.id == mailbox for box, _ in several)]
            threads = {self._state.emails[email].thread for email in here}
            unread = [email for email in here if not states[email][0] & e.READ_FLAGS]
            waiting = {
                self._state.emails[email].thread
                for email, several in placed.items()
                if not states[email][0] & e.READ_FLAGS and any((box.id == apart) == (mailbox == apart) for box, _ in several)
            }
            counts[mailbox] = e.EmailCounts(len(here), len(unread), len(threads), len(threads & waiting))
        return counts

    async def query_emails(self, query: e.EmailQuery, scan: Scan, within: e.Within) -> "array[int]":
        placed = self._placed(None)
        slept = {
            email: slept.until
            for email, slept in self._state.snoozes.items()
            if slept.is_woken or self._sleeps(email, frozenset(box.id for box, _ in placed.get(email, ())))
        }
        return array("q", ordered(self._placed(within), query, scan, slept))

    # Changes.

    async def email_changes(self, since: e.Moment, most: int, within: e.Within) -> e.IdChanges:
        return history.emails(self._touched(since, within), since, most, self._state.modseq)

    async def thread_changes(self, since: e.Moment, most: int, within: e.Within) -> e.IdChanges:
        touched = self._touched(since, within)
        first: dict[ThreadId, ModSeq] = {}
        again = {living.email: living.appeared for living in touched.living}
        for email, several in self._placed(within).items():
            thread, appeared = self._state.emails[email].thread, again.get(email, _appeared(several, within))
            first[thread] = min(appeared, first.get(thread, appeared))
        came = [living for living in touched.living if living.appeared > _start(since)]
        return history.threads(Touched(came, touched.gone), first, since, most, self._state.modseq)

    async def mailbox_changes(self, since: e.Moment, most: int, within: e.Within) -> e.IdChanges:
        state, touched = self._state, self._touched(since, within)
        boxes = [box for box in state.boxes.values() if within is None or box.id in within]
        there = [Standing(box.id, box.created, box.modseq) for box in boxes]
        recounted = [(box.id, box.highest_modseq) for box in boxes if box.highest_modseq > _start(since)]
        when = {each.thread: each.modseq for each in touched.gone} | {each.thread: each.modseq for each in touched.living}
        for email, several in self._placed(within).items():
            thread = state.emails[email].thread
            recounted += [(box.id, when[thread]) for box, _ in several if thread in when]
        told = [entry for entry in self._entries(since, None) if entry.mailbox is not None]
        made = {entry.mailbox for entry in told if entry.kind == Kind.MAILBOX_CREATED}
        gone = [(entry.mailbox, entry.modseq) for entry in told if entry.kind == Kind.MAILBOX_DELETED and within is None]
        deleted = [(mailbox, modseq) for mailbox, modseq in gone if mailbox is not None and mailbox not in made]
        return history.mailboxes(there, recounted, deleted, since, most, state.modseq)

    def _entries(self, since: e.Moment, within: e.Within) -> list[Change]:
        """What the log tells. Raises ChangesForgotten."""
        if _start(since) < self._state.forgotten or since.modseq > self._state.modseq:
            raise ChangesForgotten("the change log no longer reaches back that far")
        return [
            entry
            for entry in self._state.entries
            if entry.modseq > _start(since) and (within is None or entry.mailbox is None or entry.mailbox in within)
        ]

    def _touched(self, since: e.Moment, within: e.Within) -> Touched:
        start, state = _start(since), self._state
        self._entries(since, within)
        placed = self._placed(within)
        left = self._left(within)
        modseqs = {one.email.id: one.modseq for one in sorted(self._all(within), key=lambda one: one.modseq)}
        living = []
        for email, several in placed.items():
            latest = max(left.get(email, ModSeq(0)), modseqs[email])
            if latest > start:
                living.append(Living(email, state.emails[email].thread, _appeared(several, within), latest))
        turns = [
            Turn(entry.modseq, EmailId(email), entry.kind == Kind.EMAIL_SHOWN)
            for entry in self._entries(since, None)
            if entry.kind in (Kind.EMAIL_DESTROYED, Kind.EMAIL_SHOWN)
            for email in range(entry.first, entry.last + 1)
        ]
        if within is None:
            return history.turned(living, turns, state.known(), since)
        known = state.known()
        gone = [Gone(turn.email, *known[turn.email], turn.modseq) for turn in turns if not turn.is_shown]
        away = [(email, when) for email, when in left.items() if email not in placed and when > start]
        gone += [Gone(email, state.emails[email].thread, ModSeq(0), when) for email, when in away]
        return Touched(living, gone)

    def _all(self, within: e.Within) -> list[Placement]:
        """Messages as the viewer sees them, those that are \\Deleted too."""
        boxes = [box for box in self._state.boxes.values() if within is None or box.id in within]
        return [self._seen(one) for box in boxes for one in box.placements.values()]

    def _left(self, within: e.Within) -> dict[EmailId, ModSeq]:
        """Emails that left a mailbox, and when; where somebody else looks, those too that came to another than before, or of
        which a message is \\Deleted."""
        found = {email: when for email, when in self._state.left.items() if email in self._state.emails}
        if within is not None:
            for one in self._all(None):
                email, when = one.email.id, one.modseq if one.flags & Flag.DELETED else one.created
                if when > one.email.created:
                    found[email] = max(when, found.get(email, when))
        return found

    # Written.

    async def add_email(
        self, message: NewMessage, mailboxes: Sequence[MailboxId], *, quota: Usage | None = None
    ) -> e.EmailAdded:
        state = self._state
        boxes = [state.selectable(mailbox) for mailbox in dict.fromkeys(mailboxes)]
        if not boxes:
            raise Invalid("an email must be in a mailbox")
        state.check_quota(quota, [message.content.size] * len(boxes))
        state.tick()
        first = self._add(boxes[0], message)
        uids = {boxes[0].id: first.uid}
        for box in boxes[1:]:
            uids[box.id] = self._copy(first, box, first.flags, first.keywords, message.saved_at).uid
        for box in boxes:
            state.log(Kind.ADDED, box.id, [(uids[box.id], uids[box.id])])
        email = first.email
        return e.EmailAdded(email.id, email.thread, message.content.blob, message.content.size, state.modseq, uids)

    def _copy(self, source: Placement, box: Box, flags: int, keywords: str, saved_at: int) -> Placement:
        made = self._state.place(box, source.email, flags, keywords, saved_at, source.uidl)
        made.others = {person: (True, self._state.modseq) for person, (seen, _) in source.others.items() if seen}
        return made

    async def change_emails(
        self,
        changes: Mapping[EmailId, e.EmailChange],
        permit: e.Permit,
        within: e.Within,
        *,
        settable: e.Settable,
        saved_at: int,
        quota: Usage | None = None,
    ) -> e.Outcome:
        outcome: dict[EmailId, MailError | None] = {}
        self._state.tick()
        before = len(self._state.entries)
        for email, change in changes.items():
            try:
                self._change_email(email, change, permit, within, settable, saved_at, quota)
                outcome[email] = None
            except MailError as error:
                outcome[email] = error
        if len(self._state.entries) == before:
            self._state.modseq = ModSeq(self._state.modseq - 1)
        return outcome

    def _change_email(
        self,
        email: EmailId,
        change: e.EmailChange,
        permit: e.Permit,
        within: e.Within,
        settable: e.Settable,
        saved_at: int,
        quota: Usage | None,
    ) -> None:
        state, placed = self._state, self._placed(within).get(email)
        if placed is None:
            raise NotFound("there is no such email")
        before = frozenset(box.id for box, _ in placed)
        there = self._slept(email, before, change) if change.is_of_sleep else change.where(before)
        new = [state.selectable(mailbox) for mailbox in sorted(there - before)]
        staying = [(box, one) for box, one in placed if box.id in there]
        own = e.after(whole(placed), change)
        steps = [(whole(placed), own), *(((one.flags, one.keywords), _after(one, change)) for _, one in staying)]
        permit(e.step(email, before, there, steps))
        more = len(new) - (len(placed) - len(staying))
        if more > 0:
            state.check_quota(quota, [placed[0][1].size] * more)
        for box, one in staying:
            self._mark(box, box.placements[one.uid], *_after(one, change))
        if change.is_of_sleep and self._note_sleep(email, before, change) and there == before:
            for box, one in placed:
                self._touch(box, box.placements[one.uid])
        leaving = [(box, one) for box, one in placed if box.id not in there]
        for box in new:
            self._bring(leaving.pop(0) if leaving else None, placed[0], box, own, settable, saved_at)
        for box, one in leaving:
            self._expunge(box, [box.placements[one.uid]])

    def _mark(self, box: Box, one: Placement, flags: int, keywords: str) -> None:
        seen = self._seen(one)
        if (flags, keywords) != (seen.flags, seen.keywords):
            self._flag(one, flags, keywords)
            box.highest_modseq = self._state.modseq
            self._state.log(Kind.FLAGS, box.id, [(one.uid, one.uid)])

    def _touch(self, box: Box, one: Placement) -> None:
        one.modseq = box.highest_modseq = self._state.modseq
        self._state.log(Kind.FLAGS, box.id, [(one.uid, one.uid)])

    # Sleep.

    def _sleeps(self, email: EmailId, before: frozenset[MailboxId]) -> Slept | None:
        slept = self._state.snoozes.get(email)
        return slept if slept is not None and not slept.is_woken and slept.mailbox in before else None

    def _slept(self, email: EmailId, before: frozenset[MailboxId], change: e.EmailChange) -> frozenset[MailboxId]:
        if change.snooze is not None:
            return frozenset((change.snooze.mailbox,))
        slept = self._sleeps(email, before)
        if slept is None:
            return before
        homes = {home for home in slept.homes if home in self._state.boxes and self._state.boxes[home].selectable}
        inbox = self._state.named(INBOX)
        assert inbox is not None
        return frozenset(homes or {inbox.id}) | (before - {slept.mailbox})

    def _note_sleep(self, email: EmailId, before: frozenset[MailboxId], change: e.EmailChange) -> bool:
        slept, kept = self._sleeps(email, before), self._state.snoozes.get(email)
        if change.snooze is None:
            if kept is None or kept.is_woken:
                return False
            kept.is_woken, kept.until = True, min(kept.until, int(self._clock.now().timestamp()))
            return True
        homes = before - {change.snooze.mailbox} if slept is None else slept.homes
        new = Slept(change.snooze.until, change.snooze.mailbox, homes)
        self._state.snoozes[email] = new
        return new != kept

    async def wake(self, now: int, most: int) -> Woken:
        due = sorted(
            (slept.until, email) for email, slept in self._state.snoozes.items() if not slept.is_woken and slept.until <= now
        )[:most]
        placed = self._placed(None)
        asleep = []
        for _, email in due:
            if self._sleeps(email, frozenset(box.id for box, _ in placed.get(email, ()))):
                asleep.append(email)
            else:
                del self._state.snoozes[email]
        woken = e.EmailChange(wakes=True, remove=(int(Flag.SEEN), ()))
        await self.change_emails(dict.fromkeys(asleep, woken), lambda step: None, None, settable={}, saved_at=now)
        return Woken(asleep, await self.next_waking())

    async def next_waking(self) -> int | None:
        return min((slept.until for slept in self._state.snoozes.values() if not slept.is_woken), default=None)

    def _bring(
        self,
        leaving: tuple[Box, Placement] | None,
        other: tuple[Box, Placement],
        to: Box,
        own: e.State,
        settable: e.Settable,
        saved_at: int,
    ) -> None:
        """A placement more: the one that leaves elsewhere, or a copy of another."""
        source, shown = leaving or other
        kept = source.placements.get(shown.uid, shown)
        made = self._copy(kept, to, kept.flags, kept.keywords, saved_at)
        if leaving is not None:
            made.collected_at = kept.collected_at
            made.others = {person: (seen, self._state.modseq) for person, (seen, _) in kept.others.items()}
            self._expunge(source, [kept])
        self._state.log(Kind.ADDED, to.id, [(made.uid, made.uid)])
        flags, may_words = settable.get(to.id, (e.KEYWORD_FLAGS, True))
        self._mark(to, made, own[0] & flags, own[1] if may_words else "")

    async def carried_email(self, email: EmailId, within: e.Within) -> NewMessage:
        placed = self._placed(within).get(email)
        if placed is None:
            raise NotFound("there is no such email")
        box, one = placed[0]
        return (await self.carried(box.id, [(one.uid, one.uid)]))[0]


def whole(placed: Placed) -> e.State:
    """The flags and keywords of an email."""
    flags = 0
    for _, one in placed:
        flags |= one.flags
    return flags & e.KEYWORD_FLAGS, words.joined([word for _, one in placed for word in one.keywords.split(" ") if word])


def _after(one: Placement, change: e.EmailChange) -> e.State:
    return e.after((one.flags, one.keywords), change)


def _start(since: e.Moment) -> int:
    return since.modseq if since.through == e.WHOLLY else since.modseq - 1


def _appeared(several: Placed, within: e.Within) -> ModSeq:
    created = several[0][1].email.created
    return created if within is None else max(created, min(one.created for _, one in several))


def _column(placed: Placed, column: e.EmailColumn) -> Any:
    match column:
        case "placements":
            rows = [e.Placement(box.id, one.uid, one.flags, one.keywords, one.modseq, one.saved_at) for box, one in placed]
            return tuple(sorted(rows))
        case "mailboxes":
            return tuple(dict.fromkeys(box.id for box, _ in placed))
        case "flags":
            return whole(placed)[0]
        case "keywords":
            return whole(placed)[1]
        case "snoozed_until":
            raise ValueError("that is kept beside it")
        case _:
            return column_of(placed[0][1], column)
