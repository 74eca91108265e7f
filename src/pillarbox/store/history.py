"""What has changed since a moment, told from what is known of each email: the same for every backend, and pure.

Everything that happened has a place, (modseq, id), and they are told in that order: so any part of it ends at a moment from
which the rest can be told, also where one verb did much under one modseq. What was made since is told at the place of its
making, and what happened to it later at a place of its own, unless both come in the same part.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from ..ids import EmailId, MailboxId, ModSeq, ThreadId
from .emails import WHOLLY, IdChanges, Moment

What = Literal["created", "updated", "destroyed"]
Happening = tuple[int, int, What]
"""(modseq, id, what)"""
_COUNTS: Final = {"created": 0, "updated": 1, "destroyed": 2}


class Living(NamedTuple):
    """An email that changed since."""

    email: EmailId
    thread: ThreadId
    appeared: ModSeq
    """Under which it came, as far as whoever looks can know."""
    modseq: ModSeq
    """Under which it changed last."""


class Gone(NamedTuple):
    """An email that went since."""

    email: EmailId
    thread: ThreadId | None
    """None: nobody knows any more."""
    appeared: ModSeq
    modseq: ModSeq


class Touched(NamedTuple):
    """All that happened to emails since a moment."""

    living: Sequence[Living]
    gone: Sequence[Gone]


class Standing(NamedTuple):
    """A mailbox that is there."""

    mailbox: MailboxId
    created: ModSeq
    modseq: ModSeq
    """Of its last change, its counts aside."""


def emails(touched: Touched, since: Moment, most: int, now: ModSeq) -> IdChanges:
    """Of emails."""
    return _told(_of_emails(touched, since), since, most, now)


def _of_emails(touched: Touched, since: Moment) -> Iterator[Happening]:
    for email, _, appeared, modseq in touched.living:
        if (appeared, email) > since:
            yield appeared, email, "created"
        if modseq > appeared or (appeared, email) <= since:
            yield modseq, email, "updated"
    for gone in touched.gone:
        if (gone.appeared, gone.email) <= since:
            yield gone.modseq, gone.email, "destroyed"


def threads(touched: Touched, first: Mapping[ThreadId, ModSeq], since: Moment, most: int, now: ModSeq) -> IdChanges:
    """Of threads; `first` says of each that is left, of those touched, when the first of its emails appeared."""
    return _told(_of_threads(touched, first, since), since, most, now)


def _of_threads(touched: Touched, first: Mapping[ThreadId, ModSeq], since: Moment) -> Iterator[Happening]:
    known = {gone.thread for gone in touched.gone if gone.thread is not None and (gone.appeared, gone.thread) <= since}
    old = {thread for thread, appeared in first.items() if (appeared, thread) <= since}
    if since.through == WHOLLY:  # else of a thread all of whose emails went meanwhile, nothing may have been told
        old |= known & first.keys()
    for living in touched.living:
        if (living.appeared, living.thread) > since:
            made = living.thread not in old and living.appeared == first[living.thread]
            yield living.appeared, living.thread, "created" if made else "updated"
    for gone in touched.gone:
        if gone.thread is None:
            continue
        if gone.thread in old or (gone.thread in first and gone.modseq > first[gone.thread]):
            yield gone.modseq, gone.thread, "updated"
        elif gone.thread in known and gone.thread not in first:
            yield gone.modseq, gone.thread, "destroyed"


def mailboxes(
    there: Sequence[Standing],
    recounted: Iterable[tuple[MailboxId, ModSeq]],
    deleted: Iterable[tuple[MailboxId, ModSeq]],
    since: Moment,
    most: int,
    now: ModSeq,
) -> IdChanges:
    """Of mailboxes: those there are, whose counts may be others as of a modseq, and those deleted since that were there."""
    properties: set[int] = set()
    happened: list[Happening] = [(modseq, mailbox, "destroyed") for mailbox, modseq in deleted]
    made = {box.mailbox: box.created for box in there}
    for box in there:
        if (box.created, box.mailbox) > since:
            happened.append((box.created, box.mailbox, "created"))
        if (box.modseq, box.mailbox) > since and box.modseq > box.created:
            happened.append((box.modseq, box.mailbox, "updated"))
            properties.add(box.mailbox)
    happened += [(modseq, mailbox, "updated") for mailbox, modseq in recounted if modseq > made.get(mailbox, now)]
    told = _told(happened, since, most, now)
    return IdChanges(told.moment, told.more, told.created, told.updated, told.destroyed, properties.isdisjoint(told.updated))


def _told(happened: Iterable[Happening], since: Moment, most: int, now: ModSeq) -> IdChanges:
    """The first so many ids, each for what counts most of what happened to it."""
    found: dict[int, What] = {}
    moment, more = Moment(now), False
    for modseq, number, what in sorted(each for each in happened if each[:2] > since):
        if number not in found and len(found) == most:
            more = True
            break
        moment = Moment(ModSeq(modseq), number)
        found[number] = _graver(found.get(number), what)
    if not more:
        moment = Moment(now)
    kinds: tuple[list[int], list[int], list[int]] = ([], [], [])
    for number, what in found.items():
        kinds[_COUNTS[what]].append(number)
    return IdChanges(moment, more, *kinds)


def _graver(before: What | None, what: What) -> What:
    if before is None or what == "destroyed":
        return what
    return before
