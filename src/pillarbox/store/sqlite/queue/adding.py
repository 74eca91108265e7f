"""Messages into the queue, within a transaction of their caller's."""

import apsw

from ....errors import AlreadyExists
from ...blobs.disk import Incoming
from ...models import Content
from ...queued import NewQueued
from . import destinations
from .rows import FILE, INLINE, MESSAGE, message_row, recipient_row

_MESSAGE = f"INSERT INTO message ({MESSAGE}, place, open) VALUES ({', '.join('?' * 22)}) ON CONFLICT (id) DO NOTHING"
_RECIPIENT = (
    "INSERT INTO recipient (message, n, address, destination, notify, orcpt, state, at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)"
)


def add(db: apsw.Connection, new: NewQueued, incoming: Incoming | None) -> None:
    """As `Queue.add`; `incoming` holds its content where that is to be a file."""
    row = (*message_row(new), INLINE if incoming is None else FILE, len(new.recipients))
    db.execute(_MESSAGE, row)
    if not db.changes():
        raise AlreadyExists("the queue has a message of that name")
    key = db.last_insert_rowid()
    if incoming is None:
        db.execute("INSERT INTO content VALUES (?, ?)", (key, _data(new.content)))
    else:
        incoming.keep(new.content.blob)
    rows = [recipient_row(key, n, recipient, new.created_at) for n, recipient in enumerate(new.recipients)]
    db.executemany(_RECIPIENT, rows)
    earliest: dict[str, int] = {}
    for _, _, _, name, _, _, at, _ in rows:
        earliest[name] = min(at, earliest.get(name, at))
    for name, at in earliest.items():
        destinations.expect(db, name, at)


def _data(content: Content) -> bytes:
    if content.data is not None:
        return content.data
    assert content.path is not None
    with open(content.path, "rb", buffering=0) as file:
        return file.read()
