"""What one account consists of, in memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ...errors import MailboxNotFound, OverQuota, TooMany
from ...ids import AccountId, BlobId, EmailId, MailboxId, ModSeq, ThreadId, Uid
from ..changes import Change, Kind
from ..expected import expected
from ..history import Known
from ..models import Flag, FlagRow, Form, Mailbox, NewMessage, Sight, UidRange, Uids, Usage
from ..record_history import Trace
from ..records import Record, RecordKind

Annotations = dict[tuple[AccountId | None, str], tuple[str, bytes]]
"""(name, value) by whose it is, None: everybody's, and the folded name."""


@dataclass(slots=True)
class Email:
    id: EmailId
    thread: ThreadId
    message: NewMessage
    data: bytes
    forms: dict[Form, bytes]
    created: ModSeq

    @property
    def own_uidl(self) -> str:
        return self.message.content.blob[:15].hex()


@dataclass(slots=True)
class Placement:
    uid: Uid
    email: Email
    flags: int
    keywords: str
    modseq: ModSeq
    saved_at: int
    uidl: str
    created: ModSeq
    collected_at: int | None = None
    others: dict[AccountId, tuple[bool, ModSeq]] = field(default_factory=dict)
    """Whether people other than the owner have seen it, and since when it is so."""

    def to(self, viewer: AccountId) -> "Placement":
        """As somebody other than the owner sees it."""
        seen, at = self.others.get(viewer, (False, ModSeq(0)))
        return replace(self, flags=self.flags & ~Flag.SEEN | seen, modseq=max(self.modseq, at))

    @property
    def size(self) -> int:
        return self.email.message.content.size

    @property
    def flag_row(self) -> FlagRow:
        return self.uid, self.flags, self.keywords, self.modseq


@dataclass(slots=True)
class Box:
    id: MailboxId
    name: str
    uidvalidity: int
    special_use: str | None
    created: ModSeq
    modseq: ModSeq
    highest_modseq: ModSeq
    uidnext: int = 1
    selectable: bool = True
    recent_from: int = 1
    sort_order: int = 0
    placements: dict[int, Placement] = field(default_factory=dict)
    rights: dict[str, str] = field(default_factory=dict)
    annotations: Annotations = field(default_factory=dict)

    def seen_as(self) -> Mailbox:
        """What the others see of it: every count is a recount."""
        kept = self.placements.values()
        return Mailbox(
            self.id,
            self.name,
            self.uidvalidity,
            Uid(self.uidnext),
            self.highest_modseq,
            self.modseq,
            self.special_use,
            self.selectable,
            messages=len(kept),
            unseen=sum(not one.flags & Flag.SEEN for one in kept),
            deleted=sum(bool(one.flags & Flag.DELETED) for one in kept),
            size=sum(one.size for one in kept),
            recent_from=Uid(self.recent_from),
            sort_order=self.sort_order,
        )

    def within(self, uids: Uids | None) -> Iterator[Placement]:
        """Those in the ranges (None: all), by ascending UID."""
        for uid in sorted(self.placements):
            if uids is None or any(first <= uid <= last for first, last in uids):
                yield self.placements[uid]


def annotated(kept: Annotations, viewer: AccountId, entries: Mapping[str, bytes | None], most: int) -> Annotations:
    """What is kept once these are set or (None) removed. Raises TooMany."""
    wanted = dict(kept)
    for name, value in {name.lower(): (name, value) for name, value in entries.items()}.values():
        key = viewer if name.lower().startswith("/private/") else None, name.lower()
        before = wanted.pop(key, None)
        if value is not None:
            wanted[key] = before if before is not None and before[1] == value else (name, value)
    many = any(sum(owner == person for owner, _ in wanted) > most for person in (None, viewer))
    if many and any(value is not None for value in entries.values()):
        raise TooMany("there are too many annotations")
    return wanted


@dataclass(slots=True)
class Slept:
    """An email that was put aside."""

    until: int
    mailbox: MailboxId
    homes: frozenset[MailboxId]
    is_woken: bool = False


@dataclass(slots=True)
class Kept:
    """Records of one kind."""

    there: dict[str, Record] = field(default_factory=dict)
    gone: list[Trace] = field(default_factory=list)
    modseq: int = 0
    forgotten: int = 0


class State:
    """An account's mailboxes, emails and change log."""

    def __init__(self, account: AccountId, now: int, log_rows: int) -> None:
        self.account = account
        self.modseq = ModSeq(1)
        self.boxes: dict[MailboxId, Box] = {}
        self.emails: dict[EmailId, Email] = {}
        self.thread_of: dict[tuple[str, str, int], ThreadId] = {}
        self.subscriptions: set[str] = set()
        self.annotations: Annotations = {}
        self.snoozes: dict[EmailId, Slept] = {}
        self.records: dict[RecordKind, Kept] = {}
        self.entries: list[Change] = []
        self.gone: dict[EmailId, tuple[ThreadId | None, ModSeq]] = {}
        """What is known of emails that are nowhere any more."""
        self.left: dict[EmailId, ModSeq] = {}
        """Emails that left a mailbox, and when."""
        self.forgotten = 0
        self.next_mailbox = 1
        self.next_email = 1
        self.next_uidvalidity = now
        self._log_rows = log_rows

    def box(self, mailbox: MailboxId) -> Box:
        """Raises MailboxNotFound."""
        try:
            return self.boxes[mailbox]
        except KeyError:
            raise MailboxNotFound("no such mailbox") from None

    def selectable(self, mailbox: MailboxId) -> Box:
        """Raises MailboxNotFound."""
        found = self.box(mailbox)
        if not found.selectable:
            raise MailboxNotFound("no such mailbox")
        return found

    def named(self, name: str) -> Box | None:
        return next((box for box in self.boxes.values() if box.name == name), None)

    def usage(self) -> Usage:
        boxes = [box.seen_as() for box in self.boxes.values()]
        return Usage(sum(box.messages for box in boxes), sum(box.size for box in boxes))

    def check_quota(self, quota: Usage | None, sizes: list[int]) -> None:
        """Raises OverQuota where so much more would pass it."""
        if quota is not None and not quota.has_room(self.usage(), len(sizes), sum(sizes)):
            raise OverQuota("the mailbox is full")

    def email_of(self, blob: BlobId) -> Email | None:
        return next((email for email in self.emails.values() if email.message.content.blob == blob), None)

    def thread(self, message: NewMessage, email: EmailId) -> ThreadId:
        """As RFC 8621 §3 asks: that of an email which shares a message-id and the subject, or its own."""
        names = [name for name in (message.message_id, *message.references) if name]
        alive = {one.thread for one in self.emails.values()}
        seen = alive if message.sight is None else self._seen_threads(message.sight)
        keys = [(name, message.base_subject, 0) for name in names]
        for at, (name, subject, _) in enumerate(keys):
            if message.sight and self.thread_of.get(keys[at]) in alive - seen:
                keys[at] = name, subject, message.sight.viewer
        known = [self.thread_of[key] for key in keys if self.thread_of.get(key) in seen]
        thread = known[0] if known else ThreadId(email)
        for key in keys:
            if self.thread_of.get(key) not in seen:
                self.thread_of[key] = thread
        return thread

    def _seen_threads(self, sight: Sight) -> set[ThreadId]:
        boxes = [box for box in self.boxes.values() if box.id in sight.mailboxes]
        return {one.email.thread for box in boxes for one in box.placements.values()}

    # Changing.

    def tick(self) -> ModSeq:
        """A new modseq, for all that a verb changes. Raises `expected.Moved`."""
        if (expect := expected(self.account)) is not None:
            expect.check(self.modseq)
        self.modseq = ModSeq(self.modseq + 1)
        return self.modseq

    def log(self, kind: Kind, mailbox: MailboxId | None, ranges: Iterable[UidRange] = ((0, 0),)) -> None:
        """Tell of a change under the modseq of now."""
        if (expect := expected(self.account)) is not None:
            expect.is_met = True
        self.entries.extend(Change(self.modseq, kind, mailbox, first, last) for first, last in ranges)
        if len(self.entries) > 2 * self._log_rows:
            self.forgotten = self.entries[-self._log_rows - 1].modseq
            self.entries = [entry for entry in self.entries if entry.modseq > self.forgotten]

    def place(self, box: Box, email: Email, flags: int, keywords: str, saved_at: int, uidl: str) -> Placement:
        """A message more, with the next UID; `uidl` where nobody else in the mailbox has it."""
        uid = Uid(box.uidnext)
        box.uidnext += 1
        if any(other.uidl == uidl for other in box.placements.values()):
            uidl = f"{email.own_uidl}.{box.id}.{uid}"
        box.placements[uid] = Placement(uid, email, flags, keywords, self.modseq, saved_at, uidl, self.modseq)
        box.highest_modseq = self.modseq
        return box.placements[uid]

    def take_away(self, box: Box, uids: list[Uid]) -> list[EmailId]:
        """Messages fewer; the emails that were seen nowhere else."""
        before = self.shown()
        emails = {box.placements.pop(uid).email.id for uid in uids}
        box.highest_modseq = self.modseq
        placed = {one.email.id for other in self.boxes.values() for one in other.placements.values()}
        for email in emails - placed:
            self.gone[email] = self.emails[email].thread, self.emails[email].created
            del self.emails[email]
            self.snoozes.pop(email, None)
        self.left.update(dict.fromkeys(emails & placed, self.modseq))
        return sorted(before - self.shown())

    def shown(self) -> set[EmailId]:
        """Emails with a message that is not \\Deleted."""
        return {one.email.id for box in self.boxes.values() for one in box.placements.values() if not one.flags & Flag.DELETED}

    def known(self) -> Known:
        """What is known of every email there is or was."""
        return self.gone | {email.id: (email.thread, email.created) for email in self.emails.values()}

    def set_flags(self, one: Placement, flags: int, words: str) -> None:
        """Under the modseq of now."""
        before = self.shown()
        if one.flags & Flag.DELETED and not flags & Flag.DELETED:
            one.created = self.modseq
        one.flags, one.keywords, one.modseq = flags, words, self.modseq
        self.log(Kind.EMAIL_DESTROYED, None, [(email, email) for email in before - self.shown()])
        self.log(Kind.EMAIL_SHOWN, None, [(email, email) for email in self.shown() - before])
