"""What came of recipients, and messages that are over, within a transaction of their caller's."""

from collections import Counter
from collections.abc import Mapping, Sequence

import apsw

from ...blobs.disk import Incoming
from ...queued import CONVERSATIONS, Conversation, NewQueued, Result, State
from ..statements import shown
from . import adding, destinations
from .rows import NUMBER, OVER, said

_KEY = "SELECT key FROM message WHERE id = ?"
SETTLE = (
    "UPDATE recipient SET state = ?, at = ?, attempts = attempts + ?, warned = warned OR ?, updated_at = ?, owner = NULL"
    "{} WHERE message = ? AND n = ? AND state = 1 RETURNING destination"
)
_FINISH = (
    "UPDATE message SET open = open - ?1, over_at = CASE open WHEN ?1 THEN ?2 END,"
    " place = CASE open WHEN ?1 THEN NULL ELSE place END WHERE key = ?3 RETURNING open"
)
_SETTLE_SPOKEN = SETTLE.format(", host = ?, code = ?, said = ?")
_SETTLE_SILENT = SETTLE.format("")


def settle(
    db: apsw.Connection,
    results: Sequence[Result],
    new: Sequence[tuple[NewQueued, Incoming | None]],
    conversation: Conversation | None,
    now: int,
) -> bool:
    """As `Queue.settle`; whether a file may be needed no more."""
    over: Counter[int] = Counter()
    keys: dict[str, int | None] = {}
    are_passed_over = bool(results)
    for result in results:
        if result.id not in keys:
            keys[result.id] = db.execute(_KEY, (result.id,)).get
        key = keys[result.id]
        if key is not None and _settled(db, key, result, now):
            are_passed_over = False
            if NUMBER[result.state] >= OVER:
                over[key] += 1
    for message, incoming in () if are_passed_over else new:
        adding.add(db, message, incoming)
    if conversation is not None:
        _keep(db, conversation)
    return finish(db, over, now)


def _settled(db: apsw.Connection, key: int, result: Result, now: int) -> bool:
    """Whether the recipient was in hand. A result that says nothing leaves what was said before."""
    words = said(result)
    change = (NUMBER[result.state], result.at, result.counts, result.warned, now)
    if any(words):
        rows = db.execute(_SETTLE_SPOKEN, (*change, *words, key, result.n))
    else:
        rows = db.execute(_SETTLE_SILENT, (*change, key, result.n))
    destination: str | None = rows.get
    if destination is not None and result.state is State.WAITING:
        destinations.expect(db, destination, result.at)
    return destination is not None


def _keep(db: apsw.Connection, conversation: Conversation) -> None:
    key: int | None = db.execute(_KEY, (conversation.id,)).get
    if key is None:
        return
    db.execute(
        "INSERT INTO conversation (message, at, host, text) VALUES (?, ?, ?, ?)",
        (key, conversation.at, shown(conversation.host), shown(conversation.text)),
    )
    db.execute(
        "DELETE FROM conversation WHERE message = ?1 AND key <="
        " (SELECT key FROM conversation WHERE message = ?1 ORDER BY key DESC LIMIT 1 OFFSET ?2)",
        (key, CONVERSATIONS),
    )


def finish(db: apsw.Connection, over: Mapping[int, int], now: int) -> bool:
    """So many more recipients of these messages are over; with a message's last, its content goes. Whether a file may be needed
    no more."""
    doomed = False
    for key, count in over.items():
        left: int = db.execute(_FINISH, (count, now, key)).get
        if not left:
            doomed |= _empty(db, key)
    return doomed


def _empty(db: apsw.Connection, key: int) -> bool:
    """A message's content goes; whether it was a file."""
    db.execute("DELETE FROM content WHERE message = ?", (key,))
    if db.changes():
        return False
    db.execute("INSERT OR IGNORE INTO doomed_file SELECT blob FROM message WHERE key = ?", (key,))
    return True
