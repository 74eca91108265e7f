"""FETCH responses that tell nothing but flags, many at a time: of a mailbox whose states are known."""

from collections.abc import Iterator, Sequence
from itertools import chain

from .items import Flags, Plan
from .session import Selected
from .states import States
from .view import Places

STRETCH = 2000
"""Responses made by one `%`: three times as fast as one each."""


def can(plan: Plan, selected: Selected) -> bool:
    """Whether the plan is one for `text`, and no message of the view \\Recent."""
    return plan.response == b"FETCH" and plan.columns == ("uid", "flags", "keywords") and not selected.view.recent


def text(plan: Plan, selected: Selected, states: States, places: Places) -> bytes:
    """A response for each of these messages, of a view that has the UIDs the states have."""
    lines = [_line(plan, selected.texts[kind]) for kind in states.kinds]
    return b"".join(chain.from_iterable(_of_run(plan, states, lines, run) for run in places))


def _line(plan: Plan, flags: bytes) -> bytes:
    """The response for a message with these flags: only the numbers are left to be filled in."""
    flags = flags.replace(b"%", b"%%")
    items = [item.template % flags if isinstance(item, Flags) else item.template for item in plan.items]
    return b"* %%d FETCH (%b)\r\n" % b" ".join(items)


def _of_run(plan: Plan, states: States, lines: Sequence[bytes], run: range) -> Iterator[bytes]:
    for first in range(run.start, run.stop, STRETCH):
        last = min(first + STRETCH, run.stop)
        kinds = states.numbers[first:last]
        seqs = range(first + 1, last + 1)
        whole = lines[kinds[0]] * len(kinds) if _is_uniform(kinds) else b"".join(map(lines.__getitem__, kinds))
        uids = states.uids[first:last]
        yield whole % tuple(seqs if len(plan.items) == 1 else chain.from_iterable(zip(seqs, uids, strict=True)))


def _is_uniform(kinds: bytes) -> bool:
    return kinds.count(kinds[0]) == len(kinds)
