"""The change log: what was done to an account, written in the transaction that did it, in the order of modseq.

IDLE, NOTIFY, QRESYNC and JMAP's /changes all read it. A row says only where to look ("flags changed within UIDs 1 to 900 of
mailbox 3"): what is there now is read from the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from ..ids import MailboxId, ModSeq
from .models import FlagRow, Uids


class Kind(IntEnum):
    """What happened; the numbers are kept, so they never change their meaning."""

    ADDED = 1
    """Messages were put into the mailbox: UIDs first to last."""
    FLAGS = 2
    """Flags changed on some messages between UIDs first and last: those whose modseq is above the row's predecessor."""
    EXPUNGED = 3
    """UIDs first to last are gone; each UID of the range was or is no message."""
    MAILBOX_CREATED = 4
    MAILBOX_CHANGED = 5
    MAILBOX_DELETED = 6
    EMAIL_DESTROYED = 7
    """Emails with ids first to last are seen no more: their last placement that was not \\Deleted went, or is \\Deleted now
    (JMAP's Email/changes)."""
    ACCOUNT_CHANGED = 8
    """Annotations of the account itself (RFC 5464 §4.2)."""
    RECORDS_CHANGED = 9
    """Records of the kinds first to last (`records.RecordKind`)."""
    EMAIL_SHOWN = 10
    """Emails with ids first to last, \\Deleted wherever they were, are not everywhere any more: they are seen again."""
    EMAIL_PLACED = 11
    """Emails with ids first to last are seen in other mailboxes than before, and were seen all the time: \\Deleted was set on
    some of their messages, or taken away."""


@dataclass(frozen=True, slots=True)
class Change:
    modseq: ModSeq
    kind: Kind
    mailbox: MailboxId | None
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class MailboxChanges:
    """What happened to the messages of one mailbox since a modseq."""

    modseq: ModSeq
    """The mailbox's highest modseq now: ask from here next time."""
    uidnext: int
    expunged: Uids
    """Ranges that hold no message now. They may cover UIDs that were gone before."""
    added: Sequence[FlagRow]
    """Messages that arrived since and are still there, by ascending UID."""
    changed: Sequence[FlagRow]
    """Messages that were there before and whose modseq is above, by ascending UID."""
