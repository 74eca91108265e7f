"""Keywords of a message, as one string: a space between, sorted, each once without regard to case (ASCII)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from .models import FlagAction

LONG = 500
"""Letters; changes of longer strings are hardly remembered: thousands of them would take too much room."""
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def folded(keyword: str) -> str:
    """A keyword in the spelling it is compared by."""
    return keyword.translate(_LOWER)


def distinct(kept: Iterable[str]) -> frozenset[str]:
    """The keywords in strings as they are kept, each in one of its spellings."""
    return frozenset({folded(word): word for words in kept for word in words.split(" ") if word}.values())


def joined(keywords: Sequence[str]) -> str:
    """Keywords as they are kept. The first spelling of each counts."""
    return _once(keywords) if len(keywords) != 1 else keywords[0]


def _once(keywords: Iterable[str]) -> str:
    spellings: dict[str, str] = {}
    for keyword in keywords:
        spellings.setdefault(folded(keyword), keyword)
    return " ".join(spellings[key] for key in sorted(spellings))


def changed(kept: str, action: int, change: str) -> str:
    """What is kept after a change (both as `joined` gives them). A keyword that was there keeps its spelling."""
    remembered = _changed if len(kept) + len(change) <= LONG else _changed_much
    return remembered(kept, action, change)


def _change(kept: str, action: int, change: str) -> str:
    before = tuple(kept.split(" ")) if kept else ()
    words = tuple(change.split(" ")) if change else ()
    if action == FlagAction.ADD:
        return _once(before + words)
    keys = {folded(word) for word in words}
    if action == FlagAction.REMOVE:
        return _once(word for word in before if folded(word) not in keys)
    return _once([*(word for word in before if folded(word) in keys), *words])


_changed = lru_cache(4096)(_change)
_changed_much = lru_cache(16)(_change)
