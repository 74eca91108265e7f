"""One account's records in memory."""

from collections.abc import Iterable, Mapping, Sequence

from ...errors import ChangesForgotten, InUse
from ...ids import ModSeq
from ..changes import Kind
from ..record_history import REMEMBERED, Trace, told
from ..records import Record, RecordChanges, RecordKind
from .opened import OpenedMail
from .state import Kept


class RecordVerbs(OpenedMail):
    def _of(self, kind: RecordKind) -> Kept:
        return self._state.records.setdefault(kind, Kept())

    async def records(self, kind: RecordKind, ids: Sequence[str] | None = None) -> Sequence[Record]:
        there = self._of(kind).there.values()
        wanted = [one for one in there if ids is None or one.id in ids]
        return sorted(wanted, key=lambda one: (one.created, one.id))

    async def records_modseq(self, kind: RecordKind) -> ModSeq:
        return ModSeq(self._of(kind).modseq)

    async def change_records(
        self, kind: RecordKind, put: Mapping[str, bytes], remove: Iterable[str] = (), *, expect: ModSeq | None = None
    ) -> ModSeq:
        kept = self._of(kind)
        if expect is not None and expect != kept.modseq:
            raise InUse("it has changed since")
        new = {name: value for name, value in put.items() if name not in kept.there or kept.there[name].value != value}
        gone = [name for name in remove if name in kept.there and name not in new]
        if new or gone:
            at = kept.modseq = self._state.tick()
            for name, value in new.items():
                before = kept.there.get(name)
                kept.there[name] = Record(name, value, before.created if before else at, at)
                kept.gone = [trace for trace in kept.gone if trace.id != name]
            kept.gone += [Trace(at, name, kept.there.pop(name).created, True) for name in gone]
            if len(kept.gone) > REMEMBERED:
                kept.forgotten = kept.gone[-REMEMBERED - 1].modseq
                kept.gone = [trace for trace in kept.gone if trace.modseq > kept.forgotten]
            self._state.log(Kind.RECORDS_CHANGED, None, [(kind, kind)])
        return ModSeq(kept.modseq)

    async def record_changes(self, kind: RecordKind, since: ModSeq, most: int) -> RecordChanges:
        kept = self._of(kind)
        if since > kept.modseq or since < kept.forgotten:
            raise ChangesForgotten("nobody knows what has changed since then")
        there = (Trace(one.modseq, one.id, one.created, False) for one in kept.there.values())
        touched = [trace for trace in (*there, *kept.gone) if trace.modseq > since]
        return told(touched, since, most, ModSeq(kept.modseq))
