"""Ranges of numbers: (first, last) pairs, both in them, ascending and disjoint."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from .models import UidRange, Uids


def runs(numbers: Iterable[int]) -> list[UidRange]:
    """The ranges that hold exactly these numbers, which come ascending."""
    found: list[UidRange] = []
    first = last = -1
    for number in numbers:
        if number == last + 1 and found:
            last = number
            found[-1] = (first, last)
        elif number != last:
            first = last = number
            found.append((first, last))
    return found


def merged(ranges: Iterable[UidRange]) -> list[UidRange]:
    """Ranges in any order, overlapping or not, as ascending and disjoint ones."""
    found: list[UidRange] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def span(ranges: Uids) -> int:
    """How many numbers the ranges hold."""
    return sum(last - first + 1 for first, last in ranges)


class Holding:
    """Whether a number is in some ranges, in logarithmic time."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, ranges: Sequence[UidRange]) -> None:
        self._firsts = [first for first, _ in ranges]
        self._lasts = [last for _, last in ranges]

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]
