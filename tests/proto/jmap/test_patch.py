"""PatchObjects (RFC 8620 §5.3)."""

import copy
from typing import Any

import pytest

from pace import within
from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap import patch
from pillarbox.proto.jmap.errors import SetRefused

VALUE: dict[str, Any] = {"name": "x", "keywords": {"$seen": True, "a/b": True}, "deep": {"er": {"est": 1}}, "list": [1]}


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({}, {}),
        ({"name": "y"}, {"name": "y"}),
        ({"new": 1}, {"new": 1}),
        ({"keywords/$flagged": True}, {"keywords": {"$seen": True, "a/b": True, "$flagged": True}}),
        ({"keywords/$seen": None}, {"keywords": {"a/b": True}}),
        ({"keywords/a~1b": None}, {"keywords": {"$seen": True}}),
        ({"keywords/nothing": None}, {}),
        ({"deep/er/est": 2, "deep/other": 3}, {"deep": {"er": {"est": 2}, "other": 3}}),
        ({"keywords": {"x": True}}, {"keywords": {"x": True}}),
        ({"name": None}, {"name": "default"}),
        ({"keywords/name": None}, {}),
    ],
)
def test_a_patch_changes_what_it_names_and_nothing_else(changes: dict[str, Any], changed: dict[str, Any]) -> None:
    before = copy.deepcopy(VALUE)
    assert patch.apply(VALUE, changes, {"name": "default"}) == {**VALUE, **changed}
    assert before == VALUE


@pytest.mark.parametrize(
    "changes",
    [
        {"keywords": {}, "keywords/$seen": True},
        {"deep/er": {}, "deep/er/est": 1},
        {"a~1b": 1, "a~1b/c": 1},
        {"missing/x": 1},
        {"name/x": 1},
        {"list/0": 2},
        {"keywords/$seen/x": 1},
        {"keywords/~1": 1, "keywords/~1/x": 1},
    ],
)
def test_a_patch_that_means_nothing_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SetRefused) as caught:
        patch.apply(VALUE, changes)
    assert caught.value.error.type == "invalidPatch"


@pytest.mark.parametrize(
    "changes", [{"a/" * 5_000_000 + "a": 1}, {f"{number}/" + "a/" * 98 + "a": 1 for number in range(2000)}]
)
def test_long_paths_and_many_of_them_are_refused_in_good_time(changes: dict[str, Any]) -> None:
    with within(2), pytest.raises(SetRefused):
        patch.apply({}, changes)


def test_a_patch_has_so_many_paths_at_most_and_no_more_is_looked_at() -> None:
    most = JmapLimits().properties
    for paths, refused in ((most, ["invalidPatch"]), (most + 1, ["tooLarge"])):
        with pytest.raises(SetRefused) as caught:
            patch.apply({}, {f"name/{number}": 1 for number in range(paths)})
        assert [caught.value.error.type] == refused
    assert len(patch.apply({"of": {}}, {f"of/{number}": 1 for number in range(most)})["of"]) == most  # type: ignore[arg-type]


def test_many_paths_into_a_large_object_copy_it_once() -> None:
    large = {"of": {f"x{number}": 1 for number in range(50_000)}}
    with within(0.3):
        changed = patch.apply(large, {f"of/{number}": 1 for number in range(JmapLimits().properties)})
    assert len(changed["of"]) == 52_000  # type: ignore[arg-type]
    assert len(large["of"]) == 50_000


def test_what_a_patch_has_made_another_is_told_and_nothing_that_was_only_said_again() -> None:
    now = {"name": "x", "role": None, "gone": 1}
    assert patch.differing(now, now) == {}
    assert patch.differing(now, {"name": "y", "role": None, "new": 2}) == {"name": "y", "gone": None, "new": 2}
