"""SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 7162 §3.1.5)."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date

from ...errors import MailError
from ...message import charsets
from ...message.text import fold
from ...proto.imap import codes, commands, criteria, responses
from ...proto.imap.commands import SearchReturn
from ...proto.imap.criteria import Key, When, Which
from ...proto.imap.sequence import Messages, SavedResult, compact
from ...store import query
from ...store.query import Query
from ...store.ranges import runs
from .errors import Misused, Refused
from .flags import SYSTEM
from .session import CONDSTORE, UTF8, Ok, Session, handles

MIN, MAX, ALL, COUNT, SAVE = SearchReturn.MIN, SearchReturn.MAX, SearchReturn.ALL, SearchReturn.COUNT, SearchReturn.SAVE
NOTHING = query.InUids(())
_EPOCH = date(1970, 1, 1)
_DAYS: dict[Which, Callable[[int | None, int | None], Query]] = {
    Which.RECEIVED: query.ReceivedDay,
    Which.SENT: query.SentDay,
    Which.SAVED: query.SavedDay,
}


@handles(commands.Search)
async def search(session: Session, command: commands.Search) -> Ok:
    """Find messages, of those the client knows of, and say which."""
    selected = session.mailbox
    returns = command.returns
    if command.charset is not None and UTF8 in session.enabled:
        raise Misused("everything is UTF-8 once UTF8=ACCEPT has been enabled")  # RFC 6855 §3
    if returns is None and session.rev2:
        returns = frozenset({ALL})
    try:
        reading = Reading(session, command.charset)
        wanted = reading.query(command.key)
        uids = await session.account.messages.search(selected.id, wanted)
    except MailError:
        if returns is not None and SAVE in returns:
            selected.saved = array("I")
        raise
    known = selected.view.uids
    if uids and (not known or uids[-1] > known[-1]):
        uids = uids[: bisect_right(uids, known[-1])] if known else array("I")
    if returns is None:
        numbers = uids if command.uid else selected.view.seqs_of(uids)
        mod_seq = await _highest(session, uids) if reading.asks_mod_seq else None
        session.say(responses.Search(numbers, mod_seq))
        return Ok("SEARCH completed")
    await _tell(session, command, returns, uids, reading.asks_mod_seq)
    return Ok("SEARCH completed")


async def _tell(
    session: Session, command: commands.Search, returns: frozenset[SearchReturn], uids: "array[int]", with_mod_seq: bool
) -> None:
    """ESEARCH, and what `$` stands for from now on (RFC 4731 §3.1, RFC 5182 §2.4)."""
    selected = session.mailbox
    picked = uids
    if uids and returns & {MIN, MAX} and not returns & {ALL, COUNT}:
        picked = array("I", sorted({uids[-1 if end is MAX else 0] for end in returns & {MIN, MAX}}))
    if SAVE in returns:
        selected.saved = picked
    told = returns - {SAVE}
    if not told:
        return
    numbers: Sequence[int] = uids if command.uid else selected.view.seqs_of(uids)
    session.say(
        responses.ESearch(
            command.tag,
            command.uid,
            minimum=numbers[0] if MIN in told and numbers else None,
            maximum=numbers[-1] if MAX in told and numbers else None,
            count=len(numbers) if COUNT in told else None,
            all_=compact(numbers) if ALL in told else None,
            mod_seq=await _highest(session, picked) if with_mod_seq else None,
        )
    )


async def _highest(session: Session, uids: "array[int]") -> int | None:
    """The highest mod-sequence of what was found (RFC 7162 §3.1.5, §3.1.10)."""
    if not uids:
        return None
    wanted = set(uids)
    rows = await session.account.mail.rows(session.mailbox.id, [(uids[0], uids[-1])], ("uid", "modseq"))
    return max((modseq for uid, modseq in rows if uid in wanted), default=None)


class Reading:
    """From IMAP's keys to the store's query."""

    def __init__(self, session: Session, charset: str | None) -> None:
        """Raises Refused with BADCHARSET."""
        self.session = session
        self.asks_mod_seq = False
        found = charsets.lookup(charset or "utf-8")
        if found is None:
            raise self._bad_charset()
        self._codec = found

    def query(self, key: Key) -> Query:
        """The whole tree, from the innermost keys out: nothing here calls itself."""
        order, ahead = [], [key]
        while ahead:
            here = ahead.pop()
            order.append(here)
            if isinstance(here, criteria.And | criteria.Or):
                ahead += here.keys
            elif isinstance(here, criteria.Not):
                ahead.append(here.key)
        built: dict[int, Query] = {}
        for here in reversed(order):
            if id(here) not in built:
                built[id(here)] = self._one(here, built)
        return built[id(key)]

    def _one(self, key: Key, built: dict[int, Query]) -> Query:
        match key:
            case criteria.And(keys):
                return query.And([built[id(each)] for each in keys])
            case criteria.Or(keys):
                return query.Or([built[id(each)] for each in keys])
            case criteria.Not(inner):
                return query.Not(built[id(inner)])
            case criteria.HasFlag(flag):
                return self._flag(flag)
            case criteria.Header(name, value):
                return query.Header(name.lower(), self._needle(value))
            case criteria.Body(value):
                return query.Body(self._needle(value)) if value else query.All()
            case criteria.Text(value):
                return query.Text(self._needle(value)) if value else query.All()
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
                self.session.enabled.add(CONDSTORE)
                return query.ChangedSince(mod_seq)
            case criteria.EmailIs(object_id):
                return query.EmailIs(number) if (number := _numbered(object_id, "M")) else NOTHING
            case criteria.ThreadIs(object_id):
                return query.ThreadIs(number) if (number := _numbered(object_id, "T")) else NOTHING
            case _:  # ALL, and SAVEDATESUPPORTED: every mailbox here keeps save dates
                return query.All()

    def _flag(self, flag: str) -> Query:
        if flag == "\\Recent":
            view = self.session.mailbox.view
            return query.InUids(list(view.recent))
        bit = SYSTEM.get(flag)
        return query.HasKeyword(flag) if bit is None else query.HasFlag(bit)

    def _messages(self, which: Messages, by_uid: bool) -> Query:
        """A set; numbers of no message are passed over here."""
        selected = self.session.mailbox
        if isinstance(which, SavedResult):
            return query.InUids(runs(selected.saved))
        view = selected.view
        return query.InUids(view.uid_ranges(view.found(which, by_uid)))

    def _needle(self, value: bytes) -> str:
        try:
            return fold(self._codec.decode(value, "strict")[0])
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


def _numbered(object_id: str, kind: str) -> int:
    """The number in an object id of ours; 0 in any other."""
    digits = object_id[1:]
    is_ours = object_id[:1] == kind and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if is_ours else 0
