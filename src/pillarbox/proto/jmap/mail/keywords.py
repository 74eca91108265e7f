"""Keywords of an email: what they may be, and the four that are flags in IMAP (RFC 8621 §4.1.1)."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused

SEEN: Final = "$seen"
ANSWERED: Final = "$answered"
FLAGGED: Final = "$flagged"
DRAFT: Final = "$draft"
MOST: Final = JmapLimits().keywords
"""Keywords an email may be given."""
_KEYWORD: Final = re.compile(r"[!#$&'+-\[^-z|}~]{1,255}\Z")
"""ASCII from ! to ~ but ( ) { ] % * " \\ and no more than 255 of it."""


def too_many() -> SetRefused:
    return SetRefused(SetError("tooManyKeywords", f"an email may be given {MOST} keywords"))


def is_keyword(name: str) -> bool:
    return _KEYWORD.match(name) is not None


def read(value: Json) -> frozenset[str]:
    """The keywords of an object that says true of each, in lower case. Raises SetRefused."""
    if isinstance(value, Mapping) and len(value) > MOST:
        raise too_many()
    if not isinstance(value, Mapping) or any(said is not True for said in value.values()):
        raise SetRefused(SetError("invalidProperties", "keywords are an object of which each is true", ("keywords",)))
    return checked(value)


def checked(names: Collection[str]) -> frozenset[str]:
    """In lower case. Raises SetRefused for what is no keyword, and for too many."""
    if len(names) > MOST:
        raise too_many()
    found = frozenset(name.lower() for name in names)
    if not all(map(is_keyword, found)):
        raise SetRefused(SetError("invalidProperties", "a keyword has a character that none may have", ("keywords",)))
    return found
