"""Whole emails: what is kept of one, with all its placements in mailboxes put together, and what becomes of it.

A keyword is an email's if any of its placements has it. A message that is \\Deleted is none of its email's placements (RFC 8621
§4.1.1), and only the mailboxes that whoever looks may read count: an email in none of them is not there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..errors import MailError
from ..ids import BlobId, EmailId, MailboxId, ModSeq, ThreadId, Uid
from . import query as q
from .keywords import changed, joined
from .models import Flag, FlagAction

KEYWORD_FLAGS = int(Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT)
"""The flags that an email has as a whole."""
READ_FLAGS = int(Flag.SEEN | Flag.DRAFT)
"""An email with one of these does not wait to be read."""

Within = Sequence[MailboxId] | None
"""The mailboxes whose messages count; None: all there are."""


class Placement(NamedTuple):
    """A message: an email in a mailbox."""

    mailbox: MailboxId
    uid: Uid
    flags: int
    """As whoever looks sees them."""
    keywords: str
    """As they are kept: a space between."""
    modseq: ModSeq
    saved_at: int


def merged_flags(placed: Sequence[Placement]) -> int:
    """The flags of an email."""
    found = 0
    for one in placed:
        found |= one.flags
    return found & KEYWORD_FLAGS


def merged_keywords(placed: Sequence[Placement]) -> str:
    """The keywords of an email, as they are kept."""
    if len(placed) == 1:
        return placed[0].keywords
    return joined([word for one in placed for word in one.keywords.split(" ") if word])


EmailColumn = Literal[
    "placements", "mailboxes", "flags", "keywords",
    "email", "thread", "blob", "size", "received_at", "received_zone", "sent_at", "sent_zone", "preview", "has_attachment",
    "message_id", "refs", "subject", "base_subject", "sort_from", "sort_to", "sort_cc", "display_from", "display_to",
    "envelope", "body", "structure", "fields", "parts", "data", "snoozed_until", "is_delivered",
]  # fmt: skip
"""What `Mail.emails` can return of an email: as `models.Column` says, but

placements tuple[Placement, ...], by mailbox and UID · mailboxes tuple[MailboxId, ...], ascending, each once · flags int (those
of KEYWORD_FLAGS that any placement has) · keywords str (those that any placement has) · snoozed_until int|None (seconds since
1970; None: it does not sleep)
"""


# Changes.

WHOLLY = (1 << 63) - 1


class Moment(NamedTuple):
    """A place in an account's history: all that happened up to `modseq`, but of what happened under `modseq` itself only what
    concerns ids up to `through`."""

    modseq: ModSeq
    through: int = WHOLLY


@dataclass(frozen=True, slots=True)
class IdChanges:
    """What happened to emails, threads or mailboxes (the ids are theirs) since a moment, each id in one of the three."""

    moment: Moment
    """Up to which this tells: ask from here next time."""
    more: bool
    """Whether there is more to tell."""
    created: Sequence[int]
    """Where it cannot be known whether somebody else's viewer has seen it before, it counts as new."""
    updated: Sequence[int]
    destroyed: Sequence[int]
    only_counts: bool = False
    """Of mailboxes: whether of all that are updated nothing but the counts is other than before."""


# Queries.


@dataclass(frozen=True, slots=True)
class AllOf:
    of: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class NoneOf:
    of: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class InMailbox:
    mailbox: MailboxId


@dataclass(frozen=True, slots=True)
class InOtherThan:
    """In at least one mailbox that is not among these."""

    mailboxes: frozenset[MailboxId]


@dataclass(frozen=True, slots=True)
class HasAttachment:
    pass


Keyword = q.HasFlag | q.HasKeyword
"""Of an email: that any of its placements has."""


@dataclass(frozen=True, slots=True)
class ThreadHas:
    """All, or some, of the emails in its thread have a keyword."""

    keyword: Keyword
    all: bool


Leaf = (
    InMailbox | InOtherThan | HasAttachment | ThreadHas | Keyword | q.Larger | q.Smaller | q.ReceivedSince | q.EmailIs
    | q.ThreadIs | q.Header | q.Body | q.Text | q.Fuzzy
)  # fmt: skip
Filter = AllOf | AnyOf | NoneOf | Leaf
EVERYTHING = AllOf(())


def leaves(root: Filter) -> Iterator[Leaf]:
    """All that is asked, wherever in the tree."""
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if isinstance(node, AllOf | AnyOf | NoneOf):
            ahead.extend(node.of)
        else:
            yield node


class SortKey(NamedTuple):
    """What emails are put in order by; `keyword` is that of the last three. "shown" is when it was received, wakes or woke."""

    by: Literal["received", "shown", "sent", "size", "from", "to", "subject", "keyword", "all in thread", "some in thread"]
    descending: bool = False
    keyword: Keyword | None = None


@dataclass(frozen=True, slots=True)
class EmailQuery:
    """Emails to be found, and their order; where keys tell two not apart, their ids do, the way the first key goes."""

    filter: Filter = EVERYTHING
    sort: tuple[SortKey, ...] = (SortKey("received", descending=True),)
    collapse: bool = False
    """Whether of each thread only the first that is found comes."""


@dataclass(frozen=True, slots=True)
class QueryChanges:
    """What to do to what a query found at a moment, to have what it finds now."""

    moment: Moment
    removed: Sequence[int]
    """Take these away, where they are there."""
    added: Sequence[tuple[int, int]]
    """(id, index), by index: then put these in, one after the other."""
    total: int


@dataclass(frozen=True, slots=True)
class EmailCounts:
    """Of a mailbox, each email and each thread once (RFC 8621 §2). Drafts do not wait to be read."""

    emails: int = 0
    unread_emails: int = 0
    threads: int = 0
    unread_threads: int = 0
    """Threads in it of which any email, wherever it is, is unread."""


# What is done to emails.


@dataclass(frozen=True, slots=True)
class EmailAdded:
    """A new email."""

    email: EmailId
    thread: ThreadId
    blob: BlobId
    size: int
    modseq: ModSeq
    uids: Mapping[MailboxId, Uid]


@dataclass(frozen=True, slots=True)
class Snooze:
    """An email is put aside."""

    until: int
    """Seconds since 1970."""
    mailbox: MailboxId
    """Where it is meanwhile."""


@dataclass(frozen=True, slots=True)
class EmailChange:
    """What is to become of an email. Keywords may be given whole, or as a difference; so may mailboxes. The two may be
    together; without either nothing happens."""

    keywords: tuple[int, tuple[str, ...]] | None = None
    """All it shall have: flags and words. None: it keeps what is not in the next two."""
    add: tuple[int, tuple[str, ...]] = (0, ())
    remove: tuple[int, tuple[str, ...]] = (0, ())
    mailboxes: frozenset[MailboxId] | None = None
    """All it shall be in (of those that count); none: it is destroyed. None: it stays, but for the next two."""
    into: frozenset[MailboxId] = frozenset()
    out_of: frozenset[MailboxId] = frozenset()
    snooze: Snooze | None = None
    """Then nothing is said of mailboxes."""
    wakes: bool = False
    """Likewise: it goes back to where it was before it was put aside, if it was."""

    def where(self, before: frozenset[MailboxId]) -> frozenset[MailboxId]:
        """The mailboxes it shall be in."""
        return ((before if self.mailboxes is None else self.mailboxes) | self.into) - self.out_of

    @property
    def moves(self) -> bool:
        """Whether it is to be in other mailboxes."""
        return self.mailboxes is not None or bool(self.into or self.out_of) or self.is_of_sleep

    @property
    def is_of_sleep(self) -> bool:
        return self.snooze is not None or self.wakes


State = tuple[int, str]
"""The flags and keywords of a message, or of an email."""


def after(before: State, change: EmailChange) -> State:
    """What a change makes of them; flags that no email has stay as they are."""
    flags, words = before
    if change.keywords is not None:
        flags = flags & ~KEYWORD_FLAGS | change.keywords[0] & KEYWORD_FLAGS
        words = changed(words, FlagAction.REPLACE, joined(change.keywords[1]))
    flags = (flags | change.add[0] & KEYWORD_FLAGS) & ~(change.remove[0] & KEYWORD_FLAGS)
    words = changed(words, FlagAction.ADD, joined(change.add[1]))
    return flags, changed(words, FlagAction.REMOVE, joined(change.remove[1]))


@dataclass(frozen=True, slots=True)
class EmailStep:
    """A change about to be made, for whoever must permit it."""

    email: EmailId
    before: frozenset[MailboxId]
    after: frozenset[MailboxId]
    flags: int
    """Those that some placement gains or loses."""
    words: bool
    """Whether any keyword besides changes."""


def step(
    email: EmailId, before: frozenset[MailboxId], there: frozenset[MailboxId], states: Sequence[tuple[State, State]]
) -> EmailStep:
    """Of an email that goes from some mailboxes to others, and each of whose states becomes another."""
    flags, words = 0, False
    for old, new in states:
        flags |= old[0] ^ new[0]
        words = words or old[1] != new[1]
    return EmailStep(email, before, there, flags, words)


Permit = Callable[[EmailStep], None]
"""Raises the MailError for which a change may not be made. Called within the transaction: it must be quick, and ask nothing."""

Settable = Mapping[MailboxId, tuple[int, bool]]
"""Of mailboxes where not all keywords may be set: which flags may, and whether words may. What is put there has no others."""

Outcome = Mapping[EmailId, MailError | None]
"""Why each change was not made, or None."""
