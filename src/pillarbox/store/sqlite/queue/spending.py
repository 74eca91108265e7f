"""To how many recipients an account has sent lately, within a transaction of their caller's."""

import apsw

from ....ids import AccountId
from ...queued import HOUR, HOURS, Allowance, Spent

_SPENT = """SELECT total(recipients) FILTER (WHERE hour >= ?4), total(recipients) FROM spent
            WHERE account = ?1 AND purpose = ?2 AND hour > ?4 - ?3"""
_COUNT = """INSERT INTO spent VALUES (?, ?, ?, ?)
            ON CONFLICT (account, purpose, hour) DO UPDATE SET recipients = recipients + excluded.recipients"""


def spend(db: apsw.Connection, account: AccountId, purpose: str, count: int, allowance: Allowance, now: int) -> bool:
    """As `Queue.spend`."""
    if not allowance.has_room(spent(db, account, purpose, now), count):
        return False
    db.execute(_COUNT, (account, purpose, now // HOUR, count))
    return True


def spent(db: apsw.Connection, account: AccountId, purpose: str, now: int) -> Spent:
    """As `Queue.spent`."""
    hour, day = db.execute(_SPENT, (account, purpose, HOURS, now // HOUR)).get
    return Spent(int(hour), int(day))


def forget(db: apsw.Connection, before: int) -> None:
    """What was counted so long before that second that it bounds nobody since."""
    db.execute("DELETE FROM spent WHERE hour <= ?", (before // HOUR - HOURS,))
