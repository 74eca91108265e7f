"""Comparators of emails and mailboxes (RFC 8620 §5.5; RFC 8621 §2.3, §4.4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused

from . import keywords

OF_KEYWORDS: Final = ("hasKeyword", "allInThreadHaveKeyword", "someInThreadHaveKeyword")
OF_EMAILS: Final = ("receivedAt", "sentAt", "size", "from", "to", "subject", *OF_KEYWORDS, "snoozedUntil")
"""The last is of ours: when it wakes or woke, and of what was never put aside when it was received."""
OF_MAILBOXES: Final = ("sortOrder", "name")
COLLATIONS: Final = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
MOST: Final = JmapLimits().comparators
"""Comparators of one sort."""


@dataclass(frozen=True, slots=True)
class Comparator:
    property: str
    is_ascending: bool = True
    keyword: str = ""
    """Of those that are of keywords."""


def read(sort: Sequence[Mapping[str, Json]], known: Sequence[str]) -> Sequence[Comparator]:
    """Raises MethodRefused: "unsupportedSort" for a property or a collation that is not known."""
    if len(sort) > MOST:
        raise MethodRefused("unsupportedSort", f"more than {MOST} comparators")
    return [_comparator(Arguments(each), known) for each in sort]


def _comparator(given: Arguments, known: Sequence[str]) -> Comparator:
    name, collation = given.text("property"), given.optional_text("collation")
    if name not in known or (collation is not None and collation not in COLLATIONS):
        raise MethodRefused("unsupportedSort", f"nothing is sorted by {name[:100]!r}")
    keyword = ""
    if name in OF_KEYWORDS:
        keyword = given.text("keyword").lower()
        if not keywords.is_keyword(keyword):
            raise MethodRefused("invalidArguments", "that is no keyword")
    return Comparator(name, given.flag("isAscending", True), keyword)  # what else is in it is passed over, for jmapc
