"""Commands about mailboxes and their names (RFC 9051 §6.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .command import AUTHENTICATED, Command


@dataclass(frozen=True, slots=True)
class Create(Command):
    """RFC 9051 §6.3.4, RFC 6154 §3. A trailing hierarchy separator is still there."""

    name = b"CREATE"
    valid_in = AUTHENTICATED

    mailbox: str
    uses: Sequence[str] = ()
    """Special-use attributes: `\\Drafts`."""


@dataclass(frozen=True, slots=True)
class Delete(Command):
    """RFC 9051 §6.3.5"""

    name = b"DELETE"
    valid_in = AUTHENTICATED

    mailbox: str


@dataclass(frozen=True, slots=True)
class Rename(Command):
    """RFC 9051 §6.3.6"""

    name = b"RENAME"
    valid_in = AUTHENTICATED

    mailbox: str
    to: str


@dataclass(frozen=True, slots=True)
class Subscribe(Command):
    """RFC 9051 §6.3.7"""

    name = b"SUBSCRIBE"
    valid_in = AUTHENTICATED

    mailbox: str


@dataclass(frozen=True, slots=True)
class Unsubscribe(Command):
    """RFC 9051 §6.3.8"""

    name = b"UNSUBSCRIBE"
    valid_in = AUTHENTICATED

    mailbox: str


class StatusItem(Enum):
    """What STATUS can ask of a mailbox (RFC 9051 §6.3.11, RFC 9208 §4.1.4)."""

    MESSAGES = b"MESSAGES"
    RECENT = b"RECENT"
    UIDNEXT = b"UIDNEXT"
    UIDVALIDITY = b"UIDVALIDITY"
    UNSEEN = b"UNSEEN"
    DELETED = b"DELETED"
    DELETED_STORAGE = b"DELETED-STORAGE"
    SIZE = b"SIZE"
    HIGHESTMODSEQ = b"HIGHESTMODSEQ"
    MAILBOXID = b"MAILBOXID"
    APPENDLIMIT = b"APPENDLIMIT"


class ListSelection(Enum):
    """Which mailboxes LIST looks at (RFC 9051 §6.3.9.1, RFC 6154 §5.1)."""

    SUBSCRIBED = b"SUBSCRIBED"
    REMOTE = b"REMOTE"
    RECURSIVEMATCH = b"RECURSIVEMATCH"
    SPECIAL_USE = b"SPECIAL-USE"


class ListReturn(Enum):
    """What LIST tells of each (RFC 9051 §6.3.9.2, RFC 6154 §5.2, RFC 8440 §3). STATUS is `List.status`, METADATA
    `List.metadata`."""

    SUBSCRIBED = b"SUBSCRIBED"
    CHILDREN = b"CHILDREN"
    SPECIAL_USE = b"SPECIAL-USE"
    MYRIGHTS = b"MYRIGHTS"


@dataclass(frozen=True, slots=True)
class List(Command):
    """RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 9590"""

    name = b"LIST"
    valid_in = AUTHENTICATED

    reference: str
    patterns: Sequence[str]
    selection: frozenset[ListSelection] = frozenset()
    returns: frozenset[ListReturn] = frozenset()
    status: Sequence[StatusItem] = ()
    metadata: Sequence[str] = ()
    """Entries to tell the values of."""
    extended: bool = False
    """Asked in the extended syntax: an empty pattern is then no question for the separator, and each name comes once."""


@dataclass(frozen=True, slots=True)
class Lsub(Command):
    """RFC 3501 §6.3.9"""

    name = b"LSUB"
    valid_in = AUTHENTICATED

    reference: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Status(Command):
    """RFC 9051 §6.3.11"""

    name = b"STATUS"
    valid_in = AUTHENTICATED

    mailbox: str
    items: Sequence[StatusItem]
