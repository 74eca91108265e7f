"""Mailboxes, found: the functions run within a transaction of their caller's."""

from collections.abc import Iterable
from typing import Any

import apsw

from ...errors import MailboxNotFound
from ...ids import AccountId, MailboxId
from ..keywords import distinct
from ..models import DELIMITER, Mailbox, Usage
from .statements import fetch

_COLUMNS = (
    "id, name, uidvalidity, uidnext, highest_modseq, modseq, special_use, selectable,"
    " messages, unseen, deleted, size, recent_from, sort_order"
)


def _mailbox(row: tuple[Any, ...]) -> Mailbox:
    key, name, uidvalidity, uidnext, highest, modseq, special_use, selectable, *counts = row
    return Mailbox(key, name, uidvalidity, uidnext, highest, modseq, special_use, bool(selectable), *counts)


def everything(db: apsw.Connection, account: AccountId) -> list[Mailbox]:
    """All mailboxes, by name."""
    return made(rows(db, account))


def rows(db: apsw.Connection, account: AccountId) -> list[tuple[Any, ...]]:
    """The same, to be `made`, which takes longer than to find them."""
    return fetch(db, f"SELECT {_COLUMNS} FROM mailbox WHERE account = ? ORDER BY name", (account,))


def made(rows: Iterable[tuple[Any, ...]]) -> list[Mailbox]:
    return [_mailbox(row) for row in rows]


def by_name(db: apsw.Connection, account: AccountId, name: str) -> Mailbox:
    """Raises MailboxNotFound."""
    return _found(db.execute(f"SELECT {_COLUMNS} FROM mailbox WHERE account = ? AND name = ?", (account, name)).fetchall())


def by_id(db: apsw.Connection, account: AccountId, mailbox: MailboxId) -> Mailbox:
    """Raises MailboxNotFound."""
    return _found(db.execute(f"SELECT {_COLUMNS} FROM mailbox WHERE account = ? AND id = ?", (account, mailbox)).fetchall())


def selectable(db: apsw.Connection, account: AccountId, mailbox: MailboxId | str) -> Mailbox:
    """One that may hold messages, by its id or its name. Raises MailboxNotFound."""
    found = by_name(db, account, mailbox) if isinstance(mailbox, str) else by_id(db, account, mailbox)
    if not found.selectable:
        raise MailboxNotFound("no such mailbox")
    return found


def _found(rows: list[tuple[Any, ...]]) -> Mailbox:
    if not rows:
        raise MailboxNotFound("no such mailbox")
    return _mailbox(rows[0])


def usage(db: apsw.Connection, account: AccountId) -> Usage:
    """All emails of the account, each once a placement."""
    return Usage(
        *db.execute("SELECT coalesce(sum(messages), 0), coalesce(sum(size), 0) FROM mailbox WHERE account = ?", (account,)).get
    )


_NEXT = "SELECT min(keywords) FROM message WHERE account = ?1 AND mailbox = ?2 AND keywords <> ''"
_KEYWORDS = f"""
WITH RECURSIVE kept (keywords) AS
    ({_NEXT} UNION ALL SELECT ({_NEXT} AND keywords > kept.keywords) FROM kept WHERE keywords IS NOT NULL)
SELECT keywords FROM kept WHERE keywords IS NOT NULL
"""
"""From each kept string to the next one in the index: as many steps as there are different ones."""


def keywords(db: apsw.Connection, account: AccountId, mailbox: MailboxId, most: int = -1) -> frozenset[str] | None:
    """As `Mail.keywords`; None where there are more than so many kept strings."""
    kept = fetch(db, f"{_KEYWORDS} LIMIT ?3", (account, mailbox, most + 1 if most >= 0 else -1))
    if not kept:
        by_id(db, account, mailbox)
    if 0 <= most < len(kept):
        return None
    return distinct(words for (words,) in kept)


def above(name: str) -> Iterable[str]:
    """The names of the mailboxes above one, topmost first."""
    at = name.find(DELIMITER)
    while at >= 0:
        if at:
            yield name[:at]
        at = name.find(DELIMITER, at + 1)


def exists(db: apsw.Connection, account: AccountId, name: str) -> bool:
    return db.execute("SELECT 1 FROM mailbox WHERE account = ? AND name = ?", (account, name)).get is not None


def below(db: apsw.Connection, account: AccountId, name: str) -> list[tuple[MailboxId, str]]:
    return fetch(
        db,
        "SELECT id, name FROM mailbox WHERE account = ? AND name > ? AND name < ? ORDER BY name",
        (account, name + DELIMITER, name + chr(ord(DELIMITER) + 1)),
    )


def subscriptions(db: apsw.Connection, account: AccountId) -> frozenset[str]:
    return frozenset(name for (name,) in db.execute("SELECT name FROM subscription WHERE account = ?", (account,)))
