"""Texts cut to a size (RFC 8621 §4.2, maxBodyValueBytes), times (RFC 8620 §1.4), and keywords (RFC 8621 §4.1.1)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pillarbox.proto.jmap.errors import SetRefused
from pillarbox.proto.jmap.mail import dates, keywords
from pillarbox.proto.jmap.mail.values import BodyValue, cut


@pytest.mark.parametrize(
    ("text", "most", "is_html", "kept"),
    [
        ("abc", 0, False, "abc"),
        ("abc", 3, False, "abc"),
        ("abc", 2, False, "ab"),
        ("äöü", 6, False, "äöü"),
        ("äöü", 5, False, "äö"),
        ("a\U0001f600", 4, False, "a"),
        ("a\U0001f600", 5, False, "a\U0001f600"),
        ("ab<p class='x'>c", 8, True, "ab"),
        ("ab<p class='x'>c", 8, False, "ab<p cla"),
        ("<b>ab</b>", 6, True, "<b>ab"),
        ("a &amp; b", 5, True, "a "),
        ("a &amp; b", 7, True, "a &amp;"),
        ("a & bcd", 5, True, "a & b"),
        ("a &amp; b", 3, True, "a "),
        ("ab<a title='x>y' id=z>c", 17, True, "ab"),
        ('ab<a title = "x>y">c', 16, True, "ab"),
        ("ab<a title=it's>c d", 18, True, "ab<a title=it's>c "),
        ("ab<br>c", 3, True, "ab"),
        ("1 < 2 and", 7, True, "1 < 2 a"),
    ],
)
def test_a_text_is_cut_between_characters_tags_and_entities(text: str, most: int, is_html: bool, kept: str) -> None:
    assert cut(text, most, is_html=is_html) == (kept, kept != text)


def test_a_value_says_whether_it_is_whole() -> None:
    assert BodyValue("a", True, False).to_json() == {"value": "a", "isEncodingProblem": True, "isTruncated": False}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2014-10-30T14:12:00+08:00", datetime(2014, 10, 30, 14, 12, tzinfo=timezone(timedelta(hours=8)))),
        ("2014-10-30T06:12:00Z", datetime(2014, 10, 30, 6, 12, tzinfo=UTC)),
        ("2014-10-30T06:12:00-03:30", datetime(2014, 10, 30, 6, 12, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
    ],
)
def test_a_date_reads_as_it_is_written(text: str, at: datetime) -> None:
    assert dates.read(text) == at
    assert dates.dated(at) == text


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "2014-10-30",
        "2014-10-30t06:12:00z",
        "2014-13-30T06:12:00Z",
        "2014-02-30T06:12:00Z",
        "2014-10-30T25:12:00Z",
        "2014-10-30T06:12:61Z",
        "2014-10-30T06:12:00+25:00",
        "2014-10-30T06:12:00+01:60",
        "2014-10-30T06:12:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-01:00",
        "２014-10-30T06:12:00Z",
    ],
)
def test_what_is_no_date_is_none(text: object) -> None:
    assert dates.read(text) is None


def test_a_utc_date_has_no_other_zone() -> None:
    assert dates.read("2014-10-30T14:12:00+08:00", is_utc=True) is None
    assert dates.read("2014-10-30T14:12:00.5Z", is_utc=True) == datetime(2014, 10, 30, 14, 12, 0, 500000, UTC)
    assert dates.utc(0) == "1970-01-01T00:00:00Z"
    assert dates.utc(-1) == "1969-12-31T23:59:59Z"


def test_keywords_are_read_in_lower_case() -> None:
    assert keywords.read({"$Seen": True, "Foo": True}) == {"$seen", "foo"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": False},
        {"a": None},
        ["a"],
        "a",
        {"": True},
        {"a b": True},
        {"ä": True},
        {"a" * 256: True},
        {"a(": True},
        {"a*": True},
        {"a]": True},
        {'a"': True},
        {"a\\": True},
        {"a%": True},
        {"a{": True},
    ],
)
def test_what_is_no_set_of_keywords_is_refused(wrong: object) -> None:
    with pytest.raises(SetRefused) as refused:
        keywords.read(wrong)  # type: ignore[arg-type]
    assert (refused.value.error.type, refused.value.error.properties) == ("invalidProperties", ("keywords",))


def test_so_many_keywords_and_no_more() -> None:
    names = [f"k{number}" for number in range(keywords.MOST)]
    assert len(keywords.checked(names)) == keywords.MOST
    with pytest.raises(SetRefused) as refused:
        keywords.checked([*names, "one"])
    assert refused.value.error.type == "tooManyKeywords"
