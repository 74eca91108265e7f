"""FETCH (RFC 9051 §6.4.5, RFC 7162 §3.1.4, §3.2.6)."""

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ...errors import NotFound, TooMany
from ...limits import KiB
from ...mail.rights import Right
from ...proto.imap import codes, commands
from ...proto.imap.attributes import Attribute, BinarySection, BodySection, FetchItem
from ...proto.imap.parse.lexis import NUMBER64_MAX
from ...proto.imap.sequence import SequenceSet
from ...store.models import Flag, FlagAction, FlagChange, Uids
from ...store.query import And, ChangedSince, HasFlag, InUids, Not
from ...store.ranges import runs, span
from . import flag_lines
from .bodies import Message, item_of
from .bounds import bounded
from .errors import Misused, Refused
from .items import OBJECT_IDS, PLAIN, Flags, Item, Page, Piece, Plan, uids_of
from .news import skip_own, tell
from .resync import say_vanished
from .session import Ok, Selected, Session, handles
from .states import States, states_of
from .view import Places, count, paged, part

FEW = 100
"""Messages whose flags are looked at one by one."""
PART = 4
"""Such a part of a mailbox is worth looking at all of it, once."""
MOST_PLANS = 16
"""Kinds of FETCH whose plans are kept for a mailbox."""
HOLD_BACK = 32 * KiB
"""Less than this waits to go out with the end of the command."""


class Plans:
    """How to answer one kind of FETCH in one mailbox."""

    __slots__ = ("_items", "_marked", "marks", "plan")

    def __init__(self, items: dict[FetchItem, Item], response: bytes) -> None:
        self.plan = Plan(list(items.values()), response)
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
            self._marked = Plan(list(items.values()), self.plan.response)
        return self._marked


@dataclass(slots=True)
class Answering:
    """One FETCH under way."""

    session: Session
    selected: Selected
    plans: Plans
    newly_seen: frozenset[int] = frozenset()
    """Messages that have become \\Seen by this very command."""
    states: States | None = None
    """How all messages are flagged, where nothing else is asked."""
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
        session.heed_mod_seqs()
    places = session.places(command.messages, command.uid)
    if command.partial is not None:
        places = part(places, command.partial.span(count(places)))
    if command.changed_since is not None:
        if command.vanished and isinstance(command.messages, SequenceSet):
            await say_vanished(session, selected, command.messages, command.changed_since)
        places = await _changed(selected, places, command.changed_since)
    places, limit = bounded(session, places)
    if not places:
        return Ok("FETCH completed")
    answering = Answering(session, selected, _plans(session, selected, command))
    if answering.plans.marks and not selected.read_only and Right.SEEN in selected.box.rights:
        answering.newly_seen = await _mark_seen(session, selected, selected.view.uid_ranges(places), count(places))
    answering.states = await _states(answering, count(places))
    for number, page in enumerate(paged(places, answering.plans.plan.most)):
        if number:
            await asyncio.sleep(0)  # others have a turn, however fast this client takes it
        await _tell_page(answering, page)
    if answering.missing and not command.uid and command.changed_since is None:
        raise Refused("some of the messages no longer exist", codes.EXPUNGE_ISSUED)
    return Ok("FETCH completed", limit)


def heed_unasked(session: Session, items: Sequence[FetchItem]) -> None:
    """This is wished to be told of messages that arrive (RFC 5465 §5.2, §7). Raises TooMany."""
    _check_sections(session, items)
    if Attribute.MODSEQ in items:
        session.heed_mod_seqs()


async def tell_unasked(session: Session, selected: Selected, items: Sequence[FetchItem], uids: "array[int]") -> None:
    """Tell of messages as a FETCH would, and of none that it has been seen by that (RFC 5465 §5.2)."""
    command = commands.Fetch(b"", SequenceSet(()), tuple(items), implied_uid=session.uid_only and Attribute.UID in items)
    answering = Answering(session, selected, _plans(session, selected, command))
    for page in paged(selected.view.places_of(uids), answering.plans.plan.most):
        await _tell_page(answering, page)


def _plans(session: Session, selected: Selected, command: commands.Fetch) -> Plans:
    """What to tell, in the order asked; flags go with the mod-sequence they have where that is wanted (RFC 7162 §3.1)."""
    condstore = session.condstore
    with_modseq = command.changed_since is not None or (condstore and Attribute.FLAGS in command.items)
    uid_only = session.uid_only
    key = command.items, with_modseq, condstore, uid_only and command.implied_uid, uid_only
    found: Plans | None = selected.plans.get(key)
    if found is None:
        _check_sections(session, command.items)
        items = {asked: _item(selected, asked) for asked in command.items}
        if with_modseq:
            items.setdefault(Attribute.MODSEQ, PLAIN[Attribute.MODSEQ])
        if uid_only and command.implied_uid:
            del items[Attribute.UID]
        if len(selected.plans) >= MOST_PLANS:
            selected.plans.clear()
        found = selected.plans[key] = Plans(items, b"UIDFETCH" if uid_only else b"FETCH")
    return found


def _check_sections(session: Session, items: Sequence[FetchItem]) -> None:
    most = session.office.limits.imap.sections
    if sum(not isinstance(item, Attribute) for item in items) > most:
        raise TooMany(f"a FETCH may ask for {most} sections")


def _item(selected: Selected, asked: FetchItem) -> Item:
    if asked is Attribute.FLAGS:
        return Flags(selected)
    if isinstance(asked, Attribute) and asked in OBJECT_IDS and not selected.box.is_own:
        return OBJECT_IDS[asked](selected.box)
    return PLAIN[asked] if isinstance(asked, Attribute) else item_of(asked)


def _marks(item: FetchItem) -> bool:
    """Whether whoever asks for it has seen the message."""
    return isinstance(item, BodySection | BinarySection) and not item.peek


async def _changed(selected: Selected, places: Places, since: int) -> Places:
    """Of these messages, those changed since."""
    if not places or since >= NUMBER64_MAX:
        return []
    uids = selected.view.uid_ranges(places)
    return selected.view.places_of(
        await selected.box.messages.search(selected.box.id, And((InUids(uids), ChangedSince(since + 1))))
    )


async def _mark_seen(session: Session, selected: Selected, uids: Uids, number: int) -> frozenset[int]:
    """Set \\Seen where it is not, in one verb; the UIDs of those it was set on."""
    box = selected.box
    if number <= FEW and span(uids) <= FEW:
        rows = await box.mail.rows(box.id, uids, ("uid", "flags"))
        unseen: Sequence[int] = [uid for uid, flags in rows if not flags & Flag.SEEN]
    else:
        unseen = await box.messages.search(box.id, And((InUids(uids), Not(HasFlag(Flag.SEEN)))))
    if not unseen:
        return frozenset()
    await tell(session, may_expunge=False)
    done = await box.messages.change_flags(box.id, runs(unseen), FlagChange(FlagAction.ADD, Flag.SEEN))
    await skip_own(session, selected, done)
    return frozenset(unseen)


async def _states(answering: Answering, number: int) -> States | None:
    """How all messages are flagged, where that is what is asked of many of them; None where the view is another one."""
    selected = answering.selected
    if number * PART < len(selected.view) or not flag_lines.can(answering.plans.plan, selected):
        return None
    found = await states_of(answering.session.office, selected.box, selected.view)
    return found if found is not None and found.uids == selected.view.uids else None


async def _tell_page(answering: Answering, places: Places) -> None:
    session, selected = answering.session, answering.selected
    if answering.states is not None:
        text = flag_lines.text(answering.plans.plan, selected, answering.states, places)
        await _say(session, text)
        return
    uids = selected.view.uid_ranges(places)
    plan = answering.plan_for(places)
    rows = await selected.box.mail.rows(selected.box.id, uids, plan.columns)
    answering.missing += count(places) - len(rows)
    if not rows:
        return
    if session.uid_only:
        numbers: Sequence[int] = uids_of(rows)
    elif len(rows) == count(places):
        numbers = _numbers(places)
    else:
        numbers = selected.view.seqs_of(uids_of(rows))
    read = plan.page(rows, numbers)
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
    if session.stream.compressed and plan.quotes:
        await _tell_apart(session, plan, page)
        return
    await _say(session, plan.text(page))


async def _say(session: Session, text: bytes) -> None:
    """Little waits to go out with the end of the command."""
    session.say_keywords()
    if len(text) < HOLD_BACK:
        session.say_raw(text)
    else:
        await session.dialogue.write(text)


async def _tell_apart(session: Session, plan: Plan, page: Page) -> None:
    """What one message holds is not to be told from how well it compresses beside another (`net.compression`)."""
    texts = list(plan.texts(page))
    session.say_keywords()
    for text in texts:
        session.stream.unlearn()
        await session.dialogue.write(text)
    session.stream.unlearn()


async def _tell_slow(answering: Answering, plan: Plan, page: Page) -> None:
    """A message that has to be read by itself: nothing of it is said until all but its large pieces is at hand."""
    session = answering.session
    message = Message(answering.selected.box, page)
    try:
        if not await message.load():
            answering.missing += 1
            return
        pieces: list[Piece] = [b"* %d %b (" % (page.seqs[0], plan.response)]
        for number, item in enumerate(plan.items):
            pieces += [b" "] * bool(number)
            pieces += await item.pieces(message)
    except NotFound:
        answering.missing += 1
        return
    session.say_keywords()
    await session.dialogue.flush()
    session.stream.unlearn()
    await _send(session, [*pieces, b")\r\n"])
    session.stream.unlearn()


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
