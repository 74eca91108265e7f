"""Records beside the mail: the queries, each within a transaction of its caller's."""

import json
from collections.abc import Iterable, Mapping, Sequence

import apsw

from ...errors import ChangesForgotten, InUse
from ...ids import AccountId, ModSeq
from ..changes import Kind
from ..record_history import REMEMBERED, Trace, told
from ..records import Record, RecordChanges, RecordKind
from .statements import fetch
from .transaction import Transaction

_OF = "account = ? AND kind = ?"
_THERE = f"SELECT id, value, created, modseq FROM record WHERE {_OF} AND value IS NOT NULL"


def records(db: apsw.Connection, account: AccountId, kind: RecordKind, ids: Sequence[str] | None) -> list[Record]:
    """As `Mail.records`."""
    if ids is None:
        rows = fetch(db, f"{_THERE} ORDER BY created, id", (account, kind))
    else:
        named = f"{_THERE} AND id IN (SELECT value FROM json_each(?)) ORDER BY created, id"
        rows = fetch(db, named, (account, kind, json.dumps(list(ids))))
    return [Record(id, value, ModSeq(created), ModSeq(modseq)) for id, value, created, modseq in rows]  # noqa: A001


def modseq(db: apsw.Connection, account: AccountId, kind: RecordKind) -> ModSeq:
    """As `Mail.records_modseq`."""
    return ModSeq(db.execute(f"SELECT modseq FROM record_kind WHERE {_OF}", (account, kind)).get or 0)


def change(tx: Transaction, kind: RecordKind, put: Mapping[str, bytes], remove: Iterable[str], expect: ModSeq | None) -> ModSeq:
    """As `Mail.change_records`."""
    now = modseq(tx.db, tx.account, kind)
    if expect is not None and expect != now:
        raise InUse("it has changed since")
    there = {one.id: one.value for one in records(tx.db, tx.account, kind, [*put, *remove])}
    new = {id: value for id, value in put.items() if there.get(id) != value}  # noqa: A001
    gone = [id for id in remove if id in there and id not in new]  # noqa: A001
    if not new and not gone:
        return now
    at = tx.at
    tx.db.executemany(
        "INSERT INTO record (account, kind, id, value, created, modseq) VALUES (?1, ?2, ?3, ?4, ?5, ?5)"
        " ON CONFLICT (account, kind, id) DO UPDATE SET value = excluded.value, modseq = excluded.modseq,"
        " created = CASE WHEN value IS NULL THEN excluded.created ELSE created END",
        [(tx.account, kind, id, value, at) for id, value in new.items()],  # noqa: A001
    )
    tx.db.executemany(
        f"UPDATE record SET value = NULL, modseq = ? WHERE {_OF} AND id = ?",
        [(at, tx.account, kind, id) for id in gone],  # noqa: A001
    )
    tx.db.execute(
        "INSERT INTO record_kind (account, kind, modseq) VALUES (?, ?, ?)"
        " ON CONFLICT (account, kind) DO UPDATE SET modseq = excluded.modseq",
        (tx.account, kind, at),
    )
    if gone:
        _forget(tx, kind)
    tx.log(Kind.RECORDS_CHANGED, None, [(kind, kind)])
    return at


def _forget(tx: Transaction, kind: RecordKind) -> None:
    """Of those that are gone only the last ones are remembered."""
    cut = tx.db.execute(
        f"SELECT modseq FROM record WHERE {_OF} AND value IS NULL ORDER BY modseq DESC LIMIT 1 OFFSET ?",
        (tx.account, kind, REMEMBERED),
    ).get
    if cut is not None:
        tx.db.execute(f"DELETE FROM record WHERE {_OF} AND value IS NULL AND modseq <= ?", (tx.account, kind, cut))
        tx.db.execute(f"UPDATE record_kind SET forgotten = ? WHERE {_OF}", (cut, tx.account, kind))


def changes(db: apsw.Connection, account: AccountId, kind: RecordKind, since: ModSeq, most: int) -> RecordChanges:
    """As `Mail.record_changes`."""
    now, forgotten = next(iter(fetch(db, f"SELECT modseq, forgotten FROM record_kind WHERE {_OF}", (account, kind))), (0, 0))
    if since > now or since < forgotten:
        raise ChangesForgotten("nobody knows what has changed since then")
    rows = fetch(
        db,
        f"SELECT modseq, id, created, value IS NULL FROM record WHERE {_OF} AND modseq > ? ORDER BY modseq",
        (account, kind, since),
    )
    return told((Trace(at, id, created, bool(gone)) for at, id, created, gone in rows), since, most, ModSeq(now))  # noqa: A001
