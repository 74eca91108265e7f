"""Mailboxes as JSON (RFC 8621 §2), and what of them can be set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.proto.jmap.ids import is_id

PROPERTIES: Final = (
    "id", "name", "parentId", "role", "sortOrder", "totalEmails", "unreadEmails", "totalThreads", "unreadThreads", "myRights",
    "isSubscribed",
)  # fmt: skip
COUNTS: Final = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")
SHARE_WITH: Final = "shareWith"
"""RFC 9670 §4, for whoever may say who sees a mailbox."""
DEFAULTS: Final[Mapping[str, Json]] = {"parentId": None, "role": None, "sortOrder": 0, "isSubscribed": False, "shareWith": None}
SETTABLE: Final = ("name", *DEFAULTS)
MOST_ORDER: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What a mailbox shall be: only what is said of it, or is to change."""

    given: frozenset[str]
    name: str = ""
    parent: str | None = None
    """An id, or `#` and a creation id."""
    role: str | None = None
    sort_order: int = 0
    is_subscribed: bool = False
    share_with: Mapping[str, Json] | None = None

    def has(self, *names: str) -> bool:
        return any(name in self.given for name in names)


def new(given: Mapping[str, Json], limits: JmapLimits) -> Wish:
    """What a mailbox to be made shall be: one that its maker wishes to see, unless they say otherwise (RFC 8621 §2). What is
    only said to be as it is of every new one, or of every one of one's own, is passed over: whoever makes one after the
    likeness of another need not take that out. Raises SetRefused."""
    wished = wish({name: value for name, value in given.items() if not _is_fresh(name, value)}, limits)
    return wished if wished.has("isSubscribed") else replace(wished, is_subscribed=True)


def _is_fresh(name: str, value: Json) -> bool:
    if name == "myRights":
        return isinstance(value, dict) and all(may is True for may in value.values())
    return name in COUNTS and value == 0 and not isinstance(value, bool)


def wish(given: Mapping[str, Json], limits: JmapLimits) -> Wish:
    """Of the properties given, all of which must be settable. Raises SetRefused, with every property that is wrong."""
    if len(given) > limits.properties:
        raise SetRefused(SetError("tooLarge", f"more than {limits.properties} properties"))
    wrong = [name for name in given if name not in SETTABLE]
    checks: Mapping[str, Callable[[Json], bool]] = {
        "name": lambda value: _is_name(value, limits.mailbox_name),
        "parentId": lambda value: value is None or (isinstance(value, str) and is_id(value.removeprefix("#"))),
        "role": lambda value: value is None or isinstance(value, str),
        "sortOrder": _is_order,
        "isSubscribed": lambda value: isinstance(value, bool),
        "shareWith": lambda value: value is None or isinstance(value, dict),
    }
    wrong += [name for name, check in checks.items() if name in given and not check(given[name])]
    if wrong:
        raise SetRefused(SetError("invalidProperties", "", tuple(wrong)))
    return Wish(
        frozenset(given),
        str(given.get("name", "")),
        given.get("parentId"),  # type: ignore[arg-type]  # as has been seen
        given.get("role"),  # type: ignore[arg-type]
        int(given.get("sortOrder", 0) or 0),  # type: ignore[arg-type]
        given.get("isSubscribed") is True,
        given.get("shareWith"),  # type: ignore[arg-type]
    )


def _is_name(value: Json, most: int) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "/" not in value and len(value.encode("utf-8", "replace")) <= most


def _is_order(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_ORDER
