"""Every method, property, filter and sort key of JMAP is shown by a test that names it."""

from pathlib import Path

import pytest

from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.mail import filter as filters
from pillarbox.proto.jmap.principal import CONDITIONS, NOTICE_CONDITIONS, condition, notice_condition
from pillarbox.servers.http.jmap import capabilities
from pillarbox.servers.http.jmap.methods import TABLE
from pillarbox.testing import jmap_document

ROOT = Path(__file__).parents[2]
WORDS = [
    (one.name, word) for one in jmap_document.TYPES for words in (one.properties, one.conditions, one.sorts) for word in words
]
READERS = [
    (filters.email_condition, filters.EMAIL_CONDITIONS),
    (filters.mailbox_condition, filters.MAILBOX_CONDITIONS),
    (condition, CONDITIONS),
    (notice_condition, NOTICE_CONDITIONS),
]


@pytest.mark.parametrize("name", TABLE)
def test_every_method_is_shown_by_a_test(name: str) -> None:
    assert jmap_document.showing(ROOT, name)


@pytest.mark.parametrize("name", TABLE)
def test_every_method_is_of_a_capability_that_is_announced_and_says_what_it_keeps(name: str) -> None:
    row = TABLE[name]
    assert row.capability in capabilities.KNOWN
    assert jmap_document.where(name, row)


@pytest.mark.parametrize(("type_", "word"), WORDS, ids=[f"{type_}.{word}" for type_, word in WORDS])
def test_every_word_of_a_type_is_shown_by_a_test(type_: str, word: str) -> None:
    assert jmap_document.naming(ROOT, type_, word)


@pytest.mark.parametrize(("read", "known"), READERS)
def test_the_conditions_that_are_named_are_those_that_are_read(read: object, known: tuple[str, ...]) -> None:
    assert callable(read)
    for name in (*known, "shoeSize"):
        try:
            read({name: None})
            is_read = True
        except MethodRefused as refused:
            is_read = refused.type != "unsupportedFilter"
        assert is_read == (name in known), name


def test_a_test_shows_what_the_functions_that_it_calls_name_where_none_does_itself() -> None:
    by_helpers = jmap_document.naming(ROOT, "PushSubscription", "deviceClientId")
    assert by_helpers
    assert all("test_push_subscriptions" in name for name in by_helpers)
