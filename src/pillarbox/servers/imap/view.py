"""One client's sequence numbers, and what it may be told now (RFC 9051 §5.2, §5.5, §7.5.1). Nothing here waits.

A view is the mailbox as this client believes it to be: an array of UIDs, whose places are the sequence numbers. It changes only
when the client is told, so that both always count alike:

    arrivals    are told at once: numbers are only added at the end
    flags       are told at once, of messages that are still there
    expunges    change numbers, so they wait in `gone` while a command that goes by numbers is under way

The array itself is never changed in place, so that sessions that believe the same can share one (`roster`).
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ...proto.imap.sequence import STAR, SequenceSet, is_within, positions_of_seqs, positions_of_uids
from ...store.changes import MailboxChanges
from ...store.models import FlagRow, Uids

FEW = 8
"""Less than such a part of a mailbox is looked up one by one."""
Places = list[range]
"""Where messages stand in a view: ascending and disjoint, from 0; a place and one is a sequence number."""


@dataclass(slots=True)
class News:
    """What to tell, in this order: `vanished` (or `expunged`, numbers from the highest down), `exists`, `flags`."""

    vanished: Sequence[int] = ()
    expunged: Sequence[int] = ()
    exists: int | None = None
    flags: list[tuple[int, FlagRow]] = field(default_factory=list)
    """Sequence number and row."""

    def __bool__(self) -> bool:
        return bool(self.vanished or self.exists is not None or self.flags)


class View:
    """What one client has been told of the mailbox it has selected."""

    __slots__ = ("gone", "modseq", "recent", "uids")

    def __init__(self, uids: "array[int]", modseq: int) -> None:
        self.uids = uids
        self.modseq = modseq
        """Changes up to this one have been taken in."""
        self.gone: list[int] = []
        """UIDs that are no more, and that the client still counts; ascending."""
        self.recent: list[tuple[int, int]] = []
        """UIDs that are recent to this session (RFC 3501 §2.3.2): ranges, ascending."""

    def __len__(self) -> int:
        return len(self.uids)

    @property
    def last(self) -> int:
        """The highest UID; 0 where there is no message."""
        return self.uids[-1] if self.uids else 0

    # What changes it.

    def take(self, changes: MailboxChanges, own: int, may_expunge: bool) -> News:
        """Take in what happened, and say what to tell. Flags changed by `own`, a modseq, have been told already."""
        self.modseq = max(self.modseq, changes.modseq)
        self._note_gone(changes.expunged)
        news = self.expunge() if may_expunge and self.gone else News()
        arrived = [row[0] for row in changes.added if row[0] > self.last]
        if arrived:
            self.uids = self.uids + array("I", arrived)
            news.exists = len(self.uids)
        told = (row for row in changes.changed if row[3] != own)
        news.flags = [(seq, row) for row in told if (seq := self.seq_of(row[0])) and not self.is_gone(row[0])]
        return news

    def grow(self, uids: Sequence[int], modseq: int) -> News:
        """Take in what the client has put here itself, nothing else having happened."""
        self.modseq = modseq
        self.uids = self.uids + array("I", uids)
        return News(exists=len(self.uids))

    def end(self) -> None:
        """The mailbox itself is no more: all that was in it is gone."""
        self.gone = list(self.uids)

    def expunge(self) -> News:
        """Let go of what is gone: the client is told now."""
        uids, gone = self.uids, array("I", self.gone)
        self.gone = []
        runs = self.places_of(gone)
        kept, at = array("I"), 0
        for run in runs:
            kept += uids[at : run.start]
            at = run.stop
        self.uids = kept + uids[at:]
        return News(vanished=gone, expunged=[place + 1 for run in reversed(runs) for place in reversed(run)])

    def _note_gone(self, ranges: Uids) -> None:
        found = [uid for first, last in ranges for uid in self.uids[self._slice(first, last)]]
        if found:
            self.gone = sorted({*self.gone, *found}) if self.gone else found

    def _slice(self, first: int, last: int) -> slice:
        start = bisect_left(self.uids, first)
        return slice(start, bisect_right(self.uids, last, start))

    # What is asked of it.

    def seq_of(self, uid: int) -> int:
        """The sequence number of a message; 0 where the client knows of none such."""
        place = bisect_left(self.uids, uid)
        return place + 1 if place < len(self.uids) and self.uids[place] == uid else 0

    def is_gone(self, uid: int) -> bool:
        place = bisect_left(self.gone, uid)
        return place < len(self.gone) and self.gone[place] == uid

    def places(self, which: SequenceSet, by_uid: bool) -> Places | None:
        """The messages a set means; None where it has a sequence number of none (RFC 9051 §9, seq-number).

        `*` is forgiven in an empty mailbox: programs ask for 1:* before they look.
        """
        if not by_uid and not is_within(which, len(self.uids)) and (self.uids or any(last != STAR for _, last in which.ranges)):
            return None
        return self.found(which, by_uid)

    def found(self, which: SequenceSet, by_uid: bool) -> Places:
        """The messages a set means; numbers of none are passed over."""
        return positions_of_uids(which, self.uids) if by_uid else positions_of_seqs(which, len(self.uids))

    def places_of(self, uids: "array[int]") -> Places:
        """Of ascending UIDs, those that the client knows of."""
        known = self.uids
        if not uids:
            return []
        at = bisect_left(known, uids[0])
        if known[at : at + len(uids)] == uids:
            return [range(at, at + len(uids))]
        found: Places = []
        for uid in uids:
            at = bisect_left(known, uid, at)
            if at == len(known):
                break
            if known[at] != uid:
                continue
            if found and found[-1].stop == at:
                found[-1] = range(found[-1].start, at + 1)
            else:
                found.append(range(at, at + 1))
        return found

    def uid_ranges(self, places: Places) -> Uids:
        """The UIDs of messages, as few ranges; what lies between two that stand side by side is no message."""
        return [(self.uids[run.start], self.uids[run.stop - 1]) for run in places]

    def uids_at(self, places: Places) -> "array[int]":
        if len(places) == 1:
            return self.uids[places[0].start : places[0].stop]
        return array("I", chain.from_iterable(self.uids[run.start : run.stop] for run in places))

    def seqs_of(self, uids: "array[int]") -> Sequence[int]:
        """The sequence numbers of ascending UIDs, all of them known."""
        if not uids:
            return ()
        first = bisect_left(self.uids, uids[0])
        if self.uids[first : first + len(uids)] == uids:
            return range(first + 1, first + len(uids) + 1)
        return [bisect_left(self.uids, uid, first) + 1 for uid in uids]

    def seqs_in_order(self, uids: Sequence[int]) -> Sequence[int]:
        """The sequence numbers of UIDs in any order, all of them known."""
        known = self.uids
        if len(uids) * FEW < len(known):
            return [self.seq_of(uid) for uid in uids]
        if known and known[-1] - known[0] == len(known) - 1:
            before = known[0] - 1
            return [uid - before for uid in uids]
        places = dict(zip(known, range(1, len(known) + 1), strict=True))
        return [places.get(uid, 0) for uid in uids]

    # \Recent, of IMAP4rev1.

    def claim(self, first: int, last: int) -> None:
        """Messages of these UIDs are recent to this session."""
        if first > last:
            return
        if self.recent and self.recent[-1][1] == first - 1:
            first = self.recent.pop()[0]
        self.recent.append((first, last))

    def is_recent(self, uid: int) -> bool:
        place = bisect_right(self.recent, (uid, STAR)) - 1
        return place >= 0 and uid <= self.recent[place][1]

    def recent_among(self, uids: Sequence[int]) -> Sequence[bool]:
        """Of ascending UIDs, which are recent; empty where none can be."""
        if not self.recent or not uids or uids[0] > self.recent[-1][1] or uids[-1] < self.recent[0][0]:
            return ()
        if len(self.recent) == 1:
            first, last = self.recent[0]
            return [first <= uid <= last for uid in uids]
        return list(map(self.is_recent, uids))

    def recent_count(self) -> int:
        return sum(len(self.uids[self._slice(first, last)]) for first, last in self.recent)


def paged(places: Places, most: int) -> Iterable[Places]:
    """The same messages, at most so many at a time."""
    return (places,) if count(places) <= most else _pages(places, most)


def _pages(places: Places, most: int) -> Iterator[Places]:
    page: Places = []
    room = most
    for run in places:
        at = run.start
        while at < run.stop:
            stop = min(run.stop, at + room)
            page.append(range(at, stop))
            room -= stop - at
            at = stop
            if not room:
                yield page
                page, room = [], most
    if page:
        yield page


def count(places: Places) -> int:
    return sum(map(len, places))


def part(places: Places, span: range) -> Places:
    """Of these messages, the ones at some places among them."""
    found: Places = []
    at = 0
    for run in places:
        first, last = max(span.start - at, 0), min(span.stop - at, len(run))
        if first < last:
            found.append(run[first:last])
        at += len(run)
    return found
