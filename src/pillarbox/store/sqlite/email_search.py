"""Whole emails found and put in order.

A filter is a tree of sets: each leaf is one statement, or a look into texts, of the emails that are still in question where it
stands; so what costs little is asked first, and texts only of what that leaves. What most emails are is told by those that are
not, so that nobody counts up a whole account to say "all but these". The tree comes from a client: it is walked without
recursion.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import apsw

from ...errors import TooMany
from ...ids import AccountId, MailboxId
from ...limits import StoreLimits
from .. import emails as e
from .. import query as q
from ..blobs.disk import DiskBlobs
from ..keywords import folded
from ..models import Flag
from ..query import Scan
from . import searching
from .email_order import ordered
from .emails import binding, counted, numbers, placed
from .kept_orders import KeptOrders
from .search_index import SearchIndex
from .statements import MESSAGES, listed
from .thread_map import ThreadMap

Ids = frozenset[int] | set[int]
FEW: Final = 16
"""Where no more than such a part of the account is still in question, those are looked up one by one."""
_NEEDLES = q.Header | q.Body | q.Text | q.Fuzzy


@dataclass(frozen=True, slots=True)
class Those:
    """A set of emails."""

    ids: Ids = frozenset()
    but: bool = False
    """Whether it is all that count but these."""

    def __and__(self, other: "Those") -> "Those":
        match self.but, other.but:
            case False, False:
                return Those(self.ids & other.ids)
            case False, True:
                return Those(self.ids - other.ids)
            case True, False:
                return Those(other.ids - self.ids)
            case _:
                return Those(self.ids | other.ids, but=True)

    def __invert__(self) -> "Those":
        return Those(self.ids, not self.but)

    def __bool__(self) -> bool:
        return self.but or bool(self.ids)


ALL: Final = Those(but=True)


class Search:
    """One question to one account, all of one state of it."""

    def __init__(
        self,
        db: apsw.Connection,
        account: AccountId,
        messages: str,
        within: e.Within,
        scan: Scan,
        blobs: DiskBlobs,
        index: SearchIndex,
        threads: ThreadMap,
        orders: KeptOrders,
        limits: StoreLimits,
    ) -> None:
        """`messages` is the table of messages as the viewer sees them."""
        self.db = db
        self.account = account
        self.messages = messages
        self.within = within
        self.orders = orders
        self._scan = scan
        self._blobs = blobs
        self._index = index
        self._threads = threads
        self._limits = limits
        self._box: MailboxId | None = None
        """The one mailbox that is looked at: then nothing else is there."""

    def found(self, query: e.EmailQuery) -> "array[int]":
        """As `Mail.query_emails`."""
        self._box = next((node.mailbox for node in _joined(query.filter) if isinstance(node, e.InMailbox)), None)
        return ordered(self, query, self._box, self._matching(query.filter))

    # What is there.

    @cached_property
    def everything(self) -> frozenset[int]:
        """Every email that counts."""
        return self.of_messages("1")

    @cached_property
    def placed(self) -> int:
        """How many messages the account has, or about that."""
        return int(self.db.execute("SELECT sum(messages) FROM mailbox WHERE account = ?", (self.account,)).get or 0)

    @cached_property
    def thread_of(self) -> "array[int]":
        """The thread of every email, by its number."""
        return self._threads.now(self.db, self.account)

    def of_messages(self, condition: str, *bindings: Any, among: Ids | None = None) -> frozenset[int]:
        """The emails of which any message that counts meets a condition."""
        source, bound = f"{self.messages} m WHERE", tuple[Any, ...]()
        if among is not None and len(among) * FEW <= self.placed:
            source, bound = f"carray(?) c{placed(self.messages, 'c.value')} WHERE", (numbers(among), self.account)
        statement = f"SELECT group_concat(m.email) FROM {source} m.account = ? AND {counted(self.within)} AND {condition}"
        return frozenset(listed(self.db.execute(statement, (*bound, self.account, *binding(self.within), *bindings)).get))

    # The tree.

    def _matching(self, root: e.Filter) -> Those:
        """The emails that match, in the mailbox that is looked at: whoever reads them in order leaves out all others."""
        frames: list[_Frame] = []
        following: tuple[e.Filter, Those] | None = (root, ALL)
        found = ALL
        while following is not None:
            node, among = following
            if isinstance(node, e.AllOf | e.AnyOf | e.NoneOf):
                if len(frames) >= self._limits.query_depth:
                    raise TooMany("the search is nested too deeply")
                frames.append(_Frame(node, among))
            else:
                found = self._leaf(node, among)
            following = None
            while frames and (following := frames[-1].next(found)) is None:
                found = frames.pop().found
        return found

    def _leaf(self, node: e.Leaf, among: Those) -> Those:
        """Which of those `among` match; whether others do it need not tell rightly."""
        few = None if among.but else among.ids
        match node:
            case e.InMailbox(mailbox):
                return ALL if mailbox == self._box else Those(self.of_messages("m.mailbox = ?", mailbox, among=few))
            case e.InOtherThan(mailboxes):
                others = "m.mailbox NOT IN (SELECT value FROM carray(?))"
                return Those(self.of_messages(others, numbers(mailboxes), among=few))
            case e.HasAttachment():
                return Those(self.of_emails("e.account = ? AND e.has_attachment", self.account))
            case q.ThreadIs(thread):
                return Those(self.of_emails("e.account = ? AND e.thread = ?", self.account, thread))
            case e.ThreadHas(keyword, every):
                return Those(self.with_keyword(keyword, every))
            case q.Header() | q.Body() | q.Text() | q.Fuzzy():
                return Those(self._with_text(node, self._listed(among)))
            case q.HasFlag(Flag.SEEN) if few is None and self._is_mostly_seen:
                return ~Those(self._without(node))
        condition, value = _condition(node)
        return Those(self.of_messages(condition, value, among=few))

    def _listed(self, those: Those) -> Ids:
        """Those one by one."""
        if not those.but:
            return those.ids
        return (self.everything if self._box is None else self.of_messages("m.mailbox = ?", self._box)) - those.ids

    @property
    def _is_mostly_seen(self) -> bool:
        """Whether the account's owner looks, who has seen more than not."""
        unseen = self.db.execute("SELECT sum(unseen) FROM mailbox WHERE account = ?", (self.account,)).get
        return self.messages == MESSAGES and 2 * int(unseen or 0) < self.placed

    def _without(self, flag: q.HasFlag) -> Ids:
        """The emails that do not have a flag, in any mailbox."""
        condition, value = _condition(flag)
        lacking = self.of_messages(f"NOT ({condition})", value)
        return lacking - self.of_messages(condition, value, among=lacking)

    def of_emails(self, condition: str, *bindings: Any) -> frozenset[int]:
        statement = f"SELECT group_concat(e.id) FROM email e WHERE {condition}"
        return frozenset(listed(self.db.execute(statement, bindings).get))

    def with_keyword(self, keyword: e.Keyword, every: bool | None = None) -> Ids:
        """The emails that have a keyword themselves, or (not None) those in threads of which every, or some, email has it."""
        having = self.of_messages(*_condition(keyword))
        if every is None:
            return having
        thread_of = self.thread_of
        if every:
            others = {thread_of[one] for one in self.everything - having}
            return {one for one in having if thread_of[one] not in others}
        threads = {thread_of[one] for one in having}
        return {one for one in self.everything if thread_of[one] in threads}

    # Texts.

    def _with_text(self, needle: q.Needle, among: Ids) -> Ids:
        """Those of these emails that have it; only where the index says that it is worth looking."""
        narrowed = self._index.narrow(self.db, self.account, {needle}, len(among))
        named = narrowed.emails.get(needle)
        if named is not None:
            among = {one for one in among if one > narrowed.through} | (named & among)
        if not among:
            return among
        plan = searching.plan(needle, self._scan, self._blobs, self._limits)
        return frozenset(searching.emails(self.db, self.account, plan, array("q", sorted(among))))


def _condition(node: e.Leaf) -> tuple[str, Any]:
    match node:
        case q.HasKeyword(keyword):
            return "m.keywords <> '' AND instr(' ' || lower(m.keywords) || ' ', ?) > 0", f" {folded(keyword)} "
        case q.HasFlag() | q.Larger() | q.Smaller() | q.ReceivedSince() | q.EmailIs():
            return searching.comparison(node)
        case _:
            raise TypeError(f"no such filter: {node!r}")


def _joined(root: e.Filter) -> Sequence[e.Filter]:
    """What all that matches is."""
    return root.of if isinstance(root, e.AllOf) else (root,)


class _Frame:
    """A node of the tree while its branches are asked, the cheap ones first."""

    def __init__(self, node: "e.AllOf | e.AnyOf | e.NoneOf", among: Those) -> None:
        self._kind = type(node)
        self._branches = sorted(node.of, key=_cost, reverse=True)
        self._asked = False
        self._among = among
        self.found = Those() if isinstance(node, e.AnyOf) else among

    def next(self, found: Those) -> tuple[e.Filter, Those] | None:
        """Take in what the last branch found; the next one, and among what it is asked. None: `found` is done."""
        if self._asked:
            self._take(found)
        if not self._branches or (self._asked and not self.found and self._kind is not e.AnyOf):
            return None
        self._asked = True
        return self._branches.pop(), self._among if self._kind is e.AnyOf else self.found

    def _take(self, found: Those) -> None:
        if self._kind is e.AnyOf:
            self.found = ~(~self.found & ~found)
        else:
            self.found = self.found & (found if self._kind is e.AllOf else ~found)


_COSTS: Final[Sequence[tuple[Any, int]]] = (
    (e.InMailbox | q.ThreadIs | q.EmailIs, 0),
    (_NEEDLES, 4),
    (e.AllOf | e.AnyOf | e.NoneOf, 3),
    (e.ThreadHas, 2),
)


def _cost(node: e.Filter) -> int:
    return next((cost for kinds, cost in _COSTS if isinstance(node, kinds)), 1)
