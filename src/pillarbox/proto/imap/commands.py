"""What a client can ask, one frozen dataclass a command (RFC 9051 §6, RFC 3501 §6).

Mailbox names are `str`, decoded from whatever form the connection speaks, and INBOX in any case is `INBOX`.
System flags are spelt as the RFC spells them, keywords as the client did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from .attributes import FetchItem
from .criteria import Key
from .sequence import Messages, SequenceSet


class State(Enum):
    """Where a connection stands (RFC 9051 §3)."""

    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"

    __hash__ = object.__hash__  # looked up for every command; Enum's own is a function in Python


ANY = frozenset(State)
NOT_AUTHENTICATED = frozenset({State.NOT_AUTHENTICATED})
AUTHENTICATED = frozenset({State.AUTHENTICATED, State.SELECTED})
SELECTED = frozenset({State.SELECTED})


@dataclass(frozen=True, slots=True)
class Command:
    name: ClassVar[bytes]
    valid_in: ClassVar[frozenset[State]]

    tag: bytes


# In any state (RFC 9051 §6.1).


@dataclass(frozen=True, slots=True)
class Capability(Command):
    """RFC 9051 §6.1.1"""

    name = b"CAPABILITY"
    valid_in = ANY


@dataclass(frozen=True, slots=True)
class Noop(Command):
    """RFC 9051 §6.1.2"""

    name = b"NOOP"
    valid_in = ANY


@dataclass(frozen=True, slots=True)
class Logout(Command):
    """RFC 9051 §6.1.3"""

    name = b"LOGOUT"
    valid_in = ANY


@dataclass(frozen=True, slots=True)
class Id(Command):
    """RFC 2971 §3.1; None when the client says NIL."""

    name = b"ID"
    valid_in = ANY

    fields: Sequence[tuple[str, str | None]] | None


# Before log-in (RFC 9051 §6.2).


@dataclass(frozen=True, slots=True)
class StartTls(Command):
    """RFC 9051 §6.2.1"""

    name = b"STARTTLS"
    valid_in = NOT_AUTHENTICATED


@dataclass(frozen=True, slots=True)
class Authenticate(Command):
    """RFC 9051 §6.2.2. What follows goes by as Continue responses and LineReceived events; a line of `*` cancels."""

    name = b"AUTHENTICATE"
    valid_in = NOT_AUTHENTICATED

    mechanism: str
    """In capitals."""
    initial: bytes | None = field(default=None, repr=False)
    """The initial response, decoded from base64: `=` is b"", None is none."""


@dataclass(frozen=True, slots=True)
class Login(Command):
    """RFC 9051 §6.2.3"""

    name = b"LOGIN"
    valid_in = NOT_AUTHENTICATED

    user: str
    password: str = field(repr=False)


# After log-in (RFC 9051 §6.3).


@dataclass(frozen=True, slots=True)
class Enable(Command):
    """RFC 9051 §6.3.1; capabilities in capitals."""

    name = b"ENABLE"
    valid_in = AUTHENTICATED

    capabilities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Resync:
    """What a returning client knows (RFC 7162 §3.2.5)."""

    uid_validity: int
    mod_seq: int
    known_uids: SequenceSet | None = None
    known_seqs: SequenceSet | None = None
    """Sequence numbers of which the client knows the UIDs, for finding where its memory begins to differ."""
    uids_of_seqs: SequenceSet | None = None


@dataclass(frozen=True, slots=True)
class Select(Command):
    """RFC 9051 §6.3.2"""

    name = b"SELECT"
    valid_in = AUTHENTICATED

    mailbox: str
    condstore: bool = False
    resync: Resync | None = None


@dataclass(frozen=True, slots=True)
class Examine(Command):
    """RFC 9051 §6.3.3"""

    name = b"EXAMINE"
    valid_in = AUTHENTICATED

    mailbox: str
    condstore: bool = False
    resync: Resync | None = None


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
    """What STATUS can ask of a mailbox (RFC 9051 §6.3.11)."""

    MESSAGES = b"MESSAGES"
    RECENT = b"RECENT"
    UIDNEXT = b"UIDNEXT"
    UIDVALIDITY = b"UIDVALIDITY"
    UNSEEN = b"UNSEEN"
    DELETED = b"DELETED"
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
    """What LIST tells of each (RFC 9051 §6.3.9.2, RFC 6154 §5.2). STATUS is `List.status`."""

    SUBSCRIBED = b"SUBSCRIBED"
    CHILDREN = b"CHILDREN"
    SPECIAL_USE = b"SPECIAL-USE"


@dataclass(frozen=True, slots=True)
class List(Command):
    """RFC 9051 §6.3.9, RFC 5258, RFC 5819"""

    name = b"LIST"
    valid_in = AUTHENTICATED

    reference: str
    patterns: Sequence[str]
    selection: frozenset[ListSelection] = frozenset()
    returns: frozenset[ListReturn] = frozenset()
    status: Sequence[StatusItem] = ()
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
class Namespace(Command):
    """RFC 9051 §6.3.10"""

    name = b"NAMESPACE"
    valid_in = AUTHENTICATED


@dataclass(frozen=True, slots=True)
class Status(Command):
    """RFC 9051 §6.3.11"""

    name = b"STATUS"
    valid_in = AUTHENTICATED

    mailbox: str
    items: Sequence[StatusItem]


@dataclass(frozen=True, slots=True)
class Append(Command):
    """RFC 9051 §6.3.12, RFC 3502. Each message has already gone by: an AppendOffered and its LiteralChunks."""

    name = b"APPEND"
    valid_in = AUTHENTICATED

    mailbox: str
    messages: int


@dataclass(frozen=True, slots=True)
class Idle(Command):
    """RFC 9051 §6.3.13. Answer with a Continue; a LineReceived of DONE ends it."""

    name = b"IDLE"
    valid_in = AUTHENTICATED


# With a mailbox selected (RFC 9051 §6.4).


@dataclass(frozen=True, slots=True)
class Check(Command):
    """RFC 3501 §6.4.1"""

    name = b"CHECK"
    valid_in = SELECTED


@dataclass(frozen=True, slots=True)
class Close(Command):
    """RFC 9051 §6.4.1"""

    name = b"CLOSE"
    valid_in = SELECTED


@dataclass(frozen=True, slots=True)
class Unselect(Command):
    """RFC 9051 §6.4.2"""

    name = b"UNSELECT"
    valid_in = SELECTED


@dataclass(frozen=True, slots=True)
class Expunge(Command):
    """RFC 9051 §6.4.3, and UID EXPUNGE of §6.4.9."""

    name = b"EXPUNGE"
    valid_in = SELECTED

    messages: Messages | None = None
    """Of UID EXPUNGE: only these."""
    uid: bool = False


class SearchReturn(Enum):
    """What SEARCH tells of what it found (RFC 9051 §6.4.4)."""

    MIN = b"MIN"
    MAX = b"MAX"
    ALL = b"ALL"
    COUNT = b"COUNT"
    SAVE = b"SAVE"


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


@dataclass(frozen=True, slots=True)
class Fetch(Command):
    """RFC 9051 §6.4.5, RFC 7162 §3.1.4. ALL, FAST and FULL are spelt out; UID FETCH has Attribute.UID among its items."""

    name = b"FETCH"
    valid_in = SELECTED

    messages: Messages
    items: Sequence[FetchItem]
    uid: bool = False
    changed_since: int | None = None
    vanished: bool = False


class FlagAction(Enum):
    """What STORE does with the flags it names."""

    REPLACE = b"FLAGS"
    ADD = b"+FLAGS"
    REMOVE = b"-FLAGS"


@dataclass(frozen=True, slots=True)
class Store(Command):
    """RFC 9051 §6.4.6, RFC 7162 §3.1.3"""

    name = b"STORE"
    valid_in = SELECTED

    messages: Messages
    action: FlagAction
    flags: Sequence[str]
    silent: bool = False
    uid: bool = False
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Copy(Command):
    """RFC 9051 §6.4.7"""

    name = b"COPY"
    valid_in = SELECTED

    messages: Messages
    mailbox: str
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Move(Command):
    """RFC 9051 §6.4.8"""

    name = b"MOVE"
    valid_in = SELECTED

    messages: Messages
    mailbox: str
    uid: bool = False
