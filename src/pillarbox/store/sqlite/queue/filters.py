"""Which messages and recipients a `QueueFilter` means, and what a person does to them."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import apsw

from ....errors import NotFound
from ....ids import BlobId
from ...keywords import folded
from ...queued import Conversation, Destination, Intervention, Queued, QueueFilter, State
from ..statements import fetch
from . import destinations, settling
from .rows import HELD, MESSAGE, NUMBER, OVER, RECIPIENT, WAITING, message, recipient

Fit = tuple[int, Destination, int]
"""A message's key, a destination, and the number of a recipient."""
_SETS: dict[Intervention, tuple[Sequence[int], str]] = {
    Intervention.RETRY: ((WAITING,), "at = min(at, :now)"),
    Intervention.HOLD: ((WAITING,), f"state = {HELD}"),
    Intervention.RELEASE: ((HELD,), f"state = {WAITING}, at = :now"),
    Intervention.DROP: ((WAITING, HELD), f"state = {NUMBER[State.DROPPED]}"),
}
"""States that an intervention applies to, and what it does."""


class _Where:
    """A condition, and what is bound to it."""

    def __init__(self) -> None:
        self.parts: list[str] = ["1"]
        self.bindings: list[Any] = []

    def add(self, part: str, *bindings: Any) -> None:
        self.parts.append(part)
        self.bindings += bindings

    def address(self, column: str, wanted: str) -> None:
        """An address, or all of a "@domain"; without regard to case."""
        if wanted.startswith("@"):
            self.add(f"lower(substr({column}, -?)) = ?", len(wanted), folded(wanted))
        elif wanted:
            self.add(f"lower({column}) = ?", folded(wanted))

    def __str__(self) -> str:
        return " AND ".join(self.parts)


def _of_message(which: QueueFilter) -> _Where:
    where = _Where()
    if which.ids:
        where.add("m.id IN (SELECT value FROM json_each(?))", json.dumps(list(which.ids)))
    if which.name:
        where.add("(m.id = ? OR (m.id > ? AND m.id < ?))", which.name, f"{which.name}.", f"{which.name}/")
    if not which.is_named and (which.state is None or NUMBER[which.state] < OVER):
        where.add("m.over_at IS NULL")
    where.address("m.sender", which.sender)
    if which.account is not None:
        where.add("m.account = ?", which.account)
    if which.older_than is not None:
        where.add("m.created_at < ?", which.older_than)
    return where


def _of_recipient(which: QueueFilter) -> _Where:
    where = _Where()
    where.address("r.address", which.recipient)
    if which.destination:
        where.add("r.destination = ?", which.destination)
    if which.state is not None:
        where.add("r.state = ?", NUMBER[which.state])
    elif not which.is_named:
        where.add(f"r.state < {OVER}")
    return where


def keys(db: apsw.Connection, which: QueueFilter) -> list[int]:
    """Messages that fit, by age, as many as are asked for at most."""
    of_message, of_recipient = _of_message(which), _of_recipient(which)
    rows = fetch(
        db,
        f"SELECT m.key FROM message m WHERE {of_message}"
        f" AND EXISTS (SELECT 1 FROM recipient r WHERE r.message = m.key AND {of_recipient})"
        " ORDER BY m.created_at, m.key LIMIT ?",
        (*of_message.bindings, *of_recipient.bindings, which.most),
    )
    return [key for (key,) in rows]


def fitting(db: apsw.Connection, which: QueueFilter, keys: Sequence[int], states: Sequence[int]) -> list[Fit]:
    """Recipients of these messages that fit and are in one of the states."""
    where = _of_recipient(which)
    return fetch(
        db,
        "SELECT r.message, r.destination, r.n FROM json_each(?) k CROSS JOIN recipient r ON r.message = k.value"
        f" WHERE r.state IN ({', '.join(map(str, states))}) AND {where} ORDER BY r.message, r.destination, r.n",
        (json.dumps(keys), *where.bindings),
    )


def change(
    db: apsw.Connection, which: QueueFilter, keys: Sequence[int], intervention: Intervention, now: int
) -> tuple[int, bool]:
    """Do it to what fits of these messages: how many recipients, and whether a file may be needed no more."""
    states, sets = _SETS[intervention]
    found = fitting(db, which, keys, states)
    db.executemany(
        f"UPDATE recipient SET {sets}, updated_at = :now WHERE message = :key AND n = :n",
        [{"now": now, "key": key, "n": n} for key, _, n in found],
    )
    for name in {name for _, name, _ in found}:
        if intervention in (Intervention.RETRY, Intervention.RELEASE):
            destinations.expect(db, name, now)
        destinations.review(db, name)
    over = Counter(key for key, _, _ in found if intervention is Intervention.DROP)
    return len(found), settling.finish(db, over, now)


def withdraw(db: apsw.Connection, which: QueueFilter, now: int) -> tuple[int, bool]:
    """As `Queue.withdraw`; and whether a file may be needed no more."""
    found = keys(db, which)
    touched = f"SELECT 1 FROM recipient WHERE message = ? AND (attempts > 0 OR state NOT IN ({WAITING}, {HELD})) LIMIT 1"
    if not found or any(db.execute(touched, (key,)).get is not None for key in found):
        return 0, False
    return change(db, which, found, Intervention.DROP, now)


# Reading.


def listed(db: apsw.Connection, which: QueueFilter) -> list[Queued]:
    """As `Queue.listed`."""
    found = []
    for key in keys(db, which):
        (row,) = fetch(db, f"SELECT {MESSAGE} FROM message WHERE key = ?", (key,))
        recipients = db.execute(f"SELECT {RECIPIENT} FROM recipient WHERE message = ? ORDER BY n", (key,))
        found.append(Queued(message=message(row), recipients=[recipient(one) for one in recipients]))
    return found


def counts(db: apsw.Connection) -> dict[Destination, dict[str, int]]:
    """As `Queue.counts`."""
    found: dict[Destination, dict[str, int]] = {}
    for state in (State.WAITING, State.IN_HAND, State.HELD):
        query = f"SELECT destination, count(*) FROM recipient WHERE state = {NUMBER[state]} GROUP BY destination"
        for name, count in db.execute(query):
            found.setdefault(name, {})[state.value] = count
    return found


def conversations(db: apsw.Connection, id: str) -> list[Conversation]:  # noqa: A002
    rows = db.execute(
        "SELECT at, host, text FROM conversation WHERE message = (SELECT key FROM message WHERE id = ?) ORDER BY key", (id,)
    )
    return [Conversation(id=id, at=at, host=host, text=text) for at, host, text in rows]


def content(db: apsw.Connection, id: str) -> tuple[bytes, int, BlobId, bytes | None]:  # noqa: A002
    """(prefix, skip, blob, data) of a message that is not over; no data where it is in a file. Raises NotFound."""
    row: tuple[bytes, int, BlobId, bytes | None] | None = db.execute(
        "SELECT prefix, skip, blob, data FROM message LEFT JOIN content ON content.message = message.key"
        " WHERE id = ? AND place IS NOT NULL",
        (id,),
    ).fetchone()
    if row is None:
        raise NotFound("no such message in the queue")
    return row
