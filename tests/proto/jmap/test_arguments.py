"""Arguments of calls: each of its type, or refused by name (RFC 8620 §1, §3.6.2)."""

from collections.abc import Callable
from typing import Any

import pytest

from pillarbox.proto.jmap.arguments import Arguments
from pillarbox.proto.jmap.errors import MethodRefused

Getter = Callable[[Arguments], Any]


@pytest.mark.parametrize(
    ("given", "getter", "value"),
    [
        ("M1", lambda a: a.id("x"), "M1"),
        ("#k1", lambda a: a.id("x"), "#k1"),
        (None, lambda a: a.optional_id("x"), None),
        (["M2", "M1", "M2"], lambda a: a.ids("x"), ["M2", "M1"]),
        (None, lambda a: a.ids("x"), None),
        ("a b", lambda a: a.text("x"), "a b"),
        (None, lambda a: a.text("x", "d"), "d"),
        (None, lambda a: a.optional_text("x"), None),
        (2**53 - 1, lambda a: a.number("x"), 2**53 - 1),
        (3.0, lambda a: a.number("x"), 3),
        (None, lambda a: a.number("x", 9), 9),
        (-5, lambda a: a.number("x", least=-5), -5),
        (True, lambda a: a.flag("x"), True),
        (None, lambda a: a.flag("x", True), True),
        ({"a": 1}, lambda a: a.object("x"), {"a": 1}),
        ({"a": {}}, lambda a: a.objects("x"), {"a": {}}),
        ([{}], lambda a: a.object_list("x"), [{}]),
        (["a"], lambda a: a.strings("x"), ["a"]),
    ],
)
def test_what_is_of_its_type_is_given(given: Any, getter: Getter, value: object) -> None:
    arguments = Arguments({"x": given})
    assert getter(arguments) == value
    arguments.finish()


@pytest.mark.parametrize(
    ("given", "getter"),
    [
        (None, lambda a: a.id("x")),
        (1, lambda a: a.id("x")),
        ("", lambda a: a.id("x")),
        ("#", lambda a: a.id("x")),
        ("a" * 256, lambda a: a.optional_id("x")),
        ("M1", lambda a: a.ids("x")),
        ([1], lambda a: a.ids("x")),
        (None, lambda a: a.text("x")),
        (1, lambda a: a.text("x", "d")),
        (1, lambda a: a.optional_text("x")),
        (None, lambda a: a.number("x")),
        (True, lambda a: a.number("x")),
        ("1", lambda a: a.number("x")),
        (1.5, lambda a: a.number("x")),
        (-1, lambda a: a.number("x")),
        (2**53, lambda a: a.number("x")),
        (10**4000, lambda a: a.number("x")),
        (0, lambda a: a.optional_number("x", least=1)),
        (1, lambda a: a.flag("x")),
        ([], lambda a: a.object("x")),
        ({"a": 1}, lambda a: a.objects("x")),
        ([1], lambda a: a.object_list("x")),
        ({}, lambda a: a.object_list("x")),
        ([1], lambda a: a.strings("x")),
        ("a", lambda a: a.strings("x")),
    ],
)
def test_what_is_not_of_its_type_is_refused_by_name(given: Any, getter: Getter) -> None:
    with pytest.raises(MethodRefused) as caught:
        getter(Arguments({"x": given}))
    assert caught.value.type == "invalidArguments"
    assert "'x'" in caught.value.description


def test_an_argument_that_nobody_asked_for_is_refused() -> None:
    arguments = Arguments({"known": 1, "other\n": 2})
    arguments.number("known")
    with pytest.raises(MethodRefused, match=r"other\\\\n"):
        arguments.finish()


def test_an_argument_that_is_null_is_given() -> None:
    assert "x" in Arguments({"x": None})
    assert "x" not in Arguments({})
