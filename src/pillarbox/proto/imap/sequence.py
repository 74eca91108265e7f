"""Sets of message numbers: `1,3:5,*` (RFC 9051 §9, sequence-set).

What a set means depends on what is there, so a set is kept as ranges and only ever cut to what a mailbox holds:
`1:4294967295` costs what the mailbox has, never what the client wrote.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

STAR = 1 << 32
"""`*`, the highest number in use: above every number there can be, so that ranges sort."""

NUMBER_MAX = STAR - 1


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Ranges of numbers, both ends included and the lower first, in the order the client wrote them."""

    ranges: tuple[tuple[int, int], ...]

    def merged(self) -> list[tuple[int, int]]:
        """The same numbers as disjoint ascending ranges."""
        return merge(self.ranges)

    def numbers(self) -> Iterator[int]:
        """Each number in the order written, lazily; there may be four thousand million. `*` is no number here."""
        for first, last in self.ranges:
            yield from range(first, min(last, NUMBER_MAX) + 1)

    def has_star(self) -> bool:
        return any(last == STAR for _, last in self.ranges)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(first <= number <= last for first, last in self.ranges)


@dataclass(frozen=True, slots=True)
class SavedResult:
    """`$`, what the last SEARCH with RETURN (SAVE) found (RFC 9051 §6.4.4.1)."""


SAVED = SavedResult()
Messages = SequenceSet | SavedResult


@dataclass(frozen=True, slots=True)
class Partial:
    """Some of a list of results by their places, from 1, or below 0 from the end (RFC 9394 §3.1)."""

    first: int
    last: int
    """Of the same sign as `first`, above it or below."""

    def span(self, count: int) -> range:
        """Which of `count` results it is, from 0."""
        low, high = sorted((self.first, self.last))
        if low > 0:
            return range(min(low - 1, count), min(high, count))
        return range(max(count + low, 0), max(count + high + 1, 0))

    def encode(self) -> bytes:
        return b"%d:%d" % (self.first, self.last)


def parse(text: bytes) -> SequenceSet | None:
    """sequence-set = (seq-number / seq-range) ["," sequence-set]; None if it is not one."""
    if text.isdigit():
        number = _number(text)
        return SequenceSet(((number, number),)) if number else None
    ranges: list[tuple[int, int]] = []
    for part in text.split(b","):
        low, colon, high = part.partition(b":")
        first = _number(low)
        last = _number(high) if colon else first
        if not first or not last:
            return None
        ranges.append((first, last) if first <= last else (last, first))
    return SequenceSet(tuple(ranges))


def _number(digits: bytes) -> int:
    """seq-number = nz-number / "*"; 0 if it is neither."""
    if digits == b"*":
        return STAR
    if not digits.isdigit() or len(digits) > 10 or digits[0] == 0x30:
        return 0
    number = int(digits)
    return number if number < STAR else 0


def merge(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint ascending ranges of the same numbers; ranges that touch become one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def positions_of_seqs(which: SequenceSet, count: int) -> list[range]:
    """Where the messages with these sequence numbers stand in a mailbox of `count`: ascending, disjoint, from 0.

    Numbers above `count` are left out; `is_within` tells whether there were any.
    """
    if not count:
        return []
    if len(which.ranges) == 1:
        first, last = _bounded(which.ranges[0], count)
        return [range(first - 1, min(last, count))] if first <= count else []
    cut = (_bounded(pair, count) for pair in which.ranges)
    return [range(first - 1, last) for first, last in merge((a, min(b, count)) for a, b in cut if a <= count)]


def positions_of_uids(which: SequenceSet, uids: Sequence[int]) -> list[range]:
    """Where in the ascending `uids` those of the set stand: ascending, disjoint, from 0. A UID that is not there is left out.

    `5:*` has the highest UID in it even when that is below 5 (RFC 9051 §9, seq-range).
    """
    if not uids:
        return []
    found: list[range] = []
    for first, last in merge(_bounded(pair, uids[-1]) for pair in which.ranges):
        start = bisect_left(uids, first)
        stop = bisect_right(uids, last, start)
        if found and found[-1].stop == start:
            start = found.pop().start
        if start < stop:
            found.append(range(start, stop))
    return found


def _bounded(pair: tuple[int, int], top: int) -> tuple[int, int]:
    """The range with `*` read as `top`."""
    first, last = pair
    if last != STAR:
        return pair
    return (min(first, top), top)


def is_within(which: SequenceSet, count: int) -> bool:
    """Whether each sequence number names a message: one that does not is the client's mistake (RFC 9051 §9, seq-number)."""
    for first, last in which.ranges:
        if last > count and not (last == STAR and count and (first <= count or first == STAR)):
            return False
    return True


def compact(numbers: Sequence[int]) -> bytes:
    """Ascending numbers as a set, runs as ranges: 1, 2, 3, 7 is `1:3,7`. Nothing is `b""`."""
    if not numbers:
        return b""
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return _range(numbers[0], numbers[-1])
    runs: list[str] = []
    first = last = numbers[0]
    for number in numbers:
        if number > last + 1:
            runs.append(str(first) if first == last else f"{first}:{last}")
            first = number
        last = number
    runs.append(str(first) if first == last else f"{first}:{last}")
    return ",".join(runs).encode("ascii")


def listed(numbers: Iterable[int]) -> bytes:
    """Numbers in the order they have, runs that ascend as ranges: 5, 3, 4, 2 is `5,3:4,2` (RFC 5267 §3.2)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return written(found)


def written(ranges: Iterable[tuple[int, int]]) -> bytes:
    """Ranges as the text of a set."""
    return b",".join(_range(first, last) for first, last in ranges)


def _range(first: int, last: int) -> bytes:
    if first == last:
        return b"*" if first == STAR else b"%d" % first
    return b"%d:*" % first if last == STAR else b"%d:%d" % (first, last)
