"""FETCH (RFC 9051 §6.4.5, RFC 7162 §3.1.4, §3.2.6)."""

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ...errors import NotFound, TooMany
from ...limits import KiB
from ...proto.imap import codes, commands
from ...proto.imap.attributes import Attribute, BinarySection, BodySection, FetchItem
from ...proto.imap.parse.lexis import NUMBER64_MAX
from ...proto.imap.sequence import SequenceSet
from ...store.models import Flag, FlagAction, FlagChange, Uids
from ...store.query import And, ChangedSince, HasFlag, InUids, Not
from ...store.ranges import runs, span
from .bodies import Message, item_of
from .errors import Misused, Refused
from .items import PLAIN, Flags, Item, Page, Piece, Plan, uids_of
from .news import skip_own, tell
from .resync import say_vanished
from .session import CONDSTORE, Ok, Selected, Session, handles
from .view import Places, count, paged

FEW = 100
"""Messages whose flags are looked at one by one."""
MOST_PLANS = 16
"""Kinds of FETCH whose plans are kept for a mailbox."""
HOLD_BACK = 32 * KiB
"""Less than this waits to go out with the end of the command."""


class Plans:
    """How to answer one kind of FETCH in one mailbox."""

    __slots__ = ("_items", "_marked", "marks", "plan")

    def __init__(self, items: dict[FetchItem, Item]) -> None:
        self.plan = Plan(list(items.values()))
        self.marks = any(map(_marks, items))
        """Whether whoever asks has seen the messages."""
        self._items = items
        self._marked: Plan | None = None

    def marked(self, selected: Selected, condstore: bool) -> Plan:
        """The same for messages that become \\Seen by being fetched: with their flags."""
        if self._marked is None:
            items = dict(self._items)
            items.setdefault(Attribute.FLAGS, Flags(selected))
            if condstore:
                items.setdefault(Attribute.MODSEQ, PLAIN[Attribute.MODSEQ])
            self._marked = Plan(list(items.values()))
        return self._marked


@dataclass(slots=True)
class Answering:
    """One FETCH under way."""

    session: Session
    selected: Selected
    plans: Plans
    newly_seen: frozenset[int] = frozenset()
    """Messages that have become \\Seen by this very command."""
    missing: int = 0
    """Messages that are gone, though the client has not been told."""

    def plan_for(self, places: Places) -> Plan:
        if not self.newly_seen or self.newly_seen.isdisjoint(self.selected.view.uids_at(places)):
            return self.plans.plan
        return self.plans.marked(self.selected, self.session.condstore)


@handles(commands.Fetch)
async def fetch(session: Session, command: commands.Fetch) -> Ok:
    """Tell of messages, a page at a time, each when the client has taken most of what went before."""
    selected = session.mailbox
    if command.vanished and not session.qresync:
        raise Misused("VANISHED goes with QRESYNC, which has not been enabled")
    if command.changed_since is not None or Attribute.MODSEQ in command.items:
        session.enabled.add(CONDSTORE)
    places = session.places(command.messages, command.uid)
    if command.changed_since is not None:
        if command.vanished and isinstance(command.messages, SequenceSet):
            await say_vanished(session, selected, command.messages, command.changed_since)
        places = await _changed(session, selected, places, command.changed_since)
    if not places:
        return Ok("FETCH completed")
    answering = Answering(session, selected, _plans(session, selected, command))
    if answering.plans.marks and not selected.read_only:
        answering.newly_seen = await _mark_seen(session, selected, selected.view.uid_ranges(places), count(places))
    for number, page in enumerate(paged(places, answering.plans.plan.most)):
        if number:
            await asyncio.sleep(0)  # others have a turn, however fast this client takes it
        await _tell_page(answering, page)
    if answering.missing and not command.uid and command.changed_since is None:
        raise Refused("some of the messages no longer exist", codes.EXPUNGE_ISSUED)
    return Ok("FETCH completed")


def _plans(session: Session, selected: Selected, command: commands.Fetch) -> Plans:
    """What to tell, in the order asked; flags go with the mod-sequence they have where that is wanted (RFC 7162 §3.1)."""
    condstore = session.condstore
    with_modseq = command.changed_since is not None or (condstore and Attribute.FLAGS in command.items)
    key = command.items, with_modseq, condstore
    found: Plans | None = selected.plans.get(key)
    if found is None:
        most = session.office.limits.imap.sections
        if sum(not isinstance(item, Attribute) for item in command.items) > most:
            raise TooMany(f"a FETCH may ask for {most} sections")
        items = {asked: _item(selected, asked) for asked in command.items}
        if with_modseq:
            items.setdefault(Attribute.MODSEQ, PLAIN[Attribute.MODSEQ])
        if len(selected.plans) >= MOST_PLANS:
            selected.plans.clear()
        found = selected.plans[key] = Plans(items)
    return found


def _item(selected: Selected, asked: FetchItem) -> Item:
    if asked is Attribute.FLAGS:
        return Flags(selected)
    return PLAIN[asked] if isinstance(asked, Attribute) else item_of(asked)


def _marks(item: FetchItem) -> bool:
    """Whether whoever asks for it has seen the message."""
    return isinstance(item, BodySection | BinarySection) and not item.peek


async def _changed(session: Session, selected: Selected, places: Places, since: int) -> Places:
    """Of these messages, those changed since."""
    if not places or since >= NUMBER64_MAX:
        return []
    uids = selected.view.uid_ranges(places)
    return selected.view.places_of(
        await session.account.messages.search(selected.id, And((InUids(uids), ChangedSince(since + 1))))
    )


async def _mark_seen(session: Session, selected: Selected, uids: Uids, number: int) -> frozenset[int]:
    """Set \\Seen where it is not, in one verb; the UIDs of those it was set on."""
    account = session.account
    if number <= FEW and span(uids) <= FEW:
        rows = await account.mail.rows(selected.id, uids, ("uid", "flags"))
        unseen: Sequence[int] = [uid for uid, flags in rows if not flags & Flag.SEEN]
    else:
        unseen = await account.messages.search(selected.id, And((InUids(uids), Not(HasFlag(Flag.SEEN)))))
    if not unseen:
        return frozenset()
    await tell(session, may_expunge=False)
    done = await account.messages.change_flags(selected.id, runs(unseen), FlagChange(FlagAction.ADD, Flag.SEEN))
    await skip_own(session, selected, done)
    return frozenset(unseen)


async def _tell_page(answering: Answering, places: Places) -> None:
    session, selected = answering.session, answering.selected
    uids = selected.view.uid_ranges(places)
    plan = answering.plan_for(places)
    rows = await session.account.mail.rows(selected.id, uids, plan.columns)
    if len(rows) == count(places):
        seqs = _numbers(places)
    else:
        answering.missing += count(places) - len(rows)
        seqs = selected.view.seqs_of(uids_of(rows))
    if not rows:
        return
    read = plan.page(rows, seqs)
    if slow := plan.slow(read):
        await _tell_rows(answering, plan, read, slow)
    else:
        await _tell_quick(session, plan, read)


def _numbers(places: Places) -> Sequence[int]:
    if len(places) == 1:
        return range(places[0].start + 1, places[0].stop + 1)
    return array("I", chain.from_iterable(range(run.start + 1, run.stop + 1) for run in places))


async def _tell_rows(answering: Answering, plan: Plan, page: Page, slow: Sequence[int]) -> None:
    """Rows side by side at once, and between them each that has to be read by itself: `slow`."""
    at = 0
    for place in slow:
        if at < place:
            await _tell_quick(answering.session, plan, page.part(at, place))
        await _tell_slow(answering, plan, page.part(place, place + 1))
        at = place + 1
    if at < len(page.rows):
        await _tell_quick(answering.session, plan, page.part(at, len(page.rows)))


async def _tell_quick(session: Session, plan: Plan, page: Page) -> None:
    text = plan.text(page)
    session.say_keywords()
    if len(text) < HOLD_BACK:
        session.say_raw(text)
    else:
        await session.dialogue.write(text)


async def _tell_slow(answering: Answering, plan: Plan, page: Page) -> None:
    """A message that has to be read by itself: nothing of it is said until all but its large pieces is at hand."""
    session = answering.session
    message = Message(session.account.mail, answering.selected.id, page)
    try:
        if not await message.load():
            answering.missing += 1
            return
        pieces: list[Piece] = [b"* %d FETCH (" % page.seqs[0]]
        for number, item in enumerate(plan.items):
            pieces += [b" "] * bool(number)
            pieces += await item.pieces(message)
    except NotFound:
        answering.missing += 1
        return
    session.say_keywords()
    await _send(session, [*pieces, b")\r\n"])


async def _send(session: Session, pieces: Sequence[Piece]) -> None:
    """Pieces in order. Where one cannot be read after all, only the end of the connection can say so."""
    held: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            held.append(piece)
            continue
        await session.dialogue.write(b"".join(held))
        held.clear()
        try:
            async for chunk in piece.chunks():
                await session.dialogue.write(chunk)
        except (NotFound, EOFError) as error:
            session.stream.abort()
            raise ConnectionResetError("a message was removed while it was sent") from error
    await session.dialogue.write(b"".join(held))
