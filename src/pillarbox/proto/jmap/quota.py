"""Quotas as JMAP tells them (RFC 9425)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from .arguments import Arguments, Json
from .errors import MethodRefused

PROPERTIES: Final = (
    "id", "resourceType", "used", "hardLimit", "warnLimit", "softLimit", "scope", "name", "types", "description",
)  # fmt: skip
TYPES: Final = ("Email",)
"""What is counted, by the names of the registry of JMAP Data Types (RFC 9425 §4.1)."""
CONDITIONS: Final = frozenset(("name", "scope", "resourceType", "type"))
_MOST_NODES: Final = 1000


@dataclass(frozen=True, slots=True)
class Quota:
    """One bound of an account's (RFC 9425 §4)."""

    kind: Literal["octets", "count"]
    name: str
    used: int
    most: int

    @property
    def id(self) -> str:
        return self.kind

    def to_json(self, properties: Sequence[str]) -> dict[str, Json]:
        every: dict[str, Json] = {
            "id": self.id,
            "resourceType": self.kind,
            "used": self.used,
            "hardLimit": self.most,
            "warnLimit": None,
            "softLimit": None,
            "scope": "account",
            "name": self.name,
            "types": list(TYPES),
            "description": None,
        }
        return {name: every[name] for name in PROPERTIES if name == "id" or name in properties}


_SORTS: Final[Mapping[str, Callable[[Quota], Any]]] = {
    "name": lambda quota: quota.name.casefold(),
    "used": lambda quota: quota.used,
}


def matches(quota: Quota, wanted: Mapping[str, Json]) -> bool:
    """Whether a filter is true of it (RFC 8620 §5.5, RFC 9425 §4.3); nothing here calls itself. Raises MethodRefused."""
    ahead = [wanted]
    for node in ahead:  # which grows: what is within comes behind what it is within
        if "operator" in node:
            ahead += Arguments(node).object_list("conditions") or ()
        if len(ahead) > _MOST_NODES:
            raise MethodRefused("unsupportedFilter")
    true: dict[int, bool] = {}
    for node in reversed(ahead):
        true[id(node)] = _combined(node, true) if "operator" in node else _fits(quota, node)
    return true[id(wanted)]


def _combined(node: Mapping[str, Json], true: Mapping[int, bool]) -> bool:
    asked = Arguments(node)
    operator = asked.text("operator")
    values = [true[id(each)] for each in asked.object_list("conditions") or ()]
    asked.finish()
    match operator:
        case "AND":
            return all(values)
        case "OR":
            return any(values)
        case "NOT":
            return not any(values)
    raise MethodRefused("invalidArguments", "there is no such operator")


def _fits(quota: Quota, wanted: Mapping[str, Json]) -> bool:
    """Whether a FilterCondition is."""
    if not wanted.keys() <= CONDITIONS:
        raise MethodRefused("unsupportedFilter")
    asked = Arguments(wanted)
    name = asked.optional_text("name")
    return (
        (name is None or name.casefold() in quota.name.casefold())
        and asked.optional_text("scope") in (None, "account")
        and asked.optional_text("resourceType") in (None, quota.kind)
        and asked.optional_text("type") in (None, *TYPES)
    )


def in_order(quotas: Sequence[Quota], sort: Sequence[Mapping[str, Json]]) -> list[Quota]:
    """Raises MethodRefused("unsupportedSort")."""
    found = sorted(quotas, key=lambda quota: quota.id)
    for each in reversed(sort):
        asked = Arguments(each)
        key = _SORTS.get(asked.text("property"))
        if key is None or asked.optional_text("collation") is not None:
            raise MethodRefused("unsupportedSort")
        found.sort(key=key, reverse=not asked.flag("isAscending", True))
    return found
