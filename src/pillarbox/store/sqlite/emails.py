"""Whole emails, read: by id, by thread, by blob."""

from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import apsw

from ...errors import NotFound
from ...ids import AccountId, BlobId, EmailId, MailboxId, ThreadId
from ..emails import EmailColumn, Placement, Within, merged_flags, merged_keywords
from . import snoozing
from .hiding import SHOWN
from .statements import BY_EMAIL, fetch

_PLACED = ("placements", "mailboxes", "flags", "keywords")
_OF_FORM = ("envelope", "body", "structure", "fields", "parts")
_PLACEMENTS = "m.email, m.mailbox, m.uid, m.flags, m.keywords, m.modseq, m.saved_at"


def numbers(of: Iterable[int]) -> Any:
    """Ids, to be bound; none is 0, which stands for none at all, as an array must have something in it."""
    return apsw.carray(array("q", of) or array("q", (0,)))


def placed(messages: str, email: str) -> str:
    """A join with an email's messages, in the table `messages` of them as the viewer sees them. In two steps: the index of
    emails alone tells where they are. Left to itself, SQLite would rather go through the whole account."""
    return (
        f" CROSS JOIN message k ON k.account = ? AND k.email = {email}"
        f" CROSS JOIN {messages} m ON m.account = k.account AND m.mailbox = k.mailbox AND m.uid = k.uid"
    )


def counted(within: Within) -> str:
    """The condition that a message `m` counts; `binding` is what it is bound to. The plus keeps it from choosing the index: to
    go through whole mailboxes for a few emails takes a hundred times as long."""
    return SHOWN if within is None else f"{SHOWN} AND +m.mailbox IN (SELECT value FROM carray(?))"


def binding(within: Within) -> tuple[Any, ...]:
    return () if within is None else (numbers(within),)


def emails(
    db: apsw.Connection,
    account: AccountId,
    ids: Sequence[EmailId],
    columns: Sequence[EmailColumn],
    within: Within,
    messages: str,
) -> list[tuple[Any, ...]]:
    """As `Mail.emails`; `messages` is the table of messages as the viewer sees them."""
    found = placements(db, account, ids, within, messages)
    kept = {row[0]: row[1:] for row in fetch(db, _statement(tuple(columns)), (numbers(ids), account))}
    at = {column: n for n, column in enumerate(_kept(columns))}
    return [
        tuple([_of_placements(found[one], name) if name in _PLACED else kept[one][at[name]] for name in columns])
        for one in ids
        if one in found
    ]


def placements(
    db: apsw.Connection, account: AccountId, ids: Sequence[int], within: Within, messages: str
) -> dict[EmailId, list[Placement]]:
    """Of each of these emails that is in a mailbox that counts: its placements there, by mailbox and UID."""
    rows = fetch(
        db,
        f"SELECT {_PLACEMENTS} FROM carray(?) c{placed(messages, 'c.value')} WHERE {counted(within)}",
        (numbers(dict.fromkeys(ids)), account, *binding(within)),
    )
    found: dict[EmailId, list[Placement]] = {}
    for email, *placement in rows:
        found.setdefault(email, []).append(Placement(*placement))
    for several in found.values():
        several.sort()
    return found


def _of_placements(placed: Sequence[Placement], column: EmailColumn) -> Any:
    match column:
        case "placements":
            return tuple(placed)
        case "mailboxes":
            return tuple(dict.fromkeys([one.mailbox for one in placed]))
        case "flags":
            return merged_flags(placed)
        case _:
            return merged_keywords(placed)


def _kept(columns: Sequence[EmailColumn]) -> list[EmailColumn]:
    return [column for column in columns if column not in _PLACED]


@lru_cache(64)
def _statement(columns: tuple[EmailColumn, ...]) -> str:
    kept = _kept(columns)
    joins = " JOIN form f ON f.email = e.id" if any(column in _OF_FORM for column in kept) else ""
    joins += " JOIN content c ON c.id = e.content" if "data" in kept else ""
    named = ["e.id", *(_expression(column) for column in kept)]
    return f"SELECT {', '.join(named)} FROM carray(?) a CROSS JOIN email e ON e.id = a.value AND e.account = ?{joins}"


def _expression(column: EmailColumn) -> str:
    if column == "email":
        return "e.id"
    if column == "snoozed_until":
        return snoozing.UNTIL
    return f"{'f' if column in _OF_FORM else 'c' if column == 'data' else 'e'}.{column}"


def emails_of(
    db: apsw.Connection, account: AccountId, threads: Sequence[ThreadId], within: Within
) -> dict[ThreadId, list[EmailId]]:
    """As `Mail.emails_of`."""
    rows = fetch(
        db,
        "SELECT e.thread, e.received_at, e.id FROM carray(?) t CROSS JOIN email e ON e.account = ? AND e.thread = t.value"
        f" WHERE EXISTS (SELECT 1 FROM {BY_EMAIL} WHERE m.account = e.account AND m.email = e.id"
        f" AND {counted(within)})",
        (numbers(dict.fromkeys(threads)), account, *binding(within)),
    )
    found: dict[ThreadId, list[EmailId]] = {}
    for thread, _, email in sorted(rows):
        found.setdefault(thread, []).append(email)
    return found


def email_of(db: apsw.Connection, account: AccountId, blob: BlobId, within: Within) -> EmailId | None:
    """As `Mail.email_of`."""
    found: EmailId | None = db.execute(
        "SELECT min(e.id) FROM content c JOIN email e ON e.account = c.account AND e.content = c.id"
        " WHERE c.account = ? AND c.blob = ? AND EXISTS"
        f" (SELECT 1 FROM {BY_EMAIL} WHERE m.account = e.account AND m.email = e.id AND {counted(within)})",
        (account, blob, *binding(within)),
    ).get
    return found


def placed_at(db: apsw.Connection, account: AccountId, email: EmailId, within: Within) -> tuple[MailboxId, int]:
    """The mailbox and UID of one of its messages. Raises NotFound."""
    found = db.execute(
        f"SELECT m.mailbox, m.uid FROM {BY_EMAIL} WHERE m.account = ? AND m.email = ? AND {counted(within)} LIMIT 1",
        (account, email, *binding(within)),
    ).get
    if found is None:
        raise NotFound("there is no such email")
    mailbox, uid = found
    return MailboxId(mailbox), uid
