"""What somebody may do with a mailbox (RFC 4314 §2), and what each verb asks for (§4)."""

from collections.abc import Iterable, Mapping
from enum import Enum, IntFlag
from functools import cache
from typing import Final

from ..errors import Invalid, MailboxNotFound, NotPermitted
from ..store.models import Flag


class Right(IntFlag):
    """In the order in which they are written."""

    LOOKUP = 1
    READ = 2
    SEEN = 4
    WRITE = 8
    INSERT = 16
    POST = 32
    CREATE = 64
    DELETE_MAILBOX = 128
    DELETE_MESSAGES = 256
    EXPUNGE = 512
    ADMINISTER = 1024


NONE, ALL = Right(0), Right(2047)
LETTERS: Final = "lrswipkxtea"
_BY_LETTER: Final[Mapping[str, Right]] = {
    **dict(zip(LETTERS, Right, strict=True)),
    "c": Right.CREATE | Right.DELETE_MAILBOX,
    "d": Right.DELETE_MESSAGES | Right.EXPUNGE,
}
_OLD: Final = tuple((letter, _BY_LETTER[letter]) for letter in "cd")
ANYONE: Final = "anyone"
ANONYMOUS: Final = "anonymous"
NEGATIVE: Final = "-"


def parsed(letters: str) -> Right:
    """Letters in any order; c and d of RFC 2086 stand for several (RFC 4314 §2.1.1). Raises Invalid."""
    found = NONE
    for letter in letters:
        right = _BY_LETTER.get(letter)
        if right is None:
            raise Invalid("there is no such right")
        found |= right
    return found


def letters(rights: Right, *, old: bool = False) -> str:
    """As letters in their order; with `old` also those of RFC 2086 of which anything is there, for clients that know no
    others (RFC 4314 §2.1.1)."""
    text = "".join(letter for letter, right in zip(LETTERS, Right, strict=True) if right in rights)
    return text + "".join(letter for letter, part in _OLD if old and part & rights)


def effective(granted: Mapping[str, str], identifiers: Iterable[str]) -> Right:
    """What somebody who goes by these identifiers has, of letters granted by identifier: all that is granted to any of them,
    but what is denied to any of them ("-identifier") (RFC 4314 §2). What is not understood grants nothing."""
    has, lacks = NONE, NONE
    for identifier in identifiers:
        has |= _understood(granted.get(identifier, ""))
        lacks |= _understood(granted.get(NEGATIVE + identifier, ""))
    return has & ~lacks


def _understood(kept: str) -> Right:
    found = NONE
    for letter in kept:
        found |= _BY_LETTER.get(letter, NONE)
    return found


class Verb(Enum):
    """What people do with mailboxes; of verbs that ask for the same, one stands for all."""

    LOOK = "LIST, SUBSCRIBE"
    READ = "SELECT, EXAMINE, STATUS, FETCH, SEARCH, COPY from, GETQUOTAROOT"
    INSERT = "APPEND, COPY to, MOVE to"
    CREATE = "CREATE below, RENAME to below"
    DELETE = "DELETE, RENAME from"
    EXPUNGE = "EXPUNGE, CLOSE"
    MOVE = "MOVE from"
    ADMINISTER = "GETACL, SETACL, DELETEACL, LISTRIGHTS"
    MY_RIGHTS = "MYRIGHTS"
    READ_ANNOTATIONS = "GETMETADATA, SETMETADATA of one's own"
    WRITE_ANNOTATIONS = "SETMETADATA of everybody's"


_L = Right.LOOKUP
NEEDED: Final[Mapping[Verb, tuple[Right, ...]]] = {
    Verb.LOOK: (_L,),
    Verb.READ: (Right.READ,),
    Verb.INSERT: (Right.INSERT,),
    Verb.CREATE: (Right.CREATE,),
    Verb.DELETE: (Right.DELETE_MAILBOX,),
    Verb.EXPUNGE: (Right.EXPUNGE,),
    Verb.MOVE: (Right.DELETE_MESSAGES | Right.EXPUNGE,),
    Verb.ADMINISTER: (Right.ADMINISTER,),
    Verb.MY_RIGHTS: (_L, Right.READ, Right.INSERT, Right.CREATE, Right.DELETE_MAILBOX, Right.ADMINISTER),
    Verb.READ_ANNOTATIONS: (_L | Right.READ, _L | Right.SEEN, _L | Right.WRITE, _L | Right.INSERT, _L | Right.POST),
    Verb.WRITE_ANNOTATIONS: (_L | Right.WRITE,),
}
"""Rights that are enough for a verb, each of them (RFC 4314 §4, RFC 6851 §4.4, RFC 5464 §3.3). Everybody's annotations, which
that lets any reader change, ask for WRITE here."""


@cache  # of as many as there are rights and verbs
def may(rights: Right, verb: Verb) -> bool:
    return any(enough & rights == enough for enough in NEEDED[verb])


def permit(rights: Right, verb: Verb) -> None:
    """Raises NotPermitted; and MailboxNotFound, as for a mailbox that is not there, where one may not even know of it
    (RFC 4314 §6)."""
    if may(rights, verb):
        return
    if Right.LOOKUP not in rights:
        raise MailboxNotFound("no such mailbox")
    raise NotPermitted("you have no right to do that with this mailbox")


# Flags.

CHANGING: Final = Right.SEEN | Right.WRITE | Right.INSERT | Right.DELETE_MESSAGES | Right.EXPUNGE
"""A mailbox with none of these is READ-ONLY (RFC 4314 §5.2)."""
_OTHERS: Final = int(Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT)


def settable(rights: Right) -> int:
    """The flags that may be set and cleared; keywords may where Right.WRITE is (RFC 4314 §2.1)."""
    flags = int(Flag.SEEN) if Right.SEEN in rights else 0
    flags |= int(Flag.DELETED) if Right.DELETE_MESSAGES in rights else 0
    return flags | (_OTHERS if Right.WRITE in rights else 0)
