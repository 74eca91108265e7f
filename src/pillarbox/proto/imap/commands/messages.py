"""Commands about messages: opening a mailbox, adding to it, and what is done with one selected (RFC 9051 §6.3, §6.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from ..attributes import FetchItem
from ..sequence import Messages, Partial, SequenceSet
from .command import AUTHENTICATED, SELECTED, Command


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
class Append(Command):
    """RFC 9051 §6.3.12, RFC 3502. Each message has already gone by: an AppendOffered and its LiteralChunks."""

    name = b"APPEND"
    valid_in = AUTHENTICATED

    mailbox: str
    messages: int
    catenates: bool = False
    """Whether any of them was put together (RFC 4469)."""
    cuts: bool = False
    """Whether that took only some of the octets of what a URL names (RFC 5550, URL-PARTIAL)."""


@dataclass(frozen=True, slots=True)
class Replace(Command):
    """RFC 8508 §3. The message that takes the place of another has already gone by, as in Append."""

    name = b"REPLACE"
    valid_in = SELECTED

    mailbox: str
    replaced: SequenceSet
    """A single number."""
    uid: bool = False
    catenates: bool = False
    cuts: bool = False


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
    partial: Partial | None = None
    """Of those: only these (RFC 9394 §3.3)."""
    implied_uid: bool = field(default=False, compare=False)
    """UID is among the items though it was not named: what UIDFETCH need not say twice (RFC 9586 §3)."""


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


@dataclass(frozen=True, slots=True)
class UidBatches(Command):
    """RFC 10022 §3.1: ranges of UIDs with so many messages each, the newest first."""

    name = b"UIDBATCHES"
    valid_in = SELECTED

    size: int
    first: int = 1
    last: int | None = None
    """Of these batches: from 1, both in it. None: all from the first on."""
