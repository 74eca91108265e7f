from datetime import UTC, datetime, timedelta, timezone

import pytest

from pillarbox.message import dates


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        (b"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
        (b"Thu,\t 13\tFeb 1969 23:32 -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30"),
        (b"21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00"),
        (b"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T09:55:06-06:00"),
        (b"1 jan 02 1:2", "2002-01-01T01:02:00+00:00"),
        (b"1 Jan 49", "2049-01-01T00:00:00+00:00"),
        (b"1 Jan 50", "1950-01-01T00:00:00+00:00"),
        (b"1 Jan 102 00:00:00 EST", "2002-01-01T00:00:00-05:00"),
        (b"Thu, 22 Aug 0102 12:07:35 +0800", "2002-08-22T12:07:35+08:00"),
        (b"1 Jan 1900 00:00:00 +0000", "1900-01-01T00:00:00+00:00"),
        (b"Mon Nov 18 10:00:00 2002", "2002-11-18T10:00:00+00:00"),
        (b"Mon Nov 18 10:00:00 PST 2002", "2002-11-18T10:00:00-08:00"),
        (b"Mon Nov  8 10:00:00 +0100 2002", "2002-11-08T10:00:00+01:00"),
        (b"2002-11-18T10:00:00Z", "2002-11-18T10:00:00+00:00"),
        (b"2002-11-18 10:00:00.123 +01:00", "2002-11-18T10:00:00+01:00"),
        (b"21-Sep-2002 01:02:03 -0330", "2002-09-21T01:02:03-03:30"),
        (b"Monday, 18 November 2002 10:00:00 +0000", "2002-11-18T10:00:00+00:00"),
        (b"Mon, 18 Nov 2002 10.00.00 +0000", "2002-11-18T10:00:00+00:00"),
        (b"(Monday) Mon, 18 Nov 2002 10:00:00 CEST", "2002-11-18T10:00:00+02:00"),
        (b"Mon, 18 Nov 2002 10:00:00 Eastern Daylight Time", "2002-11-18T10:00:00+00:00"),
        (b"Mon, 18 Nov 2002 10:00:00 GMT+0100", "2002-11-18T10:00:00+01:00"),
        (b"Tue, 06 Aug 2002 06:50:21 PM -0400", "2002-08-06T18:50:21-04:00"),
        (b"6 Aug 2002 12:05 am EDT", "2002-08-06T00:05:00-04:00"),
        (b"6 Aug 2002 12:05 PM", "2002-08-06T12:05:00+00:00"),
        (b"6 Aug 2002 18:05 PM", "2002-08-06T18:05:00+00:00"),
        (b"30 Jun 2015 23:59:60 +0000", "2015-06-30T23:59:59+00:00"),
        # RFC 5256 §2.2: an invalid zone is UTC, an invalid time is midnight
        (b"18 Nov 2002 10:00:00 +9999", "2002-11-18T10:00:00+00:00"),
        (b"18 Nov 2002 10:00:00 XYZ", "2002-11-18T10:00:00+00:00"),
        (b"18 Nov 2002 25:00:00 +0100", "2002-11-18T00:00:00+01:00"),
        (b"18 Nov 2002 10:60:00 +0100", "2002-11-18T00:00:00+01:00"),
    ],
)
def test_dates_of_mail_are_read(value: bytes, iso: str) -> None:
    found = dates.parse(value)
    assert found is not None
    assert found.isoformat() == iso


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"yesterday",
        b"32 Jan 2002",
        b"0 Jan 2002",
        b"29 Feb 2001 00:00",
        b"1 Foo 2002",
        b"1 Jan 0000",
        b"31 Dec 1899 12:00:00 +0000",
        b"1 Jan",
        b"31 Dec 9999 23:59:59 -0100",
        b"1 Jan 0001 00:00:00 +0100",
        b"2002-13-01",
        b"1 Jan 1" + b"0" * 5000,
        b"(never closed 1 Jan 2002",
        b"\xff\xfe\0",
        b"99999999999999999999 Jan 2002",
    ],
)
def test_what_is_no_date_is_none(value: bytes) -> None:
    assert dates.parse(value) is None


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC), b"Mon, 02 Jan 2006 15:04:05 +0000"),
        (datetime(2006, 1, 2, 15, 4, 5, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), b"Mon, 02 Jan 2006 15:04:05 -0330"),
        (datetime(2006, 1, 2, 15, 4, 5, tzinfo=timezone(timedelta(hours=14))), b"Mon, 02 Jan 2006 15:04:05 +1400"),
        (
            datetime(2006, 1, 2, 15, 4, 5, tzinfo=timezone(timedelta(minutes=19, seconds=32))),
            b"Mon, 02 Jan 2006 14:44:33 +0000",
        ),
    ],
)
def test_times_are_written_as_the_rfc_has_them(at: datetime, written: bytes) -> None:
    assert dates.format(at) == written
    assert dates.parse(written) == at


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        dates.format(datetime(2006, 1, 2))
