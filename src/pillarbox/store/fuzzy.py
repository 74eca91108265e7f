"""Searching for about the same (RFC 6203), and how well it was found. Pure.

A text has what is looked for where it has every word of it, in any order, also within longer words; letters count as they are
without their accents. All text here is folded already, by whoever builds the query.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from .query import Exact, Header

MOST_WORDS = 32
"""Words that are looked for; further ones are not."""
MOST_LETTERS = 4096
"""Letters of what is looked for; further ones are not."""
LONG_WORD = 100
"""Longer ones always stand for themselves."""
_WORD = re.compile(r"\w+")
_ACCENT = 10
"""The combining class from which on a mark may be left out: those below it make another letter (virama, nukta, dakuten)."""
_SCRIPTS = (range(0x80, 0x3400), range(0xFE20, 0xFE30))
"""Where letters with accents are, and accents of their own."""

PHRASE, WORDS, WHOLE = 70, 20, 30
"""Points: for all of it as it stands, or else for its words; and, by their share, for words that stand for themselves."""
LEAST, BEST = 1, 100
UNKNOWN = 50
"""How well a message has it whose text is not kept."""


def plain(text: str) -> str:
    """Text without accents: each letter for itself, so that what is within a text is within the plain text too."""
    if text.isascii():
        return text
    accented, table = _accents()
    return accented.sub(lambda hit: hit[0].translate(table), text)


@cache
def _accents() -> tuple[re.Pattern[str], dict[int, str]]:
    table = {code: shape for span in _SCRIPTS for code in span if (shape := _without(chr(code))) != chr(code)}
    return re.compile(f"[{''.join(map(chr, table))}]+"), table


def _without(letter: str) -> str:
    shape = unicodedata.normalize("NFD", letter)
    kept = "".join(part for part in shape if unicodedata.combining(part) < _ACCENT)
    return letter if kept == shape else kept


def words(needle: str) -> Sequence[str]:
    """What is looked for, a word each; what has no words is looked for as it stands."""
    shape = plain(needle[:MOST_LETTERS])
    return list(dict.fromkeys(_WORD.findall(shape)))[:MOST_WORDS] or [shape]


def split(needle: Exact) -> Iterator[Exact]:
    """What it comes to, a word each: all of them have to be found."""
    for word in words(needle.needle):
        yield Header(needle.name, word) if isinstance(needle, Header) else type(needle)(word)


def has(text: str, looked_for: Sequence[str]) -> bool:
    """Whether a text has all of these `words`."""
    shape = plain(text)
    return all(word in shape for word in looked_for)


def score(text: str, needle: str) -> int:
    """How well a text has what is looked for: 0 where it has not, else 1 to 100."""
    shape, looked_for = plain(text), words(needle)
    if not all(word in shape for word in looked_for):
        return 0
    whole = sum(_stands_alone(shape, word) for word in looked_for) / len(looked_for)
    return (PHRASE if plain(needle) in shape else WORDS) + round(WHOLE * whole)


def overall(scores: Sequence[int]) -> int:
    """One score for all that is looked for, of those that were found."""
    found = [score for score in scores if score]
    return round(sum(found) / len(found)) if found else LEAST


def _stands_alone(text: str, word: str) -> bool:
    """Whether it is anywhere in the text with no letter before or after it."""
    if len(word) > LONG_WORD:
        return True
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
