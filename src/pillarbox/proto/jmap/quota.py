"""Quotas as JMAP tells them (RFC 9425)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from .arguments import Arguments, Json
from .errors import MethodRefused
from .mail import filter as filters

PROPERTIES: Final = (
    "id", "resourceType", "used", "hardLimit", "warnLimit", "softLimit", "scope", "name", "types", "description",
)  # fmt: skip
TYPES: Final = ("Email",)
"""What is counted, by the names of the registry of JMAP Data Types (RFC 9425 §4.1)."""
CONDITIONS: Final = frozenset(("name", "scope", "resourceType", "type"))


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


Test = Callable[[Quota], bool]
_SORTS: Final[Mapping[str, Callable[[Quota], Any]]] = {
    "name": lambda quota: quota.name.casefold(),
    "used": lambda quota: quota.used,
}


def wanted(filter_: Mapping[str, Json] | None) -> Test:
    """Which quotas a filter is true of (RFC 9425 §4.3). Raises MethodRefused."""
    return filters.as_test(filter_, _condition)


def _condition(given: Mapping[str, Json]) -> Test:
    if not given.keys() <= CONDITIONS:
        raise MethodRefused("unsupportedFilter")
    asked = Arguments(given)
    name, scope, kind, type_ = (asked.optional_text(each) for each in ("name", "scope", "resourceType", "type"))
    return lambda quota: (
        (name is None or name.casefold() in quota.name.casefold())
        and scope in (None, "account")
        and kind in (None, quota.kind)
        and type_ in (None, *TYPES)
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
