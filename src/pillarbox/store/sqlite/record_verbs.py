"""One account's records in SQLite: each verb, and where it runs."""

from collections.abc import Iterable, Mapping, Sequence

from ...ids import ModSeq
from ..records import Record, RecordChanges, RecordKind
from . import records
from .opened import OpenedMail


class RecordVerbs(OpenedMail):
    """The part of `pillarbox.store.api.Mail` that is about records."""

    async def records(self, kind: RecordKind, ids: Sequence[str] | None = None) -> Sequence[Record]:
        return self._read(lambda db, account: records.records(db, account, kind, ids))

    async def records_modseq(self, kind: RecordKind) -> ModSeq:
        return self._ask(lambda db, account: records.modseq(db, account, kind))

    async def change_records(
        self, kind: RecordKind, put: Mapping[str, bytes], remove: Iterable[str] = (), *, expect: ModSeq | None = None
    ) -> ModSeq:
        gone = list(remove)
        return await self._write(lambda tx: records.change(tx, kind, put, gone, expect), small=True)

    async def record_changes(self, kind: RecordKind, since: ModSeq, most: int) -> RecordChanges:
        return self._read(lambda db, account: records.changes(db, account, kind, since, most))
