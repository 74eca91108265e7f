"""What a mailbox may be called, and whose it is by its name."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from ..errors import Invalid
from ..limits import ImapLimits
from ..store.models import DELIMITER, INBOX
from . import addresses

OTHERS: Final = "Other Users"
SHARED: Final = "Shared"
"""The levels below which other people's mailboxes, and those of groups, are seen (RFC 2342 §3), by their owner's address:
"Other Users/ann@example.org/Lists"."""
_FORBIDDEN = "*%"


def canonical(name: str) -> str:
    """A mailbox's name as kept: NFC, INBOX in capitals wherever it is the first level, no delimiter at the end."""
    name = name.removesuffix(DELIMITER)
    if not name.isascii():
        name = unicodedata.normalize("NFC", name[:4096])
    first, delimiter, rest = name.partition(DELIMITER)
    return INBOX + delimiter + rest if first.upper() == INBOX else name


def check(name: str) -> str:
    """The canonical name of a mailbox that may be made. Raises Invalid."""
    name = canonical(name)
    if not name or len(name.encode("utf-8", "surrogatepass")) > ImapLimits().mailbox_name:
        raise Invalid("that name is empty or too long for a mailbox")
    if any(not level for level in name.split(DELIMITER)):
        raise Invalid("a mailbox's name has no empty level")
    if any(char in _FORBIDDEN or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name):
        raise Invalid("that name has a character no mailbox may have")
    return name


@dataclass(frozen=True, slots=True)
class Place:
    """A name that is somebody else's."""

    root: str
    """OTHERS or SHARED."""
    address: str
    """The owner's, canonical; empty where what stands there cannot be one."""
    path: str
    """The mailbox, as its owner calls it; empty: the level above all of them."""


def place_of(name: str) -> Place | None:
    """Whose a canonical name is; None: one's own. An address may have delimiters before its "@", and has none behind it."""
    root, _, rest = name.partition(DELIMITER)
    if root not in (OTHERS, SHARED) or "@" not in rest:
        return None
    end = rest.find(DELIMITER, rest.index("@"))
    address, path = (rest, "") if end < 0 else (rest[:end], rest[end + 1 :])
    try:
        return Place(root, addresses.canonical(address), canonical(path))
    except Invalid:
        return Place(root, "", "")


def is_below_others(name: str) -> bool:
    """Whether a name lies where nobody has mailboxes of their own."""
    return name.partition(DELIMITER)[0] in (OTHERS, SHARED)
