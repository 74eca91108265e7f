"""What is due into an owner's hands, and back, within a transaction of their caller's."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter

import apsw

from ...queued import PAIR, Claimed, Destination, Owner
from ..statements import fetch, fetch_each
from . import destinations
from .rows import MESSAGE, RECIPIENT, WAITING, claimed, message

DUE = "SELECT message, n FROM recipient WHERE state = 0 AND destination = ? AND at <= ? ORDER BY at, message, n"
_TAKE = f"UPDATE recipient SET state = 1, was = state, owner = ? WHERE message = ? AND n = ? RETURNING {RECIPIENT}"
_MESSAGE = f"SELECT {MESSAGE}, data FROM message LEFT JOIN content ON content.message = message.key WHERE key = ?"

Pair = tuple[int, list[int]]
"""A message's key, and the numbers of its recipients for one destination."""


def is_any_due(db: apsw.Connection, now: int, destination: Destination | None, busy: Collection[Destination]) -> bool:
    """Whether a claim would find anything, to be asked before the write lock is."""
    if destination is None:
        return bool(destinations.ready(db, now, busy, 1))
    first = destinations.first_due(db, destination)
    return first is not None and first <= now


def claim(
    db: apsw.Connection,
    owner: Owner,
    now: int,
    most: int,
    turn: int,
    destination: Destination | None,
    busy: Collection[Destination],
) -> list[Claimed]:
    """As `Queue.claim`."""
    names = destinations.ready(db, now, busy, most) if destination is None else [destination]
    picked = _share({name: _due(db, name, now) for name in names}, most)
    taken = [_taken(db, owner, pair) for pairs in picked.values() for pair in pairs]
    for name, pairs in picked.items():
        if pairs:
            destinations.served(db, name, now, turn)
    return taken


def _due(db: apsw.Connection, name: Destination, now: int) -> Iterator[Pair]:
    """A destination's pairs that are due, those due longest first; each message once, with recipients due at the same time."""
    seen = set()
    for key, rows in groupby(db.execute(DUE, (name, now)), itemgetter(0)):
        if key not in seen:
            seen.add(key)
            yield key, [n for _, n in islice(rows, PAIR)]


def _share(due: dict[Destination, Iterator[Pair]], most: int) -> dict[Destination, list[Pair]]:
    """So many pairs, in rounds: none has a second one before every other has had one."""
    picked: dict[Destination, list[Pair]] = {name: [] for name in due}
    while due and most > 0:
        for name in list(due)[:most]:
            pair = next(due[name], None)
            if pair is None:
                del due[name]
            else:
                picked[name].append(pair)
                most -= 1
    return picked


def _taken(db: apsw.Connection, owner: Owner, pair: Pair) -> Claimed:
    key, numbers = pair
    recipients = fetch_each(db, _TAKE, [(owner, key, n) for n in numbers])
    ((*row, data),) = fetch(db, _MESSAGE, (key,))
    return claimed(message(row, data), recipients)


def take(db: apsw.Connection, owner: Owner, fitting: Iterable[Sequence[int | str]]) -> list[Claimed]:
    """Into one's hands what fits: rows of (message, destination, n), together by the first two."""
    taken = []
    names = set()
    for (key, name), rows in groupby(fitting, itemgetter(0, 1)):
        names.add(str(name))
        while numbers := [int(n) for _, _, n in islice(rows, PAIR)]:
            taken.append(_taken(db, owner, (int(key), numbers)))
    for name in names:
        destinations.review(db, name)
    return taken


def give_back(db: apsw.Connection, owner: Owner) -> int:
    """An owner works no more: what it had in hand is as it was before; how many recipients that was."""
    back = fetch(
        db,
        "UPDATE recipient SET state = was, owner = NULL WHERE state = 1 AND owner = ? RETURNING state, destination, at",
        (owner,),
    )
    for state, name, at in back:
        if state == WAITING:
            destinations.expect(db, name, at)
    db.execute("DELETE FROM owner WHERE id = ?", (owner,))
    return len(back)
