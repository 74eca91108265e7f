"""Searches whose results are kept up to date: ADDTO and REMOVEFROM as the mailbox changes (RFC 5267 §4.3).

A result is UIDs in the order asked for. What leaves the mailbox leaves the result before its EXPUNGE is told, while its number
still means it; what came or has other flags is looked at after its EXISTS or FETCH was told, and only that, unless the order is
one of its own: then the whole is found again, and what differs is told by places. What was wished to be known of messages that
came is told between their EXISTS and the ADDTO, and not of those that belong to the result for their flags alone (RFC 5465 §7).
"""

import asyncio
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from ...errors import MailError
from ...proto.imap import responses
from ...proto.imap.responses import Update
from ...proto.imap.sequence import compact, listed
from ...store.changes import MailboxChanges
from ...store.models import Uids
from ...store.query import And, InUids, Query
from ...store.ranges import Holding, runs
from .results import numbers
from .session import Selected, Session

ANYWHERE = 0
"""The place of what belongs wherever the mailbox has it."""

Order = Callable[[Selected], Awaitable[Sequence[int]]]
"""Finds all that a sorted search now finds: UIDs, in its order."""
Telling = Callable[["array[int]"], Awaitable[None]]
"""Tells what was wished to be known of these messages."""


@dataclass(slots=True)
class Context:
    """One search that is kept up to date."""

    tag: bytes
    by_uid: bool
    query: Query
    found: "array[int]"
    order: Order | None = None
    mailbox: tuple[str, int] | None = None
    is_stale: bool = False
    """A change could not be looked at when it was told of: all is, next time."""
    last: int = 0
    """The highest UID there was when the result was last brought up to date."""
    tell_of: Telling | None = None


def forget(session: Session, selected: Selected, gone: Uids) -> None:
    """These messages are no more: said while their numbers still mean them."""
    holding = Holding(gone)
    for context in selected.contexts.values() if gone else ():
        if context.order is None:
            lost = {uid for first, last in gone for uid in context.found[_slice(context.found, first, last)]}
        else:
            lost = {uid for uid in context.found if uid in holding}
        if lost:
            kept = array("I", [uid for uid in context.found if uid not in lost])
            _say(session, selected, context, kept)


async def refresh(session: Session, selected: Selected, changes: MailboxChanges) -> None:
    """Messages came, or have other flags: said after that was."""
    news = {row[0] for row in (*changes.added, *changes.changed)}
    for context in tuple(selected.contexts.values()):
        if not news and not context.is_stale:
            continue
        await asyncio.sleep(0)
        try:
            found = await _again(selected, context, news)
            if context.tell_of is not None and (arrived := array("I", [uid for uid in found if uid > context.last])):
                await context.tell_of(arrived)
        except MailError:
            context.is_stale = True
            continue
        context.is_stale = False
        context.last = max(context.last, selected.view.last)
        _say(session, selected, context, found)


async def _again(selected: Selected, context: Context, news: Collection[int]) -> "array[int]":
    """The whole result as it is now."""
    box = selected.box
    found: Sequence[int]
    if context.order is not None:
        found = await context.order(selected)
    elif context.is_stale:
        found = await box.messages.search(box.id, context.query)
    else:
        matching = await box.messages.search(box.id, And([InUids(runs(sorted(news))), context.query]))
        found = sorted([*(uid for uid in context.found if uid not in news), *matching])
    known = frozenset(selected.view.uids)
    return array("I", [uid for uid in found if uid in known])


def _say(session: Session, selected: Selected, context: Context, found: "array[int]") -> None:
    """The difference to what the client has been told."""
    before, context.found = context.found, found
    if context.order is None:
        removed, added = _unordered(before, found)
    else:
        removed, added = _ordered(before, found)
    if not removed and not added:
        return

    def written(updates: Sequence[tuple[int, Sequence[int]]]) -> list[Update]:
        return [(place, _written(selected, context, uids)) for place, uids in updates]

    session.say(
        responses.ESearch(context.tag, context.by_uid, removed=written(removed), added=written(added), mailbox=context.mailbox)
    )


def _written(selected: Selected, context: Context, uids: Sequence[int]) -> bytes:
    is_sorted = context.order is not None
    found = uids if context.by_uid else numbers(selected.view, uids, is_sorted=is_sorted)
    return listed(found) if is_sorted else compact(found)


Differences = list[tuple[int, Sequence[int]]]
"""Places, and the UIDs put there or taken from there."""


def _unordered(before: "array[int]", after: "array[int]") -> tuple[Differences, Differences]:
    """What is no longer there, and what is new; places do not matter."""
    old, new = set(before), set(after)
    lost, come = [uid for uid in before if uid not in new], [uid for uid in after if uid not in old]
    return [(ANYWHERE, lost)] if lost else [], [(ANYWHERE, come)] if come else []


def _ordered(before: "array[int]", after: "array[int]") -> tuple[Differences, Differences]:
    """The same by places: what goes, from the last place to the first, then what comes, from the first to the last (RFC 5267
    §4.3.3, §4.3.4). Where those that stay have another order, everything goes and comes."""
    old, new = set(before), set(after)
    if [uid for uid in before if uid in new] != [uid for uid in after if uid in old]:
        return [(1, before)] if before else [], [(1, after)] if after else []
    return list(reversed(_stretches(before, new))), _stretches(after, old)


def _stretches(uids: "array[int]", others: set[int]) -> Differences:
    """Those that are not among the others, side by side ones together, with the places where they begin."""
    found: list[tuple[int, list[int]]] = []
    for place, uid in enumerate(uids, 1):
        if uid in others:
            continue
        if found and found[-1][0] + len(found[-1][1]) == place:
            found[-1][1].append(uid)
        else:
            found.append((place, [uid]))
    return list(found)


def _slice(uids: "array[int]", first: int, last: int) -> slice:
    start = bisect_left(uids, first)
    return slice(start, bisect_right(uids, last, start))
