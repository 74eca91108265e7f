"""Which records changed since a modseq, told from what is known of each: the same for every backend, and pure."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from ..errors import ChangesForgotten
from ..ids import ModSeq
from .records import RecordChanges

REMEMBERED = 1000
"""Records of a kind that are gone, and of which this is still known."""


class Trace(NamedTuple):
    """A record that changed, or went."""

    modseq: ModSeq
    id: str
    created: ModSeq
    is_gone: bool


def told(touched: Iterable[Trace], since: ModSeq, most: int, now: ModSeq) -> RecordChanges:
    """Of those touched since, by their last change, as many whole modseqs as fit. Raises ChangesForgotten."""
    created: list[str] = []
    updated: list[str] = []
    destroyed: list[str] = []
    reached, more = since, False
    for modseq, group in groupby(sorted(touched), key=lambda trace: trace.modseq):
        traces = [trace for trace in group if not (trace.is_gone and trace.created > since)]
        if len(created) + len(updated) + len(destroyed) + len(traces) > most:
            more = True
            break
        for trace in traces:
            (destroyed if trace.is_gone else created if trace.created > since else updated).append(trace.id)
        reached = modseq
    if more and reached == since:
        raise ChangesForgotten("more has changed at once than was asked for")
    return RecordChanges(reached if more else now, more, created, updated, destroyed)
