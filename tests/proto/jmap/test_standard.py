"""The standard methods' arguments, windows and differences (RFC 8620 §5)."""

from typing import Any

import pytest

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Arguments
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.standard import Changes, Copy, Get, Query, QueryChanges, Set, difference, window

LIMITS = JmapLimits(get_objects=3, set_objects=3)


def parsed(kind: Any, **given: Any) -> Any:
    arguments = Arguments({"accountId": "A1", **given})
    found = kind.parse(arguments, LIMITS)
    arguments.finish()
    return found


def refused(kind: Any, **given: Any) -> str:
    with pytest.raises(MethodRefused) as caught:
        parsed(kind, **given)
    return caught.value.type


def test_arguments_left_out_have_their_defaults() -> None:
    assert parsed(Get) == Get("A1", None, None)
    assert parsed(Set) == Set("A1", None, {}, {}, [])
    assert parsed(Query) == Query("A1", None, [], 0, None, 0, None, False)


def test_as_many_objects_as_are_announced_are_taken_and_no_more() -> None:
    assert parsed(Get, ids=["M1", "M2", "M3"]).ids == ["M1", "M2", "M3"]
    assert refused(Get, ids=["M1", "M2", "M3", "M4"]) == "requestTooLarge"
    some = {"create": {"a": {}}, "update": {"M1": {}}}
    assert parsed(Set, **some, destroy=["M2"]).destroy == ["M2"]
    assert refused(Set, **some, destroy=["M2", "M3"]) == "requestTooLarge"
    copies = {f"k{number}": {"id": "M1"} for number in range(4)}
    assert refused(Copy, fromAccountId="A2", create=copies) == "requestTooLarge"


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Get, {"accountId": None}),
        (Get, {"ids": "M1"}),
        (Get, {"unknown": 1}),
        (Changes, {}),
        (Changes, {"sinceState": "1", "maxChanges": 0}),
        (Set, {"create": {"no id": {}}}),
        (Set, {"create": {"a": 1}}),
        (Set, {"update": {"": {}}}),
        (Copy, {"fromAccountId": "A2"}),
        (Copy, {"fromAccountId": "A1", "create": {}}),
        (Query, {"limit": -1}),
        (Query, {"position": 1.5}),
        (Query, {"sort": [1]}),
        (QueryChanges, {}),
    ],
)
def test_arguments_that_are_none_are_refused(kind: Any, given: dict[str, Any]) -> None:
    assert refused(kind, **given) == "invalidArguments"


def test_what_is_made_in_the_same_request_may_be_changed() -> None:
    assert parsed(Set, update={"#k1": {"name": "x"}}).update == {"#k1": {"name": "x"}}


@pytest.mark.parametrize(
    ("asked", "ids", "position", "limit"),
    [
        ({}, "abcde", 0, 5),
        ({"limit": 2}, "ab", 0, None),
        ({"limit": 9}, "abcde", 0, 5),
        ({"limit": 0}, "", 0, None),
        ({"position": 3}, "defgh", 3, 5),
        ({"position": 8, "limit": 5}, "ij", 8, None),
        ({"position": 10, "limit": 5}, "", 10, None),
        ({"position": 99, "limit": 5}, "", 99, None),
        ({"position": -3, "limit": 5}, "hij", 7, None),
        ({"position": -99, "limit": 2}, "ab", 0, None),
        ({"anchor": "e", "limit": 2}, "ef", 4, None),
        ({"anchor": "e", "anchorOffset": -2, "limit": 2}, "cd", 2, None),
        ({"anchor": "b", "anchorOffset": -9, "limit": 2}, "ab", 0, None),
        ({"anchor": "i", "anchorOffset": 1, "limit": 2}, "j", 9, None),
        ({"anchor": "e", "position": 7, "limit": 1}, "e", 4, None),
    ],
)
def test_a_window_is_what_was_asked_for(asked: dict[str, Any], ids: str, position: int, limit: int | None) -> None:
    every = "abcdefghij"
    query = parsed(Query, **asked)
    found = window(query, len(every), 5, every.index(query.anchor) if query.anchor else None)
    assert ("".join(found.cut(every)), found.position, found.limit) == (ids, position, limit)


def test_an_anchor_that_is_nowhere_is_told_so() -> None:
    with pytest.raises(MethodRefused) as caught:
        window(parsed(Query, anchor="z"), 10, 5, None)
    assert caught.value.type == "anchorNotFound"


def test_a_difference_leads_from_the_old_list_to_the_new() -> None:
    old, new, changed = list("abcde"), list("xbadc"), {"x", "a", "e", "c"}
    found = difference(new, sorted(changed), changed)
    left = [name for name in old if name not in found.removed]
    for name, index in found.added:
        left.insert(index, name)
    assert left == new
    assert found.to_json()["added"] == [{"id": "x", "index": 0}, {"id": "a", "index": 2}, {"id": "c", "index": 4}]


def test_behind_the_last_id_a_client_knows_nothing_is_told() -> None:
    assert difference("xbadc", ["x", "c"], {"x", "c"}, up_to="b").added == [("x", 0)]


def test_more_changes_than_somebody_wants_are_too_many() -> None:
    assert difference("ab", ["a"], {"a"}, most=2)
    with pytest.raises(MethodRefused) as caught:
        difference("ab", ["a"], {"a"}, most=1)
    assert caught.value.type == "tooManyChanges"
