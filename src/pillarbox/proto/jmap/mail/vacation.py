"""The vacation response as JSON (RFC 8621 §8), and what of it can be set."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.proto.jmap.mail import dates

PROPERTIES: Final = ("id", "isEnabled", "fromDate", "toDate", "subject", "textBody", "htmlBody")
DEFAULTS: Final[Mapping[str, Json]] = {
    "isEnabled": False, "fromDate": None, "toDate": None, "subject": None, "textBody": None, "htmlBody": None,
}  # fmt: skip


def check(given: Mapping[str, Json], limits: JmapLimits) -> None:
    """What is to change: all must be settable. Raises SetRefused, with every property that is wrong."""
    wrong = [name for name in given if name not in DEFAULTS]
    checks: Mapping[str, Callable[[Json], bool]] = {
        "isEnabled": lambda value: isinstance(value, bool),
        "fromDate": _is_date,
        "toDate": _is_date,
        "subject": lambda value: (
            value is None or (isinstance(value, str) and len(value) <= limits.away_subject and "\n" not in value)
        ),
        "textBody": lambda value: value is None or (isinstance(value, str) and len(value) <= limits.text),
        "htmlBody": lambda value: value is None or (isinstance(value, str) and len(value) <= limits.text),
    }
    wrong += [name for name, is_right in checks.items() if name in given and not is_right(given[name])]
    if wrong:
        raise SetRefused(SetError("invalidProperties", "", tuple(wrong)))


def seconds(value: Json) -> int | None:
    """A date that was checked, in seconds since 1970."""
    at: datetime | None = dates.read(value, is_utc=True)
    return None if at is None else int(at.timestamp())


def _is_date(value: Json) -> bool:
    return value is None or dates.read(value, is_utc=True) is not None
