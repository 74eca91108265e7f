"""Keywords of JMAP and flags of the store: four are flags, all others words (RFC 8621 §4.1.1)."""

from collections.abc import Iterable
from typing import Final

from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.mail.keywords import ANSWERED, DRAFT, FLAGGED, SEEN
from pillarbox.store.emails import Keyword
from pillarbox.store.models import Flag
from pillarbox.store.query import HasFlag, HasKeyword

FLAGS: Final = {SEEN: Flag.SEEN, ANSWERED: Flag.ANSWERED, FLAGGED: Flag.FLAGGED, DRAFT: Flag.DRAFT}
_BITS: Final = tuple((name, int(flag)) for name, flag in FLAGS.items())
"""As plain numbers: an enumeration's cost ten times as much, and there are many emails."""


def shown(flags: int, keywords: str) -> dict[str, Json]:
    """As `keywords` of an Email."""
    found: dict[str, Json] = {name: True for name, bit in _BITS if flags & bit}
    for word in keywords.split():
        found[word.lower()] = True
    return found


def parted(keywords: Iterable[str]) -> tuple[int, tuple[str, ...]]:
    """Flags and words."""
    names = set(keywords)
    return sum(int(flag) for name, flag in FLAGS.items() if name in names), tuple(sorted(names - FLAGS.keys()))


def wanted(keyword: str) -> Keyword:
    """What has a keyword, in a query."""
    flag = FLAGS.get(keyword)
    return HasKeyword(keyword) if flag is None else HasFlag(int(flag))
