"""How texts are compared: COMPARATOR, and searching as others than the store compares (RFC 5255 §4, RFC 4790, RFC 5051).

The store keeps texts folded as i;unicode-casemap has it, and finds in those. Under another comparator what can be found there
is only likely: each of those messages is read again, and compared as it was written.
"""

import asyncio
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...mail.mailboxes import OpenMailbox
from ...message import collation
from ...message.text import fold
from ...proto.imap import codes, commands, responses
from ...proto.imap.patterns import Pattern
from ...store import query
from ...store.query import Exact, InUids, Query
from ...store.ranges import runs
from .errors import Refused
from .session import UNICODE_CASEMAP, Ok, Session, handles

PAGE = 16
"""Messages read at a time."""

_ASCII = re.compile(r"[ -~]{4,200}")

COMPARATORS: Mapping[str, Callable[[str], str]] = {
    UNICODE_CASEMAP: fold,
    "i;ascii-casemap": collation.ascii_casemap,
    "i;octet": collation.octet,
}
"""By name: the form in which texts are searched. The first is the default."""


@handles(commands.Comparator)
async def comparator(session: Session, command: commands.Comparator) -> Ok:
    """Say which is active, or choose the first that matches (RFC 5255 §4.7)."""
    matching: Sequence[str] = ()
    if command.wanted:
        matching = list(dict.fromkeys(name for wanted in command.wanted for name in _meant(wanted)))
        if not matching:
            raise Refused("there is no such comparator", codes.BAD_COMPARATOR)
        session.comparator = matching[0]
    session.say(responses.Comparator(session.comparator, matching))
    return Ok("COMPARATOR completed")


def _meant(wanted: str) -> list[str]:
    """Those that a name, a pattern with `*`, or `default` means (RFC 4790 §3.2)."""
    if wanted.lower() == "default":
        return [UNICODE_CASEMAP]
    if "%" in wanted:  # a wildcard only to LIST
        return []
    pattern = Pattern(wanted.lower())
    return [name for name in COMPARATORS if pattern.matches(name)]


async def exactly(session: Session, box: OpenMailbox, wanted: Exact) -> Query:
    """The messages that hold this, compared as the session's comparator does."""
    likely = await box.messages.search(box.id, _likely(wanted))
    found = array("I")
    for at in range(0, len(likely), PAGE):
        rows = await box.mail.rows(box.id, runs(likely[at : at + PAGE]), ("uid", "blob", "data"))
        read = [(uid, data) for uid, _, data in rows if data is not None]
        found += array("I", await asyncio.to_thread(_holding, session, read, wanted))
        for uid, blob, data in rows:
            if data is None:
                message = await box.mail.read(blob)
                found += array("I", await asyncio.to_thread(_holding, session, [(uid, message)], wanted))
    return InUids(runs(sorted(found)))


def _likely(wanted: Exact) -> Query:
    """What the store finds by, and that all have which hold this: a piece of ASCII. Its last letter is left out, as a mark that
    follows it in the text may have become one letter with it."""
    piece = max(_ASCII.findall(wanted.needle), key=len, default="")[:-1].lower()
    match wanted:
        case query.Header(name):
            return query.Header(name, piece)
        case query.Body():
            return query.Body(piece) if piece else query.All()
        case _:
            return query.Text(piece) if piece else query.All()


def _holding(session: Session, messages: Sequence[tuple[int, Any]], wanted: Exact) -> list[int]:
    """Which of these messages, read again, do."""
    contains, form = session.office.reading.contains, COMPARATORS[session.comparator]
    return [uid for uid, data in messages if contains(data, wanted, form)]
