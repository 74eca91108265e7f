"""What a search tells of what it found (RFC 4731 §3.1, RFC 5182 §2.4, RFC 6203 §4, RFC 9394 §3)."""

import asyncio
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ...proto.imap import responses
from ...proto.imap.commands import Searching, SearchReturn
from ...proto.imap.responses import Response
from ...proto.imap.sequence import compact, listed
from .programs import Asked, Ground
from .session import Session
from .view import View

MIN, MAX, ALL, COUNT = SearchReturn.MIN, SearchReturn.MAX, SearchReturn.ALL, SearchReturn.COUNT
SAVE, PARTIAL, RELEVANCY = SearchReturn.SAVE, SearchReturn.PARTIAL, SearchReturn.RELEVANCY
LARGE = 10_000
"""Answers of so many numbers are made in a thread."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """What a command found in one mailbox."""

    ground: Ground
    asked: Asked
    uids: Sequence[int]
    """In the order asked for; those the client does not know of yet are not among them."""
    is_sorted: bool = False
    """In an order of their own, not the mailbox's."""

    def numbers(self, uids: Sequence[int], by_uid: bool) -> Sequence[int]:
        return uids if by_uid else numbers(self.ground.view, uids, is_sorted=self.is_sorted)

    def written(self, numbers: Sequence[int]) -> bytes:
        """As a set."""
        return listed(numbers) if self.is_sorted else compact(numbers)


def numbers(view: View, uids: Sequence[int], *, is_sorted: bool) -> Sequence[int]:
    """The sequence numbers of messages, in the same order."""
    if is_sorted:
        return view.seqs_in_order(uids)
    return view.seqs_of(uids if isinstance(uids, array) else array("I", uids))


async def apart(count: int, work: Callable[[], T]) -> T:
    """Do it here for a few messages, in a thread for many."""
    return work() if count < LARGE else await asyncio.to_thread(work)


async def say_many(session: Session, count: int, make: Callable[[], Response]) -> None:
    """Make and say a response of so many numbers."""
    if count < LARGE:
        session.say(make())
    else:
        session.say_raw(await asyncio.to_thread(lambda: make().encode()))


async def answer(
    session: Session, command: Searching, returns: frozenset[SearchReturn], found: Found, mailbox: tuple[str, int] | None = None
) -> None:
    """Say as much as was asked for, in one ESEARCH; none where it was only to be saved. `mailbox`: the name and UIDVALIDITY to
    say it of."""
    if not returns - {SAVE}:
        return
    shown = _shown(command, returns, found.uids)
    ends = found.numbers([found.uids[0], found.uids[-1]], command.uid) if found.uids and returns & {MIN, MAX} else ()
    relevancy = await _relevancy(found, shown) if RELEVANCY in returns else None
    listed = b""
    if ALL in returns or command.partial is not None:
        listed = await apart(len(shown), lambda: found.written(found.numbers(shown, command.uid)))
    session.say(
        responses.ESearch(
            command.tag,
            command.uid,
            minimum=ends[0] if MIN in returns and ends else None,
            maximum=ends[-1] if MAX in returns and ends else None,
            count=len(found.uids) if COUNT in returns else None,
            all_=listed if ALL in returns else None,
            partial=(command.partial, listed) if command.partial is not None else None,
            mod_seq=await highest(found.ground, told(command, returns, found.uids)) if found.asked.by_mod_seq else None,
            relevancy=relevancy,
            mailbox=mailbox,
        )
    )


def _shown(command: Searching, returns: frozenset[SearchReturn], uids: Sequence[int]) -> Sequence[int]:
    """Those that are told one by one."""
    if command.partial is not None:
        span = command.partial.span(len(uids))
        return uids[span.start : span.stop]
    return uids if returns & {ALL, RELEVANCY} else uids[:0]


def told(command: Searching, returns: frozenset[SearchReturn], uids: Sequence[int]) -> "array[int]":
    """Those the result is about, ascending, which is what `$` then stands for: all, unless only ends or a part were asked for
    (RFC 5182 §2.4, RFC 9394 §3.2)."""
    if not uids or returns & {ALL, COUNT} or not returns & {MIN, MAX, PARTIAL}:
        return array("I", sorted(uids))
    picked = set(_shown(command, returns, uids)) if PARTIAL in returns else set()
    if MIN in returns:
        picked.add(uids[0])
    if MAX in returns:
        picked.add(uids[-1])
    return array("I", sorted(picked))


async def highest(ground: Ground, uids: "array[int]") -> int | None:
    """The highest mod-sequence of what was found (RFC 7162 §3.1.5, §3.1.10)."""
    if not uids:
        return None
    rows = await ground.box.mail.rows(ground.box.id, [(uids[0], uids[-1])], ("uid", "modseq"))
    return await apart(len(rows), partial(_highest, rows, uids))


def _highest(rows: Sequence[tuple[int, int]], uids: "array[int]") -> int | None:
    wanted = set(uids)
    return max((modseq for uid, modseq in rows if uid in wanted), default=None)


async def _relevancy(found: Found, uids: Sequence[int]) -> Sequence[int]:
    box = found.ground.box
    return await box.mail.relevancy(box.id, found.asked.query, uids) if uids else ()
