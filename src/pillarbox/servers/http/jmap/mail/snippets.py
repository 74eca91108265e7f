"""Where a text has what was looked for, marked for HTML (RFC 8621 §5)."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from pillarbox.message.text import fold

MOST: Final = 255
"""RFC 8621 §5: octets of a preview."""
BEFORE: Final = 60
"""Letters shown before the first hit."""
HITS: Final = 1000
_MARKS: Final = 30
"""Combining marks that are folded with their letter."""
Span = tuple[int, int]


def marked(text: str, words: Sequence[str]) -> str | None:
    """The whole text, with what it has of the words in `<mark>`; None: it has nothing of them. `words` are folded."""
    spans = _spans(text, words)
    return _written(text, spans, 0, len(text)) if spans else None


def around(text: str, words: Sequence[str]) -> str | None:
    """The same of a piece of the text around the first hit, in `MOST` octets."""
    spans = _spans(text, words)
    if not spans:
        return None
    start = _begin(text, spans[0][0])
    end = min(len(text), start + MOST)
    while True:
        written = _written(text, spans, start, end)
        over = len(written.encode("utf-8", "replace")) - MOST
        if over <= 0 or end - start <= 1:
            return written
        if end <= spans[0][1] and start < spans[0][0]:
            start = min(spans[0][0], start + over)
        end = max(start + 1, end - max(1, over // 4))


def _begin(text: str, hit: int) -> int:
    """A little before the hit, where a word begins."""
    if hit <= BEFORE:
        return 0
    space = text.find(" ", hit - BEFORE, hit)
    return space + 1 if space >= 0 else hit


def _written(text: str, spans: Sequence[Span], start: int, end: int) -> str:
    pieces: list[str] = []
    at = start
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            pieces += [escape(text[at:first]), "<mark>", escape(text[first:last]), "</mark>"]
            at = last
    return "".join([*pieces, escape(text[at:end])])


def _spans(text: str, words: Sequence[str]) -> list[Span]:
    """Where any of the words is, in order and apart."""
    folded, starts, ends = _folded(text)
    found: list[Span] = []
    for word in {each for each in words if each}:
        hits = re.finditer(re.escape(word), folded)
        found += [(starts[hit.start()], ends[hit.end() - 1]) for _, hit in zip(range(HITS), hits, strict=False)]
    joined: list[Span] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined


def _folded(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """A text folded, and of each letter then where what it was made of begins and ends."""
    if text.isascii():
        return text.lower(), range(len(text)), range(1, len(text) + 1)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _letters(text):
        piece = fold(text[start:end])
        pieces.append(piece)
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    return "".join(pieces), starts, ends


def _letters(text: str) -> Iterator[Span]:
    """Each letter with the marks on it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or at - start > _MARKS or not unicodedata.combining(text[at]):
            yield start, at
            start = at
