from array import array
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pace import within
from pillarbox.proto.imap import sequence
from pillarbox.proto.imap.sequence import (
    NUMBER_MAX,
    STAR,
    Partial,
    SequenceSet,
    compact,
    is_within,
    listed,
    merge,
    positions_of_seqs,
    positions_of_uids,
)

# few distinct numbers, so that ranges meet, nest and touch
numbers = st.integers(1, 12) | st.sampled_from([STAR, NUMBER_MAX])
ranges = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
sets = st.lists(ranges, min_size=1, max_size=6).map(lambda each: SequenceSet(tuple(each)))
mailboxes = st.sets(st.integers(1, 15), max_size=12).map(sorted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1", ((1, 1),)),
        (b"*", ((STAR, STAR),)),
        (b"2,4:7,9,12:*", ((2, 2), (4, 7), (9, 9), (12, STAR))),
        (b"7:4", ((4, 7),)),
        (b"*:4", ((4, STAR),)),
        (b"*:*", ((STAR, STAR),)),
        (b"1:4294967295", ((1, 4294967295),)),
        (b"0", None),
        (b"1:0", None),
        (b"01", None),
        (b"4294967296", None),
        (b"99999999999999999999", None),
        (b"", None),
        (b",", None),
        (b"1,", None),
        (b",1", None),
        (b"1:", None),
        (b":1", None),
        (b"1:2:3", None),
        (b"1;2", None),
        (b"**", None),
        (b"-1", None),
        (b"+1", None),
        (b"\xb2", None),
    ],
)
def test_a_set_is_read_as_the_grammar_says(text: bytes, expected: tuple[tuple[int, int], ...] | None) -> None:
    found = sequence.parse(text)
    assert found == (None if expected is None else SequenceSet(expected))


@pytest.mark.parametrize(
    ("text", "uids", "expected"),
    [
        (b"1:*", [3, 5, 9], [0, 1, 2]),
        (b"*", [3, 5, 9], [2]),
        (b"100:*", [3, 5, 9], [2]),
        (b"*:100", [3, 5, 9], [2]),
        (b"4:8", [3, 5, 9], [1]),
        (b"1:4294967295", [3, 5, 9], [0, 1, 2]),
        (b"6:8,1:2,10:20", [3, 5, 9], []),
        (b"9,3,9,3:5", [3, 5, 9], [0, 1, 2]),
        (b"*", [], []),
        (b"1:*", [], []),
    ],
)
def test_uids_are_found_where_they_stand(text: bytes, uids: list[int], expected: list[int]) -> None:
    which = sequence.parse(text)
    assert which is not None
    assert [at for part in positions_of_uids(which, array("I", uids)) for at in part] == expected


def meant(which: SequenceSet, top: int) -> set[int]:
    """The numbers of a small mailbox that the set names, by the words of RFC 9051 §9."""
    out: set[int] = set()
    for first, last in which.ranges:
        ends = [top if end == STAR else end for end in (first, last)]
        out |= {number for number in range(1, 20) if min(ends) <= number <= max(ends)}
    return out


@given(sets, mailboxes)
def test_finding_uids_is_the_same_as_trying_each(which: SequenceSet, uids: list[int]) -> None:
    found = positions_of_uids(which, uids)
    assert [at for part in found for at in part] == [at for at, uid in enumerate(uids) if uid in meant(which, uids[-1])]
    assert all(one.stop < other.start for one, other in pairwise(found))


@given(sets, st.integers(0, 15))
def test_finding_sequence_numbers_is_the_same_as_trying_each(which: SequenceSet, count: int) -> None:
    found = positions_of_seqs(which, count)
    assert [at + 1 for part in found for at in part] == [seq for seq in range(1, count + 1) if seq in meant(which, count)]
    assert all(one.stop < other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("text", "count", "within"),
    [
        (b"1:3", 3, True),
        (b"4", 3, False),
        (b"*", 3, True),
        (b"*", 0, False),
        (b"1:*", 0, False),
        (b"4:*", 3, False),
        (b"2:9", 3, False),
    ],
)
def test_a_sequence_number_without_message_is_noticed(text: bytes, count: int, within: bool) -> None:
    which = sequence.parse(text)
    assert which is not None
    assert bool(is_within(which, count)) == within


@given(st.sets(st.integers(1, 60)))
def test_compact_writes_what_parse_reads(numbers: set[int]) -> None:
    text = compact(sorted(numbers))
    if not numbers:
        assert text == b""
        return
    read = sequence.parse(text)
    assert read is not None
    assert sorted(read.numbers()) == sorted(numbers)
    assert list(read.ranges) == merge((number, number) for number in numbers)


@given(sets)
def test_written_ranges_read_back(which: SequenceSet) -> None:
    assert sequence.parse(sequence.written(which.ranges)) == which


@given(sets, st.integers(1, 20))
def test_membership_is_that_of_the_ranges(which: SequenceSet, number: int) -> None:
    assert (number in which) == any(first <= number <= last for first, last in which.ranges)


def test_a_set_of_everything_costs_what_the_mailbox_has() -> None:
    which = sequence.parse(b",".join([b"1:4294967295"] * 5000))
    assert which is not None
    with within(0.2):
        assert positions_of_uids(which, array("I", range(1, 1001))) == [range(1000)]


@settings(max_examples=20)
@given(sets)
def test_merging_twice_changes_nothing(which: SequenceSet) -> None:
    assert merge(which.merged()) == which.merged()


@pytest.mark.parametrize(
    ("first", "last", "count", "places"),
    [
        (1, 5, 10, [0, 1, 2, 3, 4]),
        (5, 4, 10, [3, 4]),
        (8, 12, 10, [7, 8, 9]),
        (11, 12, 10, []),
        (1, 4294967295, 2, [0, 1]),
        (-1, -1, 10, [9]),
        (-1, -3, 10, [7, 8, 9]),
        (-9, -12, 10, [0, 1]),
        (-11, -12, 10, []),
        (-1, -5, 0, []),
        (-4294967295, -1, 2, [0, 1]),
    ],
)
def test_some_of_a_list_by_places_from_either_end(first: int, last: int, count: int, places: list[int]) -> None:
    assert list(Partial(first, last).span(count)) == places


@pytest.mark.parametrize(
    ("numbers", "text"), [([], b""), ([5, 3, 4, 2], b"5,3:4,2"), ([3, 2, 1], b"3,2,1"), ([1, 2, 3, 9], b"1:3,9")]
)
def test_numbers_keep_their_order(numbers: list[int], text: bytes) -> None:
    assert listed(numbers) == text
