"""Commands that look for messages: SEARCH, ESEARCH and what belongs to them (RFC 9051 §6.4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from ..attributes import FetchItem
from ..criteria import Key
from ..sequence import Partial
from .command import AUTHENTICATED, SELECTED, Command


class SearchReturn(Enum):
    """What a search tells of what it found (RFC 9051 §6.4.4)."""

    MIN = b"MIN"
    MAX = b"MAX"
    ALL = b"ALL"
    COUNT = b"COUNT"
    SAVE = b"SAVE"
    PARTIAL = b"PARTIAL"
    """RFC 9394 §3.1: which of them is `partial`."""
    RELEVANCY = b"RELEVANCY"
    """RFC 6203 §4; only with a FUZZY key."""
    UPDATE = b"UPDATE"
    """RFC 5267 §4.3: changes of the result are told as they come."""
    CONTEXT = b"CONTEXT"
    """RFC 5267 §4.2, a hint."""


class Searching(Protocol):
    """What all of these commands ask for."""

    @property
    def tag(self) -> bytes: ...
    @property
    def key(self) -> Key: ...
    @property
    def charset(self) -> str | None: ...
    @property
    def returns(self) -> frozenset[SearchReturn] | None: ...
    @property
    def partial(self) -> Partial | None: ...
    @property
    def fetched(self) -> Sequence[FetchItem]: ...
    @property
    def uid(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Search(Command):
    """RFC 9051 §6.4.4"""

    name = b"SEARCH"
    valid_in = SELECTED

    key: Key
    charset: str | None = None
    """As the client named it, in capitals; None when it did not."""
    returns: frozenset[SearchReturn] | None = None
    """None without RETURN, which IMAP4rev1 answers with SEARCH and IMAP4rev2 with ESEARCH. RETURN () is ALL."""
    uid: bool = False
    partial: Partial | None = None
    fetched: Sequence[FetchItem] = ()
    """With UPDATE: what to tell of each message that arrives and belongs to the result (RFC 5465 §7)."""


class Scope(Enum):
    """Which mailboxes are meant (RFC 5465 §6, RFC 7377 §2.2)."""

    SELECTED = b"SELECTED"
    INBOXES = b"INBOXES"
    PERSONAL = b"PERSONAL"
    SUBSCRIBED = b"SUBSCRIBED"
    SUBTREE = b"SUBTREE"
    SUBTREE_ONE = b"SUBTREE-ONE"
    MAILBOXES = b"MAILBOXES"


@dataclass(frozen=True, slots=True)
class Source:
    """Some mailboxes."""

    scope: Scope
    names: Sequence[str] = ()
    """Of SUBTREE, SUBTREE-ONE and MAILBOXES."""


@dataclass(frozen=True, slots=True)
class MultiSearch(Command):
    """RFC 7377 §2"""

    name = b"ESEARCH"
    valid_in = AUTHENTICATED

    key: Key
    charset: str | None = None
    returns: frozenset[SearchReturn] = frozenset({SearchReturn.ALL})
    sources: Sequence[Source] = (Source(Scope.SELECTED),)
    partial: Partial | None = None
    fetched: Sequence[FetchItem] = ()
    uid: bool = True
    """Always: numbers mean nothing in a mailbox that is not open."""


@dataclass(frozen=True, slots=True)
class CancelUpdate(Command):
    """RFC 5267 §4.3.5"""

    name = b"CANCELUPDATE"
    valid_in = SELECTED

    tags: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Comparator(Command):
    """RFC 5255 §4.7; without names, which is active?"""

    name = b"COMPARATOR"
    valid_in = AUTHENTICATED

    wanted: Sequence[str] = ()
    """Names, `default`, or patterns with `*`, the best first."""
