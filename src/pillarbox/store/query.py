"""One search tree, which IMAP SEARCH and JMAP filters both become.

Text is compared as substrings after folding (`pillarbox.message.text.fold`), done by whoever builds the tree. Days are counted
from 1970-01-01, in the zone of the date compared (RFC 9051 §6.4.4: "disregarding time and timezone").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from mmap import mmap

from .models import Uids


@dataclass(frozen=True, slots=True)
class All:
    pass


@dataclass(frozen=True, slots=True)
class And:
    of: Sequence["Query"]


@dataclass(frozen=True, slots=True)
class Or:
    of: Sequence["Query"]


@dataclass(frozen=True, slots=True)
class Not:
    of: "Query"


@dataclass(frozen=True, slots=True)
class HasFlag:
    flag: int
    """One bit of Flag."""


@dataclass(frozen=True, slots=True)
class HasKeyword:
    keyword: str
    """Compared without case (ASCII)."""


@dataclass(frozen=True, slots=True)
class InUids:
    uids: Uids


@dataclass(frozen=True, slots=True)
class Larger:
    size: int


@dataclass(frozen=True, slots=True)
class Smaller:
    size: int


@dataclass(frozen=True, slots=True)
class ReceivedDay:
    """Received on a day from `first` (in it) to `before` (not in it); None: no bound."""

    first: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class SentDay:
    """As ReceivedDay, of the Date field; a message without a readable one counts by the day it was received."""

    first: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class SavedDay:
    """As ReceivedDay, in UTC, of when the message came into this mailbox."""

    first: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class ReceivedSince:
    """Received at or after this second (RFC 5032 YOUNGER); OLDER is its negation."""

    at: int


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """With a modseq of at least this (RFC 7162 §3.1.5)."""

    modseq: int


@dataclass(frozen=True, slots=True)
class EmailIs:
    email: int


@dataclass(frozen=True, slots=True)
class ThreadIs:
    thread: int


@dataclass(frozen=True, slots=True)
class Header:
    """A field of this name (lower case) whose text contains `needle`; an empty needle asks whether there is such a field."""

    name: str
    needle: str


@dataclass(frozen=True, slots=True)
class Body:
    needle: str


@dataclass(frozen=True, slots=True)
class Text:
    """In the header or the body."""

    needle: str


Exact = Header | Body | Text


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """About what `of` asks for (RFC 6203): see `pillarbox.store.fuzzy`."""

    of: Exact


Needle = Header | Body | Text | Fuzzy
Scan = Callable[[bytes | mmap, Needle], bool]
"""Whether a message, whole and undecoded (bytes or mmap), contains what is looked for: asked where no decoded text is kept."""
Query = (
    All | And | Or | Not | HasFlag | HasKeyword | InUids | Larger | Smaller | ReceivedDay | SentDay | SavedDay
    | ReceivedSince | ChangedSince | EmailIs | ThreadIs | Header | Body | Text | Fuzzy
)  # fmt: skip


def wanted(query: Query) -> Sequence[Needle]:
    """What texts are to hold: every needle that is not under a `Not`, each once, in the order they are met."""
    found: dict[Needle, None] = {}
    ahead = [query]
    while ahead:
        node = ahead.pop()
        if isinstance(node, And | Or):
            ahead.extend(reversed(node.of))
        elif isinstance(node, Header | Body | Text | Fuzzy):
            found[node] = None
    return list(found)
