"""What somebody keeps beside their mail: whom they write as, what they have sent, what is answered while they are away.

Small values by kind and id, which the store does not read, with a history of their own: a part of `pillarbox.store.api.Mail`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from ..ids import ModSeq


class RecordKind(IntEnum):
    """The numbers are kept, so they never change their meaning."""

    IDENTITY = 1
    SUBMISSION = 2
    VACATION = 3
    SHARE_NOTICE = 4


@dataclass(frozen=True, slots=True)
class Record:
    id: str
    """Of its kind; whoever makes one names it."""
    value: bytes
    created: ModSeq
    modseq: ModSeq
    """Of its last change."""


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """What happened to records of one kind since a modseq, each id in one of the three."""

    modseq: ModSeq
    """Up to which this tells: ask from here next time."""
    more: bool
    created: Sequence[str]
    updated: Sequence[str]
    destroyed: Sequence[str]


class Records(Protocol):
    async def records(self, kind: RecordKind, ids: Sequence[str] | None = None) -> Sequence[Record]:
        """Those of these ids that are there, or (None) all; oldest first."""

    async def records_modseq(self, kind: RecordKind) -> ModSeq:
        """Of the last change to any of that kind; 0 where there never was one."""

    async def change_records(
        self, kind: RecordKind, put: Mapping[str, bytes], remove: Iterable[str] = (), *, expect: ModSeq | None = None
    ) -> ModSeq:
        """Keep some and remove others, all or none; what is as it was, or gone, is passed over. The modseq of the kind, then.
        Raises InUse where before it is not the one expected."""

    async def record_changes(self, kind: RecordKind, since: ModSeq, most: int) -> RecordChanges:
        """Of so many at most. Raises ChangesForgotten where nobody remembers so far back, where one change alone had more, or
        where `since` is still to come."""
