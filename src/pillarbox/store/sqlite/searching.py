"""A search tree as SQL: one range scan of a mailbox, or less.

Whatever SQLite can compare is compared there; text it hands to a function of ours, message by message, after everything
cheaper has been asked. Where the index (`search_index`) says which emails are worth looking at, only those are, and where it
says so of the tree as a whole, the search goes from them to their messages instead of through the mailbox. The tree comes from
a client: it is walked without recursion, and refused where it is too deep for SQLite.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from json import loads
from typing import Any

import apsw

from ...errors import TooMany
from ...ids import AccountId, BlobId, MailboxId
from ...limits import StoreLimits
from .. import fuzzy
from .. import query as q
from ..blobs.disk import DiskBlobs
from ..keywords import folded
from ..models import Uids
from ..query import Scan
from ..ranges import Holding
from . import mailboxes
from .adding import KEPT_BODY, KEPT_HEADER
from .header_text import values
from .search_index import NOTHING_KNOWN, Narrowed, SearchIndex, is_quick
from .statements import MESSAGES, fetch

DAY = 86400
FEW_RANGES = 8
FEW_COMPARISONS = 8
"""So many cost hardly more than one."""

_BOTH = KEPT_HEADER | KEPT_BODY
_EMAIL = " JOIN email e ON e.id = m.email"
_TEXT = " JOIN text t ON t.email = m.email"
_DATA = "(SELECT data FROM content c WHERE c.id = e.content)"


@dataclass(slots=True)
class Plan:
    """A statement's condition, what it is bound to, and what its functions look for."""

    where: str = "1"
    bindings: list[Any] = field(default_factory=list)
    needles: list[q.Needle] = field(default_factory=list)
    sets: list[Holding] = field(default_factory=list)
    blobs: DiskBlobs | None = None
    scan: Scan | None = None
    messages: str = MESSAGES
    """The table of messages as the viewer sees them."""
    narrowed: Narrowed = NOTHING_KNOWN

    @property
    def light(self) -> bool:
        """Whether it reads nothing but the narrow table."""
        return "e." not in self.where and "t." not in self.where

    @property
    def weight(self) -> int:
        """About how often as much as a single comparison it costs a message."""
        return 1 + len(self.bindings) // FEW_COMPARISONS + len(self.sets)


def plan(
    query: q.Query,
    scan: Scan,
    blobs: DiskBlobs,
    limits: StoreLimits,
    messages: str = MESSAGES,
    narrowed: Narrowed = NOTHING_KNOWN,
) -> Plan:
    """How to search for something. Raises TooMany where the tree is too deep, or has too many sets."""
    made = Plan(blobs=blobs, scan=scan, messages=messages, narrowed=narrowed)
    made.where = _rendered(query, made, limits.query_depth)
    if len(made.sets) > limits.query_sets:
        raise TooMany("the search has too many sets of messages")
    return made


def search(db: apsw.Connection, account: AccountId, mailbox: MailboxId, made: Plan) -> "array[int]":
    """As `Mail.search`, every message looked at."""
    mailboxes.by_id(db, account, mailbox)
    return _found(db, account, mailbox, made, None)


def search_narrowed(
    db: apsw.Connection,
    account: AccountId,
    mailbox: MailboxId,
    index: SearchIndex,
    query: q.Query,
    made: Plan,
    limits: StoreLimits,
) -> "array[int]":
    """As `Mail.search`, with what the index says."""
    messages = mailboxes.by_id(db, account, mailbox).messages
    narrowed = index.narrow(db, account, set(made.needles), messages)
    if not narrowed.emails:
        return _found(db, account, mailbox, made, None)
    assert made.scan is not None
    assert made.blobs is not None
    made = plan(query, made.scan, made.blobs, limits, made.messages, narrowed)
    return _found(db, account, mailbox, made, _start(db, query, narrowed, messages))


def _found(
    db: apsw.Connection, account: AccountId, mailbox: MailboxId, made: Plan, emails: "array[int] | None"
) -> "array[int]":
    """Messages that match; of these emails only, where they are given."""
    if emails is not None and not emails:
        return array("I")
    db.create_scalar_function("contains", _contains(made), 5)
    db.create_scalar_function("in_uids", _in_sets(made), 2)
    db.create_scalar_function("worth_looking", _worth_looking(made), 2)
    joins = (_EMAIL if "e." in made.where else "") + (_TEXT if "t." in made.where else "")
    # the list as one value: a row each would have to be made a tuple, and a number of Python's, one by one
    select = f"SELECT json_group_array(m.uid) FROM {made.messages} m{joins} WHERE m.account = ? AND m.mailbox = ?"
    bindings: tuple[Any, ...] = (account, mailbox)
    if emails is not None:
        source = f"carray(?) c CROSS JOIN {made.messages} m{joins}"
        select = f"SELECT json_group_array(m.uid) FROM {source} WHERE m.account = ? AND m.mailbox = ? AND m.email = c.value"
        bindings = (apsw.carray(emails), *bindings)
    uids = db.execute(f"{select} AND {made.where}", (*bindings, *made.bindings)).get
    return array("I", sorted(loads(uids)))


def emails(db: apsw.Connection, account: AccountId, made: Plan, among: "array[int]") -> list[int]:
    """Of these emails, given ascending, those whose texts match; the plan looks for nothing else."""
    db.create_scalar_function("contains", _contains(made), 5)
    joins = _TEXT if "t." in made.where else ""
    found: list[int] = loads(
        db.execute(
            f"SELECT json_group_array(m.email) FROM (SELECT value AS email FROM carray(?)) m CROSS{_EMAIL}{joins}"
            f" WHERE e.account = ? AND {made.where}",
            (apsw.carray(among), account, *made.bindings),
        ).get
    )
    return found


def _start(db: apsw.Connection, query: q.Query, narrowed: Narrowed, most: int) -> "array[int] | None":
    """The emails to go through, where they are fewer than the messages."""
    named = _narrowest(query, narrowed)
    if named is None:
        return None
    later = fetch(db, "SELECT id FROM email WHERE id > ? LIMIT ?", (narrowed.through, most + 1))
    emails = array("q", sorted({*named, *(email for (email,) in later)}))
    return emails if len(emails) <= most else None


def _narrowest(query: q.Query, narrowed: Narrowed) -> frozenset[int] | None:
    """Among which of the emails the index knows everything is that matches; None: it may be any."""
    ahead: list[tuple[q.Query, bool]] = [(query, False)]
    done: list[frozenset[int] | None] = []
    while ahead:
        node, branches_done = ahead.pop()
        if not isinstance(node, q.And | q.Or):
            done.append(narrowed.emails.get(node) if isinstance(node, q.Header | q.Body | q.Text | q.Fuzzy) else None)
        elif not branches_done:
            ahead += [(node, True), *((branch, False) for branch in node.of)]
        else:
            known = [done.pop() for _ in node.of]
            some = [one for one in known if one is not None]
            if isinstance(node, q.And):
                done.append(min(some, key=len, default=None))
            else:
                done.append(frozenset().union(*some) if len(some) == len(known) else None)
    return done[0]


def _rendered(query: q.Query, made: Plan, most_depth: int) -> str:
    """The tree as one condition. What is bound comes in the order of the text, so children are rendered first to last."""
    parts: list[str] = []
    left: list[q.Query | str] = [query]
    depth = 0
    while left:
        node = left.pop()
        if isinstance(node, str):
            depth += node.count("(") - node.count(")")
            if depth > most_depth:
                raise TooMany("the search is nested too deeply")
            parts.append(node)
        elif isinstance(node, q.And | q.Or):
            left.extend(reversed(_joined(node)))
        elif isinstance(node, q.Not):
            left.extend((")", node.of, "(NOT "))
        else:
            parts.append(_leaf(node, made))
    return "".join(parts)


def _joined(node: q.And | q.Or) -> list[q.Query | str]:
    """The branches with the word between; halved, so that a long list makes no deep expression."""
    word, nothing = (" AND ", "1") if isinstance(node, q.And) else (" OR ", "0")
    if not node.of:
        return [nothing]
    if len(node.of) <= 2:
        return ["(", *[part for branch in node.of for part in (branch, word)][:-1], ")"]
    half = len(node.of) // 2
    return ["(", type(node)(node.of[:half]), word, type(node)(node.of[half:]), ")"]


def _leaf(node: q.Query, made: Plan) -> str:
    """One comparison, never NULL; what it is bound to goes to the plan."""
    match node:
        case q.Header() | q.Body() | q.Text() | q.Fuzzy():
            return _needle(node, made)
        case q.InUids(uids):
            return _in_uids(uids, made)
        case q.ReceivedDay(first, before):
            return _day("m.received_at + m.received_zone * 60", first, before, made)
        case q.SentDay(first, before):
            own = "coalesce(e.sent_at + e.sent_zone * 60, m.received_at + m.received_zone * 60)"
            return _day(own, first, before, made)
        case q.SavedDay(first, before):
            return _day("m.saved_at", first, before, made)
        case q.HasKeyword(keyword):
            made.bindings.append(f" {folded(keyword)} ")
            return "instr(' ' || lower(m.keywords) || ' ', ?) > 0"
        case q.All():
            return "1"
    text, value = comparison(node)
    made.bindings.append(value)
    return text


def comparison(node: q.Query) -> tuple[str, int]:
    """One of a column of messages, and what it is bound to."""
    match node:
        case q.HasFlag(flag):
            return "(m.flags & ?) <> 0", int(flag)
        case q.Larger(size):
            return "m.size > ?", size
        case q.Smaller(size):
            return "m.size < ?", size
        case q.ReceivedSince(at):
            return "m.received_at >= ?", at
        case q.ChangedSince(modseq):
            return "m.modseq >= ?", modseq
        case q.EmailIs(email):
            return "m.email = ?", email
        case q.ThreadIs(thread):
            return "e.thread = ?", thread
        case _:
            raise TypeError(f"no such search: {node!r}")


def _day(moment: str, first: int | None, before: int | None, made: Plan) -> str:
    parts = []
    for bound, comparison in ((first, ">="), (before, "<")):
        if bound is not None:
            parts.append(f"{moment} {comparison} ?")
            made.bindings.append(bound * DAY)
    return f"({' AND '.join(parts)})" if parts else "1"


def _in_uids(uids: Uids, made: Plan) -> str:
    if not uids:
        return "0"
    if len(uids) <= FEW_RANGES:
        made.bindings.extend(bound for wanted in uids for bound in wanted)
        return f"({' OR '.join(['m.uid BETWEEN ? AND ?'] * len(uids))})"
    made.sets.append(Holding(uids))
    return f"in_uids({len(made.sets) - 1}, m.uid)"


def _needle(needle: q.Needle, made: Plan) -> str:
    """A quick comparison in the field's own column, where it has one; else ours, in the text or the message itself."""
    made.needles.append(needle)
    at = len(made.needles) - 1
    found = _comparison_of_text(needle, at, made)
    return f"(worth_looking({at}, m.email) AND {found})" if needle in made.narrowed.emails else found


def _comparison_of_text(needle: q.Needle, at: int, made: Plan) -> str:
    slow = f"contains({at}, NULL, NULL, e.blob, {_DATA})"
    match needle:
        case q.Header(name, wanted) if is_quick(needle):
            made.bindings.append(wanted.encode("utf-8", "surrogatepass"))
            found = f"coalesce(instr(e.in_{name}, ?), 0) > 0" if "\n" not in wanted else "0 * length(?)"
            return f"CASE WHEN e.kept & {KEPT_HEADER} THEN {found} ELSE {slow} END"
        case q.Header() | q.Fuzzy(q.Header()):
            return f"CASE WHEN e.kept & {KEPT_HEADER} THEN contains({at}, t.header, NULL, NULL, NULL) ELSE {slow} END"
        case q.Body() | q.Fuzzy(q.Body()):
            return f"CASE WHEN e.kept & {KEPT_BODY} THEN contains({at}, NULL, t.body, NULL, NULL) ELSE {slow} END"
        case q.Text():  # bodies are long: one is only read where the header has not got it
            quick = f"contains({at}, t.header, NULL, NULL, NULL) OR contains({at}, NULL, t.body, NULL, NULL)"
            return f"CASE WHEN e.kept & {_BOTH} = {_BOTH} THEN {quick} ELSE {slow} END"
        case _:
            return f"CASE WHEN e.kept & {_BOTH} = {_BOTH} THEN contains({at}, t.header, t.body, NULL, NULL) ELSE {slow} END"


def _worth_looking(made: Plan) -> Callable[..., bool]:
    """The function that says what the index does: of the emails it knows, which ones are worth looking at for a needle."""
    through = made.narrowed.through
    emails = [made.narrowed.emails.get(needle) for needle in made.needles]

    def worth_looking(at: int, email: int) -> bool:
        named = emails[at]
        return named is None or email > through or email in named

    return worth_looking


def _in_sets(made: Plan) -> Callable[..., bool]:
    def in_uids(at: int, uid: int) -> bool:
        return uid in made.sets[at]

    return in_uids


def _contains(made: Plan) -> Callable[..., bool]:
    """The function that looks for a needle: in the kept text, or, where that is not given, in the message."""
    finders = [_finder(needle) for needle in made.needles]

    def contains(at: int, header: bytes | None, body: bytes | None, blob: bytes | None, data: bytes | None) -> bool:
        if blob is None:
            return finders[at](header, body)
        assert made.scan is not None
        assert made.blobs is not None
        if data is not None:
            return made.scan(data, made.needles[at])
        with made.blobs.mapped(BlobId(blob)) as memory:
            return made.scan(memory, made.needles[at])

    return contains


def _finder(needle: q.Needle) -> Callable[[bytes | None, bytes | None], bool]:
    if isinstance(needle, q.Fuzzy):
        return _fuzzy_finder(needle.of)
    word = needle.needle.encode("utf-8", "surrogatepass")
    if isinstance(needle, q.Header):
        name = needle.name.encode("utf-8", "surrogatepass")
        return lambda header, body: any(word in value for value in values(header or b"", name))
    return lambda header, body: (body is not None and word in body) or (header is not None and word in header)


def _fuzzy_finder(needle: q.Exact) -> Callable[[bytes | None, bytes | None], bool]:
    wanted = fuzzy.words(needle.needle)

    def has(header: bytes | None, body: bytes | None) -> bool:
        found = looked_at(needle, header, body)
        return found is not None and fuzzy.has(found, wanted)

    return has


def looked_at(needle: q.Exact, header: bytes | None, body: bytes | None) -> str | None:
    """The text that a needle is looked for in; None where there is no such field."""
    if isinstance(needle, q.Header):
        found = list(values(header or b"", needle.name.encode("utf-8", "surrogatepass")))
        return b"\n".join(found).decode("utf-8", "surrogatepass") if found else None
    return b"\n".join(text for text in (header, body) if text is not None).decode("utf-8", "surrogatepass")
