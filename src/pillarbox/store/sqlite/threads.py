"""Which thread an email belongs to (RFC 8621 §3): that of an earlier one with which it shares a message-id and the subject."""

from hashlib import blake2b

import apsw

from ...ids import AccountId, EmailId, ThreadId
from ..models import NewMessage


def thread_of(db: apsw.Connection, account: AccountId, message: NewMessage, email: EmailId) -> ThreadId:
    """The thread of a new email, its own where it finds none; its message-ids lead to that thread from now on."""
    known: dict[int, ThreadId | None] = {key: _living(db, account, key) for key in _keys(message)}
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


def _keys(message: NewMessage) -> list[int]:
    """A number for each message-id, the subject mixed in; each once, the message's own first."""
    subject = message.base_subject.encode("utf-8", "surrogatepass")
    names = dict.fromkeys([message.message_id, *message.references])
    names.pop("", None)
    return list(dict.fromkeys(_key(name.encode("utf-8", "surrogatepass"), subject) for name in names))


def _key(message_id: bytes, subject: bytes) -> int:
    digest = blake2b(message_id + b"\0" + subject, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def forget(db: apsw.Connection, account: AccountId, threads: set[int]) -> None:
    """Message-ids of threads that have no email left lead nowhere any more."""
    db.executemany(
        "DELETE FROM thread_ref WHERE account = ? AND thread = ?"
        " AND NOT EXISTS (SELECT 1 FROM email e WHERE e.account = thread_ref.account AND e.thread = thread_ref.thread)",
        [(account, thread) for thread in threads],
    )
