"""Principals and share notifications as clients have them (RFC 9670 §2, §3): their properties, and what they are found by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .arguments import Arguments, Json
from .mail import filter as filters

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
    filters.finish(arguments)
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
        filters.date(arguments, "after"),
        filters.date(arguments, "before"),
        arguments.optional_text("objectType"),
        arguments.optional_id("objectAccountId"),
    )
    filters.finish(arguments)
    return found
