"""When somebody has to look at an account: the queries, each within a transaction of its caller's."""

import apsw

from ...ids import AccountId
from ..snoozing import Alarm
from .statements import fetch


def alarms(db: apsw.Connection, now: int) -> list[Alarm]:
    return [Alarm(*row) for row in fetch(db, "SELECT account, at, mark FROM alarm WHERE at <= ? ORDER BY at", (now,))]


def put(db: apsw.Connection, account: AccountId, at: int) -> None:
    """As `Alarms.set_alarm`."""
    db.execute(
        "INSERT INTO alarm SELECT account, ?2, 1 FROM account WHERE account = ?1"
        " ON CONFLICT DO UPDATE SET at = min(at, excluded.at), mark = mark + 1",
        (account, at),
    )


def put_again(db: apsw.Connection, alarm: Alarm, at: int | None) -> None:
    """As `Alarms.reset_alarm`."""
    key = (alarm.account, alarm.mark)
    if at is None:
        db.execute("DELETE FROM alarm WHERE account = ? AND mark = ?", key)
    else:
        db.execute("UPDATE alarm SET at = ?3, mark = mark + 1 WHERE account = ?1 AND mark = ?2", (*key, at))
