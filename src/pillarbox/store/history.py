"""What has changed since a moment, told from what is known of each email: the same for every backend, and pure.

Everything that happened has a place, (modseq, id), and they are told in that order: so any part of it ends at a moment from
which the rest can be told, also where one verb did much under one modseq. What was made since is told at the place of its
making, and what happened to it later at a place of its own, unless both come in the same part.
"""

from collections import defaultdict
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
    """An email that went since; it may have come back."""

    email: EmailId
    thread: ThreadId | None
    """None: nobody knows any more."""
    appeared: ModSeq
    modseq: ModSeq


class Touched(NamedTuple):
    """All that happened to emails since a moment."""

    living: Sequence[Living]
    gone: Sequence[Gone]


class Turn(NamedTuple):
    """An email went, or was seen again."""

    modseq: ModSeq
    email: EmailId
    is_shown: bool


Known = Mapping[EmailId, tuple[ThreadId | None, ModSeq]]
"""Of emails: their thread, and under which modseq they were made."""


def turned(living: Iterable[Living], turns: Iterable[Turn], known: Known, since: Moment) -> Touched:
    """What all that happened comes to, where every turn that emails took since is known; `living` appeared when made."""
    taken = defaultdict[EmailId, list[Turn]](list)
    for turn in sorted(turns):
        if turn[:2] > since:
            taken[turn.email].append(turn)
    there, gone = [], list[Gone]()
    for one in living:
        appeared = _followed(one.email, (one.thread, one.appeared), taken.pop(one.email, ()), gone)
        there.append(one if appeared is None else one._replace(appeared=appeared))
    for email, several in taken.items():
        _followed(email, known.get(email, (None, ModSeq(0))), several, gone)
    return Touched(there, gone)


def _followed(email: EmailId, known: tuple[ThreadId | None, ModSeq], turns: Sequence[Turn], gone: list[Gone]) -> ModSeq | None:
    """When it appeared last, None: it is not seen now. Each time it went before is put with those that are gone."""
    thread, made = known
    appeared: ModSeq | None = made
    for turn in turns:
        if turn.is_shown:
            appeared = turn.modseq
        elif appeared is not None:
            gone.append(Gone(email, thread, appeared, turn.modseq))
            appeared = None
    return appeared


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
    there = {living.email for living in touched.living}
    for gone in touched.gone:
        is_new = (gone.appeared, gone.email) > since
        if is_new and gone.email in there:
            yield gone.appeared, gone.email, "created"
        if not is_new or gone.email in there:
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
    found: dict[int, What | None] = {}
    moment, more = Moment(now), False
    for modseq, number, what in sorted(each for each in happened if each[:2] > since):
        if number not in found and len(found) == most:
            more = True
            break
        moment = Moment(ModSeq(modseq), number)
        found[number] = _joined(found.get(number), what)
    if not more:
        moment = Moment(now)
    kinds: tuple[list[int], list[int], list[int]] = ([], [], [])
    for number, last in found.items():
        if last is not None:
            kinds[_COUNTS[last]].append(number)
    return IdChanges(moment, more, *kinds)


def _joined(before: What | None, what: What) -> What | None:
    """What two things that happened to the same, one after the other, come to: None where it came and went."""
    match before, what:
        case None, _:
            return what
        case "created", "destroyed":
            return None
        case "destroyed", "created":
            return "updated"
        case _, "destroyed":
            return what
    return before
