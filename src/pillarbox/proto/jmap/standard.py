"""The six standard methods (RFC 8620 §5): their arguments, and the parts of their work that are the same for every type.

A method reads its own arguments from the same `Arguments` beside these, and calls `arguments.finish()` at the end.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pillarbox.limits import JmapLimits

from .arguments import MOST, Arguments, Json
from .errors import MethodRefused
from .ids import is_id

T = TypeVar("T")
State = str


@dataclass(frozen=True, slots=True)
class Get:
    """/get (RFC 8620 §5.1)."""

    account: str
    ids: Sequence[str] | None
    """None: all there are, where the type allows that."""
    properties: Sequence[str] | None

    @classmethod
    def parse(cls, arguments: Arguments, limits: JmapLimits, account: str | None = None) -> "Get":
        """With `account` where none need be named."""
        ids = arguments.ids("ids")
        if ids is not None and len(ids) > limits.get_objects:
            raise MethodRefused("requestTooLarge", f"more than {limits.get_objects} ids")
        return cls(_account(arguments, account), ids, arguments.strings("properties"))


@dataclass(frozen=True, slots=True)
class Changes:
    """/changes (RFC 8620 §5.2)."""

    account: str
    since_state: State
    most: int
    """Changes to be told at once: as many as are asked for, where that is not more than we tell."""

    @classmethod
    def parse(cls, arguments: Arguments, limits: JmapLimits) -> "Changes":
        most = arguments.optional_number("maxChanges", least=1) or limits.changes
        return cls(arguments.id("accountId"), arguments.text("sinceState"), min(most, limits.changes))


@dataclass(frozen=True, slots=True)
class Set:
    """/set (RFC 8620 §5.3)."""

    account: str
    if_in_state: State | None
    create: Mapping[str, dict[str, Json]]
    update: Mapping[str, dict[str, Json]]
    destroy: Sequence[str]

    @classmethod
    def parse(cls, arguments: Arguments, limits: JmapLimits, account: str | None = None) -> "Set":
        """With `account` where none need be named."""
        create = arguments.objects("create") or {}
        update = arguments.objects("update") or {}
        destroy = arguments.ids("destroy") or []
        _check_ids("create", create)
        _check_ids("update", (name.removeprefix("#") for name in update))
        _check_number(len(create) + len(update) + len(destroy), limits)
        return cls(_account(arguments, account), arguments.optional_text("ifInState"), create, update, destroy)


@dataclass(frozen=True, slots=True)
class Copy:
    """/copy (RFC 8620 §5.4)."""

    from_account: str
    if_from_in_state: State | None
    account: str
    if_in_state: State | None
    create: Mapping[str, dict[str, Json]]
    destroy_original: bool
    destroy_from_if_in_state: State | None

    @classmethod
    def parse(cls, arguments: Arguments, limits: JmapLimits) -> "Copy":
        create = arguments.objects("create")
        if create is None:
            raise MethodRefused("invalidArguments", "'create' is missing")
        _check_ids("create", create)
        _check_number(len(create), limits)
        source, target = arguments.id("fromAccountId"), arguments.id("accountId")
        if source == target:
            raise MethodRefused("invalidArguments", "both accounts are the same")
        return cls(
            source,
            arguments.optional_text("ifFromInState"),
            target,
            arguments.optional_text("ifInState"),
            create,
            arguments.flag("onSuccessDestroyOriginal"),
            arguments.optional_text("destroyFromIfInState"),
        )


@dataclass(frozen=True, slots=True)
class Query:
    """/query (RFC 8620 §5.5)."""

    account: str
    filter: dict[str, Json] | None
    sort: Sequence[dict[str, Json]]
    position: int
    anchor: str | None
    anchor_offset: int
    limit: int | None
    calculate_total: bool

    @classmethod
    def parse(cls, arguments: Arguments, limits: JmapLimits) -> "Query":
        return cls(
            arguments.id("accountId"),
            arguments.object("filter"),
            arguments.object_list("sort") or [],
            arguments.number("position", 0, least=-MOST),
            arguments.optional_id("anchor"),
            arguments.number("anchorOffset", 0, least=-MOST),
            arguments.optional_number("limit"),
            arguments.flag("calculateTotal"),
        )


@dataclass(frozen=True, slots=True)
class QueryChanges:
    """/queryChanges (RFC 8620 §5.6)."""

    account: str
    filter: dict[str, Json] | None
    sort: Sequence[dict[str, Json]]
    since_state: State
    max_changes: int | None
    up_to: str | None
    calculate_total: bool

    @classmethod
    def parse(cls, arguments: Arguments, limits: JmapLimits) -> "QueryChanges":
        return cls(
            arguments.id("accountId"),
            arguments.object("filter"),
            arguments.object_list("sort") or [],
            arguments.text("sinceQueryState"),
            arguments.optional_number("maxChanges", least=1),
            arguments.optional_id("upToId"),
            arguments.flag("calculateTotal"),
        )


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a query's results that is answered: those of `range(position, end)`."""

    position: int
    end: int
    limit: int | None
    """What the server has limited it to, to be said only where that is not what was asked for."""

    def cut(self, ids: Sequence[T]) -> Sequence[T]:
        return ids[self.position : self.end]


def window(query: Query, total: int, most: int, anchor_at: int | None = None) -> Window:
    """Which part of `total` results is meant (RFC 8620 §5.5), at most `most`; `anchor_at` is where the anchor is among them.

    Raises MethodRefused("anchorNotFound") where an anchor is given and is nowhere.
    """
    if query.anchor is not None:
        if anchor_at is None:
            raise MethodRefused("anchorNotFound", "the anchor is not among the results")
        position = max(0, anchor_at + query.anchor_offset)
    else:
        position = query.position if query.position >= 0 else max(0, total + query.position)
    limit = most if query.limit is None else min(query.limit, most)
    first = min(position, total)
    # Beyond the end the position asked for is kept: the list of results is empty there, not an error.
    return Window(position, max(position, min(total, first + limit)), None if limit == query.limit else limit)


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from a query's results as they were to those now (RFC 8620 §5.6)."""

    removed: Sequence[str]
    added: Sequence[tuple[str, int]]
    """(id, index), by index."""

    def to_json(self) -> dict[str, Json]:
        return {"removed": list(self.removed), "added": [{"id": name, "index": index} for name, index in self.added]}


def difference(
    results: Iterable[str],
    changed: Iterable[str],
    is_changed: Container[str],
    *,
    up_to: str | None = None,
    most: int | None = None,
) -> Difference:
    """By the results now and whatever may have changed since, without knowing the results then: all that changed is taken out,
    and what of it is there now is put in again. With `up_to`, nothing behind that id matters (only for a filter and a sort that
    never change for an object). Raises MethodRefused("tooManyChanges")."""
    added: list[tuple[str, int]] = []
    for index, name in enumerate(results):
        if name in is_changed:
            added.append((name, index))
        if name == up_to:
            break
    removed = list(changed)
    if most is not None and len(removed) + len(added) > most:
        raise MethodRefused("tooManyChanges", f"there are {len(removed) + len(added)} changes")
    return Difference(removed, added)


def _account(arguments: Arguments, account: str | None) -> str:
    return arguments.id("accountId") if account is None else account


def _check_ids(name: str, ids: Iterable[str]) -> None:
    if not all(is_id(each) for each in ids):
        raise MethodRefused("invalidArguments", f"{name!r} has what is no id")


def _check_number(objects: int, limits: JmapLimits) -> None:
    if objects > limits.set_objects:
        raise MethodRefused("requestTooLarge", f"more than {limits.set_objects} objects")
