"""Invitations: the events of a text/calendar part, as far as a reader is shown them (RFC 5545, RFC 5546, RFC 6047).

A bounded reader of the first few events, lenient as calendars are: what cannot be read is left out. A time is told in UTC
where its zone is known, by its name or by the rules that come with it (§3.6.5); else as the clock on the wall has it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

Zone = Callable[[str], tzinfo | None]
"""The zone of a name like "Europe/Berlin"; None: there is none. Given by whoever asks, as reading one opens files."""

LONGEST: Final = 512 * 1024
"""Characters that are read of one part."""
MOST_LINES: Final = 10_000
MOST_EVENTS: Final = 10
MOST_ATTENDEES: Final = 200
MOST_ZONES: Final = 20
LONGEST_TEXT: Final = 1000
LONGEST_DESCRIPTION: Final = 20_000

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE_END = re.compile(r"\r?\n|\r")
_NAME = re.compile(r"([A-Za-z0-9-]{1,60})")
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})=((?:\"[^\"]*+\"|[^\";:,]*+)(?:,(?:\"[^\"]*+\"|[^\";:,]*+))*+)")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?\Z")
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})S)?)?\Z"
)
_OFFSET = re.compile(r"([+-])([0-9]{2})([0-5][0-9])(?:[0-5][0-9])?\Z")
_YEARLY = re.compile(r"(-?[1-5])(SU|MO|TU|WE|TH|FR|SA)\Z")
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CONTROLS: Final = dict.fromkeys((*range(9), *range(11, 32), 127))


class Person(NamedTuple):
    """An organizer or attendee."""

    name: str
    email: str
    status: str = ""
    """PARTSTAT (§3.2.12) in small letters: "needs-action", "accepted", "declined", "tentative"; "" for an organizer."""


@dataclass(slots=True)
class Invitation:
    """One event."""

    method: str = ""
    """METHOD in small letters: "request", "reply", "cancel", "publish" (RFC 5546 §1.4)."""
    uid: str = ""
    summary: str = ""
    description: str = ""
    location: str = ""
    start: str = ""
    """ "2026-11-22T09:00:00Z", without the Z where its zone is not known; "2026-11-22" of whole days; "" where none is told."""
    end: str = ""
    """Likewise; of whole days the day after the last."""
    all_day: bool = False
    organizer: Person | None = None
    attendees: list[Person] = field(default_factory=list)
    recurs: bool = False


class _Line(NamedTuple):
    name: str
    params: dict[str, str]
    value: str


def read(source: str, zone: Zone = lambda name: None) -> Sequence[Invitation]:
    """The first events of a calendar object; none where it is none. Never raises."""
    reader = _Reader(zone)
    for line in _lines(source[:LONGEST]):
        reader.take(line)
    return reader.finished()


def _lines(source: str) -> Iterator[_Line]:
    """Content lines, unfolded (§3.1)."""
    for number, written in enumerate(_LINE_END.split(_FOLD.sub("", source))):
        if number >= MOST_LINES:
            return
        found = _NAME.match(written)
        if found is None:
            continue
        params: dict[str, str] = {}
        at = found.end()
        while parameter := _PARAMETER.match(written, at):
            params.setdefault(parameter[1].upper(), parameter[2].strip('"'))
            at = parameter.end()
        if written[at : at + 1] == ":":
            yield _Line(found[1].upper(), params, written[at + 1 :].strip())


@dataclass(slots=True)
class _Rule:
    """When a zone's clocks go by an offset (§3.6.5)."""

    offset: timedelta = timedelta()
    start: datetime = datetime(1601, 1, 1)
    month: int = 0
    nth: int = 0
    day: int = 0

    def onset(self, year: int) -> datetime:
        """In which moment of that year, by the clock on the wall; of a rule that does not recur, when it began."""
        if not self.month:
            return self.start
        if self.nth > 0:
            first = date(year, self.month, 1)
            when = first + timedelta((self.day - first.weekday()) % 7 + 7 * (self.nth - 1))
        else:
            last = date(year + self.month // 12, self.month % 12 + 1, 1) - timedelta(1)
            when = last - timedelta((last.weekday() - self.day) % 7 + 7 * (-self.nth - 1))
        return datetime.combine(when, self.start.time())


class _Reader:
    """Takes a calendar's lines, one after the other."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._method = ""
        self._within: list[str] = []
        self._event: dict[str, _Line] = {}
        self._attendees: list[_Line] = []
        self._events: list[tuple[dict[str, _Line], list[_Line]]] = []
        self._zones: dict[str, list[_Rule]] = {}
        self._rules: list[_Rule] = []
        self._zone_name = ""

    def take(self, line: _Line) -> None:
        if line.name == "BEGIN":
            self._begin(line.value.upper())
        elif line.name == "END":
            self._end(line.value.upper())
        elif self._within == ["VCALENDAR"] and line.name == "METHOD":
            self._method = line.value.lower()[:20]
        elif self._within[1:] == ["VEVENT"]:
            if line.name == "ATTENDEE":
                self._attendees += [line] if len(self._attendees) < MOST_ATTENDEES else []
            else:
                self._event.setdefault(line.name, line)
        elif self._within[1:] == ["VTIMEZONE"] and line.name == "TZID":
            self._zone_name = line.value
        elif self._within[1:2] == ["VTIMEZONE"] and len(self._within) == 3 and self._rules:
            _put(self._rules[-1], line)

    def _begin(self, what: str) -> None:
        if len(self._within) >= 10:
            return
        self._within.append(what)
        match self._within[1:]:
            case ["VEVENT"]:
                self._event, self._attendees = {}, []
            case ["VTIMEZONE"]:
                self._rules, self._zone_name = [], ""
            case ["VTIMEZONE", _]:
                self._rules.append(_Rule())

    def _end(self, what: str) -> None:
        if what not in self._within:
            return
        while self._within and (ended := self._within.pop()):
            if ended == "VEVENT" and len(self._within) == 1 and len(self._events) < MOST_EVENTS:
                self._events.append((self._event, self._attendees))
            elif ended == "VTIMEZONE" and len(self._zones) < MOST_ZONES:
                self._zones.setdefault(self._zone_name, self._rules[:MOST_ZONES])
            if ended == what:
                return

    def finished(self) -> Sequence[Invitation]:
        """The events; only now all zones are known."""
        return [self._made(event, attendees) for event, attendees in self._events]

    def _made(self, event: dict[str, _Line], attendees: Sequence[_Line]) -> Invitation:
        start = self._time(event.get("DTSTART"))
        organizer = event.get("ORGANIZER")
        return Invitation(
            method=self._method,
            uid=_text(event, "UID", 500),
            summary=_text(event, "SUMMARY"),
            description=_text(event, "DESCRIPTION", LONGEST_DESCRIPTION),
            location=_text(event, "LOCATION"),
            start=_told(start),
            end=_told(self._until(event, start)),
            all_day=start is not None and not isinstance(start, datetime),
            organizer=None if organizer is None else _person(organizer)._replace(status=""),
            attendees=[_person(line) for line in attendees],
            recurs="RRULE" in event or "RDATE" in event,
        )

    def _until(self, event: dict[str, _Line], start: date | None) -> date | None:
        if "DTEND" in event:
            return self._time(event["DTEND"])
        found = _DURATION.match(event["DURATION"].value) if "DURATION" in event else None
        if start is None or found is None:
            return None
        weeks, days, hours, minutes, seconds = (int(each or 0) for each in found.groups()[1:])
        try:
            return start + timedelta(days, seconds, 0, 0, minutes, hours, weeks)
        except OverflowError:
            return None

    def _time(self, line: _Line | None) -> date | None:
        """A moment, in UTC where that can be known; a day; None: neither."""
        found = None if line is None else _TIME.match(line.value)
        if line is None or found is None:
            return None
        year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
        try:
            if found[4] is None:
                return date(year, month, day)
            when = datetime(year, month, day, hour, minute, min(second, 59))
            if found[7]:
                return when.replace(tzinfo=UTC)
            zone = self._zone_named(line.params.get("TZID", ""), when)
            return when if zone is None else when.replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def _zone_named(self, name: str, when: datetime) -> tzinfo | None:
        """By its name, or the end of its name ("/mozilla.org/20070129_1/Europe/Berlin"); else by the rules that came along."""
        pieces = name.split("/")
        for first in range(max(0, len(pieces) - 3), len(pieces)):
            if name and (found := self._zone("/".join(pieces[first:]))):
                return found
        rules = self._zones.get(name)
        return None if not rules else timezone(_offset(rules, when))


def _offset(rules: Sequence[_Rule], when: datetime) -> timedelta:
    """That of the rule which began last before a moment."""
    began = [
        (onset, rule.offset) for rule in rules for year in (when.year, when.year - 1) if (onset := rule.onset(year)) <= when
    ]
    return max(began, default=(when, rules[0].offset))[1]


def _put(rule: _Rule, line: _Line) -> None:
    if line.name == "TZOFFSETTO" and (found := _OFFSET.match(line.value)):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        if offset < timedelta(days=1):
            rule.offset = -offset if found[1] == "-" else offset
    elif line.name == "DTSTART" and (time := _TIME.match(line.value)) and time[4]:
        try:
            year, month, day, hour, minute, second = (int(each) for each in time.groups()[:6])
            rule.start = datetime(year, month, day, hour, minute, min(second, 59))
        except ValueError:
            return
    elif line.name == "RRULE":
        parts = dict(each.upper().partition("=")[::2] for each in line.value.split(";"))
        found = _YEARLY.match(parts.get("BYDAY", ""))
        of_year = parts.get("BYMONTH", "")
        if found and of_year in map(str, range(1, 13)):
            rule.month, rule.nth, rule.day = int(of_year), int(found[1]), _DAYS.index(found[2])


def _told(when: date | None) -> str:
    if when is None:
        return ""
    return when.isoformat().replace("+00:00", "Z")


def _text(event: dict[str, _Line], name: str, most: int = LONGEST_TEXT) -> str:
    """§3.3.11"""
    value = event[name].value[: 2 * most] if name in event else ""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).translate(_CONTROLS)[:most].strip()


def _person(line: _Line) -> Person:
    name = line.params.get("CN", "").translate(_CONTROLS)[:LONGEST_TEXT].strip()
    email = _MAILTO.sub("", line.value, count=1).translate(_CONTROLS)[:320].strip()
    return Person(name, email, line.params.get("PARTSTAT", "needs-action").lower()[:20])
