"""The account's modseq and its change log: one modseq a verb, its rows written with what they tell of.

The account's modseq is that of the log's last row, which is never forgotten: so a small change writes one page fewer.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

import apsw

from ...errors import ChangesForgotten, MailboxNotFound
from ...ids import AccountId, MailboxId, ModSeq
from ..changes import Change, Kind, MailboxChanges
from ..models import FlagRow, UidRange
from ..ranges import merged
from .statements import MESSAGES, fetch, fetch_each


def modseq(db: apsw.Connection, account: AccountId) -> ModSeq:
    """The account's highest."""
    return ModSeq(db.execute("SELECT coalesce(max(modseq), 1) FROM change WHERE account = ?", (account,)).get)


def trim(db: apsw.Connection, account: AccountId, keep: int) -> None:
    """Forget what is older than the last `keep` rows, one at least, whole modseqs at a time."""
    cut = db.execute(
        "SELECT modseq FROM change WHERE account = ? ORDER BY modseq DESC, n DESC LIMIT 1 OFFSET ?", (account, max(1, keep))
    ).get
    if cut is not None:
        db.execute("DELETE FROM change WHERE account = ? AND modseq <= ?", (account, cut))
        db.execute("UPDATE account SET forgotten = ? WHERE account = ?", (cut, account))


def log(db: apsw.Connection, account: AccountId, since: ModSeq, most: int) -> list[Change]:
    """Rows after `since`, whole modseqs only: at most `most`, unless one modseq alone has more. Raises ChangesForgotten."""
    _check_reach(db, account, since)
    rows = _entries(db, account, since, most + 1)
    if len(rows) > most:
        cut = rows[-1][0]
        if rows[0][0] == cut:
            rows = _of_one(db, account, cut)
        else:
            rows = [row for row in rows if row[0] != cut]
    return [Change(ModSeq(at), Kind(kind), mailbox, first, last) for at, kind, mailbox, first, last in rows]


def _entries(
    db: apsw.Connection, account: AccountId, since: int, most: int
) -> list[tuple[int, int, MailboxId | None, int, int]]:
    return fetch(
        db,
        "SELECT modseq, kind, mailbox, first, last FROM change WHERE account = ? AND modseq > ? ORDER BY modseq, n LIMIT ?",
        (account, since, most),
    )


def _of_one(db: apsw.Connection, account: AccountId, at: int) -> list[tuple[int, int, MailboxId | None, int, int]]:
    return fetch(
        db, "SELECT modseq, kind, mailbox, first, last FROM change WHERE account = ? AND modseq = ? ORDER BY n", (account, at)
    )


def only_flags(db: apsw.Connection, account: AccountId, since: ModSeq) -> bool:
    """Whether nothing was done after `since` but to change flags, as far as the log still tells."""
    others = "SELECT 1 FROM change WHERE account = ? AND modseq > ? AND kind <> ? LIMIT 1"
    if db.execute(others, (account, since, Kind.FLAGS)).get is not None:
        return False
    return bool(db.execute("SELECT forgotten <= ? FROM account WHERE account = ?", (since, account)).get)


def _check_reach(db: apsw.Connection, account: AccountId, since: int) -> None:
    if since < db.execute("SELECT forgotten FROM account WHERE account = ?", (account,)).get:
        raise ChangesForgotten("the change log no longer reaches back that far")


def changes(
    db: apsw.Connection, account: AccountId, mailbox: MailboxId, since: ModSeq, messages: str = MESSAGES
) -> MailboxChanges:
    """What happened to the messages of a mailbox after `since`; `messages` is the table of them as the viewer sees them.
    Raises MailboxNotFound, ChangesForgotten."""
    found = db.execute("SELECT highest_modseq, uidnext FROM mailbox WHERE account = ? AND id = ?", (account, mailbox)).get
    if found is None:
        raise MailboxNotFound("no such mailbox")
    highest, uidnext = found
    if highest <= since:
        return MailboxChanges(ModSeq(highest), uidnext, (), (), ())
    _check_reach(db, account, since)
    logged = _logged(db, account, mailbox, since)
    first_added = min((first for first, _ in logged.get(Kind.ADDED, ())), default=uidnext)
    told = merged([*logged.get(Kind.ADDED, ()), *logged.get(Kind.FLAGS, ())])
    rows = _rows(db, account, mailbox, since, told, messages)
    return MailboxChanges(
        ModSeq(highest),
        uidnext,
        merged(logged.get(Kind.EXPUNGED, ())),
        [row for row in rows if row[0] >= first_added],
        [row for row in rows if row[0] < first_added],
    )


def _logged(db: apsw.Connection, account: AccountId, mailbox: MailboxId, since: ModSeq) -> dict[Kind, Sequence[UidRange]]:
    rows = db.execute(
        "SELECT kind, first, last FROM change WHERE account = ? AND modseq > ? AND mailbox = ? ORDER BY kind",
        (account, since, mailbox),
    )
    return {Kind(kind): [(first, last) for _, first, last in group] for kind, group in groupby(rows, key=lambda row: row[0])}


def _rows(
    db: apsw.Connection, account: AccountId, mailbox: MailboxId, since: ModSeq, ranges: Iterable[UidRange], messages: str
) -> list[FlagRow]:
    return fetch_each(
        db,
        f"SELECT uid, flags, keywords, modseq FROM {messages}"
        " WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? AND modseq > ?",
        [(account, mailbox, first, last, since) for first, last in ranges],
    )
