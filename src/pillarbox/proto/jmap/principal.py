"""Principals and share notifications as clients have them (RFC 9670 §2, §3): their properties, and what they are found by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from .arguments import Arguments, Json
from .errors import MethodRefused
from .mail import dates

T = TypeVar("T")
PROPERTIES: Final = ("id", "type", "name", "description", "email", "timeZone", "capabilities", "accounts")
TYPES: Final = ("individual", "group", "resource", "location", "other")
NOTICE_PROPERTIES: Final = (
    "id", "created", "changedBy", "objectType", "objectAccountId", "objectId", "oldRights", "newRights", "name",
)  # fmt: skip
CONDITIONS: Final = ("accountIds", "email", "name", "text", "type", "timeZone")
NOTICE_CONDITIONS: Final = ("after", "before", "objectType", "objectAccountId")
SORTS: Final = ("name", "email", "type")
NOTICE_SORTS: Final = ("created",)


@dataclass(frozen=True, slots=True)
class PrincipalCondition:
    """What a principal has to be, all of it (RFC 9670 §2.4.1)."""

    accounts: frozenset[str] | None = None
    """It has data in one of these accounts."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What its name, its email, or (text) any of the two contains."""
    type: str | None = None
    time_zone: str | None = None


def condition(given: Mapping[str, Json]) -> PrincipalCondition:
    """Raises MethodRefused: "unsupportedFilter" for what nobody knows."""
    arguments = Arguments(given)
    accounts = arguments.ids("accountIds")
    texts = {name: text for name in ("name", "email", "text") if (text := arguments.optional_text(name)) is not None}
    found = PrincipalCondition(
        None if accounts is None else frozenset(accounts),
        texts,
        arguments.optional_text("type"),
        arguments.optional_text("timeZone"),
    )
    _finish(arguments)
    return found


@dataclass(frozen=True, slots=True)
class NoticeCondition:
    """What a share notification has to be (RFC 9670 §3.6.1)."""

    after: datetime | None = None
    before: datetime | None = None
    object_type: str | None = None
    object_account: str | None = None


def notice_condition(given: Mapping[str, Json]) -> NoticeCondition:
    """Raises MethodRefused."""
    arguments = Arguments(given)
    found = NoticeCondition(
        _date(arguments, "after"),
        _date(arguments, "before"),
        arguments.optional_text("objectType"),
        arguments.optional_id("objectAccountId"),
    )
    _finish(arguments)
    return found


def join(operator: str, of: Sequence[Callable[[T], bool]]) -> Callable[[T], bool]:
    """Tests as one (RFC 8620 §5.5)."""
    match operator:
        case "AND":
            return lambda one: all(test(one) for test in of)
        case "OR":
            return lambda one: any(test(one) for test in of)
        case _:
            return lambda one: not any(test(one) for test in of)


def _date(arguments: Arguments, name: str) -> datetime | None:
    text = arguments.optional_text(name)
    found = dates.read(text, is_utc=True)
    if text is not None and found is None:
        raise MethodRefused("invalidArguments", f"{name!r} is no UTCDate")
    return found


def _finish(arguments: Arguments) -> None:
    try:
        arguments.finish()
    except MethodRefused as refused:
        raise MethodRefused("unsupportedFilter", refused.description) from None
