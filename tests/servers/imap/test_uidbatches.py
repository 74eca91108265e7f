"""UIDs in batches: as many messages each as was asked, no UID left out between them (RFC 10022 §3.1)."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.limits import ImapLimits
from pillarbox.servers.imap.uidbatches import batches
from servers.imap.parley import Clients

LIMITS = ImapLimits()


@pytest.mark.parametrize(
    ("uids", "size", "asked", "found"),
    [
        ([], 2, (1, None), []),
        ([7], 2, (1, None), [(7, 1)]),
        ([3, 7], 2, (1, None), [(7, 1)]),
        ([3, 7, 9], 2, (1, None), [(9, 7), (6, 1)]),
        ([1, 2, 3, 4, 5], 2, (1, None), [(5, 4), (3, 2), (1, 1)]),
        ([1, 2, 3, 4, 5], 2, (2, 2), [(3, 2)]),
        ([1, 2, 3, 4, 5], 2, (2, 9), [(3, 2), (1, 1)]),
        ([1, 2, 3, 4, 5], 2, (4, 9), []),
    ],
)
def test_batches_begin_with_the_newest(
    uids: list[int], size: int, asked: tuple[int, int | None], found: list[tuple[int, int]]
) -> None:
    assert list(batches(uids, size, *asked)) == found


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, 200), min_size=1).map(sorted), st.integers(1, 20))
def test_all_have_their_size_but_the_last_and_reach_down_to_the_first(uids: list[int], size: int) -> None:
    found = list(batches(uids, size))
    counts = [sum(low <= uid <= high for uid in uids) for high, low in found]
    assert counts[:-1] == [size] * (len(found) - 1)
    assert 0 < counts[-1] <= size
    assert (found[0][0], found[-1][1]) == (uids[-1], 1)
    assert all(high == low - 1 for (_, low), (high, _) in pairwise(found))


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (f"{LIMITS.batch}", b"OK"),
        (f"{LIMITS.batch - 1}", b"NO [TOOFEW]"),
        (f"{LIMITS.batch} 1:{LIMITS.batched // LIMITS.batch}", b"OK"),
        (f"{LIMITS.batch} 2:{LIMITS.batched // LIMITS.batch + 1}", b"OK"),
        (f"{LIMITS.batch} 1:{LIMITS.batched // LIMITS.batch + 1}", b"NO [TOOMANY]"),
        (f"{LIMITS.batched} 1:1", b"OK"),
        (f"{LIMITS.batched + 1} 1:1", b"NO [TOOMANY]"),
        ("4294967295", b"OK"),
    ],
)
async def test_how_large_and_how_many_batches_may_be(arguments: str, answer: bytes, clients: Clients) -> None:
    client = await clients.one("INBOX")
    assert (await client.do(f"UIDBATCHES {arguments}"))[-1].startswith(answer)
