"""Emails put aside for a while: what is kept of them, within the transaction of their caller's."""

from collections.abc import Iterable

import apsw

from ...ids import AccountId, EmailId, MailboxId
from ..emails import EmailChange, Snooze
from ..models import INBOX
from .hiding import DELETED
from .statements import fetch
from .transaction import Transaction

_IS_THERE = (
    "EXISTS (SELECT 1 FROM message n WHERE n.account = s.account AND n.email = s.email AND n.mailbox = s.mailbox"
    f" AND NOT n.flags & {DELETED})"
)
_ASLEEP = f"{_IS_THERE} AND NOT s.woken"
UNTIL = f"(SELECT s.until FROM snooze s WHERE s.account = e.account AND s.email = e.id AND {_ASLEEP})"
"""Until when an email `e` sleeps; NULL: it does not."""
SHOWN_AT = f"""coalesce((SELECT s.until FROM snooze s
    WHERE s.account = m.account AND s.email = m.email AND (s.woken OR {_IS_THERE})), m.received_at)"""
"""When a message `m` comes or came to be looked at: when it was received, or wakes, or woke."""


def where(tx: Transaction, email: EmailId, before: frozenset[MailboxId], wanted: EmailChange) -> frozenset[MailboxId]:
    """The mailboxes an email shall be in, that falls asleep or wakes."""
    if wanted.snooze is not None:
        return frozenset((wanted.snooze.mailbox,))
    sleeps = _sleeps(tx, email)
    return before if sleeps is None else _there(tx, sleeps[1]) | (before - {sleeps[0]})


def note(tx: Transaction, email: EmailId, before: frozenset[MailboxId], wanted: EmailChange) -> bool:
    """Keep what has become of it; whether that is other than it was."""
    if wanted.snooze is None:
        return _end(tx, [email])
    return _begin(tx, email, before, wanted.snooze)


def _begin(tx: Transaction, email: EmailId, before: frozenset[MailboxId], snooze: Snooze) -> bool:
    sleeps = _sleeps(tx, email)
    homes = sorted(before - {snooze.mailbox}) if sleeps is None else sleeps[1]
    row = (tx.account, email, snooze.until, snooze.mailbox, ",".join(map(str, homes)), 0)
    if row in fetch(tx.db, "SELECT * FROM snooze WHERE account = ? AND email = ?", row[:2]):
        return False
    tx.db.execute("INSERT OR REPLACE INTO snooze VALUES (?, ?, ?, ?, ?, ?)", row)
    return True


def _end(tx: Transaction, emails: Iterable[EmailId]) -> bool:
    before = tx.db.total_changes()
    now = tx.now()
    tx.db.executemany(
        "UPDATE snooze SET woken = 1, until = min(until, ?) WHERE account = ? AND email = ? AND NOT woken",
        [(now, tx.account, email) for email in emails],
    )
    return tx.db.total_changes() > before


def _sleeps(tx: Transaction, email: EmailId) -> tuple[MailboxId, list[MailboxId]] | None:
    """Where an email sleeps, and where it came from."""
    rows = fetch(
        tx.db,
        f"SELECT s.mailbox, s.homes FROM snooze s WHERE s.account = ? AND s.email = ? AND {_ASLEEP}",
        (tx.account, email),
    )
    return next(((mailbox, [MailboxId(int(home)) for home in homes.split(",") if home]) for mailbox, homes in rows), None)


def _there(tx: Transaction, homes: Iterable[MailboxId]) -> frozenset[MailboxId]:
    """Those of these mailboxes that are still there; where none is, INBOX."""
    selectable = "SELECT id FROM mailbox WHERE account = ? AND selectable"
    found = {mailbox for (mailbox,) in fetch(tx.db, selectable, (tx.account,))} & set(homes)
    if not found:
        found = {tx.db.execute("SELECT id FROM mailbox WHERE account = ? AND name = ?", (tx.account, INBOX)).get}
    return frozenset(found)


def due(tx: Transaction, now: int, most: int) -> list[EmailId]:
    """Emails to be woken; those that somebody has taken out of where they slept are forgotten."""
    rows = fetch(
        tx.db,
        f"SELECT s.email, {_ASLEEP} FROM snooze s WHERE s.account = ? AND s.until <= ? AND NOT s.woken"
        " ORDER BY s.until LIMIT ?",
        (tx.account, now, most),
    )
    forget(tx, [email for email, asleep in rows if not asleep])
    return [email for email, asleep in rows if asleep]


def next_due(db: apsw.Connection, account: AccountId) -> int | None:
    found: int | None = db.execute("SELECT min(until) FROM snooze WHERE account = ? AND NOT woken", (account,)).get
    return found


def forget(tx: Transaction, emails: Iterable[int]) -> None:
    """They are gone."""
    tx.db.executemany("DELETE FROM snooze WHERE account = ? AND email = ?", [(tx.account, email) for email in emails])


def any_kept(db: apsw.Connection, account: AccountId) -> bool:
    """Whether any email of the account was ever put aside."""
    return db.execute("SELECT 1 FROM snooze WHERE account = ? LIMIT 1", (account,)).get is not None
