"""How texts compare when messages are sorted (RFC 5051, RFC 4790 §9, RFC 5255 §4)."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
Collate = Callable[[str], str]
"""From a text to what stands for it: these compare by their code points, as their UTF-8 would octet by octet."""

RUN = 8192
"""So many are sorted at a stretch; a stretch cannot be interrupted."""
RUNS = 8
"""So many sorted stretches are merged into one."""
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


def in_turns(items: Iterable[T], key: Callable[[T], object], *, reverse: bool = False) -> list[T]:
    """As `sorted`, in stretches of bounded size, so that other threads have their turn between them."""
    found = list(items)
    step = RUN
    while True:
        for at in range(0, len(found), step):
            found[at : at + step] = sorted(found[at : at + step], key=key, reverse=reverse)  # type: ignore[arg-type]
        if step >= len(found):
            return found
        step *= RUNS
