"""Invitations: what a reader is shown of a calendar, whatever it is."""

import time
from datetime import tzinfo
from zoneinfo import ZoneInfo

import pytest

from pillarbox.message import invitation
from pillarbox.message.invitation import Invitation, Person

OUTLOOK = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def zone(name: str) -> tzinfo | None:
    return ZoneInfo(name) if name in ("Europe/Berlin", "America/New_York") else None


def event(*lines: str, before: str = "METHOD:REQUEST\n") -> str:
    inside = "\n".join(lines)
    return f"BEGIN:VCALENDAR\n{before}BEGIN:VEVENT\n{inside}\nEND:VEVENT\nEND:VCALENDAR\n".replace("\n", "\r\n")


def only(*lines: str, before: str = "METHOD:REQUEST\n") -> Invitation:
    (found,) = invitation.read(event(*lines, before=before), zone)
    return found


def test_an_invitation_says_who_what_where_and_when() -> None:
    found = only(
        "UID:1@example.org",
        "SUMMARY;LANGUAGE=en:Tea\\, and \\;",
        "  cake",
        "DESCRIPTION:One\\nTwo",
        "LOCATION:Room 1",
        "DTSTART:20261124T090000Z",
        "DTEND:20261124T100000Z",
        'ORGANIZER;CN="Liddell, Alice":mailto:alice@example.org',
        "ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob;RSVP=TRUE:MAILTO:bob@example.org",
        "ATTENDEE:mailto:carol@example.org",
        "RRULE:FREQ=WEEKLY",
    )
    assert found == Invitation(
        method="request",
        uid="1@example.org",
        summary="Tea, and ; cake",
        description="One\nTwo",
        location="Room 1",
        start="2026-11-24T09:00:00Z",
        end="2026-11-24T10:00:00Z",
        organizer=Person("Liddell, Alice", "alice@example.org"),
        attendees=[Person("Bob", "bob@example.org", "accepted"), Person("", "carol@example.org", "needs-action")],
        recurs=True,
    )


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("DTSTART:20261124T090000Z", "2026-11-24T09:00:00Z"),
        ("DTSTART;TZID=Europe/Berlin:20261124T090000", "2026-11-24T08:00:00Z"),
        ("DTSTART;TZID=Europe/Berlin:20260724T090000", "2026-07-24T07:00:00Z"),
        ('DTSTART;TZID="Europe/Berlin":20260724T090000', "2026-07-24T07:00:00Z"),
        ("DTSTART;TZID=/mozilla.org/20070129_1/America/New_York:20261124T090000", "2026-11-24T14:00:00Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20261124T090000", "2026-11-24T08:00:00Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20260724T090000", "2026-07-24T07:00:00Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20260329T015959", "2026-03-29T00:59:59Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20260329T030000", "2026-03-29T01:00:00Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20260101T000000", "2025-12-31T23:00:00Z"),
        ("DTSTART;TZID=Nowhere:20261124T090000", "2026-11-24T09:00:00"),
        ("DTSTART:20261124T090000", "2026-11-24T09:00:00"),
        ("DTSTART;VALUE=DATE:20261124", "2026-11-24"),
        ("DTSTART:20261399T990000", ""),
        ("DTSTART:yesterday", ""),
        ("DTSTART:99991231T235959Z", "9999-12-31T23:59:59Z"),
        ("DTSTART;TZID=America/New_York:99991231T235959", ""),
        ("SUMMARY:none", ""),
    ],
)
def test_a_time_is_told_in_utc_where_its_zone_is_known(start: str, told: str) -> None:
    assert only(start, before=OUTLOOK).start == told


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (("DTSTART:20261124T090000Z", "DURATION:PT1H30M"), "2026-11-24T10:30:00Z"),
        (("DTSTART;VALUE=DATE:20261124", "DURATION:P2D"), "2026-11-26"),
        (("DTSTART:20261124T090000Z", "DURATION:P1W"), "2026-12-01T09:00:00Z"),
        (("DTSTART:20261124T090000Z", "DURATION:-PT1H"), "2026-11-24T10:00:00Z"),
        (("DTSTART:20261124T090000Z", "DURATION:P99999D"), "2300-09-08T09:00:00Z"),
        (("DTSTART:99991231T235959Z", "DURATION:P2D"), ""),
        (("DURATION:PT1H",), ""),
        (("DTSTART:20261124T090000Z",), ""),
    ],
)
def test_an_end_may_be_a_duration(lines: tuple[str, ...], end: str) -> None:
    assert only(*lines).end == end


def test_what_lies_within_an_event_is_not_taken_for_its_own() -> None:
    found = only("SUMMARY:outer", "BEGIN:VALARM", "SUMMARY:alarm", "DESCRIPTION:alarm", "END:VALARM", "DESCRIPTION:outer")
    assert (found.summary, found.description) == ("outer", "outer")


def test_whole_days_are_told_as_such() -> None:
    found = only("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126")
    assert (found.all_day, found.start, found.end) == (True, "2026-11-24", "2026-11-26")


@pytest.mark.parametrize(
    "source",
    [
        "", "hello", "BEGIN:VCALENDAR", "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", "END:VCALENDAR\nEND:VEVENT", ":::\n;;;=\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:never ended",
    ],
)  # fmt: skip
def test_what_is_no_calendar_has_no_events(source: str) -> None:
    assert not invitation.read(source, zone)


def test_there_are_bounds() -> None:
    many = "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\nUID:x\nEND:VEVENT\n" * 1000 + "END:VCALENDAR\n"
    assert len(invitation.read(many, zone)) == invitation.MOST_EVENTS
    assert len(only(*["ATTENDEE:mailto:a@b.example"] * 1000).attendees) == invitation.MOST_ATTENDEES
    assert len(only("SUMMARY:" + "x" * 100_000).summary) == invitation.LONGEST_TEXT


@pytest.mark.parametrize(
    "source",
    [
        "BEGIN:VCALENDAR\n" * 100_000,
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nATTENDEE" + ';X="a","b"' * 50_000 + ":mailto:x",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" + "x\n " * 200_000,
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\n" + "BEGIN:STANDARD\n" * 100_000,
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" + "\\" * 400_000,
    ],
)
def test_no_calendar_takes_long(source: str) -> None:
    began = time.process_time()
    invitation.read(source + "\nEND:VEVENT\nEND:VCALENDAR\n", zone)
    assert time.process_time() - began < 10
