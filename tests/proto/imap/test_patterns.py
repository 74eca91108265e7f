import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pace import within
from pillarbox.proto.imap.patterns import Pattern, combined


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "a/b", True),
        ("*", "", True),
        ("%", "a", True),
        ("%", "a/b", False),
        ("%/%", "a/b", True),
        ("%/%", "a/b/c", False),
        ("a*c", "a/b/c", True),
        ("a%c", "a/c", False),
        ("a", "a", True),
        ("a", "A", False),
        ("", "", True),
        ("", "a", False),
        ("inbox", "INBOX", True),
        ("inb%", "INBOX", True),
        ("InB*", "INBOX/a", True),
        ("inbox/a", "INBOX/a", True),
        ("inbox/A", "INBOX/a", False),
        ("inboxes", "INBOXES", False),
        ("i*/a", "INBOX/a", True),
        ("%%", "ab", True),
        ("%*%", "a/b", True),
        ("a%%b*%", "axb/c", True),
        ("日*", "日本", True),
        (".*", "ab", False),
        ("[a]", "a", False),
    ],
)
def test_wildcards_match_as_the_rfc_says(pattern: str, name: str, expected: bool) -> None:
    assert Pattern(pattern).matches(name) is expected


@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=10))
def test_the_automaton_agrees_with_a_regular_expression(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "%": "[^/]*"}.get(char, re.escape(char)) for char in pattern)
    assert Pattern(pattern).matches(name) == bool(re.fullmatch(expression, name))


def test_another_separator_is_respected() -> None:
    assert Pattern("a%", ".").matches("a/b")
    assert not Pattern("a%", ".").matches("a.b")


@pytest.mark.parametrize("pattern", ["%a" * 1000, "*a" * 1000, "*%" * 1000, "a%" * 999 + "b", "*" * 1000 + "b"])
def test_a_thousand_wildcards_take_no_time(pattern: str) -> None:
    with within(0.05):
        Pattern(pattern).matches("a" * 1024)


def test_the_reference_is_what_every_name_begins_with() -> None:
    assert combined("~/Mail/", "%") == "~/Mail/%"
    assert combined("", "*") == "*"
