"""Which thread an email belongs to (RFC 8621 §3): that of an earlier one with which it shares a message-id and the subject."""

from collections.abc import Iterable
from hashlib import blake2b

import apsw

from ...ids import AccountId, EmailId, ThreadId
from ..models import NewMessage, Sight


def thread_of(db: apsw.Connection, account: AccountId, message: NewMessage, email: EmailId) -> ThreadId:
    """The thread of a new email, its own where it finds none; its message-ids lead to that thread from now on."""
    known = dict(_found(db, account, message, name) for name in _names(message))
    thread = next((found for found in known.values() if found is not None), ThreadId(email))
    free = [(account, key, thread) for key, found in known.items() if found is None]
    if free:
        db.executemany("INSERT OR REPLACE INTO thread_ref VALUES (?, ?, ?)", free)
    return thread


def _living(db: apsw.Connection, account: AccountId, key: int) -> ThreadId | None:
    """The thread that a key leads to, unless all its emails are gone."""
    found: int | None = db.execute("SELECT thread FROM thread_ref WHERE account = ? AND key = ?", (account, key)).get
    if found is None:
        return None
    for (email,) in db.execute("SELECT id FROM email WHERE account = ? AND thread = ?", (account, found)):
        if db.execute("SELECT 1 FROM doomed_email WHERE account = ? AND email = ?", (account, email)).get is None:
            return ThreadId(found)
    return None


def _names(message: NewMessage) -> Iterable[str]:
    """Its message-ids, each once, its own first."""
    names = dict.fromkeys([message.message_id, *message.references])
    names.pop("", None)
    return names


def _found(db: apsw.Connection, account: AccountId, message: NewMessage, name: str) -> tuple[int, ThreadId | None]:
    """The key of a message-id, and the living thread that it leads to. To somebody for whom that is hidden the message-id has
    another key, of their own, so that what they put there later comes together as if nothing were hidden."""
    key = _key(name, message.base_subject)
    found = _living(db, account, key)
    if found is None or message.sight is None or _is_seen(db, account, found, message.sight):
        return key, found
    key = _key(name, message.base_subject, message.sight.viewer)
    found = _living(db, account, key)
    return key, found if found is not None and _is_seen(db, account, found, message.sight) else None


def _is_seen(db: apsw.Connection, account: AccountId, thread: ThreadId, sight: Sight) -> bool:
    placed = db.execute(
        "SELECT DISTINCT m.mailbox FROM email e JOIN message m ON m.account = e.account AND m.email = e.id"
        " WHERE e.account = ? AND e.thread = ?",
        (account, thread),
    )
    return any(mailbox in sight.mailboxes for (mailbox,) in placed)


def _key(message_id: str, subject: str, viewer: int = 0) -> int:
    """A number for a message-id, the subject mixed in, and whose it is where it is not everybody's."""
    mixed = f"{message_id}\0{subject}" if not viewer else f"{message_id}\0{subject}\0{viewer}"
    digest = blake2b(mixed.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def forget(db: apsw.Connection, account: AccountId, threads: set[int]) -> None:
    """Message-ids of threads that have no email left lead nowhere any more."""
    db.executemany(
        "DELETE FROM thread_ref WHERE account = ? AND thread = ?"
        " AND NOT EXISTS (SELECT 1 FROM email e WHERE e.account = thread_ref.account AND e.thread = thread_ref.thread)",
        [(account, thread) for thread in threads],
    )
