"""Commands that put messages in order: SORT and THREAD (RFC 5256)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ..attributes import FetchItem
from ..criteria import Key
from ..sequence import Partial
from .command import SELECTED, Command
from .searching import SearchReturn


class SortKey(Enum):
    """RFC 5256 §3, RFC 5957 §3, RFC 6203 §5"""

    ARRIVAL = b"ARRIVAL"
    CC = b"CC"
    DATE = b"DATE"
    FROM = b"FROM"
    SIZE = b"SIZE"
    SUBJECT = b"SUBJECT"
    TO = b"TO"
    DISPLAYFROM = b"DISPLAYFROM"
    DISPLAYTO = b"DISPLAYTO"
    RELEVANCY = b"RELEVANCY"


@dataclass(frozen=True, slots=True)
class SortCriterion:
    key: SortKey
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Sort(Command):
    """RFC 5256 §3, RFC 5267 §3"""

    name = b"SORT"
    valid_in = SELECTED

    order: Sequence[SortCriterion]
    """The first counts most; each key once."""
    key: Key
    charset: str | None = None
    returns: frozenset[SearchReturn] | None = None
    """None without RETURN: the answer is SORT."""
    uid: bool = False
    partial: Partial | None = None
    fetched: Sequence[FetchItem] = ()


class ThreadAlgorithm(Enum):
    """RFC 5256 §4; REFS is of draft-ietf-morg-inthread."""

    ORDEREDSUBJECT = b"ORDEREDSUBJECT"
    REFERENCES = b"REFERENCES"
    REFS = b"REFS"


@dataclass(frozen=True, slots=True)
class Thread(Command):
    """RFC 5256 §3"""

    name = b"THREAD"
    valid_in = SELECTED

    algorithm: ThreadAlgorithm
    key: Key
    charset: str | None = None
    uid: bool = False
    returns: frozenset[SearchReturn] | None = None
    """Never any."""
    partial: Partial | None = None
    fetched: Sequence[FetchItem] = ()
