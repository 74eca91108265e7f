"""Marks over and under letters, of which strangers heap so many on one that no browser comes to the end of drawing it."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

MOST: Final = 30
"""On one letter: more than any writing has, so that none is changed."""


def thinned(text: str) -> str:
    """The same with no more than `MOST` marks on a letter (Unicode, general category M)."""
    return text if text.isascii() else _heaps().sub(r"\1", text)


@lru_cache(1)
def _heaps() -> re.Pattern[str]:
    one = "".join(f"{first}-{last}" for first, last in _ranges())
    return re.compile(f"([{one}]{{{MOST}}})[{one}]+")


def _ranges() -> Iterator[tuple[str, str]]:
    """Of all marks; those behind the first planes are of few letters, and belong to them."""
    first = last = 0
    for code in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)):
        if unicodedata.category(chr(code))[0] != "M":
            continue
        if code != last + 1:
            if first:
                yield chr(first), chr(last)
            first = code
        last = code
    yield chr(first), chr(last)
