"""NOTIFY: what a client wants to be told, and of which mailboxes (RFC 5465)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ..attributes import FetchItem
from .command import AUTHENTICATED, Command
from .searching import Source


class NotifyEvent(Enum):
    """RFC 5465 §5; the value is how it is written."""

    MESSAGE_NEW = b"MessageNew"
    MESSAGE_EXPUNGE = b"MessageExpunge"
    FLAG_CHANGE = b"FlagChange"
    ANNOTATION_CHANGE = b"AnnotationChange"
    MAILBOX_NAME = b"MailboxName"
    SUBSCRIPTION_CHANGE = b"SubscriptionChange"
    MAILBOX_METADATA_CHANGE = b"MailboxMetadataChange"
    SERVER_METADATA_CHANGE = b"ServerMetadataChange"


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Some mailboxes, and what of them is to be told; of a mailbox in several groups, what any of them says (RFC 5465 §6)."""

    source: Source
    events: frozenset[NotifyEvent] = frozenset()
    """Empty: nothing."""
    is_delayed: bool = False
    """SELECTED-DELAYED: expunges are told when IMAP without NOTIFY would (RFC 5465 §6.1.2)."""
    fetched: Sequence[FetchItem] = ()
    """What to tell of each message that arrives in the selected mailbox."""
    unknown: Sequence[bytes] = ()
    """Events that nobody here has heard of, as the client wrote them."""


@dataclass(frozen=True, slots=True)
class Notify(Command):
    """RFC 5465 §3"""

    name = b"NOTIFY"
    valid_in = AUTHENTICATED

    groups: Sequence[EventGroup] | None
    """None: NOTIFY NONE."""
    status: bool = False
    """Whether the state of every mailbox not selected is told first."""
