"""Flags changed, set by set, within the transaction it is handed."""

from functools import lru_cache

from ...ids import MailboxId, ModSeq, Uid
from ..changes import Kind
from ..keywords import changed, joined
from ..models import Flag, FlagAction, FlagChange, FlagRow, FlagsChanged, Uids
from . import hiding, mailboxes
from .statements import fetch_each, listed
from .transaction import Transaction

_FLAGS = {
    FlagAction.ADD: "(flags | :flags)",
    FlagAction.REMOVE: "(flags & ~:flags)",
    FlagAction.REPLACE: ":flags",
}
_KEYWORDS = "changed_keywords(keywords, :action, :words)"
_PICK = "SELECT uid, flags, keywords, modseq FROM message WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?"

_COUNT = "UPDATE mailbox SET unseen = unseen + ?, deleted = deleted + ?, highest_modseq = ? WHERE account = ? AND id = ?"

State = tuple[int, str]
"""The flags and keywords of a message."""
Step = tuple[int, str, int, int]
"""A state that another becomes, and how many more are unseen and deleted by it."""


def change(tx: Transaction, mailbox: MailboxId, uids: Uids, wanted: FlagChange, unchanged_since: ModSeq | None) -> FlagsChanged:
    """As `Mail.change_flags`."""
    if wanted.quiet and unchanged_since is None and not _is_worded(wanted):
        return _change_quietly(tx, mailbox, uids, wanted)
    picked: list[FlagRow] = fetch_each(tx.db, _PICK, [(tx.account, mailbox, first, last) for first, last in uids])
    refused: list[Uid] = []
    if unchanged_since is not None:
        refused = [Uid(row[0]) for row in picked if row[3] > unchanged_since]
        picked = [row for row in picked if row[3] <= unchanged_since]
    steps = _Steps(wanted)
    taken = [(row, steps[row[1], row[2]]) for row in picked]
    moved = [(row[0], step) for row, step in taken if step is not None]
    if not moved:
        return FlagsChanged(picked, refused, mailboxes.by_id(tx.db, tx.account, mailbox).highest_modseq, False)
    at = tx.at
    _update(tx, mailbox, uids, wanted, unchanged_since)
    tx.db.execute(
        _COUNT,
        (sum([step[2] for _, step in moved]), sum([step[3] for _, step in moved]), at, tx.account, mailbox),
    )
    tx.log(Kind.FLAGS, mailbox, [(moved[0][0], moved[-1][0])])
    hiding.marked(tx, mailbox, hiding.emails(tx, mailbox, [uid for uid, step in moved if step[3]]), wanted)
    rows = [row if step is None else (row[0], step[0], step[1], at) for row, step in taken]
    return FlagsChanged(rows, refused, at, True)


def touch(tx: Transaction, mailbox: MailboxId, uid: Uid) -> None:
    """A message changes, in what is kept elsewhere."""
    key = (tx.at, tx.account, mailbox)
    tx.db.execute("UPDATE message SET modseq = ? WHERE account = ? AND mailbox = ? AND uid = ?", (*key, uid))
    tx.db.execute("UPDATE mailbox SET highest_modseq = ? WHERE account = ? AND id = ?", key)
    tx.log(Kind.FLAGS, mailbox, [(uid, uid)])


def _change_quietly(tx: Transaction, mailbox: MailboxId, uids: Uids, wanted: FlagChange) -> FlagsChanged:
    """The same, counted and not read: no row leaves the database."""
    counted = _counted(tx, mailbox, uids, wanted)
    count, seen, deleted = (sum(row[column] for row in counted) for column in (2, 3, 4))
    turning = _turning(tx, mailbox, uids, wanted)
    if not _update(tx, mailbox, uids, wanted, None):
        return FlagsChanged((), (), mailboxes.by_id(tx.db, tx.account, mailbox).highest_modseq, False, count)
    adds = wanted.action == FlagAction.ADD
    unseen = (seen - count if adds else seen) if wanted.flags & Flag.SEEN else 0
    marked = (count - deleted if adds else -deleted) if wanted.flags & Flag.DELETED else 0
    tx.db.execute(_COUNT, (unseen, marked, tx.at, tx.account, mailbox))
    tx.log(Kind.FLAGS, mailbox, [(counted[0][0], counted[-1][1])])
    hiding.marked(tx, mailbox, turning, wanted)
    return FlagsChanged((), (), tx.at, True, count)


def _counted(tx: Transaction, mailbox: MailboxId, uids: Uids, wanted: FlagChange) -> list[tuple[int, int, int, int, int]]:
    """Of each range that has any messages: the first and the last, how many, and, where it matters, how many are seen and
    deleted."""
    sums = "sum(flags & 1), sum(flags >> 3 & 1)" if wanted.flags & (Flag.SEEN | Flag.DELETED) else "0, 0"
    statement = (
        f"SELECT min(uid), max(uid), count(*), {sums} FROM message"
        " WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? HAVING count(*)"
    )
    return fetch_each(tx.db, statement, [(tx.account, mailbox, first, last) for first, last in uids])


def _turning(tx: Transaction, mailbox: MailboxId, uids: Uids, wanted: FlagChange) -> list[int]:
    """The emails of those messages of which \\Deleted will change."""
    if not wanted.flags & Flag.DELETED:
        return []
    statement = (
        "SELECT group_concat(email) FROM message WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?"
        f" AND {'NOT' if wanted.action == FlagAction.ADD else ''} flags & {hiding.DELETED}"
    )
    rows = fetch_each(tx.db, statement, [(tx.account, mailbox, first, last) for first, last in uids])
    return [email for (emails,) in rows for email in listed(emails)]


class _Steps(dict[State, Step | None]):
    """What each state becomes; None: it stays. Of many messages, few differ in theirs."""

    def __init__(self, wanted: FlagChange) -> None:
        super().__init__()
        self._action, self._flags, self._words = int(wanted.action), int(wanted.flags), joined(wanted.keywords)

    def __missing__(self, before: State) -> Step | None:
        flags, words = before
        if self._action == FlagAction.ADD:
            after = flags | self._flags
        else:
            after = flags & ~self._flags if self._action == FlagAction.REMOVE else self._flags
        kept = changed(words, self._action, self._words)
        step = None
        if (after, kept) != before:
            step = (after, kept, (flags & 1) - (after & 1), ((after & 8) - (flags & 8)) >> 3)
        self[before] = step
        return step


def _is_worded(wanted: FlagChange) -> bool:
    """Whether keywords may change."""
    return bool(wanted.keywords) or wanted.action == FlagAction.REPLACE


def _update(tx: Transaction, mailbox: MailboxId, uids: Uids, wanted: FlagChange, unchanged_since: ModSeq | None) -> int:
    """How many it changed."""
    common = {
        "account": tx.account, "mailbox": mailbox, "at": tx.next, "unchanged_since": unchanged_since,
        "flags": wanted.flags, "action": int(wanted.action), "words": joined(wanted.keywords),
    }  # fmt: skip
    statement = _statement(wanted.action, _is_worded(wanted), unchanged_since is not None)
    before = tx.db.total_changes()
    tx.db.executemany(statement, [{**common, "first": first, "last": last} for first, last in uids])
    return tx.db.total_changes() - before


@lru_cache
def _statement(action: FlagAction, worded: bool, bounded: bool) -> str:
    flags = _FLAGS[action]
    words = f", keywords = {_KEYWORDS}" if worded else ""
    differs = f"{flags} <> flags" + (f" OR {_KEYWORDS} <> keywords" if worded else "")
    created = "" if action == FlagAction.ADD else f", created = {hiding.CREATED.format(flags=flags)}"
    return (
        f"UPDATE message SET flags = {flags}{words}, modseq = :at{created}"
        f" WHERE account = :account AND mailbox = :mailbox AND uid BETWEEN :first AND :last AND ({differs})"
        + (" AND modseq <= :unchanged_since" if bounded else "")
    )


def mark_collected(tx: Transaction, mailbox: MailboxId, uids: Uids, at: int) -> None:
    """As `Mail.mark_collected`: nobody is told, no modseq moves."""
    mailboxes.by_id(tx.db, tx.account, mailbox)
    tx.db.executemany(
        "UPDATE message SET collected_at = ? WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?"
        " AND collected_at IS NULL",
        [(at, tx.account, mailbox, first, last) for first, last in uids],
    )
