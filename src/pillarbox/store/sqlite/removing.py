"""Messages expunged, and what nothing refers to any more removed.

An expunge takes placements away and notes which emails lost their last one; their rows and files go soon after, in small
transactions, so that no expunge, however large, keeps others waiting.
"""

import apsw

from ...ids import AccountId, BlobId, MailboxId, Uid
from ..blobs.disk import DiskBlobs
from ..changes import Kind
from ..models import Expunged, Uids
from ..ranges import runs
from . import hiding, journal, mailboxes, snoozing, threads, viewing
from .adding import DELETED, SEEN
from .placing import count_out, gone
from .statements import fetch, fetch_each
from .transaction import Transaction

EVERYTHING: Uids = ((1, 0xFFFFFFFF),)


def expunge(tx: Transaction, mailbox: MailboxId, uids: Uids | None, *, only_deleted: bool) -> Expunged:
    """As `Mail.expunge`."""
    box = mailboxes.by_id(tx.db, tx.account, mailbox)
    if not box.messages or (only_deleted and not box.deleted):
        return Expunged((), box.highest_modseq)
    where = "account = ? AND mailbox = ? AND uid BETWEEN ? AND ?" + (" AND flags & 8" if only_deleted else "")
    bindings = [(tx.account, mailbox, first, last) for first, last in (EVERYTHING if uids is None else uids)]
    picked = fetch_each(tx.db, f"SELECT uid, email, flags, size FROM message WHERE {where}", bindings)
    if not picked:
        return Expunged((), box.highest_modseq)
    tx.db.executemany(f"DELETE FROM message WHERE {where}", bindings)
    count_out(
        tx,
        mailbox,
        messages=len(picked),
        unseen=sum([not flags & SEEN for _, _, flags, _ in picked]),
        deleted=sum([flags & DELETED > 0 for _, _, flags, _ in picked]),
        size=sum([size for _, _, _, size in picked]),
    )
    gone_uids = [Uid(uid) for uid, _, _, _ in picked]
    if viewing.by_anyone(tx):
        viewing.forget(tx, mailbox, gone_uids)
    tx.log(Kind.EXPUNGED, mailbox, gone(tx, mailbox, gone_uids))
    _doom(tx, sorted({email for _, email, _, _ in picked}), {email for _, email, flags, _ in picked if not flags & DELETED})
    return Expunged(gone_uids, tx.at)


def _doom(tx: Transaction, emails: list[int], seen: set[int]) -> None:
    """Note those of these emails that are in no mailbox any more; of those that were `seen`, it is told."""
    within = "account = ?2 AND email BETWEEN ?3 AND ?4"
    ranges = [(tx.at, tx.account, first, last) for first, last in runs(emails)]
    before = tx.db.total_changes()
    tx.db.executemany(
        f"INSERT OR REPLACE INTO departure SELECT DISTINCT account, email, ?1 FROM message WHERE {within}", ranges
    )
    left = tx.db.total_changes() - before
    doomed, hidden = emails, list[int]()
    if left:
        placed = fetch_each(tx.db, f"SELECT DISTINCT email FROM message WHERE {within} AND ?1", ranges)
        doomed = sorted(set(emails).difference([email for (email,) in placed]))
        hidden = hiding.lost(tx, sorted(seen.difference(doomed)))
    tx.db.executemany("INSERT INTO doomed_email VALUES (?, ?)", [(tx.account, email) for email in doomed])
    tx.log(Kind.EMAIL_DESTROYED, None, runs(sorted(seen.intersection(doomed + hidden))))


def has_doomed(db: apsw.Connection, account: AccountId) -> bool:
    """Whether there is anything to purge or unlink."""
    return bool(
        db.execute(
            "SELECT EXISTS (SELECT 1 FROM doomed_email WHERE account = ?1)"
            " OR EXISTS (SELECT 1 FROM doomed_file WHERE account = ?1)",
            (account,),
        ).get
    )


def has_files(db: apsw.Connection, account: AccountId) -> bool:
    """Whether there is anything to unlink."""
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM doomed_file WHERE account = ?)", (account,)).get)


def purge(tx: Transaction, most: int) -> int:
    """Remove at most so many of the emails in no mailbox; how many it were. Files are noted for `unlink`."""
    rows = fetch(
        tx.db,
        "SELECT e.id, e.content, e.thread, e.created FROM doomed_email d JOIN email e ON e.id = d.email"
        " WHERE d.account = ? LIMIT ?",
        (tx.account, most),
    )
    _remember(tx, [(email, thread, created) for email, _, thread, created in rows])
    emails = [(email,) for email, _, _, _ in rows]
    for table, key in (("text", "email"), ("form", "email"), ("email", "id")):
        tx.db.executemany(f"DELETE FROM {table} WHERE {key} = ?", emails)
    tx.db.executemany("UPDATE content SET emails = emails - 1 WHERE id = ?", [(content,) for _, content, _, _ in rows])
    unused = [(content,) for content in {content for _, content, _, _ in rows}]
    tx.db.executemany(
        "INSERT OR IGNORE INTO doomed_file SELECT account, blob FROM content WHERE id = ? AND emails = 0 AND data IS NULL",
        unused,
    )
    tx.db.executemany("DELETE FROM content WHERE id = ? AND emails = 0", unused)
    snoozing.forget(tx, [email for (email,) in emails])
    threads.forget(tx.db, tx.account, {thread for _, _, thread, _ in rows})
    for table in ("departure", "doomed_email"):
        tx.db.executemany(f"DELETE FROM {table} WHERE account = ? AND email = ?", [(tx.account, email) for (email,) in emails])
    return len(rows)


def _remember(tx: Transaction, emails: list[tuple[int, int, int]]) -> None:
    """What these emails were, until the change log forgets that they went."""
    now = journal.modseq(tx.db, tx.account)
    tx.db.executemany("INSERT INTO gone VALUES (?, ?, ?, ?, ?)", [(tx.account, now, *email) for email in emails])
    tx.db.execute(
        "DELETE FROM gone WHERE account = ?1 AND modseq <= (SELECT forgotten FROM account WHERE account = ?1)", (tx.account,)
    )


def unlink(tx: Transaction, blobs: DiskBlobs) -> None:
    """Remove the files that no content names: only after the commit that let go of them."""
    rows = fetch(tx.db, "SELECT blob FROM doomed_file WHERE account = ?", (tx.account,))
    for (blob,) in rows:
        _unlink_unnamed(tx, blobs, BlobId(blob))
    tx.db.execute("DELETE FROM doomed_file WHERE account = ?", (tx.account,))


def sweep(tx: Transaction, blobs: DiskBlobs) -> None:
    """Remove what was left by those who died while they received a message."""
    with blobs.leftovers() as leftovers:
        for blob, path in leftovers:
            _unlink_unnamed(tx, blobs, blob)
            blobs.remove_incoming(path)


def _unlink_unnamed(tx: Transaction, blobs: DiskBlobs, blob: BlobId) -> None:
    named = tx.db.execute("SELECT 1 FROM content WHERE account = ? AND blob = ? AND data IS NULL", (tx.account, blob)).get
    if named is None:
        blobs.remove(blob)
