"""How texts compare when messages are sorted (RFC 5051, RFC 4790 §9, RFC 5255 §4)."""

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Collate = Callable[[str], str]
"""From a text to what stands for it: these compare by their code points, as their UTF-8 would octet by octet."""

RUN = 8192
"""So many are sorted at a stretch; a stretch cannot be interrupted."""
SAMPLE = 256
"""One in so many is looked at to see how what is sorted lies."""
_REMEMBERED = 1 << 14
"""Letters whose form is remembered; the others are looked up again."""


class _Titlecase(dict[int, str]):
    """A letter's titlecase form, decomposed; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        title = letter.title()
        form = unicodedata.normalize("NFKD", title if len(title) == 1 else letter)
        if len(self) < _REMEMBERED:
            self[code] = form
        return form


_TITLECASE = _Titlecase()
_ASCII_CAPITALS = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def unicode_casemap(text: str) -> str:
    """i;unicode-casemap: every letter for itself in titlecase, then decomposed (RFC 5051 §2). Linear."""
    return text.upper() if text.isascii() else text.translate(_TITLECASE)


def ascii_casemap(text: str) -> str:
    """i;ascii-casemap (RFC 4790 §9.2)."""
    return text.upper() if text.isascii() else text.translate(_ASCII_CAPITALS)


def octet(text: str) -> str:
    """i;octet, of text in UTF-8 (RFC 4790 §9.3)."""
    return text


def in_turns(items: Iterable[T], key: Callable[[T], Any], *, reverse: bool = False) -> list[T]:
    """As `sorted`, in stretches of bounded size, so that other threads have their turn between them."""
    found = list(items)
    if len(found) <= RUN:
        found.sort(key=key, reverse=reverse)
        return found
    if reverse:  # from its end, so that in the end those that are equal stand as they stood
        found.reverse()
    runs = [sorted(found[at : at + RUN], key=key) for at in range(0, len(found), RUN)]
    found = [item for part in _parts(runs, key) for item in sorted(part, key=key)]
    if reverse:
        found.reverse()
    return found


def _parts(runs: Sequence[list[T]], key: Callable[[T], Any]) -> Iterator[list[T]]:
    """What is sorted, anew in parts: all of one comes before all of the next. None but of equals is longer than two runs."""
    samples = sorted(key(item) for run in runs for item in run[SAMPLE - 1 :: SAMPLE])
    starts = [0] * len(runs)
    for sample in samples[:: RUN // SAMPLE][1:]:
        stops = [bisect_left(run, sample, start, key=key) for run, start in zip(runs, starts, strict=True)]
        yield [item for run, start, stop in zip(runs, starts, stops, strict=True) for item in run[start:stop]]
        starts = stops
    yield [item for run, start in zip(runs, starts, strict=True) for item in run[start:]]
