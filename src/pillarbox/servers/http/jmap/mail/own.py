"""What the answers have in common for things that somebody keeps beside their mail (RFC 8620 §5): of their own account only."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from pillarbox.mail.collection import Changed, Collection
from pillarbox.proto.jmap import standard
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.store.expected import Moved

from ..call import Call, OpenedFor
from .answers import Object

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
    if state is not None and state != now:
        raise MethodRefused("stateMismatch", "it has changed since")
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


def checked(properties: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    """What is to be told of each, in the usual order, its id always. Raises MethodRefused."""
    if properties is None:
        return known
    if not set(properties) <= set(known):
        raise MethodRefused("invalidArguments", "there is no such property")
    return [name for name in known if name == "id" or name in properties]


def found(call: Call, asked: standard.Get, state: str, every: Mapping[str, Object], told: Sequence[str]) -> Object:
    """Of a /get: `every` by id. Raises MethodRefused where there are more than may be asked for."""
    names = list(every) if asked.ids is None else asked.ids
    if len(names) > call.limits.get_objects:
        raise MethodRefused("requestTooLarge", f"there are {len(names)} objects")
    ids = {name: call.resolve_id(name) for name in names}
    listed: list[Json] = [{key: every[ids[name]][key] for key in told} for name in names if ids[name] in every]
    return {
        "accountId": asked.account,
        "state": state,
        "list": listed,
        "notFound": [name for name in names if ids[name] not in every],
    }


async def changes(call: Call, asked: standard.Changes, collection: Collection[T]) -> Object:
    """Of a /changes. Raises ChangesForgotten."""
    most = min(asked.max_changes or call.limits.changes, call.limits.changes)
    told: Changed = await collection.changes(asked.since_state, most)
    return {
        "accountId": asked.account,
        "oldState": asked.since_state,
        "newState": told.state,
        "hasMoreChanges": told.more,
        "created": list(told.created),
        "updated": list(told.updated),
        "destroyed": list(told.destroyed),
    }
