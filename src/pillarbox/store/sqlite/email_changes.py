"""What happened to whole emails, threads and mailboxes: read from the change log and from what is there now."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import apsw

from ...errors import ChangesForgotten
from ...ids import AccountId, EmailId, MailboxId, ModSeq, ThreadId
from .. import history
from ..changes import Kind
from ..emails import WHOLLY, IdChanges, Moment, Within
from ..history import Gone, Known, Living, Standing, Touched, Turn
from ..models import Uids
from ..ranges import merged, span
from . import journal
from .emails import binding, counted, numbers, placed
from .statements import BY_EMAIL, fetch, fetch_each

FEW = 1000
"""Rows of the log, and messages they tell of, that are looked through on the loop."""
FEW_THREADS = 2000
"""Of more threads it is not asked which mailboxes they are in: they may be in all."""


class Asked(NamedTuple):
    """Of whom, by whom, and since when."""

    account: AccountId
    messages: str
    """The table of messages as the viewer sees them."""
    within: Within
    since: Moment

    @property
    def start(self) -> int:
        """The last modseq of which all has been told."""
        return self.since.modseq if self.since.through == WHOLLY else self.since.modseq - 1


Tell = Callable[[apsw.Connection, Asked], IdChanges]


class _Logged(NamedTuple):
    """What the log tells, as far as it counts."""

    now: ModSeq
    changed: dict[MailboxId, Uids]
    """By mailbox: UIDs among which something came or changed."""
    turns: Sequence[Turn]
    """As the account's owner sees it: whoever else looks may have seen an email go before, or come later."""


def is_small(db: apsw.Connection, asked: Asked) -> bool:
    """Whether so little happened that it is told on the loop."""
    rows = fetch(
        db,
        "SELECT first, last FROM change WHERE account = ? AND modseq > ? LIMIT ?",
        (asked.account, asked.start, FEW + 1),
    )
    return len(rows) <= FEW and span(rows) <= FEW


def emails(db: apsw.Connection, asked: Asked, most: int) -> IdChanges:
    """As `Mail.email_changes`."""
    logged = _logged(db, asked)
    return history.emails(_touched(db, asked, logged), asked.since, most, logged.now)


def threads(db: apsw.Connection, asked: Asked, most: int) -> IdChanges:
    """As `Mail.thread_changes`."""
    logged = _logged(db, asked)
    touched = _touched(db, asked, logged)
    came = [living for living in touched.living if living.appeared > asked.start]
    if any(each.thread is None for each in touched.gone):
        raise ChangesForgotten("nobody knows any more which threads they were in")
    which = {each.thread for each in came} | {each.thread for each in touched.gone if each.thread is not None}
    first = _first_of(db, asked, which, _shown_again(came, logged))
    return history.threads(Touched(came, touched.gone), first, asked.since, most, logged.now)


def mailboxes(db: apsw.Connection, asked: Asked, most: int) -> IdChanges:
    """As `Mail.mailbox_changes`."""
    logged = _logged(db, asked)
    rows = fetch(db, "SELECT id, created, modseq, highest_modseq FROM mailbox WHERE account = ?", (asked.account,))
    boxes = [row for row in rows if asked.within is None or row[0] in set(asked.within)]
    there = [Standing(*row[:3]) for row in boxes]
    recounted = [(row[0], row[3]) for row in boxes if row[3] > asked.start]
    recounted += _elsewhere(db, asked, _touched(db, asked, logged), boxes)
    return history.mailboxes(there, recounted, _deleted(db, asked), asked.since, most, logged.now)


def _deleted(db: apsw.Connection, asked: Asked) -> list[tuple[MailboxId, ModSeq]]:
    """Mailboxes that went, and had been there before."""
    rows = fetch(
        db,
        "SELECT kind, mailbox, modseq, n FROM change WHERE account = ? AND modseq > ? AND kind IN (4, 6) ORDER BY modseq, n",
        (asked.account, asked.start),
    )
    made = {mailbox for kind, mailbox, modseq, _ in rows if kind == Kind.MAILBOX_CREATED and (modseq, mailbox) > asked.since}
    gone = [(mailbox, modseq) for kind, mailbox, modseq, _ in rows if kind == Kind.MAILBOX_DELETED and mailbox not in made]
    return [] if asked.within is not None else gone


def _elsewhere(
    db: apsw.Connection, asked: Asked, touched: Touched, boxes: Sequence[tuple[MailboxId, int, int, int]]
) -> list[tuple[MailboxId, ModSeq]]:
    """Mailboxes to which nothing happened themselves, but to a thread some of whose emails they have."""
    when: dict[int, ModSeq] = {}
    happened = [(each.thread, each.modseq) for each in touched.living]
    happened += [(each.thread, each.modseq) for each in touched.gone if each.thread is not None]
    for thread, modseq in happened:
        when[thread] = max(modseq, when.get(thread, ModSeq(0)))
    if len(boxes) == 1 or not when:
        return []
    if len(when) > FEW_THREADS:
        last = max(when.values())
        return [(box[0], last) for box in boxes]
    rows = fetch(
        db,
        f"SELECT m.mailbox, e.thread FROM carray(?) t CROSS JOIN email e ON e.account = ? AND e.thread = t.value"
        f" CROSS JOIN {BY_EMAIL} ON m.account = e.account AND m.email = e.id WHERE {counted(asked.within)}"
        " GROUP BY m.mailbox, e.thread",
        (numbers(when), asked.account, *binding(asked.within)),
    )
    return [(mailbox, when[thread]) for mailbox, thread in rows]


# What the log tells.


def _logged(db: apsw.Connection, asked: Asked) -> _Logged:
    """Raises ChangesForgotten."""
    now = journal.modseq(db, asked.account)
    forgotten = db.execute("SELECT forgotten FROM account WHERE account = ?", (asked.account,)).get
    if asked.start < forgotten or asked.since.modseq > now:
        raise ChangesForgotten("the change log no longer reaches back that far")
    rows = db.execute(
        "SELECT mailbox, kind, first, last, modseq FROM change WHERE account = ? AND modseq > ? AND kind IN (1, 2, 7, 10)"
        " ORDER BY mailbox",
        (asked.account, asked.start),
    )
    counts = None if asked.within is None else frozenset(asked.within)
    changed: dict[MailboxId, Uids] = {}
    turns: list[Turn] = []
    for mailbox, group in groupby(rows, key=lambda row: row[0]):
        if mailbox is None:
            turns = [
                Turn(at, EmailId(one), kind == Kind.EMAIL_SHOWN)
                for _, kind, first, last, at in group
                for one in range(first, last + 1)
            ]
        elif counts is None or mailbox in counts:
            changed[mailbox] = merged((first, last) for _, _, first, last, _ in group)
    return _Logged(now, changed, turns)


def _touched(db: apsw.Connection, asked: Asked, logged: _Logged) -> Touched:
    left = _left(db, asked)
    latest = dict(left)
    for email, modseq in _changed(db, asked, logged):
        latest[email] = max(modseq, latest.get(email, 0))
    living = [Living(*row, modseq=ModSeq(latest[row[0]])) for row in _living(db, asked, latest)]
    known = _known(db, asked, logged)
    if asked.within is None:
        return history.turned(living, logged.turns, known, asked.since)
    nobody = (None, ModSeq(0))
    gone = [Gone(each.email, *known.get(each.email, nobody), each.modseq) for each in logged.turns if not each.is_shown]
    return Touched(living, gone + _out_of_sight(db, asked, latest))


def _changed(db: apsw.Connection, asked: Asked, logged: _Logged) -> Iterable[tuple[int, int]]:
    """Of each message that came or changed: its email, and when."""
    return fetch_each(
        db,
        f"SELECT email, modseq FROM {asked.messages} WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? AND modseq > ?",
        [(asked.account, box, first, last, asked.start) for box, uids in logged.changed.items() for first, last in uids],
    )


def _living(db: apsw.Connection, asked: Asked, emails: Iterable[int]) -> list[tuple[EmailId, ThreadId, ModSeq]]:
    """Of these emails, those that are in a mailbox that counts: their thread, and when they appeared."""
    appeared = "e.created" if asked.within is None else "max(e.created, min(m.created))"
    return fetch(
        db,
        f"SELECT e.id, e.thread, {appeared} FROM carray(?) c CROSS JOIN email e ON e.id = c.value AND e.account = ?"
        f"{placed('message', 'e.id')} WHERE {counted(asked.within)} GROUP BY e.id",
        (numbers(emails), asked.account, asked.account, *binding(asked.within)),
    )


def _left(db: apsw.Connection, asked: Asked) -> dict[int, int]:
    """Emails that left a mailbox and are in others still, and when; where somebody else looks, those too that came to another
    mailbox than before, whether or not it is one that counts."""
    found: dict[int, int] = dict(
        fetch(db, "SELECT email, modseq FROM departure WHERE account = ? AND modseq > ?", (asked.account, asked.start))
    )
    if asked.within is None:
        return found
    moved = fetch(
        db,
        "SELECT m.email, max(m.created) FROM change c CROSS JOIN message m ON m.account = c.account"
        " AND m.mailbox = c.mailbox AND m.uid BETWEEN c.first AND c.last AND m.created > ?1"
        " CROSS JOIN email e ON e.id = m.email AND e.created < m.created"
        " WHERE c.account = ?2 AND c.modseq > ?1 AND c.kind = 1 GROUP BY m.email",
        (asked.start, asked.account),
    )
    return {**found, **{email: max(modseq, found.get(email, 0)) for email, modseq in moved}}


def _out_of_sight(db: apsw.Connection, asked: Asked, latest: dict[int, int]) -> list[Gone]:
    """Those of these emails that are in no mailbox that counts; nobody knows any more whether they were."""
    rows = fetch(
        db,
        "SELECT e.id, e.thread FROM carray(?) c CROSS JOIN email e ON e.id = c.value AND e.account = ? WHERE NOT EXISTS"
        f" (SELECT 1 FROM {BY_EMAIL} WHERE m.account = e.account AND m.email = e.id AND {counted(asked.within)})"
        " AND NOT EXISTS (SELECT 1 FROM doomed_email d WHERE d.account = e.account AND d.email = e.id)",
        (numbers(latest), asked.account, *binding(asked.within)),
    )
    return [Gone(email, thread, ModSeq(0), ModSeq(latest[email])) for email, thread in rows]


def _known(db: apsw.Connection, asked: Asked, logged: _Logged) -> Known:
    """What is known of the emails that turned."""
    if not logged.turns:
        return {}
    remembered = "SELECT email, thread, created FROM gone WHERE account = ? AND modseq > ?"
    known = {row[0]: row[1:] for row in fetch(db, remembered, (asked.account, asked.start))}
    others = {turn.email for turn in logged.turns} - known.keys()
    there = "SELECT e.id, e.thread, e.created FROM carray(?) c CROSS JOIN email e ON e.id = c.value AND e.account = ?"
    return known | {row[0]: row[1:] for row in fetch(db, there, (numbers(others), asked.account))}


def _shown_again(living: Iterable[Living], logged: _Logged) -> Sequence[Living]:
    """Those that appeared under another modseq than they were made."""
    shown = {turn.email for turn in logged.turns if turn.is_shown}
    return [each for each in living if each.email in shown]


def _first_of(db: apsw.Connection, asked: Asked, threads: Iterable[int], again: Sequence[Living]) -> dict[ThreadId, ModSeq]:
    """Of each of these threads that has an email which counts: when the first of them appeared. `again` are all the emails that
    were seen again."""
    appeared = "e.created" if asked.within is None else "max(e.created, min(m.created))"
    rows = fetch(
        db,
        f"SELECT thread, min(appeared) FROM (SELECT e.thread, {appeared} AS appeared FROM carray(?) t"
        " CROSS JOIN email e ON e.account = ? AND e.thread = t.value"
        f"{placed('message', 'e.id')} WHERE {counted(asked.within)} AND e.id NOT IN (SELECT value FROM carray(?))"
        " GROUP BY e.id) GROUP BY thread",
        (numbers(threads), asked.account, asked.account, *binding(asked.within), numbers(each.email for each in again)),
    )
    first: dict[ThreadId, ModSeq] = dict(rows)
    for each in again:
        first[each.thread] = min(each.appeared, first.get(each.thread, each.appeared))
    return first
