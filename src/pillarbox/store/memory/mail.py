"""One account's mail in memory: each verb, as plainly as it can be said."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...errors import AlreadyExists, ChangesForgotten, MailboxNotFound, NotEmpty, NotFound, NotPermitted, TooMany
from ...ids import BlobId, EmailId, MailboxId, ModSeq, Uid
from .. import fuzzy, keywords
from ..changes import Change, Kind, MailboxChanges
from ..models import (
    DELIMITER,
    FORMS,
    INBOX,
    Added,
    AllFlags,
    Column,
    Copied,
    Expunged,
    Flag,
    FlagChange,
    FlagsChanged,
    Form,
    Mailbox,
    NewMessage,
    Uids,
    Usage,
)
from ..query import Query, Scan, wanted
from ..ranges import merged, runs
from .columns import after, column_of, data_of
from .emails import EmailVerbs
from .records import RecordVerbs
from .search import matches, relevance
from .state import Box, Email, Placement, annotated


class MemoryMail(EmailVerbs, RecordVerbs):
    """`pillarbox.store.api.Mail`."""

    def _told(self, box: Box) -> Mailbox:
        unseen = sum(not self._seen(one).flags & Flag.SEEN for one in box.placements.values())
        return replace(box.seen_as(), unseen=unseen)

    # Mailboxes.

    async def mailboxes(self) -> Sequence[Mailbox]:
        return [self._told(box) for box in sorted(self._state.boxes.values(), key=lambda box: box.name.encode())]

    async def mailbox(self, name: str) -> Mailbox:
        found = self._state.named(name)
        if found is None:
            raise MailboxNotFound("no such mailbox")
        return self._told(found)

    async def mailbox_by_id(self, mailbox: MailboxId) -> Mailbox:
        return self._told(self._state.box(mailbox))

    async def create_mailbox(self, name: str, special_use: str | None = None) -> Mailbox:
        found = self._state.named(name)
        if found is not None and found.selectable:
            raise AlreadyExists("the mailbox already exists")
        self._state.tick()
        if found is None:
            self._make_above(name)
            return self._told(self._make(name, special_use))
        found.selectable, found.special_use = True, special_use
        found.rights = {**self._inherited(name), **found.rights}
        self._changed(found)
        return self._told(found)

    async def rename_mailbox(self, mailbox: MailboxId, name: str, *, with_subscriptions: bool = False) -> Mailbox:
        state, box = self._state, self._state.box(mailbox)
        if state.named(name) is not None:
            raise AlreadyExists("the mailbox already exists")
        if box.name == INBOX:
            return self._rename_inbox(box, name)
        if name.startswith(box.name + DELIMITER):
            raise NotPermitted("a mailbox cannot be moved below itself")
        moving = [box, *self._below(box.name)]
        targets = [name + one.name[len(box.name) :] for one in moving]
        if any(state.named(target) is not None for target in targets):
            raise AlreadyExists("a mailbox below it already exists")
        state.tick()
        old = box.name
        self._make_above(name)
        for one, target in zip(moving, targets, strict=True):
            one.name = target
            self._changed(one)
        if with_subscriptions:
            await self.resubscribe(old, name)
        self._drop_above(old)
        return self._told(box)

    def _rename_inbox(self, inbox: Box, name: str) -> Mailbox:
        self._state.tick()
        self._make_above(name)
        made = self._make(name, None)
        self._move(inbox, list(inbox.within(None)), made, None)
        return self._told(made)

    async def delete_mailbox(self, mailbox: MailboxId, *, spare_messages: bool = False, spare_below: bool = False) -> None:
        box = self._state.box(mailbox)
        below = self._below(box.name)
        if box.name == INBOX:
            raise NotPermitted("INBOX cannot be deleted")
        if (spare_messages and any(not one.flags & Flag.DELETED for one in box.within(None))) or (spare_below and below):
            raise NotEmpty("there is something in it")
        if below and not box.selectable:
            raise NotPermitted("there are mailboxes below it")
        self._state.tick()
        self._expunge(box, list(box.within(None)))
        box.rights, box.annotations = {}, {}
        if below:
            box.selectable, box.special_use = False, None
            self._changed(box)
        else:
            self._drop(box)
            self._drop_above(box.name)

    async def set_special_use(self, mailbox: MailboxId, special_use: str | None) -> None:
        box = self._state.box(mailbox)
        if box.special_use != special_use:
            self._state.tick()
            box.special_use = special_use
            self._changed(box)

    async def set_sort_order(self, mailbox: MailboxId, sort_order: int) -> None:
        box = self._state.box(mailbox)
        if box.sort_order != sort_order:
            self._state.tick()
            box.sort_order = sort_order
            self._changed(box)

    async def rights(self) -> Mapping[MailboxId, Mapping[str, str]]:
        return {box.id: dict(box.rights) for box in self._state.boxes.values() if box.rights}

    async def set_rights(self, mailbox: MailboxId, identifier: str, rights: str | None) -> None:
        box = self._state.box(mailbox)
        if box.rights.get(identifier) == rights:
            return
        if rights is not None and identifier not in box.rights and len(box.rights) >= self._identifiers:
            raise TooMany("too many have rights in this mailbox")
        self._state.tick()
        if rights is None:
            del box.rights[identifier]
        else:
            box.rights[identifier] = rights
        self._changed(box)

    async def annotations(self, mailbox: MailboxId | None) -> Mapping[str, bytes]:
        kept = self._state.annotations if mailbox is None else self._state.box(mailbox).annotations
        return dict(entry for (person, _), entry in kept.items() if person in (None, self.viewer))

    async def annotate(self, mailbox: MailboxId | None, entries: Mapping[str, bytes | None], most: int) -> None:
        box = None if mailbox is None else self._state.box(mailbox)
        kept = self._state.annotations if box is None else box.annotations
        wanted = annotated(kept, self.viewer, entries, most)
        if wanted == kept:
            return
        kept.clear()
        kept.update(wanted)
        self._state.tick()
        if box is None:
            self._state.log(Kind.ACCOUNT_CHANGED, None)
        else:
            self._changed(box)

    async def subscriptions(self) -> frozenset[str]:
        return frozenset(self._state.subscriptions)

    async def subscribe(self, name: str, on: bool) -> None:
        if on == (name in self._state.subscriptions):
            return
        (self._state.subscriptions.add if on else self._state.subscriptions.discard)(name)
        box = self._state.named(name)
        if box is not None:
            self._state.tick()
            self._changed(box)

    async def resubscribe(self, old: str, new: str) -> None:
        moved = {name for name in self._state.subscriptions if f"{name}{DELIMITER}".startswith(old + DELIMITER)}
        self._state.subscriptions -= moved
        self._state.subscriptions |= {new + name[len(old) :] for name in moved}

    async def claim_recent(self, mailbox: MailboxId) -> Uid:
        box = self._state.box(mailbox)
        first, box.recent_from = box.recent_from, box.uidnext
        return Uid(first)

    def _below(self, name: str) -> list[Box]:
        found = [box for box in self._state.boxes.values() if box.name.startswith(name + DELIMITER)]
        return sorted(found, key=lambda box: box.name.encode())

    def _make(self, name: str, special_use: str | None) -> Box:
        state = self._state
        uidvalidity = max(state.next_uidvalidity, int(self._clock.now().timestamp()))
        made = Box(MailboxId(state.next_mailbox), name, uidvalidity, special_use, state.modseq, state.modseq, state.modseq)
        state.next_mailbox += 1
        state.next_uidvalidity = uidvalidity + 1
        made.rights = self._inherited(name)
        state.boxes[made.id] = made
        state.log(Kind.MAILBOX_CREATED, made.id)
        return made

    def _make_above(self, name: str) -> None:
        parts = name.split(DELIMITER)
        for depth in range(1, len(parts)):
            parent = DELIMITER.join(parts[:depth])
            if parent and self._state.named(parent) is None:
                self._make(parent, None)

    def _inherited(self, name: str) -> dict[str, str]:
        parent = self._state.named(name.rpartition(DELIMITER)[0])
        return {} if parent is None else dict(parent.rights)

    def _changed(self, box: Box) -> None:
        box.modseq = self._state.modseq
        self._state.log(Kind.MAILBOX_CHANGED, box.id)

    def _drop(self, box: Box) -> None:
        del self._state.boxes[box.id]
        self._state.log(Kind.MAILBOX_DELETED, box.id)

    def _drop_above(self, name: str) -> None:
        while DELIMITER in name:
            name = name.rpartition(DELIMITER)[0]
            parent = self._state.named(name)
            if parent is None or parent.selectable or self._below(name):
                return
            self._drop(parent)

    # Messages, read.

    async def uids(self, mailbox: MailboxId) -> "array[int]":
        return array("I", sorted(self._state.box(mailbox).placements))

    async def flags(self, mailbox: MailboxId) -> AllFlags:
        rows = await self.rows(mailbox, [(1, 0xFFFF_FFFF)], ("uid", "flags", "keywords"))
        bits = bytes(int(flags) for _, flags, _ in rows)
        return AllFlags(array("I", [row[0] for row in rows]), bits, [(at, row[2]) for at, row in enumerate(rows) if row[2]])

    async def rows(self, mailbox: MailboxId, uids: Uids, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
        found = self._state.box(mailbox).within(uids)
        return [tuple(column_of(self._seen(placement), column) for column in columns) for placement in found]

    async def read(self, blob: BlobId, first: int = 0, count: int | None = None) -> bytes:
        found = self._state.email_of(blob)
        if found is None:
            raise NotFound("no such message")
        return found.data[first : None if count is None else first + count]

    async def search(self, mailbox: MailboxId, query: Query, scan: Scan) -> "array[int]":
        found = self._state.box(mailbox).within(None)
        return array("I", [placement.uid for placement in found if matches(self._seen(placement), query, scan)])

    async def index(self, most: int) -> int:
        return 0

    async def forget_index(self) -> None:
        pass

    async def relevancy(self, mailbox: MailboxId, query: Query, uids: Sequence[int]) -> Sequence[int]:
        there, needles = self._state.box(mailbox).placements, wanted(query)
        return [relevance(there[uid], needles) if uid in there else fuzzy.LEAST for uid in uids]

    async def changes(self, mailbox: MailboxId, since: ModSeq) -> MailboxChanges:
        box = self._state.box(mailbox)
        if box.highest_modseq <= since:
            return MailboxChanges(box.highest_modseq, box.uidnext, (), (), ())
        self._check_reach(since)
        told = [entry for entry in self._state.entries if entry.modseq > since and entry.mailbox == mailbox]
        first_added = min((entry.first for entry in told if entry.kind == Kind.ADDED), default=box.uidnext)
        seen = [self._seen(placement) for placement in box.within(None)]
        rows = [placement.flag_row for placement in seen if placement.modseq > since]
        return MailboxChanges(
            box.highest_modseq,
            box.uidnext,
            merged((entry.first, entry.last) for entry in told if entry.kind == Kind.EXPUNGED),
            [row for row in rows if row[0] >= first_added],
            [row for row in rows if row[0] < first_added],
        )

    async def log(self, since: ModSeq, most: int) -> Sequence[Change]:
        self._check_reach(since)
        entries = [entry for entry in self._state.entries if entry.modseq > since]
        if len(entries) <= most:
            return entries
        cut = entries[most].modseq
        if entries[0].modseq == cut:
            return [entry for entry in entries if entry.modseq == cut]
        return [entry for entry in entries if entry.modseq < cut]

    def _check_reach(self, since: ModSeq) -> None:
        if since < self._state.forgotten:
            raise ChangesForgotten("the change log no longer reaches back that far")

    async def modseq(self) -> ModSeq:
        return self._state.modseq

    async def keywords(self, mailbox: MailboxId) -> frozenset[str]:
        return keywords.distinct(one.keywords for one in self._state.box(mailbox).placements.values())

    async def usage(self) -> Usage:
        return self._state.usage()

    # Messages, written.

    async def carried(self, mailbox: MailboxId, uids: Uids) -> Sequence[NewMessage]:
        found = [self._seen(one) for one in self._state.selectable(mailbox).within(uids)]
        return [
            replace(
                one.email.message,
                content=replace(one.email.message.content, data=one.email.data, path=None),
                flags=int(one.flags),
                keywords=one.keywords.split(" ") if one.keywords else (),
                saved_at=one.saved_at,
                forms=one.email.forms,
                uidl=None,
            )
            for one in found
        ]

    async def add(
        self, mailbox: MailboxId | str, messages: Sequence[NewMessage], *, quota: Usage | None = None, claim: bool = False
    ) -> Added:
        state = self._state
        box = state.selectable((await self.mailbox(mailbox)).id if isinstance(mailbox, str) else mailbox)
        if not messages:
            return Added(box.uidvalidity, (), (), box.highest_modseq, box.highest_modseq, Uid(box.recent_from))
        state.check_quota(quota, [message.content.size for message in messages])
        state.tick()
        before, recent_from = box.highest_modseq, Uid(box.recent_from)
        added = [self._add(box, message) for message in messages]
        if claim:
            box.recent_from = box.uidnext
        state.log(Kind.ADDED, box.id, [(added[0].uid, added[-1].uid)])
        emails = [one.email.id for one in added]
        return Added(box.uidvalidity, [one.uid for one in added], emails, state.modseq, before, recent_from)

    async def replace(
        self, mailbox: MailboxId, uid: Uid, to: MailboxId, message: NewMessage, *, quota: Usage | None = None
    ) -> Added:
        state, box = self._state, self._state.box(mailbox)
        old = box.placements.get(uid)
        if old is None:
            raise NotFound("there is no such message")
        target = state.selectable(to)
        if quota is not None:
            room = Usage(quota.messages and quota.messages + 1, quota.size and quota.size + old.size)
            state.check_quota(room, [message.content.size])
        state.tick()
        before = target.highest_modseq
        added = self._add(target, message)
        state.log(Kind.ADDED, target.id, [(added.uid, added.uid)])
        self._expunge(box, [old])
        return Added(target.uidvalidity, [added.uid], [added.email.id], state.modseq, before, Uid(target.recent_from))

    def _add(self, box: Box, message: NewMessage) -> Placement:
        state = self._state
        known = state.email_of(message.content.blob) is not None
        key = EmailId(state.next_email)
        state.next_email += 1
        forms = {form: message.forms.get(form, b"") for form in FORMS}
        email = Email(key, state.thread(message, key), message, data_of(message), forms, state.modseq)
        state.emails[key] = email
        own = f"{email.own_uidl}.{box.id}.{box.uidnext}" if known else email.own_uidl
        uidl = message.uidl if message.uidl and message.uidl != email.own_uidl else own
        if any(other.uidl == uidl for other in box.placements.values()):
            uidl = own
        words = keywords.joined(message.keywords)
        if self.viewer == self.account:
            return state.place(box, email, message.flags, words, message.saved_at, uidl)
        placed = state.place(box, email, message.flags & ~Flag.SEEN, words, message.saved_at, uidl)
        if message.flags & Flag.SEEN:
            placed.others[self.viewer] = True, state.modseq
        return placed

    async def change_flags(
        self, mailbox: MailboxId, uids: Uids, change: FlagChange, *, unchanged_since: ModSeq | None = None
    ) -> FlagsChanged:
        state, box = self._state, self._state.box(mailbox)
        picked = list(box.within(uids))
        refused = [one.uid for one in picked if unchanged_since is not None and self._seen(one).modseq > unchanged_since]
        taken = [one for one in picked if one.uid not in refused]
        wanted = [after(self._seen(one), change) for one in taken]
        changed = any((self._seen(one).flags, one.keywords) != new for one, new in zip(taken, wanted, strict=True))
        if changed:
            state.tick()
            for one, new in zip(taken, wanted, strict=True):
                self._flag(one, *new)
            box.highest_modseq = state.modseq
            state.log(Kind.FLAGS, box.id, [(taken[0].uid, taken[-1].uid)])
        return FlagsChanged([self._seen(one).flag_row for one in taken], refused, box.highest_modseq, changed)

    def _flag(self, one: Placement, flags: int, words: str) -> None:
        """\\Seen is the viewer's, all else everybody's."""
        at = self._state.modseq
        if self.viewer != self.account:
            if (flags ^ self._seen(one).flags) & Flag.SEEN:
                one.others[self.viewer] = bool(flags & Flag.SEEN), at
            flags = flags & ~Flag.SEEN | one.flags & Flag.SEEN
        if (one.flags, one.keywords) != (flags, words):
            self._state.set_flags(one, flags, words)

    async def copy(self, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int, quota: Usage | None = None) -> Copied:
        state, box, target = self._state, self._state.box(mailbox), self._state.selectable(to)
        picked = list(box.within(uids))
        if not picked:
            return Copied(target.uidvalidity, (), (), target.highest_modseq)
        state.check_quota(quota, [one.size for one in picked])
        state.tick()
        made = [state.place(target, one.email, one.flags, one.keywords, saved_at, one.uidl) for one in picked]
        for one, new in zip(picked, made, strict=True):
            new.others = {person: (True, state.modseq) for person, (seen, _) in one.others.items() if seen}
        state.log(Kind.ADDED, to, [(made[0].uid, made[-1].uid)])
        return Copied(target.uidvalidity, [one.uid for one in picked], [one.uid for one in made], state.modseq)

    async def move(self, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int) -> Copied:
        box, target = self._state.box(mailbox), self._state.selectable(to)
        picked = list(box.within(uids))
        if not picked:
            return Copied(target.uidvalidity, (), (), target.highest_modseq)
        self._state.tick()
        return self._move(box, picked, target, saved_at)

    def _move(self, box: Box, picked: list[Placement], target: Box, saved_at: int | None) -> Copied:
        state, made = self._state, []
        for one in picked:
            del box.placements[one.uid]
            new = state.place(
                target, one.email, one.flags, one.keywords, one.saved_at if saved_at is None else saved_at, one.uidl
            )
            new.collected_at = one.collected_at
            new.others = {person: (seen, state.modseq) for person, (seen, _) in one.others.items()}
            made.append(new)
        if picked:
            box.highest_modseq = state.modseq
            self._tell_gone(box, [one.uid for one in picked])
            state.log(Kind.ADDED, target.id, [(made[0].uid, made[-1].uid)])
        return Copied(target.uidvalidity, [one.uid for one in picked], [one.uid for one in made], state.modseq)

    async def expunge(self, mailbox: MailboxId, uids: Uids | None, *, only_deleted: bool = True) -> Expunged:
        box = self._state.box(mailbox)
        picked = [one for one in box.within(uids) if one.flags & Flag.DELETED or not only_deleted]
        if picked:
            self._state.tick()
            self._expunge(box, picked)
        return Expunged([one.uid for one in picked], box.highest_modseq)

    def _expunge(self, box: Box, picked: list[Placement]) -> None:
        if picked:
            destroyed = self._state.take_away(box, [one.uid for one in picked])
            self._tell_gone(box, [one.uid for one in picked])
            self._state.log(Kind.EMAIL_DESTROYED, None, runs(destroyed))

    def _tell_gone(self, box: Box, uids: list[Uid]) -> None:
        between = any(uids[0] < uid < uids[-1] for uid in box.placements)
        self._state.log(Kind.EXPUNGED, box.id, runs(uids) if between else [(uids[0], uids[-1])])

    async def mark_collected(self, mailbox: MailboxId, uids: Uids, at: int) -> None:
        for one in self._state.box(mailbox).within(uids):
            if one.collected_at is None:
                one.collected_at = at

    async def name_shown(self, names: Mapping[int, tuple[str, str]]) -> None:
        for email, (sender, to) in names.items():
            if (found := self._state.emails.get(EmailId(email))) is not None:
                found.message = replace(found.message, display_from=sender, display_to=to)

    async def replace_forms(self, forms: Mapping[int, Mapping[Form, bytes]]) -> None:
        for email, rendered in forms.items():
            if EmailId(email) in self._state.emails:
                self._state.emails[EmailId(email)].forms.update(rendered)

    async def replace_texts(self, texts: Mapping[int, tuple[str, str] | None]) -> None:
        for key, found in texts.items():
            email = self._state.emails.get(EmailId(key))
            if email is not None:
                header, body = found or (None, None)
                email.message = replace(email.message, header_text=header, body_text=body)

    async def verify(self) -> Sequence[str]:
        placed = {one.email.id for box in self._state.boxes.values() for one in box.placements.values()}
        return [] if placed == set(self._state.emails) else ["there are emails in no mailbox, or the other way round"]
