"""Messages listed: one statement for the columns asked for, joined only with what they need."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from json import loads
from typing import Any

import apsw

from ...errors import NotFound
from ...ids import AccountId, BlobId, MailboxId
from ..models import AllFlags, Column, Uids
from . import mailboxes
from .statements import MESSAGES, fetch, fetch_each

_OF_EMAIL = (
    "thread", "blob", "sent_at", "sent_zone", "preview", "has_attachment", "message_id", "refs", "subject", "base_subject",
    "sort_from", "sort_to", "sort_cc", "display_from", "display_to", "is_delivered",
)  # fmt: skip
_OF_FORM = ("envelope", "body", "structure", "fields", "parts")
_EMAIL = " JOIN email e ON e.id = m.email"
_FORM = " JOIN form f ON f.email = m.email"
_CONTENT = " JOIN content c ON c.id = e.content"
NO_FLAG = ord("@")
"""The letter of a message without flags; those of the others come after it."""
_BITS = bytes((letter - NO_FLAG) % 256 for letter in range(256))


@lru_cache(256)
def _statement(columns: tuple[Column, ...], messages: str) -> str:
    named = [_expression(column) for column in columns]
    joins = ""
    if any("e." in name or "c." in name for name in named):
        joins += _EMAIL
    if any("f." in name for name in named):
        joins += _FORM
    if any("c." in name for name in named):
        joins += _CONTENT
    return (
        f"SELECT {', '.join(named)} FROM {messages} m{joins}"
        " WHERE m.account = ? AND m.mailbox = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid"
    )


def _expression(column: Column) -> str:
    if column == "uidl":
        return "coalesce(m.uidl, lower(hex(substr(e.blob, 1, 15))))"
    if column == "data":
        return "c.data"
    return f"{'e' if column in _OF_EMAIL else 'f' if column in _OF_FORM else 'm'}.{column}"


def rows(
    db: apsw.Connection,
    account: AccountId,
    mailbox: MailboxId,
    uids: Uids,
    columns: Sequence[Column],
    messages: str = MESSAGES,
) -> list[tuple[Any, ...]]:
    """As `Mail.rows`; `messages` is the table of messages as the viewer sees them."""
    found = fetch_each(db, _statement(tuple(columns), messages), [(account, mailbox, first, last) for first, last in uids])
    if not found:
        mailboxes.by_id(db, account, mailbox)
    if "has_attachment" in columns:
        at = columns.index("has_attachment")
        found = [(*row[:at], bool(row[at]), *row[at + 1 :]) for row in found]
    return found


def uids(db: apsw.Connection, account: AccountId, mailbox: MailboxId) -> "array[int]":
    """As `Mail.uids`. Where no UID is missing, nothing is read but the first and the last."""
    messages = mailboxes.by_id(db, account, mailbox).messages
    if not messages:
        return array("I")
    first, last = db.execute(
        "SELECT (SELECT min(uid) FROM message WHERE account = ?1 AND mailbox = ?2),"
        " (SELECT max(uid) FROM message WHERE account = ?1 AND mailbox = ?2)",
        (account, mailbox),
    ).get
    if last - first + 1 == messages:
        return array("I", range(first, last + 1))
    # the list as one value: a row each would have to be made a tuple
    found = db.execute(
        "SELECT json_group_array(uid) FROM (SELECT uid FROM message WHERE account = ? AND mailbox = ? ORDER BY uid)",
        (account, mailbox),
    ).get
    return array("I", loads(found))


def flags(db: apsw.Connection, account: AccountId, mailbox: MailboxId, messages: str = MESSAGES) -> AllFlags:
    """As `Mail.flags`: the flags as one text, a letter a message."""
    known = uids(db, account, mailbox)
    letters = db.execute(
        f"SELECT group_concat(char(flags + {NO_FLAG}), '')"
        f" FROM (SELECT flags FROM {messages} WHERE account = ? AND mailbox = ? ORDER BY uid)",
        (account, mailbox),
    ).get
    having = fetch(
        db,
        "SELECT uid, keywords FROM message WHERE account = ? AND mailbox = ? AND keywords <> '' ORDER BY uid",
        (account, mailbox),
    )
    bits = (letters or "").encode("latin-1").translate(_BITS)
    return AllFlags(known, bits, [(bisect_left(known, uid), keywords) for uid, keywords in having])


def inline(db: apsw.Connection, account: AccountId, blob: BlobId, first: int, count: int | None) -> bytes | None:
    """Bytes of a message; None where it is a file of its own. Raises NotFound."""
    found = fetch(
        db,
        "SELECT CASE WHEN data IS NOT NULL THEN substr(data, ?, ?) END FROM content WHERE account = ? AND blob = ?",
        (first + 1, 0x7FFFFFFF if count is None else count, account, blob),
    )
    if not found:
        raise NotFound("no such message")
    data: bytes | None = found[0][0]
    return data
