"""Filters and sorts (RFC 8620 §5.5; RFC 8621 §2.3, §4.4)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.mail import email
from pillarbox.proto.jmap.mail import filter as filters
from pillarbox.proto.jmap.mail import sort as sorts


def spelled(given: Any) -> str:
    return filters.read(given, lambda one: "".join(one), lambda operator, of: f"{operator}({' '.join(of)})")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ""),
        ({"a": 1}, "a"),
        ({"operator": "AND", "conditions": []}, "AND()"),
        ({"operator": "NOT", "conditions": [{"a": 1}, {"b": 1}]}, "NOT(a b)"),
        (
            {"operator": "OR", "conditions": [{"operator": "AND", "conditions": [{"a": 1}, {"b": 1}]}, {"c": 1}]},
            "OR(AND(a b) c)",
        ),
    ],
)
def test_a_filter_is_made_into_something_else_from_its_conditions_up(given: Any, wanted: str) -> None:
    assert spelled(given) == wanted


@pytest.mark.parametrize(
    ("given", "passing"),
    [
        (None, "abc"),
        ({"is": "a"}, "a"),
        ({"operator": "AND", "conditions": []}, "abc"),
        ({"operator": "OR", "conditions": []}, ""),
        ({"operator": "OR", "conditions": [{"is": "a"}, {"is": "b"}]}, "ab"),
        ({"operator": "AND", "conditions": [{"is": "a"}, {"is": "b"}]}, ""),
        ({"operator": "NOT", "conditions": [{"is": "a"}, {"is": "b"}]}, "c"),
    ],
)
def test_a_filter_is_a_test_that_all_pass_where_there_is_none(given: Any, passing: str) -> None:
    assert "".join(filter(filters.as_test(given, lambda one: lambda letter: letter == one["is"]), "abc")) == passing


def test_nesting_costs_no_recursion_and_conditions_are_counted() -> None:
    deep: Any = {"a": 1}
    for _ in range(filters.CONDITIONS - 1):
        deep = {"operator": "NOT", "conditions": [deep]}
    assert spelled(deep).count("NOT") == filters.CONDITIONS - 1
    with pytest.raises(MethodRefused) as refused:
        spelled({"operator": "NOT", "conditions": [deep]})
    assert refused.value.type == "unsupportedFilter"


@pytest.mark.parametrize(
    "given",
    [
        {"operator": "XOR", "conditions": []},
        {"operator": "AND"},
        {"operator": "AND", "conditions": {}},
        {"operator": "AND", "conditions": [1]},
        {"operator": "AND", "conditions": [], "text": "a"},
        {"operator": ["AND"], "conditions": []},
    ],
)
def test_what_is_no_filter_is_refused(given: Any) -> None:
    with pytest.raises(MethodRefused) as refused:
        spelled(given)
    assert refused.value.type == "invalidArguments"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("  ", []),
        ("one two", ["one", "two"]),
        ('"one  two" three', ["one two", "three"]),
        ("'one two'", ["one two"]),
        ("it's fine", ["it's", "fine"]),
        ('"say \\"hi\\" now"', ['say "hi" now']),
        ('"never closed two', ['"never', "closed", "two"]),
        ("'tis the season", ["'tis", "the", "season"]),
        ('"a\\', ['"a\\']),
        ('"one two"three', ["one two", "three"]),
        ('a"b c"', ['a"b', 'c"']),
        ('"" x', ["x"]),
    ],
)
def test_a_text_is_words_and_phrases(text: str, wanted: Sequence[str]) -> None:
    assert filters.words(text) == wanted


def test_of_very_many_words_the_first_are_looked_for() -> None:
    assert len(filters.words("a " * 5000)) == filters.WORDS


def test_every_property_of_an_email_condition_is_read() -> None:
    found = filters.email_condition(
        {
            "inMailbox": "F1",
            "inMailboxOtherThan": ["F2", "F3"],
            "before": "2020-01-01T00:00:00Z",
            "after": "2019-01-01T00:00:00Z",
            "minSize": 1,
            "maxSize": 2,
            "allInThreadHaveKeyword": "$Seen",
            "someInThreadHaveKeyword": "a",
            "noneInThreadHaveKeyword": "b",
            "hasKeyword": "c",
            "notKeyword": "d",
            "hasAttachment": False,
            "text": "t",
            "from": "f",
            "to": "o",
            "cc": "c",
            "bcc": "b",
            "subject": "s",
            "body": "y",
            "header": ["X-A", "v"],
        }
    )
    assert found == filters.EmailCondition(
        "F1",
        frozenset(("F2", "F3")),
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2019, 1, 1, tzinfo=UTC),
        1,
        2,
        "$seen",
        "a",
        "b",
        "c",
        "d",
        False,
        [("text", "t"), ("from", "f"), ("to", "o"), ("cc", "c"), ("bcc", "b"), ("subject", "s"), ("body", "y")],
        ("X-A", "v"),
    )


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"colour": 1}, "unsupportedFilter"),
        ({"inMailbox": 1}, "invalidArguments"),
        ({"inMailbox": None}, "invalidArguments"),
        ({"text": "a", "hasAttachment": None}, "invalidArguments"),
        ({"before": "yesterday"}, "invalidArguments"),
        ({"before": "2020-01-01T00:00:00+01:00"}, "invalidArguments"),
        ({"minSize": -1}, "invalidArguments"),
        ({"hasKeyword": "a b"}, "invalidArguments"),
        ({"hasAttachment": "yes"}, "invalidArguments"),
        ({"header": []}, "invalidArguments"),
        ({"header": ["a", "b", "c"]}, "invalidArguments"),
        ({"text": ["a"]}, "invalidArguments"),
    ],
)
def test_a_condition_that_is_wrong_says_how(given: Any, kind: str) -> None:
    with pytest.raises(MethodRefused) as refused:
        filters.email_condition(given)
    assert refused.value.type == kind


def test_null_asks_for_something_of_a_mailbox() -> None:
    assert filters.mailbox_condition({"parentId": None, "role": None}).given == {"parentId", "role"}
    assert filters.mailbox_condition({"name": None}).given == frozenset()
    with pytest.raises(MethodRefused, match="unsupportedFilter"):
        filters.mailbox_condition({"colour": 1})


def test_comparators_are_read() -> None:
    found = sorts.read(
        [{"property": "size"}, {"property": "hasKeyword", "keyword": "$Seen", "isAscending": False}], sorts.OF_EMAILS
    )
    assert found == [sorts.Comparator("size"), sorts.Comparator("hasKeyword", False, "$seen")]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"property": "colour"}, "unsupportedSort"),
        ({"property": "size", "collation": "i;klingon"}, "unsupportedSort"),
        ({}, "invalidArguments"),
        ({"property": "hasKeyword"}, "invalidArguments"),
        ({"property": "hasKeyword", "keyword": "a b"}, "invalidArguments"),
        ({"property": "size", "isAscending": "no"}, "invalidArguments"),
    ],
)
def test_a_comparator_that_is_wrong_says_how(given: Any, kind: str) -> None:
    with pytest.raises(MethodRefused) as refused:
        sorts.read([given], sorts.OF_EMAILS)
    assert refused.value.type == kind


def test_what_jmapc_leaves_in_a_comparator_is_passed_over() -> None:
    assert sorts.read([{"property": "size", "position": 0, "anchorOffset": 0}], sorts.OF_EMAILS) == [sorts.Comparator("size")]


def test_so_many_comparators_and_no_more() -> None:
    assert len(sorts.read([{"property": "size"}] * sorts.MOST, sorts.OF_EMAILS)) == sorts.MOST
    with pytest.raises(MethodRefused, match="unsupportedSort"):
        sorts.read([{"property": "size"}] * (sorts.MOST + 1), sorts.OF_EMAILS)


def test_the_conditions_of_a_filter_have_so_many_bytes_and_no_more() -> None:
    def read(letters: int) -> int:
        conditions: list[Json] = [{"text": "x" * letters}] * 8
        return filters.read({"operator": "OR", "conditions": conditions}, lambda one: 1, lambda operator, of: sum(of))

    envelope = len('{"text":""}')
    assert read(filters.BYTES // 8 - envelope) == 8
    with pytest.raises(MethodRefused, match="unsupportedFilter"):
        read(filters.BYTES // 8 - envelope + 1)


def test_one_field_is_asked_for_so_often_and_no_more() -> None:
    names = [f"header:{name}" for name in ("".join(each) for each in product("xX", "yY", "zZ", "aA", "bB", "cC"))]
    assert len(email.parse(Arguments({}), names[: email.MOST_OF_A_FIELD]).fields) == email.MOST_OF_A_FIELD
    with pytest.raises(MethodRefused, match="requestTooLarge"):
        email.parse(Arguments({}), names[: email.MOST_OF_A_FIELD + 1])
