"""Annotations of mailboxes and of the account (RFC 5464 §3): entries with a name and a value, everybody's or one person's."""

from collections.abc import Mapping

import apsw

from ...errors import TooMany
from ...ids import AccountId, MailboxId
from .statements import fetch
from .transaction import Transaction

PRIVATE = "/private/"
_SIZE = "SELECT coalesce(sum(length(value)), 0) FROM annotation WHERE account = ? AND person = ?"
_OF = "account = ? AND mailbox = ? AND uid = 0 AND person = ?"


def annotations(db: apsw.Connection, account: AccountId, viewer: AccountId, mailbox: MailboxId | None) -> dict[str, bytes]:
    """As `Mail.annotations`."""
    return {
        name: value
        for person in (0, viewer)
        for name, value in fetch(
            db, f"SELECT name, value FROM annotation WHERE {_OF} ORDER BY name", (account, mailbox or 0, person)
        )
    }


def annotate(
    tx: Transaction,
    viewer: AccountId,
    mailbox: MailboxId | None,
    entries: Mapping[str, bytes | None],
    most: int,
    most_bytes: int,
) -> bool:
    """Set or remove them; whether that changed anything. Of two spellings of a name the last counts. Raises TooMany."""
    each_once = {name.lower(): (name, value) for name, value in entries.items()}
    changed = [_set(tx, viewer, mailbox or 0, name, value) for name, value in each_once.values()]
    grows = any(value is not None for value in entries.values())
    for person in (0, viewer) if grows else ():
        count = tx.db.execute(f"SELECT count(*) FROM annotation WHERE {_OF}", (tx.account, mailbox or 0, person)).get
        size = tx.db.execute(_SIZE, (tx.account, person)).get
        if count > most or size > most_bytes:
            raise TooMany("there are too many annotations")
    return any(changed)


def _set(tx: Transaction, viewer: AccountId, mailbox: int, name: str, value: bytes | None) -> bool:
    key = (tx.account, mailbox, viewer if name[: len(PRIVATE)].lower() == PRIVATE else 0, name)
    where = f"{_OF} AND name = ? COLLATE NOCASE"
    before: bytes | None = tx.db.execute(f"SELECT value FROM annotation WHERE {where}", key).get
    if value == before:
        return False
    tx.db.execute(f"DELETE FROM annotation WHERE {where}", key)
    if value is not None:
        tx.db.execute(
            "INSERT INTO annotation (account, mailbox, uid, person, name, value, modseq) VALUES (?, ?, 0, ?, ?, ?, ?)",
            (*key, value, tx.at),
        )
    return True


def forget(tx: Transaction, mailbox: MailboxId) -> None:
    """A mailbox goes."""
    tx.db.execute("DELETE FROM annotation WHERE account = ? AND mailbox = ?", (tx.account, mailbox))
