"""What the answers of the standard methods have in common (RFC 8620 §5)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from pillarbox.errors import MailError, NotFound
from pillarbox.limits import JmapLimits
from pillarbox.mail.collection import Changed
from pillarbox.mail.emails import Changes, Emails, State
from pillarbox.proto.jmap import ijson, standard
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused, set_error_of
from pillarbox.store.expected import Moved

from .call import Call, OpenedFor

Object = dict[str, Json]


def check_state(wanted: State | None, now: State) -> None:
    """Raises MethodRefused where somebody counts on another (RFC 8620 §5.3)."""
    if wanted not in (None, now):
        raise MethodRefused("stateMismatch", "it has changed since")


def checked(properties: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    """What is to be told of each, in the usual order, its id always (RFC 8620 §5.1). Raises MethodRefused."""
    if properties is None:
        return known
    if not set(properties) <= set(known):
        raise MethodRefused("invalidArguments", "there is no such property")
    return [name for name in known if name == "id" or name in properties]


@asynccontextmanager
async def expected(emails: Emails, state: State | None) -> AsyncIterator[State]:
    """The state now. Raises MethodRefused where it should be another, be it that it becomes one before the first thing is done
    within."""
    if state is None:
        yield await emails.state()
        return
    try:
        async with emails.expecting(state):
            yield state
    except Moved:
        raise MethodRefused("stateMismatch", "it has changed since") from None


class Room:
    """Bytes that the objects of one answer may have together: of long ones that are made one after another."""

    def __init__(self, limits: JmapLimits) -> None:
        self._left = limits.response

    def take(self, made: Json) -> None:
        """For one of them. Raises MethodRefused where all there are have no room any more."""
        self._left -= len(ijson.encode(made))
        if self._left < 0:
            raise MethodRefused("requestTooLarge", "that is more than one response holds: ask for less at a time")


async def parsed(
    call: Call, account: str, names: Sequence[str] | None, read: Callable[[OpenedFor, str], Awaitable[Object | None]]
) -> Object:
    """Of a /parse of blobs (RFC 8621 §4.9, RFC 9007 §2.2): what `read` makes of each; None: it is nothing of that kind, and
    NotFound is for what is not there. Raises MethodRefused."""
    if names is None:
        raise MethodRefused("invalidArguments", "'blobIds' is missing")
    if len(names) > call.limits.parse_blobs:
        raise MethodRefused("requestTooLarge", f"more than {call.limits.parse_blobs} blobs")
    opened = await call.account(account)
    room = Room(call.limits)
    made: dict[str, Json] = {}
    not_parsable: list[Json] = []
    missing: list[Json] = []
    for name in names:
        try:
            one = await read(opened, call.resolve_id(name))
        except NotFound:
            missing.append(name)
            continue
        if one is None:
            not_parsable.append(name)
        else:
            room.take(one)
            made[name] = one
    return {
        "accountId": account,
        "parsed": made or None,
        "notParsable": not_parsable or None,
        "notFound": missing or None,
    }


def found(account: str, state: State, asked: Sequence[str], listed: Mapping[str, Json]) -> Object:
    """Of a /get: `listed` by the ids asked for."""
    return {
        "accountId": account,
        "state": state,
        "list": [listed[name] for name in asked if name in listed],
        "notFound": [name for name in asked if name not in listed],
    }


def changed(asked: standard.Changes, told: Changes | Changed, name: Callable[[Any], str]) -> Object:
    """Of a /changes; `name` makes an id of what they are known by."""
    return {
        "accountId": asked.account,
        "oldState": asked.since_state,
        "newState": told.state,
        "hasMoreChanges": told.more,
        "created": [name(each) for each in told.created],
        "updated": [name(each) for each in told.updated],
        "destroyed": [name(each) for each in told.destroyed],
    }


def unchanged(asked: standard.Changes, state: State) -> Object:
    """Of a /changes where there is no history. Raises MethodRefused for any state but that now."""
    if asked.since_state != state:
        raise MethodRefused("cannotCalculateChanges")
    return changed(asked, Changed(state, False, (), (), ()), str)


def paged(call: Call, asked: standard.Query, state: State, results: Sequence[str]) -> Object:
    """Of a /query all of whose results are at hand. Raises MethodRefused."""
    anchor = None if asked.anchor is None else call.resolve_id(asked.anchor)
    part = standard.window(asked, len(results), call.limits.query_ids, results.index(anchor) if anchor in results else None)
    return queried(asked, state, part, part.cut(results), len(results))


def queried(asked: standard.Query, state: State, part: standard.Window, ids: Sequence[str], total: int) -> Object:
    """Of a /query."""
    answer: Object = {
        "accountId": asked.account,
        "queryState": state,
        "canCalculateChanges": True,
        "position": part.position,
        "ids": list(ids),
    }
    if asked.calculate_total:
        answer["total"] = total
    return answer if part.limit is None else {**answer, "limit": part.limit}


def query_changed(asked: standard.QueryChanges, state: State, between: standard.Difference, total: int) -> Object:
    """Of a /queryChanges."""
    answer: Object = {
        "accountId": asked.account,
        "oldQueryState": asked.since_state,
        "newQueryState": state,
        **between.to_json(),
    }
    return {**answer, "total": total} if asked.calculate_total else answer


@contextmanager
def refusing(
    refused: dict[str, SetError], name: str, error_of: Callable[[MailError], SetError] = set_error_of
) -> Iterator[None]:
    """While one object is made, changed or destroyed: what is wrong with it is told under its name, and the others go on."""
    try:
        yield
    except SetRefused as error:
        refused[name] = error.error
    except MailError as error:
        refused[name] = error_of(error)


def told(errors: Mapping[str, SetError]) -> Json:
    """Why each was refused; null where none was."""
    return {name: error.to_json() for name, error in errors.items()} or None


@dataclass(slots=True)
class Done:
    """What a /set or one of its like has done so far."""

    created: dict[str, Json] = field(default_factory=dict)
    updated: dict[str, Json] = field(default_factory=dict)
    destroyed: list[Json] = field(default_factory=list)
    not_created: dict[str, SetError] = field(default_factory=dict)
    not_updated: dict[str, SetError] = field(default_factory=dict)
    not_destroyed: dict[str, SetError] = field(default_factory=dict)

    @classmethod
    def of_singleton(cls, asked: standard.Set, name: str) -> "Done":
        """Where there is one object, which can only be changed (RFC 8621 §8.2)."""
        singleton = SetError("singleton", "there is one, and it stays")
        missing = SetError("notFound", f"there is only {name!r}")
        return cls(
            not_created=dict.fromkeys(asked.create, singleton),
            not_updated={each: missing for each in asked.update if each != name},
            not_destroyed={each: singleton if each == name else missing for each in asked.destroy},
        )

    @property
    def count(self) -> int:
        """How much is done."""
        return len(self.created) + len(self.updated) + len(self.destroyed)

    def forget_refused(self) -> None:
        """Before it is tried again."""
        for refused in (self.not_created, self.not_updated, self.not_destroyed):
            refused.clear()

    def answer(self, account: str, old: State, new: State) -> Object:
        """Of a /set (RFC 8620 §5.3)."""
        return {"accountId": account, "oldState": old, "newState": new, **self.outcome()}

    def answer_made(self, account: str, old: State, new: State) -> Object:
        """Of what only makes objects."""
        return {"accountId": account, "oldState": old, "newState": new, **self._made()}

    def outcome(self) -> Object:
        """The same, of what has neither account nor state."""
        return {
            **self._made(),
            "updated": self.updated or None,
            "destroyed": self.destroyed or None,
            "notUpdated": told(self.not_updated),
            "notDestroyed": told(self.not_destroyed),
        }

    def _made(self) -> Object:
        return {"created": self.created or None, "notCreated": told(self.not_created)}
