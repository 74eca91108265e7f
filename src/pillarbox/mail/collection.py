"""Things of one kind that an account keeps beside its mail, each under an id: what `store.records` keeps, as values.

Their state is a number that grows with every change to one of them, and with nothing else.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from ..errors import ChangesForgotten, InUse
from ..ids import AccountId, ModSeq
from ..store import api
from ..store.expected import Moved
from ..store.records import RecordKind

T = TypeVar("T")
State = str
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Changed:
    """What happened since a state, each id in one of the three."""

    state: State
    more: bool
    created: Sequence[str]
    updated: Sequence[str]
    destroyed: Sequence[str]


class Collection(Generic[T]):
    def __init__(self, kept: api.Mail, kind: RecordKind, of: type[T], announce: Callable[[AccountId], None]) -> None:
        """`of` is a frozen dataclass; what is added to it later has a default."""
        self._kept = kept
        self._kind = kind
        self._of = of
        self._announce = announce
        self._expected: State | None = None

    async def state(self) -> State:
        return str(await self._kept.records_modseq(self._kind))

    async def all(self) -> Mapping[str, T]:
        """By id, oldest first."""
        return {one.id: self._read(one.value) for one in await self._kept.records(self._kind)}

    async def get(self, name: str) -> T | None:
        found = await self._kept.records(self._kind, [name])
        return self._read(found[0].value) if found else None

    @contextmanager
    def expecting(self, state: State | None) -> Iterator[None]:
        """Within, the first change raises Moved, and changes nothing, where the state is another; None: any will do."""
        self._expected = state
        try:
            yield
        finally:
            self._expected = None

    async def change(self, put: Mapping[str, T], remove: Iterable[str] = (), *, expect: State | None = None) -> None:
        """All or none. Raises InUse where the state is not the one expected, Moved for that of `expecting`."""
        written = {name: msgspec.json.encode(value) for name, value in put.items()}
        before = await self._kept.records_modseq(self._kind)
        wanted = self._expected if expect is None else expect
        expected = None if wanted is None else ModSeq(int(wanted))
        try:
            after = await self._kept.change_records(self._kind, written, remove, expect=expected)
        except InUse:
            if expect is not None:
                raise
            raise Moved from None
        if after != before:
            self._expected = None
            self._announce(self._kept.account)

    async def amend(self, name: str, amended: Callable[[T], Awaitable[T]]) -> T | None:
        """One of them, as `amended` makes it of what it is: again where somebody else was faster, so that no change is
        lost. None where there is none of that name."""
        while True:
            state = await self.state()
            found = await self.get(name)
            if found is None:
                return None
            wanted = await amended(found)
            if wanted == found:
                return found
            try:
                await self.change({name: wanted}, expect=state)
            except InUse:
                continue
            return wanted

    async def changes(self, since: State, most: int) -> Changed:
        """So many at most. Raises ChangesForgotten, also for what is no state of ours."""
        if not (since.isascii() and since.isdigit() and len(since) <= _DIGITS):
            raise ChangesForgotten("that is no state of ours")
        told = await self._kept.record_changes(self._kind, ModSeq(int(since)), most)
        return Changed(str(told.modseq), told.more, told.created, told.updated, told.destroyed)

    def _read(self, value: bytes) -> T:
        return msgspec.json.decode(value, type=self._of)
