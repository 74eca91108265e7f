"""Times as JSON has them (RFC 8620 §1.4): RFC 3339, upper case, a fraction only where it is not zero."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:(Z)|([+-])(\d\d):(\d\d))\Z", re.ASCII)


def utc(seconds: int) -> str:
    """A UTCDate of seconds since 1970."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def dated(at: datetime) -> str:
    """A Date: in its own zone."""
    zone = at.utcoffset() or timedelta()
    if not zone:
        return f"{at:%Y-%m-%dT%H:%M:%S}Z"
    minutes = int(zone.total_seconds()) // 60
    hours, odd = divmod(abs(minutes), 60)
    return f"{at:%Y-%m-%dT%H:%M:%S}{'-' if minutes < 0 else '+'}{hours:02d}:{odd:02d}"


def read(text: object, *, is_utc: bool = False) -> datetime | None:
    """A Date, or a UTCDate where `is_utc`; None: it is none. A leap second is the second before it."""
    found = _DATE.match(text) if isinstance(text, str) else None
    if found is None or (is_utc and not found[8]):
        return None
    year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
    micros = int(found[7][1:7].ljust(6, "0")) if found[7] else 0
    offset = timedelta()
    if found[9]:
        if int(found[11]) > 59:
            return None
        offset = timedelta(hours=int(found[10]), minutes=int(found[11])) * (-1 if found[9] == "-" else 1)
    try:
        made = datetime(year, month, day, hour, minute, min(second, 59), micros, tzinfo=timezone(offset) if offset else UTC)
        made.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return made if second <= 60 else None


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
