"""Results kept up to date: what a client that follows the updates has in the end."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.servers.imap.contexts import Differences, _ordered, _unordered

results = st.lists(st.integers(1, 12), unique=True, max_size=10)


def followed(before: list[int], removed: Differences, added: Differences) -> list[int]:
    """What RFC 5267 §4.3.3 and §4.3.4 have a client do."""
    found = list(before)
    for place, uids in removed:
        if place:
            assert found[place - 1 : place - 1 + len(uids)] == list(uids)
            del found[place - 1 : place - 1 + len(uids)]
        else:
            found = [uid for uid in found if uid not in set(uids)]
    for place, uids in added:
        if place:
            assert place - 1 <= len(found)
            found[place - 1 : place - 1] = uids
        else:
            found = sorted([*found, *uids])
    return found


@settings(max_examples=200)
@given(results, results)
def test_a_sorted_result_is_followed_by_places(before: list[int], after: list[int]) -> None:
    removed, added = _ordered(array("I", before), array("I", after))
    assert followed(before, removed, added) == after
    if before == after:
        assert not removed
        assert not added


@settings(max_examples=100)
@given(results, results)
def test_an_unsorted_one_without(before: list[int], after: list[int]) -> None:
    removed, added = _unordered(array("I", sorted(before)), array("I", sorted(after)))
    assert followed(sorted(before), removed, added) == sorted(after)


@pytest.mark.parametrize(
    ("before", "after", "removed", "added"),
    [
        ([2734, 2735], [2731, 2732, 2733, 2734, 2735], [], [(1, [2731, 2732, 2733])]),
        ([5, 4, 2, 1], [2], [(4, [1]), (1, [5, 4])], []),
        ([5, 2], [9, 5, 7, 8, 2], [], [(1, [9]), (3, [7, 8])]),
    ],
)
def test_stretches_go_together(before: list[int], after: list[int], removed: Differences, added: Differences) -> None:
    assert _ordered(array("I", before), array("I", after)) == (removed, added)
