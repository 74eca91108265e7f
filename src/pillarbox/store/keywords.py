"""Keywords of a message, as one string: a space between, sorted, each once without regard to case (ASCII)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from .models import FlagAction

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def folded(keyword: str) -> str:
    """A keyword in the spelling it is compared by."""
    return keyword.translate(_LOWER)


def distinct(kept: Iterable[str]) -> frozenset[str]:
    """The keywords in strings as they are kept, each in one of its spellings."""
    return frozenset({folded(word): word for words in kept for word in words.split(" ") if word}.values())


def joined(keywords: Sequence[str]) -> str:
    """Keywords as they are kept. The first spelling of each counts."""
    if not keywords:
        return ""
    return _joined(tuple(keywords))


@lru_cache(4096)
def _joined(keywords: tuple[str, ...]) -> str:
    spellings: dict[str, str] = {}
    for keyword in keywords:
        spellings.setdefault(folded(keyword), keyword)
    return " ".join(spellings[key] for key in sorted(spellings))


@lru_cache(4096)
def changed(kept: str, action: int, change: str) -> str:
    """What is kept after a change (both as `joined` gives them). A keyword that was there keeps its spelling."""
    before = tuple(kept.split(" ")) if kept else ()
    words = tuple(change.split(" ")) if change else ()
    if action == FlagAction.ADD:
        return joined(before + words)
    keys = {folded(word) for word in words}
    if action == FlagAction.REMOVE:
        return joined([word for word in before if folded(word) not in keys])
    return joined([word for word in before if folded(word) in keys] + list(words))
