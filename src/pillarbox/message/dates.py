"""The Date field, read leniently and written strictly (RFC 5322 §3.3, §4.3).

Read: any order that real mail has, comments, two-digit years, zones by name, month names in any case, missing day names,
seconds and zones. As RFC 5256 §2.2 asks, an invalid zone counts as UTC and an invalid time as midnight; a date that is none is
None.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONGEST = 200
"""Bytes of a Date field that are looked at."""
EARLIEST = 1900
"""Years before that are none (RFC 5322 §3.3)."""

_HOURS = (
    # RFC 5322 §4.3, and what mail has besides; hours from UTC
    "ut 0 utc 0 gmt 0 z 0 est -5 edt -4 cst -6 cdt -5 mst -7 mdt -6 pst -8 pdt -7 ast -4 adt -3 akst -9 akdt -8 hst -10 "
    "wet 0 west 1 bst 1 cet 1 cest 2 met 1 mest 2 mez 1 mesz 2 eet 2 eest 3 msk 3 msd 4 sgt 8 hkt 8 jst 9 kst 9"
)
ZONES = {name: int(hours) for name, hours in re.findall(r"([a-z]+) ([0-9-]+)", _HOURS)}

# [day-name ","] day month year [hour ":" minute [":" second] ["AM" / "PM"]] [zone-name] [offset]
USUAL = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[A-Za-z]{0,6}\.?,?[\s-]+(\d{2,4})"
    r"(?:,?\s+(\d{1,2})\s*[:.]\s*(\d{1,2})(?:\s*[:.]\s*(\d{1,2})(?:\.\d{1,9})?)?(?:\s*([AaPp])[Mm]\b)?)?"
    r"\s*([A-Za-z]{1,5})?\s*([+-]\d{1,4})?(?![A-Za-z0-9:])"
)
# asctime: [day-name] month day hour ":" minute ":" second [zone] year
ASCTIME = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s+)?([A-Za-z]{3})[A-Za-z]{0,6}\.?\s+(\d{1,2}),?\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?"
    r"\s+(?:([+-]\d{4})\s+|([A-Za-z]{1,5})\s+)?(\d{4})(?:\s+([+-]\d{4}))?(?!\d)"
)
# RFC 3339 §5.6
ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d{1,9})?)?)?"
    r"\s*(?:([+-]\d{2}:?\d{2})|([A-Za-z]{1,5}))?"
)


def parse(value: bytes) -> datetime | None:
    """An unfolded Date value → an aware time, in the zone it names; None where no date can be made out. Never raises."""
    text = _without_comments(value[:LONGEST].decode("ascii", "replace")).strip()
    if found := USUAL.match(text):
        day, month, year, *clock, half, name, offset = found.groups()
        return _time(_year(year), _month(month), int(day), _of_24(clock, half), _zone(offset, name))
    if found := ASCTIME.match(text):
        month, day, hour, minute, second, offset, name, year, late_offset = found.groups()
        return _time(_year(year), _month(month), int(day), [hour, minute, second], _zone(offset or late_offset, name))
    if found := ISO.match(text):
        year, month, day, *clock, offset, name = found.groups()
        return _time(int(year), int(month), int(day), clock, _zone(offset, name))
    return None


def _without_comments(text: str) -> str:
    """At most `LONGEST` letters; a comment never closed reaches to the end."""
    if "(" not in text:
        return text
    pieces: list[str] = []
    depth = 0
    for letter in text:
        if letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif not depth:
            pieces.append(letter)
    return "".join(pieces)


def _year(digits: str) -> int:
    """RFC 5322 §4.3: 00–49 are of this century, 50–99 and three digits of the last; so are 0100–0199, of programs that meant
    three digits and wrote four."""
    year = int(digits)
    if len(digits) >= 4:
        return year + 1900 if 100 <= year < 200 else year
    return year + (2000 if len(digits) == 2 and year < 50 else 1900)


def _month(name: str) -> int:
    return MONTHS.index(name.lower()) + 1 if name.lower() in MONTHS else 0


def _of_24(clock: list[str | None], half: str | None) -> list[str | None]:
    """Hours that are counted twice a day, counted once."""
    hour = int(clock[0] or 0)
    if half is None or hour > 12:
        return clock
    return [str(hour % 12 + (12 if half in "Pp" else 0)), *clock[1:]]


def _zone(offset: str | None, name: str | None) -> timezone:
    if offset:
        digits = offset[1:].replace(":", "").rjust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        if minutes >= 24 * 60 or int(digits[2:]) > 59:
            return UTC
        return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    return timezone(timedelta(hours=ZONES.get((name or "").lower(), 0)))


def _time(year: int, month: int, day: int, clock: list[str | None], zone: timezone) -> datetime | None:
    hour, minute, second = (int(digits or 0) for digits in clock)
    if hour > 23 or minute > 59 or second > 60:
        hour = minute = second = 0
    if year < EARLIEST:
        return None
    try:
        found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        if year == 9999:
            found.astimezone(UTC)  # the last day there is may have no place in UTC
    except (ValueError, OverflowError):
        return None
    return found


def format(at: datetime) -> bytes:  # noqa: A001
    """An aware time as RFC 5322 §3.3 writes it: "Mon, 02 Jan 2006 15:04:05 +0000". In UTC where the zone has odd seconds."""
    offset = at.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    minutes, odd = divmod(int(offset.total_seconds()), 60)
    if odd or offset.microseconds:
        return format(at.astimezone(UTC))
    hours, minutes_left = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02d}{minutes_left:02d}"
    month = MONTHS[at.month - 1].capitalize()
    text = f"{DAYS[at.weekday()]}, {at.day:02d} {month} {at.year:04d} {at.hour:02d}:{at.minute:02d}:{at.second:02d} {zone}"
    return text.encode("ascii")
