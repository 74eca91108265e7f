"""What a search program asks: from IMAP's keys to the store's query (RFC 9051 §6.4.4)."""

import asyncio
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ...limits import KiB
from ...mail.mailboxes import OpenMailbox
from ...message import charsets
from ...message.text import fold
from ...proto.imap import codes, criteria
from ...proto.imap.commands import Searching, SearchReturn
from ...proto.imap.criteria import Key, When, Which
from ...proto.imap.sequence import Messages, SavedResult, SequenceSet
from ...store import query
from ...store.query import Query
from ...store.ranges import runs
from . import filters
from .comparators import COMPARATORS, exactly
from .errors import Misused, Refused
from .flags import SYSTEM
from .objects import EMAIL, THREAD, number_in
from .session import UIDONLY, UNICODE_CASEMAP, UTF8, Selected, Session
from .view import View

NOTHING = query.InUids(())
MUCH = 16 * KiB
"""Text of so many bytes that is looked for takes its time, until it can be compared."""
_EPOCH = date(1970, 1, 1)
_DAYS: dict[Which, Callable[[int | None, int | None], Query]] = {
    Which.RECEIVED: query.ReceivedDay,
    Which.SENT: query.SentDay,
    Which.SAVED: query.SavedDay,
}


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be searched for, before a mailbox is looked at."""

    key: Key
    charset: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """The mailbox that is searched, and what numbers, `$` and \\Recent mean in it."""

    box: OpenMailbox
    view: View
    saved: "array[int]"

    @staticmethod
    def of(selected: Selected) -> "Ground":
        return Ground(selected.box, selected.view, selected.saved)


@dataclass(frozen=True, slots=True)
class Asked:
    """A program as it is asked of one mailbox."""

    query: Query
    by_mod_seq: bool = False
    """Whether the highest mod-sequence of what is found is to be told (RFC 7162 §3.1.5)."""


async def program(session: Session, command: Searching) -> Program:
    """A command's, with its filters in their places. Raises Misused, and Refused with UNDEFINED-FILTER."""
    key, charset = command.key, command.charset
    if charset is not None and UTF8 in session.enabled:
        raise Misused("everything is UTF-8 once UTF8=ACCEPT has been enabled")  # RFC 6855 §3
    if filters.named(key):
        if charset not in (None, "UTF-8", "US-ASCII"):
            raise Misused("filters are in UTF-8", codes.bad_charset(("UTF-8", "US-ASCII")))  # RFC 5466 §3.1
        key, charset = await filters.expanded(session, key), None
        _check_numbers(session, key)
    if SearchReturn.RELEVANCY in (command.returns or ()) and not is_fuzzy(key):
        raise Misused("RELEVANCY goes with FUZZY")
    return Program(key, charset)


def _check_numbers(session: Session, key: Key) -> None:
    """What is kept under a name may speak of messages by their numbers, which are not known here (RFC 9586 §3)."""
    if UIDONLY in session.enabled and any(
        isinstance(each, criteria.Numbers) and not isinstance(each.messages, SavedResult) for each in criteria.walk(key)
    ):
        raise Misused("only UIDs name messages here", codes.UID_REQUIRED)


def is_fuzzy(key: Key) -> bool:
    """Whether relevancy means anything (RFC 6203 §4)."""
    return any(isinstance(each, criteria.Fuzzy) for each in criteria.walk(key))


def pinned(program: Program, ground: Ground) -> Program:
    """The same for whenever it is asked again: numbers and `$` stand for the messages they mean now (RFC 5267 §4.3)."""

    def pin(leaf: Key) -> Key:
        if not isinstance(leaf, criteria.Numbers | criteria.Uids):
            return leaf
        if isinstance(leaf.messages, SavedResult):
            ranges = runs(ground.saved)
        else:
            ranges = list(ground.view.uid_ranges(ground.view.found(leaf.messages, isinstance(leaf, criteria.Uids))))
        return criteria.Uids(SequenceSet(tuple(ranges))) if ranges else criteria.Not(criteria.All())

    return Program(criteria.replaced(program.key, pin), program.charset)


async def asked(session: Session, program: Program, ground: Ground) -> Asked:
    """What to ask of this mailbox. Raises Refused with BADCHARSET."""
    reading = Reading(session, program.charset, ground)
    wanted = await reading.query_of(program.key)
    if reading.texts and session.comparator != UNICODE_CASEMAP:
        for text in reading.texts:
            reading.settled[text] = await exactly(session, ground.box, text)
        wanted = await reading.query_of(program.key)
    return Asked(wanted, reading.asks_mod_seq)


class Reading:
    """From IMAP's keys to the store's query."""

    def __init__(self, session: Session, charset: str | None, ground: Ground | None = None) -> None:
        """Without a `ground` it is the mailbox that is open. Raises Refused with BADCHARSET."""
        self.session = session
        self.asks_mod_seq = False
        self.texts: dict[query.Exact, None] = {}
        """What is looked for in texts, and how that is compared matters."""
        self.settled: dict[query.Exact, Query] = {}
        """What those come to, where the store does not compare so."""
        self._ground = ground
        self._fold = COMPARATORS[session.comparator]
        found = charsets.lookup(charset or "utf-8")
        if found is None:
            raise self._bad_charset()
        self._codec = found

    @property
    def ground(self) -> Ground:
        return self._ground or Ground.of(self.session.mailbox)

    async def query_of(self, key: Key) -> Query:
        """As `query`, in a thread where there is much text to fold."""
        texts = (each.value for each in criteria.walk(key) if isinstance(each, criteria.Header | criteria.Body | criteria.Text))
        return self.query(key) if sum(map(len, texts)) < MUCH else await asyncio.to_thread(self.query, key)

    def query(self, key: Key) -> Query:
        """The whole tree, from the innermost keys out: nothing here calls itself."""
        order: list[tuple[Key, bool]] = []
        ahead = [(key, False)]
        while ahead:
            here, fuzzy = ahead.pop()
            order.append((here, fuzzy))
            fuzzy = fuzzy or isinstance(here, criteria.Fuzzy)
            ahead += [(inner, fuzzy) for inner in criteria.inside(here)]
        built: dict[tuple[int, bool], Query] = {}
        for here, fuzzy in reversed(order):
            if (id(here), fuzzy) not in built:
                built[id(here), fuzzy] = self._one(here, fuzzy, built)
        return built[id(key), False]

    def _one(self, key: Key, fuzzy: bool, built: dict[tuple[int, bool], Query]) -> Query:
        match key:
            case criteria.And(keys):
                return query.And([built[id(each), fuzzy] for each in keys])
            case criteria.Or(keys):
                return query.Or([built[id(each), fuzzy] for each in keys])
            case criteria.Not(inner):
                return query.Not(built[id(inner), fuzzy])
            case criteria.Fuzzy(inner):
                return built[id(inner), True]
            case criteria.HasFlag(flag):
                return self._flag(flag)
            case criteria.Header() | criteria.Body() | criteria.Text():
                return self._text(key, fuzzy)
            case criteria.Day(which, when, day):
                return _day(_DAYS[which], when, (day - _EPOCH).days)
            case criteria.Larger(size):
                return query.Larger(size)
            case criteria.Smaller(size):
                return query.Smaller(size)
            case criteria.Younger(seconds):
                return query.ReceivedSince(self._now() - seconds)
            case criteria.Older(seconds):
                return query.Not(query.ReceivedSince(self._now() - seconds + 1))
            case criteria.Numbers(which) | criteria.Uids(which):
                return self._messages(which, isinstance(key, criteria.Uids))
            case criteria.ChangedSince(mod_seq):
                self.asks_mod_seq = True
                self.session.heed_mod_seqs()
                return query.ChangedSince(mod_seq)
            case criteria.EmailIs(object_id):
                return query.EmailIs(number) if (number := number_in(self.ground.box, object_id, EMAIL)) else NOTHING
            case criteria.ThreadIs(object_id):
                return query.ThreadIs(number) if (number := number_in(self.ground.box, object_id, THREAD)) else NOTHING
            case _:  # ALL, and SAVEDATESUPPORTED: every mailbox here keeps save dates
                return query.All()

    def _text(self, key: criteria.Header | criteria.Body | criteria.Text, fuzzy: bool) -> Query:
        """What is looked for in texts, in the form in which they are compared."""
        word = self._decoded(key.value)
        needle = fold(word) if fuzzy else self._fold(word)
        found: query.Exact
        match key:
            case criteria.Header(name):
                found = query.Header(name.lower(), needle)
            case criteria.Body():
                found = query.Body(needle)
            case _:
                found = query.Text(needle)
        if not needle:
            return found if isinstance(found, query.Header) else query.All()
        if fuzzy:
            return query.Fuzzy(found)
        self.texts[found] = None
        return self.settled.get(found, found)

    def _flag(self, flag: str) -> Query:
        if flag == "\\Recent":
            return query.InUids(list(self.ground.view.recent))
        bit = SYSTEM.get(flag)
        return query.HasKeyword(flag) if bit is None else query.HasFlag(bit)

    def _messages(self, which: Messages, by_uid: bool) -> Query:
        """A set; numbers of no message are passed over here."""
        if isinstance(which, SavedResult):
            return query.InUids(runs(self.ground.saved))
        view = self.ground.view
        return query.InUids(view.uid_ranges(view.found(which, by_uid)))

    def _decoded(self, value: bytes) -> str:
        try:
            return self._codec.decode(value, "strict")[0]
        except (UnicodeError, ValueError):
            raise self._bad_charset() from None

    def _now(self) -> int:
        return int(self.session.office.clock.now().timestamp())

    @staticmethod
    def _bad_charset() -> Refused:
        return Refused("that is not text in a character set we know", codes.bad_charset(("UTF-8", "US-ASCII")))


def _day(kind: Callable[[int | None, int | None], Query], when: When, day: int) -> Query:
    match when:
        case When.BEFORE:
            return kind(None, day)
        case When.ON:
            return kind(day, day + 1)
        case _:
            return kind(day, None)
