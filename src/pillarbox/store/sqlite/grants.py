"""Who may do what with which mailbox (RFC 4314 §2): kept, and not understood."""

import apsw

from ...errors import TooMany
from ...ids import AccountId, MailboxId
from .statements import fetch
from .transaction import Transaction


def rights(db: apsw.Connection, account: AccountId) -> dict[MailboxId, dict[str, str]]:
    """As `Mail.rights`."""
    found: dict[MailboxId, dict[str, str]] = {}
    for mailbox, identifier, letters in fetch(
        db, "SELECT mailbox, identifier, rights FROM mailbox_right WHERE account = ?", (account,)
    ):
        found.setdefault(MailboxId(mailbox), {})[identifier] = letters
    return found


def grant(tx: Transaction, mailbox: MailboxId, identifier: str, letters: str | None, most: int) -> bool:
    """Grant it, or (None) forget what was; whether that changed anything. Raises TooMany."""
    key = (tx.account, mailbox, identifier)
    before: str | None = tx.db.execute(
        "SELECT rights FROM mailbox_right WHERE account = ? AND mailbox = ? AND identifier = ?", key
    ).get
    if letters == before:
        return False
    if letters is None:
        tx.db.execute("DELETE FROM mailbox_right WHERE account = ? AND mailbox = ? AND identifier = ?", key)
        return True
    if before is None and _count(tx, mailbox) >= most:
        raise TooMany("too many have rights in this mailbox")
    tx.db.execute(
        "INSERT OR REPLACE INTO mailbox_right (account, mailbox, identifier, rights) VALUES (?, ?, ?, ?)", (*key, letters)
    )
    return True


def _count(tx: Transaction, mailbox: MailboxId) -> int:
    query = "SELECT count(*) FROM mailbox_right WHERE account = ? AND mailbox = ?"
    return int(tx.db.execute(query, (tx.account, mailbox)).get)


def inherit(tx: Transaction, mailbox: MailboxId, parent: str) -> None:
    """A new mailbox begins with what is granted on the one of that name."""
    tx.db.execute(
        "INSERT OR IGNORE INTO mailbox_right (account, mailbox, identifier, rights)"
        " SELECT r.account, ?, r.identifier, r.rights FROM mailbox_right r"
        " JOIN mailbox b ON b.account = r.account AND b.id = r.mailbox WHERE b.account = ? AND b.name = ?",
        (mailbox, tx.account, parent),
    )


def forget(tx: Transaction, mailbox: MailboxId) -> None:
    """A mailbox goes."""
    tx.db.execute("DELETE FROM mailbox_right WHERE account = ? AND mailbox = ?", (tx.account, mailbox))
