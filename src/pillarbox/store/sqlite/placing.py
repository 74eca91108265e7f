"""Messages copied and moved: set by set, within the transaction they are handed."""

from collections.abc import Sequence

from ...ids import MailboxId, Uid
from ..changes import Kind
from ..models import Copied, Mailbox, UidRange, Uids, Usage
from ..ranges import runs
from . import mailboxes, viewing
from .adding import DELETED, SEEN, check_quota, count_in, take_uids
from .statements import fetch_each
from .transaction import Transaction

Picked = Sequence[tuple[int, int, int]]
"""(uid, flags, size)"""

# A message takes its UIDL along, unless another in the target answers to it already: to the one that comes of the blob's
# name, where the same email is there; or to one of the same spelling.
_UIDL = """
CASE WHEN EXISTS (SELECT 1 FROM message x WHERE x.account = m.account AND x.email = m.email AND x.mailbox = :to
                  AND x.uidl IS NULL AND m.uidl IS NULL AND NOT (x.uid = m.uid AND x.mailbox = m.mailbox))
       OR EXISTS (SELECT 1 FROM message x WHERE x.account = m.account AND x.mailbox = :to AND x.uidl = m.uidl
                  AND NOT (x.uid = m.uid AND x.mailbox = m.mailbox))
     THEN (SELECT lower(hex(substr(blob, 1, 15))) FROM email WHERE id = m.email) || '.' || :to || '.' || {uid}
     ELSE uidl END
"""
_COPY = """
INSERT INTO message
SELECT account, :to, uid + :shift, flags, keywords, :at, email, size, received_at, received_zone, :saved_at, NULL,
    {uidl}, :at
FROM message m WHERE account = :account AND mailbox = :mailbox AND uid BETWEEN :first AND :last
"""
_COPY_AMONG = _COPY.format(
    uidl=_UIDL.format(uid="(uid + :shift)").replace(" AND NOT (x.uid = m.uid AND x.mailbox = m.mailbox)", "")
)
_COPY_TO_EMPTY = _COPY.format(uidl="uidl")
_MOVE = f"""
UPDATE message AS m
SET mailbox = :to, uid = :new, modseq = :at, created = :at, saved_at = coalesce(:saved_at, saved_at),
    uidl = {_UIDL.format(uid=":new")}
WHERE account = :account AND mailbox = :mailbox AND uid = :old
"""


def copy(tx: Transaction, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int, quota: Usage | None) -> Copied:
    """As `Mail.copy`."""
    target, picked = _pick(tx, mailbox, uids, to)
    if not picked:
        return Copied(target.uidvalidity, (), (), target.highest_modseq)
    check_quota(tx, quota, len(picked), sum(size for _, _, size in picked))
    new = int(take_uids(target, len(picked)))
    common = {"account": tx.account, "mailbox": mailbox, "to": to, "at": tx.at, "saved_at": saved_at}
    statement = _COPY_AMONG if target.messages else _COPY_TO_EMPTY
    shifts = []
    for first, last in runs(uid for uid, _, _ in picked):
        tx.db.execute(statement, {**common, "shift": new - first, "first": first, "last": last})
        shifts.append((first, last, new - first))
        new += last - first + 1
    if viewing.by_anyone(tx):
        viewing.copied(tx, mailbox, to, shifts)
    return _placed(tx, target, picked)


def move(tx: Transaction, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int | None) -> Copied:
    """As `Mail.move`; `saved_at` None leaves that date as it is."""
    target, picked = _pick(tx, mailbox, uids, to)
    if not picked:
        return Copied(target.uidvalidity, (), (), target.highest_modseq)
    first = take_uids(target, len(picked))
    common = {"account": tx.account, "mailbox": mailbox, "to": to, "at": tx.at, "saved_at": saved_at}
    tx.db.executemany(_MOVE, [{**common, "old": uid, "new": first + n} for n, (uid, _, _) in enumerate(picked)])
    if viewing.by_anyone(tx):
        viewing.moved(tx, mailbox, to, [(uid, first + n) for n, (uid, _, _) in enumerate(picked)])
    count_out(tx, mailbox, messages=len(picked), **_weights(picked))
    tx.log(Kind.EXPUNGED, mailbox, gone(tx, mailbox, [uid for uid, _, _ in picked]))
    return _placed(tx, target, picked)


def _pick(tx: Transaction, mailbox: MailboxId, uids: Uids, to: MailboxId) -> tuple[Mailbox, Picked]:
    """The target, and what goes there. Raises MailboxNotFound for either."""
    mailboxes.by_id(tx.db, tx.account, mailbox)
    target = mailboxes.selectable(tx.db, tx.account, to)
    picked = fetch_each(
        tx.db,
        "SELECT uid, flags, size FROM message WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?",
        [(tx.account, mailbox, first, last) for first, last in uids],
    )
    return target, picked


def _placed(tx: Transaction, target: Mailbox, picked: Picked) -> Copied:
    """Count and tell of what has come into the target, with UIDs from its uidnext on."""
    count_in(tx, target.id, messages=len(picked), claim=False, **_weights(picked))
    new = range(target.uidnext, target.uidnext + len(picked))
    tx.log(Kind.ADDED, target.id, [(new[0], new[-1])])
    return Copied(target.uidvalidity, [Uid(uid) for uid, _, _ in picked], [Uid(uid) for uid in new], tx.at)


def _weights(picked: Picked) -> dict[str, int]:
    """What messages add to the counts of a mailbox."""
    return {
        "unseen": sum([not flags & SEEN for _, flags, _ in picked]),
        "deleted": sum([flags & DELETED > 0 for _, flags, _ in picked]),
        "size": sum([size for _, _, size in picked]),
    }


def count_out(tx: Transaction, mailbox: MailboxId, *, messages: int, unseen: int, deleted: int, size: int) -> None:
    """A mailbox has so many messages fewer."""
    tx.db.execute(
        "UPDATE mailbox SET messages = messages - ?1, unseen = unseen - ?2, deleted = deleted - ?3, size = size - ?4,"
        " highest_modseq = ?5 WHERE account = ?6 AND id = ?7",
        (messages, unseen, deleted, size, tx.at, tx.account, mailbox),
    )


def gone(tx: Transaction, mailbox: MailboxId, uids: Sequence[int]) -> list[UidRange]:
    """The ranges to log for UIDs just removed: one, where nothing is left between them."""
    first, last = uids[0], uids[-1]
    left = tx.db.execute(
        "SELECT 1 FROM message WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ? LIMIT 1",
        (tx.account, mailbox, first, last),
    ).get
    return [(first, last)] if left is None else runs(uids)
