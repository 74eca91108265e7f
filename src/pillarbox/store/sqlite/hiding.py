"""Messages that become \\Deleted, or are so no longer: whoever looks at whole emails does not see them.

What an email has lost or found again by that is noted in the change log, in the transaction of whoever did it: an email that is
seen in no mailbox any more, one that is seen again, and one that is seen in others than before.
"""

from collections.abc import Collection, Iterable, Sequence

from ...ids import MailboxId
from ..changes import Kind
from ..models import Flag, FlagAction, FlagChange
from ..ranges import runs
from .statements import BY_EMAIL, fetch_each
from .transaction import Transaction

DELETED = int(Flag.DELETED)
SHOWN = f"NOT m.flags & {DELETED}"
"""The condition that a message `m` is seen by whoever looks at whole emails."""
CREATED = f"iif(flags & {DELETED} AND NOT ({{flags}}) & {DELETED}, :at, created)"
"""Under which modseq a message that gets flags was placed: one that is seen again is as if it had been placed now."""
_OF_EMAILS = f"FROM {BY_EMAIL} WHERE m.account = ? AND m.email BETWEEN ? AND ?"


def emails(tx: Transaction, mailbox: MailboxId, uids: Iterable[int]) -> list[int]:
    """Those of messages, whose UIDs come ascending."""
    statement = "SELECT email FROM message WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?"
    rows = fetch_each(tx.db, statement, [(tx.account, mailbox, first, last) for first, last in runs(uids)])
    return [email for (email,) in rows]


def marked(tx: Transaction, mailbox: MailboxId, turned: Collection[int], change: FlagChange) -> None:
    """By a change of flags \\Deleted was set on messages in a mailbox, or taken away: they are of these emails."""
    every = sorted(set(turned))
    if not every:
        return
    deleted = change.action != FlagAction.REMOVE and bool(change.flags & Flag.DELETED)
    elsewhere = _seen(tx, _in_several(tx, every), None if deleted else mailbox)
    wholly = [email for email in every if email not in elsewhere]
    tx.log(Kind.EMAIL_DESTROYED if deleted else Kind.EMAIL_SHOWN, None, runs(wholly))
    tx.log(Kind.EMAIL_PLACED, None, runs(sorted(elsewhere)))


def lost(tx: Transaction, left: Sequence[int]) -> list[int]:
    """Those of these emails of which only messages that are \\Deleted are left."""
    any_deleted = "SELECT 1 FROM mailbox WHERE account = ? AND deleted > 0 LIMIT 1"
    if not left or tx.db.execute(any_deleted, (tx.account,)).get is None:
        return []
    return _of_each(tx, f"SELECT m.email {_OF_EMAILS} GROUP BY m.email HAVING min(m.flags & {DELETED}) > 0", left)


def _in_several(tx: Transaction, every: Sequence[int]) -> list[int]:
    """Those of which there is more than one message: the index alone tells."""
    return _of_each(tx, f"SELECT m.email {_OF_EMAILS} GROUP BY m.email HAVING count(*) > 1", every)


def _seen(tx: Transaction, several: Sequence[int], shown: MailboxId | None) -> set[int]:
    """Those that are seen somewhere; not counting what is seen as of now in the mailbox `shown`."""
    statement = f"SELECT DISTINCT m.email {_OF_EMAILS} AND {SHOWN}"
    if shown is not None:
        statement += f" AND NOT (m.mailbox = {int(shown)} AND m.created = {int(tx.at)})"
    return set(_of_each(tx, statement, several))


def _of_each(tx: Transaction, statement: str, every: Iterable[int]) -> list[int]:
    rows = fetch_each(tx.db, statement, [(tx.account, first, last) for first, last in runs(every)])
    return [email for (email,) in rows]
