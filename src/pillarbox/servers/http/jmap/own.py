"""What the answers have in common for things that somebody keeps beside their mail (RFC 8620 §5): of their own account only."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from pillarbox.mail.collection import Collection
from pillarbox.proto.jmap import standard
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.store.expected import Moved

from . import answers
from .answers import Object, check_state
from .call import Call, OpenedFor

T = TypeVar("T")


async def account(call: Call, name: str) -> OpenedFor:
    """Somebody's own. Raises MethodRefused."""
    opened = await call.account(name)
    if not opened.is_personal:
        raise MethodRefused("accountNotSupportedByMethod")
    return opened


async def expect(collection: Collection[T], state: str | None) -> str:
    """The state now. Raises MethodRefused where it should be another."""
    now = await collection.state()
    check_state(state, now)
    return now


@asynccontextmanager
async def expected(collection: Collection[T], state: str | None) -> AsyncIterator[str]:
    """The same, be it that it becomes another before the first thing is done within."""
    now = await expect(collection, state)
    try:
        with collection.expecting(state):
            yield now
    except Moved:
        raise MethodRefused("stateMismatch", "it has changed since") from None


def found(call: Call, asked: standard.Get, state: str, every: Mapping[str, Object], told: Sequence[str]) -> Object:
    """Of a /get: `every` by id. Raises MethodRefused where there are more than may be asked for."""
    names = list(every) if asked.ids is None else asked.ids
    if len(names) > call.limits.get_objects:
        raise MethodRefused("requestTooLarge", f"there are {len(names)} objects")
    ids = {name: call.resolve_id(name) for name in names}
    listed: dict[str, Json] = {name: {key: every[ids[name]][key] for key in told} for name in names if ids[name] in every}
    return answers.found(asked.account, state, names, listed)


async def changes(asked: standard.Changes, collection: Collection[T]) -> Object:
    """Of a /changes. Raises ChangesForgotten."""
    return answers.changed(asked, await collection.changes(asked.since_state, asked.most), str)
