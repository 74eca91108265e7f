"""What SEARCH can ask: a tree of keys (RFC 9051 §6.4.4).

Keys that are another key's short form are read as that: UNSEEN is `Not(HasFlag("\\Seen"))`, NEW is \\Recent and not \\Seen.
Strings are bytes in the command's charset, to be decoded by whoever knows charsets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from .sequence import Messages


class Which(Enum):
    """Which of a message's dates is meant."""

    RECEIVED = "internal date"
    SENT = "Date: header field"
    SAVED = "save date"


class When(Enum):
    """How it must lie to the day given; times and zones are disregarded."""

    BEFORE = "before the day"
    ON = "within the day"
    SINCE = "within or after the day"


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class And:
    """Each of these; none means every message."""

    keys: tuple["Key", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these, two or more: `OR a OR b c` is one Or of three, so that long chains make no deep trees."""

    keys: tuple["Key", ...]


@dataclass(frozen=True, slots=True)
class Not:
    key: "Key"


@dataclass(frozen=True, slots=True)
class HasFlag:
    """A system flag or keyword, `\\Recent` included."""

    flag: str


@dataclass(frozen=True, slots=True)
class Header:
    """A field of this name has this substring in it; an empty one asks only for the field. FROM, SUBJECT, … are this too."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """The body has this substring in it."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """The header or the body has this substring in it."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Day:
    which: Which
    when: When
    day: date


@dataclass(frozen=True, slots=True)
class Larger:
    """More octets than this."""

    size: int


@dataclass(frozen=True, slots=True)
class Smaller:
    """Fewer octets than this."""

    size: int


@dataclass(frozen=True, slots=True)
class Younger:
    """Received within these last seconds (RFC 5032 §3)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Older:
    """Received longer ago than these seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """Messages of these sequence numbers, or `$`."""

    messages: Messages


@dataclass(frozen=True, slots=True)
class Uids:
    """UID followed by a set, or by `$`."""

    messages: Messages


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """MODSEQ: a mod-sequence of this or higher (RFC 7162 §3.1.5). Any MODSEQ turns CONDSTORE on."""

    mod_seq: int
    entry: bytes | None = None
    """An entry name and type, `/flags/\\Seen` and `all`, which a server with one mod-sequence a message may disregard."""


@dataclass(frozen=True, slots=True)
class EmailIs:
    """EMAILID (RFC 8474 §6)."""

    object_id: str


@dataclass(frozen=True, slots=True)
class ThreadIs:
    """THREADID."""

    object_id: str


@dataclass(frozen=True, slots=True)
class SaveDateSupported:
    """Every message, where the mailbox keeps save dates (RFC 8514 §4.4)."""


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """What is like this too (RFC 6203 §3)."""

    key: "Key"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is kept under this name is asked (RFC 5466 §3.1)."""

    name: str


Key = (
    All
    | And
    | Or
    | Not
    | HasFlag
    | Header
    | Body
    | Text
    | Day
    | Larger
    | Smaller
    | Younger
    | Older
    | Numbers
    | Uids
    | ChangedSince
    | EmailIs
    | ThreadIs
    | SaveDateSupported
    | Fuzzy
    | Filter
)


def inside(key: Key) -> Sequence[Key]:
    """The keys directly within a key."""
    match key:
        case And(keys) | Or(keys):
            return keys
        case Not(inner) | Fuzzy(inner):
            return (inner,)
    return ()


def walk(key: Key) -> Iterator[Key]:
    """A key and all within it, each before what is within it. Nothing here calls itself."""
    ahead = [key]
    while ahead:
        here = ahead.pop()
        yield here
        ahead += reversed(inside(here))


def replaced(key: Key, leaf: Callable[[Key], Key]) -> Key:
    """The same tree with something else for each of its leaves, from the innermost out. Nothing here calls itself."""
    made: dict[int, Key] = {}
    for here in reversed(list(walk(key))):
        match here:
            case And(keys):
                made[id(here)] = And(tuple(made[id(each)] for each in keys))
            case Or(keys):
                made[id(here)] = Or(tuple(made[id(each)] for each in keys))
            case Not(inner):
                made[id(here)] = Not(made[id(inner)])
            case Fuzzy(inner):
                made[id(here)] = Fuzzy(made[id(inner)])
            case _:
                made[id(here)] = leaf(here)
    return made[id(key)]
