"""How the messages of a mailbox are flagged: a byte a message, kept by the worker for as long as nothing changes.

Few messages differ in their flags and keywords, so each is the number of a pair of them. Who asks for the flags of a whole
mailbox, or searches it by them alone, then asks the store no more than for its modseq, which moves with every change of flags.
"""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from weakref import WeakKeyDictionary

from ...mail.mailboxes import OpenMailbox
from ...mail.office import Office
from ...store.keywords import folded
from ...store.models import AllFlags
from ...store.query import And, HasFlag, HasKeyword, Not, Query
from .results import apart
from .view import View

MOST_MESSAGES = 2_000_000
"""Messages remembered, up to five bytes each; beyond, the mailboxes unused for longest are forgotten."""
MOST_KINDS = 256
"""What a byte can tell apart; a mailbox with more is asked of the store each time."""
Kind = tuple[int, str]
"""Flags and keywords."""
Judge = Callable[[Kind], bool]


@dataclass(frozen=True, slots=True)
class States:
    """A mailbox at one state of it."""

    modseq: int
    uids: "array[int]"
    numbers: bytes
    """Of each message, which of `kinds` it is."""
    kinds: Sequence[Kind]

    def found(self, wanted: Judge) -> "array[int]":
        """UIDs of the messages that are of a wanted kind."""
        table = bytes(wanted(kind) for kind in self.kinds).ljust(MOST_KINDS, b"\0")
        are_wanted = self.numbers.translate(table)
        return array("I", compress(self.uids, are_wanted)) if 0 in are_wanted else self.uids[:]


_KEPT: "WeakKeyDictionary[Office, OrderedDict[tuple[int, int, int], States]]" = WeakKeyDictionary()


async def states_of(office: Office, box: OpenMailbox, view: View) -> States | None:
    """As they are now; None where there are too many kinds. `view` is asked only for an array to share."""
    kept = _KEPT.setdefault(office, OrderedDict())
    key = box.owner, box.mail.viewer, box.id
    now = await box.mail.mailbox_by_id(box.id)
    found = kept.get(key)
    if found is not None and found.modseq == now.highest_modseq:
        kept.move_to_end(key)
        return found
    kept.pop(key, None)
    # Read after the modseq: a change between makes them newer than they say, and they are read anew the next time.
    flags = await box.mail.flags(box.id)
    found = await apart(len(flags.keywords), partial(_states, now.highest_modseq, flags, view))
    if found is not None:
        kept[key] = found
        _forget_some(kept)
    return found


def _states(modseq: int, flags: AllFlags, view: View) -> States | None:
    numbers: dict[Kind, int] = {(bits, ""): number for number, bits in enumerate(sorted(set(flags.flags)))}
    each = bytearray(flags.flags.translate(bytes(numbers.get((bits, ""), 0) for bits in range(0x100))))
    for place, words in flags.keywords:
        number = numbers.setdefault((flags.flags[place], words), len(numbers))
        if number >= MOST_KINDS:
            return None
        each[place] = number
    uids = view.uids if view.uids == flags.uids else flags.uids
    return States(modseq, uids, bytes(each), tuple(numbers))


def _forget_some(kept: "OrderedDict[tuple[int, int, int], States]") -> None:
    held = sum(len(one.numbers) for one in kept.values())
    while held > MOST_MESSAGES and len(kept) > 1:
        held -= len(kept.popitem(last=False)[1].numbers)


def judge(query: Query) -> Judge | None:
    """How to tell from flags and keywords alone whether a message matches; None where that cannot be, or is not worth while."""
    parts = query.of if isinstance(query, And) else (query,)
    judges = [found for part in parts if (found := _judge(part)) is not None]
    if len(judges) < len(parts) or not judges:
        return None
    return judges[0] if len(judges) == 1 else lambda kind: all(each(kind) for each in judges)


def _judge(query: Query) -> Judge | None:
    match query:
        case HasFlag(flag):
            return lambda kind: bool(kind[0] & flag)
        case Not(HasFlag(flag)):
            return lambda kind: not kind[0] & flag
        case HasKeyword(keyword):
            return lambda kind: folded(keyword) in folded(kind[1]).split(" ")
        case Not(HasKeyword(keyword)):
            return lambda kind: folded(keyword) not in folded(kind[1]).split(" ")
    return None
