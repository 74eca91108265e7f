"""Messages as somebody other than the account's owner sees them: with a \\Seen of their own, and its modseq.

The owner's \\Seen is among a message's flags. Everybody else's is a row of `seen`; one without has not seen it. What others see
of a message changes with its own modseq or with that of their row, whichever is later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import apsw

from ...ids import AccountId, MailboxId, ModSeq, Uid
from ..changes import Kind
from ..keywords import changed, joined
from ..models import Flag, FlagAction, FlagChange, FlagRow, FlagsChanged, Mailbox, Uids
from ..ranges import runs
from . import hiding, mailboxes
from .statements import fetch, fetch_each
from .transaction import Transaction

SEEN, DELETED = int(Flag.SEEN), int(Flag.DELETED)

_NOTE = (
    "INSERT INTO seen (account, person, mailbox, uid, modseq, seen) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET modseq = excluded.modseq, seen = excluded.seen"
)
State = tuple[int, str]
"""The flags and keywords of a message."""


@lru_cache
def messages(viewer: AccountId) -> str:
    """What stands in place of the table `message` where somebody else looks."""
    return (
        f"(SELECT o.account, o.mailbox, o.uid, (o.flags & ~{SEEN}) | coalesce(s.seen, 0) AS flags, o.keywords,"
        " max(o.modseq, coalesce(s.modseq, 0)) AS modseq, o.email, o.size, o.received_at, o.received_zone, o.saved_at,"
        " o.collected_at, o.uidl, o.created FROM message o LEFT JOIN seen s"
        f" ON s.account = o.account AND s.person = {int(viewer)} AND s.mailbox = o.mailbox AND s.uid = o.uid)"
    )


def counted(db: apsw.Connection, account: AccountId, viewer: AccountId, found: Sequence[Mailbox]) -> list[Mailbox]:
    """Mailboxes with what is unseen of them counted anew."""
    every = "SELECT mailbox, sum(seen) FROM seen WHERE account = ? AND person = ? GROUP BY mailbox"
    one = "SELECT ?3, sum(seen) FROM seen WHERE account = ?1 AND person = ?2 AND mailbox = ?3"
    rows = fetch(db, every, (account, viewer)) if len(found) != 1 else fetch(db, one, (account, viewer, found[0].id))
    known = {mailbox: count or 0 for mailbox, count in rows}
    return [replace(box, unseen=box.messages - known.get(box.id, 0)) for box in found]


def note(tx: Transaction, viewer: AccountId, mailbox: MailboxId, uids: Iterable[int], *, seen: bool) -> None:
    """Somebody has seen these messages, or has not seen them any more, as of this modseq."""
    tx.db.executemany(_NOTE, [(tx.account, viewer, mailbox, uid, tx.at, int(seen)) for uid in uids])


def change_flags(
    tx: Transaction, viewer: AccountId, mailbox: MailboxId, uids: Uids, wanted: FlagChange, unchanged_since: ModSeq | None
) -> FlagsChanged:
    """As `Mail.change_flags`: \\Seen is the viewer's, all else everybody's."""
    picked: list[FlagRow] = fetch_each(
        tx.db,
        f"SELECT uid, flags, keywords, modseq FROM {messages(viewer)}"
        " WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid",
        [(tx.account, mailbox, first, last) for first, last in uids],
    )
    refused: list[Uid] = []
    if unchanged_since is not None:
        refused = [Uid(row[0]) for row in picked if row[3] > unchanged_since]
        picked = [row for row in picked if row[3] <= unchanged_since]
    steps = [(row, _after((row[1], row[2]), wanted)) for row in picked]
    moved = [(row, after) for row, after in steps if after != row[1:3]]
    if not moved:
        return FlagsChanged(picked, refused, mailboxes.by_id(tx.db, tx.account, mailbox).highest_modseq, False)
    _keep(tx, viewer, mailbox, moved)
    tx.log(Kind.FLAGS, mailbox, [(moved[0][0][0], moved[-1][0][0])])
    turned = [row[0] for row, (flags, _) in moved if (flags ^ row[1]) & DELETED]
    hiding.marked(tx, mailbox, hiding.emails(tx, mailbox, turned), wanted)
    rows = [row if after == row[1:3] else (row[0], *after, int(tx.at)) for row, after in steps]
    return FlagsChanged(rows, refused, tx.at, True)


def _after(before: State, wanted: FlagChange) -> State:
    flags, words = before
    match wanted.action:
        case FlagAction.ADD:
            after = flags | wanted.flags
        case FlagAction.REMOVE:
            after = flags & ~wanted.flags
        case _:
            after = int(wanted.flags)
    return after, changed(words, int(wanted.action), joined(wanted.keywords))


def _keep(tx: Transaction, viewer: AccountId, mailbox: MailboxId, moved: Sequence[tuple[FlagRow, State]]) -> None:
    """Each in its place, \\Seen here and the others there; a message of which only \\Seen differs keeps its modseq."""
    for seen in (True, False):
        changing = [row[0] for row, (flags, _) in moved if (flags ^ row[1]) & SEEN and bool(flags & SEEN) is seen]
        note(tx, viewer, mailbox, changing, seen=seen)
    everybodys = [
        {"flags": flags & ~SEEN, "words": words, "at": tx.at, "account": tx.account, "mailbox": mailbox, "uid": row[0]}
        for row, (flags, words) in moved
        if (flags ^ row[1]) & ~SEEN or words != row[2]
    ]
    tx.db.executemany(
        f"UPDATE message SET flags = (flags & {SEEN}) | :flags, keywords = :words, modseq = :at,"
        f" created = {hiding.CREATED.format(flags=':flags')}"
        " WHERE account = :account AND mailbox = :mailbox AND uid = :uid",
        everybodys,
    )
    deleted = sum(((flags & DELETED) - (row[1] & DELETED)) // DELETED for row, (flags, _) in moved)
    tx.db.execute(
        "UPDATE mailbox SET deleted = deleted + ?, highest_modseq = ? WHERE account = ? AND id = ?",
        (deleted, tx.at, tx.account, mailbox),
    )


# Messages that come and go take everybody's \Seen along.


def by_anyone(tx: Transaction) -> bool:
    """Whether anybody but the owner has seen anything."""
    return bool(tx.db.execute("SELECT EXISTS (SELECT 1 FROM seen WHERE account = ?)", (tx.account,)).get)


def copied(tx: Transaction, mailbox: MailboxId, to: MailboxId, ranges: Iterable[tuple[int, int, int]]) -> None:
    """Messages of each range (first, last, how far their UIDs went up) were copied."""
    common = {"account": tx.account, "mailbox": mailbox, "to": to, "at": tx.at}
    tx.db.executemany(
        "INSERT INTO seen (account, person, mailbox, uid, modseq, seen)"
        " SELECT account, person, :to, uid + :shift, :at, 1 FROM seen"
        " WHERE account = :account AND mailbox = :mailbox AND uid BETWEEN :first AND :last AND seen",
        [{**common, "first": first, "last": last, "shift": shift} for first, last, shift in ranges],
    )


def moved(tx: Transaction, mailbox: MailboxId, to: MailboxId, pairs: Iterable[tuple[int, int]]) -> None:
    """Messages, by their old and new UIDs, were moved."""
    tx.db.executemany(
        "UPDATE seen SET mailbox = ?, uid = ?, modseq = ? WHERE account = ? AND mailbox = ? AND uid = ?",
        [(to, new, tx.at, tx.account, mailbox, old) for old, new in pairs],
    )


def forget(tx: Transaction, mailbox: MailboxId, uids: Sequence[int]) -> None:
    """Messages are gone."""
    tx.db.executemany(
        "DELETE FROM seen WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?",
        [(tx.account, mailbox, first, last) for first, last in runs(uids)],
    )
