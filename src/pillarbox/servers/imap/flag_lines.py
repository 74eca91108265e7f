"""FETCH responses that tell nothing but flags, many at a time: of a mailbox whose states are known."""

from collections.abc import Sequence
from itertools import chain

from .items import Flags, Plan
from .session import Selected
from .states import States
from .view import Places

MOST_HEADS = 20_000
"""Beginnings of responses that are kept, some sixty bytes each."""
_heads: list[bytes] = []


def can(plan: Plan, selected: Selected) -> bool:
    """Whether the plan is one for `text`, and no message of the view \\Recent."""
    return plan.response == b"FETCH" and plan.columns == ("uid", "flags", "keywords") and not selected.view.recent


def text(plan: Plan, selected: Selected, states: States, places: Places) -> bytes:
    """A response for each of these messages, of a view that has the UIDs the states have."""
    texts = [selected.texts[kind] for kind in states.kinds]
    return b"".join(chain.from_iterable(_of_run(plan, states, texts, run) for run in places))


def _of_run(plan: Plan, states: States, texts: Sequence[bytes], run: range) -> Sequence[bytes]:
    numbers = states.numbers[run.start : run.stop]
    if len(plan.items) > 1:
        uids = states.uids[run.start : run.stop]
        flags = map(texts.__getitem__, numbers)
        in_order = (flags, uids) if isinstance(plan.items[0], Flags) else (uids, flags)
        return list(map(plan.template.__mod__, zip(range(run.start + 1, run.stop + 1), *in_order, strict=True)))
    tails = [b" FETCH (FLAGS (%b))\r\n" % flags for flags in texts]
    parts = [b""] * (2 * len(numbers))
    parts[::2] = _heads_of(run)
    parts[1::2] = [tails[numbers[0]]] * len(numbers) if _is_uniform(numbers) else map(tails.__getitem__, numbers)
    return parts


def _is_uniform(numbers: bytes) -> bool:
    return numbers.count(numbers[0]) == len(numbers)


def _heads_of(run: range) -> Sequence[bytes]:
    """`* 1`, `* 2` and so on: the same in every mailbox."""
    if run.stop > MOST_HEADS:
        return list(map(b"* %d".__mod__, range(run.start + 1, run.stop + 1)))
    if run.stop > len(_heads):
        _heads.extend(map(b"* %d".__mod__, range(len(_heads) + 1, run.stop + 1)))
    return _heads[run.start : run.stop]
