"""Messages in an order asked for, and in threads: what SORT and THREAD are made of (RFC 5256).

An email never changes, so whatever it is sorted by is read once and kept while there is room, shared by all who have the
mailbox open. A UID means one email for ever: when mail arrives what is kept grows, when mail goes it is passed over.
"""

import asyncio
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, TypeVar

from ..ids import AccountId, MailboxId
from ..limits import MessageLimits
from ..message import threading
from ..message.collation import Collate, in_turns, unicode_casemap
from ..message.threads import NODE, Member, Tree, ordered_subject
from ..store.models import Column
from ..store.ranges import runs
from .mailboxes import OpenMailbox
from .reading import Names, Reading

T = TypeVar("T")
Values = Any
"""One key of each message: an array of numbers, or a list of texts, that compare as they are."""

MOST_BYTES = 128 << 20
"""Kept a worker, or about that; beyond, the mailboxes unused for longest are forgotten."""
TEXT = 60
"""Bytes that a text takes besides its letters."""
FEW = 500
"""So many messages are read each time: it takes no time."""
SHARE = 8
"""And so are those that are less than such a part of the mailbox."""
QUICK = 1000
"""So many are put in order on the loop; more in a thread."""
PAGE = 5000
"""Messages whose rows are read at a time."""
PAGE_READ = 16
"""The same of those that must be read themselves."""
SUBJECTS, LONG = 1000, 500
"""Subjects remembered, as those of a conversation are mostly one, and how long they may be."""


class Key(Enum):
    """What messages are sorted by (RFC 5256 §3, RFC 5957 §3, RFC 6203 §5)."""

    ARRIVAL = "when it was received"
    CC = "local part of the first Cc"
    DATE = "when it was sent, or else received"
    FROM = "local part of the first From"
    SIZE = "bytes"
    SUBJECT = "base subject"
    TO = "local part of the first To"
    DISPLAYFROM = "name of the first From"
    DISPLAYTO = "name of the first To"
    RELEVANCY = "how well it has what was searched for"


class Algorithm(Enum):
    """How threads are made (RFC 5256 §4)."""

    ORDEREDSUBJECT = "by subject"
    REFERENCES = "by references and subject"
    REFS = "by references alone, the one with the latest message last"


@dataclass(frozen=True, slots=True)
class Order:
    """What to sort by, the first key counting most; each with whether it is reversed. Ties are by UID."""

    keys: tuple[tuple[Key, bool], ...]
    collate: Collate = unicode_casemap


_COLUMNS: dict[Key, tuple[Column, ...]] = {
    Key.ARRIVAL: ("received_at",),
    Key.CC: ("sort_cc",),
    Key.DATE: ("sent_at", "received_at"),
    Key.FROM: ("sort_from",),
    Key.SIZE: ("size",),
    Key.SUBJECT: ("base_subject", "subject"),
    Key.TO: ("sort_to",),
    Key.DISPLAYFROM: ("display_from",),
    Key.DISPLAYTO: ("display_to",),
}
_NAMES: dict[Key, Callable[[Names], str]] = {
    Key.CC: lambda names: names.cc,
    Key.FROM: lambda names: names.sender,
    Key.TO: lambda names: names.to,
    Key.DISPLAYFROM: lambda names: names.display_from,
    Key.DISPLAYTO: lambda names: names.display_to,
}
_NUMBERS = (Key.ARRIVAL, Key.DATE, Key.SIZE)
_FOLDED = (Key.CC, Key.FROM, Key.TO)
"""Kept folded: under another collation than the default the message itself must be asked."""
_OF_THREADS: tuple[Column, ...] = ("uid", "message_id", "refs", "sent_at", "received_at", "base_subject", "subject")


@dataclass(slots=True, eq=False)
class _Known:
    """What is kept of one mailbox."""

    uids: "array[int]" = field(default_factory=lambda: array("I"))
    """Of what, ascending; some may be gone."""
    values: dict[tuple[Key, Collate], Values] = field(default_factory=dict)
    """By key: of each of them."""
    orders: dict[Order, "array[int]"] = field(default_factory=dict)
    """All of them as they have been asked for."""
    forests: dict[tuple[Algorithm, Collate], "_Forest"] = field(default_factory=dict)
    """The one that was asked for last."""
    weight: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def weigh(self) -> int:
        arrays = sum(len(each) * 4 for each in (self.uids, *self.orders.values()))
        forests = sum(forest.weight for forest in self.forests.values())
        texts = [each for each in self.values.values() if not isinstance(each, array)]
        numbers = sum(len(each) * 8 for each in self.values.values() if isinstance(each, array))
        return arrays + forests + numbers + sum(sum(map(len, each)) + TEXT * len(each) for each in texts)


class Orders:
    """One a worker."""

    def __init__(self, reading: Reading, limits: MessageLimits) -> None:
        self._reading = reading
        self._limits = limits
        self._known: OrderedDict[tuple[AccountId, MailboxId], _Known] = OrderedDict()
        self._weight = 0

    async def sort(self, box: OpenMailbox, uids: "array[int]", order: Order, scores: Sequence[int] = ()) -> "array[int]":
        """These messages, given ascending, in this order; those that are gone may be left out. `scores` are theirs, where
        the order asks for RELEVANCY. Raises MailboxNotFound."""
        keys = [key for key, _ in order.keys]
        if Key.RELEVANCY in keys or len(uids) <= max(FEW, box.mailbox.messages // SHARE):
            found, values = await self._read(box, uids, [key for key in keys if key is not Key.RELEVANCY], order.collate)
            if scores:
                values[Key.RELEVANCY, order.collate] = _scores(uids, scores, found)
            return await _apart(len(found), partial(_sorted, found, values, order))
        known = self._of(box)
        async with known.lock:
            await self._learn(known, box, uids, keys, order.collate)
            whole = known.orders.get(order)
            if whole is None:
                whole = await _apart(len(known.uids), partial(_sorted, known.uids, known.values, order))
                known.orders[order] = whole
                await self._weigh(known)
            if known.uids == uids:
                return whole
        return await _apart(len(uids), partial(_only, whole, uids))

    async def threads(self, box: OpenMailbox, uids: "array[int]", algorithm: Algorithm, collate: Collate) -> "array[int]":
        """The threads these messages make, as marks whose places are theirs in `uids`, which are ascending: see
        `pillarbox.message.threads`. Those that are gone may be left out. Raises MailboxNotFound."""
        if len(uids) <= max(FEW, box.mailbox.messages // SHARE):
            return await self._marks(box, uids, _Forest(algorithm, collate, self._limits))
        known = self._of(box)
        async with known.lock:
            kept, known.forests = known.forests, {}
            forest = kept.get((algorithm, collate))
            if forest is None or not forest.begins(uids):
                await _let_go(kept)
                forest = _Forest(algorithm, collate, self._limits)
            weight = forest.weight
            marks = await self._marks(box, uids, forest)
            if forest.uids == uids:  # nothing was gone
                known.forests = {(algorithm, collate): forest}
                if forest.weight != weight:
                    await self._weigh(known)
        return marks

    # What is kept.

    def _of(self, box: OpenMailbox) -> _Known:
        key = box.owner, box.id
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _Known()
        self._known.move_to_end(key)
        return found

    async def _weigh(self, known: _Known) -> None:
        """Something has been added; make room for it."""
        weight = await _apart(len(known.uids), known.weigh)
        if known not in self._known.values():  # it was forgotten meanwhile
            return
        if weight > MOST_BYTES:  # of so large a mailbox only the orders and threads asked for
            known.values = {}
            for forest in known.forests.values():
                await _apart(len(forest.uids), forest.finish)
            weight = known.weigh()
        self._weight += weight - known.weight
        known.weight = weight
        while self._weight > MOST_BYTES and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            self._weight -= forgotten.weight

    async def _learn(self, known: _Known, box: OpenMailbox, uids: "array[int]", keys: Sequence[Key], collate: Collate) -> None:
        """See to it that these keys of these messages are known."""
        if len(known.uids) > 2 * max(len(uids), box.mailbox.messages):
            known.uids, known.values, known.orders = array("I"), {}, {}
        if not known.uids or uids[-1] > known.uids[-1]:
            await self._grow(known, box)
        missing = [key for key in keys if (key, collate) not in known.values]
        if missing:
            found, values = await self._read(box, known.uids, missing, collate)
            if len(found) != len(known.uids):  # some are gone: what is known of them goes too
                places = [bisect_left(known.uids, uid) for uid in found]
                known.values = {name: _picked(each, places) for name, each in known.values.items()}
                known.uids, known.orders = found, {}
            known.values.update(values)

    async def _grow(self, known: _Known, box: OpenMailbox) -> None:
        """Messages have come since."""
        every = await box.mail.uids(box.id)
        new = every[bisect_right(every, known.uids[-1]) :] if known.uids else every
        grown: dict[tuple[Key, Collate], Values] = {}
        for (key, collate), values in known.values.items():
            found, more = await self._read(box, new, [key], collate)
            if len(found) == len(new):  # else some are gone already: this key is read again when it is asked for
                grown[key, collate] = values + more[key, collate]
        known.uids, known.values, known.orders = known.uids + new, grown, {}

    # Reading.

    async def _read(
        self, box: OpenMailbox, uids: "array[int]", keys: Sequence[Key], collate: Collate
    ) -> tuple["array[int]", dict[tuple[Key, Collate], Values]]:
        """Those of these messages that are there, and their keys."""
        columns = tuple(dict.fromkeys(["uid", *(column for key in keys for column in _COLUMNS[key])]))
        found = array("I")
        values: dict[tuple[Key, Collate], Values] = {(key, collate): array("q") if key in _NUMBERS else [] for key in keys}
        unknown: dict[Key, list[int]] = {key: [] for key in keys}
        async for rows in _pages(box, uids, columns):
            for key in keys:
                picked = [columns.index(column) for column in _COLUMNS[key]]
                made, missing = await _apart(len(rows), partial(self._made, key, rows, picked, collate, len(found)))
                values[key, collate] += made
                unknown[key] += missing
            found += array("I", map(itemgetter(0), rows))
        for key in keys:
            if unknown[key]:
                await self._ask(box, found, values[key, collate], unknown[key], key, collate)
        return found, values

    def _made(
        self, key: Key, rows: Sequence[tuple[Any, ...]], picked: Sequence[int], collate: Collate, at: int
    ) -> tuple[Values, Sequence[int]]:
        """A key of each row, of the columns picked; and where the message itself must be asked, the first row being at `at`."""
        made = self._values(key, rows, picked, collate)
        if key in _NUMBERS:
            return array("q", made), ()
        return made, [place for place, value in enumerate(made, at) if value is None]

    def _values(self, key: Key, rows: Sequence[tuple[Any, ...]], picked: Sequence[int], collate: Collate) -> list[Any]:
        """The same, None where the message itself must be asked."""
        first, most = itemgetter(picked[0]), self._limits.sort_key
        match key:
            case Key.ARRIVAL | Key.SIZE:
                return list(map(first, rows))
            case Key.DATE:
                second = itemgetter(picked[1])
                return [second(row) if (sent := first(row)) is None else sent for row in rows]
            case Key.SUBJECT:
                second = itemgetter(picked[1])
                return [_subject(first(row), second(row), collate)[0][:most] for row in rows]
            case _:
                if key in _FOLDED and collate is not unicode_casemap:
                    return [None] * len(rows)
                return [None if (text := first(row)) is None else collate(text[:most]) for row in rows]

    async def _ask(
        self, box: OpenMailbox, uids: "array[int]", values: list[Any], unknown: Sequence[int], key: Key, collate: Collate
    ) -> None:
        """Fill in what only the messages themselves know; what can be kept of it is."""
        for at in range(0, len(unknown), PAGE_READ):
            places = {uids[place]: place for place in unknown[at : at + PAGE_READ]}
            shown: dict[int, tuple[str, str]] = {}
            for uid, email, blob, data in await box.mail.rows(box.id, runs(places), ("uid", "email", "blob", "data")):
                names = await self._reading.names(await box.mail.read(blob) if data is None else data)
                shown[email] = names.display_from, names.display_to
                values[places[uid]] = collate(_NAMES[key](names)[: self._limits.sort_key])
            if key not in _FOLDED:
                await box.mail.name_shown(shown)
        for place in unknown:
            values[place] = values[place] or ""  # gone meanwhile

    async def _marks(self, box: OpenMailbox, uids: "array[int]", forest: "_Forest") -> "array[int]":
        """The threads of these, of which those that come first may be in the forest already."""
        async for rows in _pages(box, uids[len(forest.uids) :], _OF_THREADS):
            await _apart(len(rows), partial(forest.grow, rows))
        marks = await _apart(len(forest.uids), forest.marks)
        if forest.uids == uids:
            return marks
        places = [bisect_left(uids, uid) for uid in forest.uids]
        return array("i", [mark if mark < 0 else places[mark] for mark in marks])


class _Forest:
    """Threads of messages that have come so far, and may grow."""

    def __init__(self, algorithm: Algorithm, collate: Collate, limits: MessageLimits) -> None:
        self.uids = array("I")
        self._algorithm = algorithm
        self._collate = collate
        self._tree = Tree(limits)
        self._subjects: list[str] = []
        self._dates = array("q")
        self._marks: array[int] | None = None
        self._is_finished = False
        self.weight = 0
        """About how many bytes it takes."""

    def grow(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """By rows of _OF_THREADS."""
        if self._algorithm is Algorithm.ORDEREDSUBJECT:
            for _, _, _, sent, received, base, subject in rows:
                self._subjects.append(_subject(base, subject, self._collate)[0])
                self._dates.append(received if sent is None else sent)
        else:
            self._tree.extend(_members(rows, self._algorithm, self._collate))
        self.uids += array("I", map(itemgetter(0), rows))
        self._marks = None

    def marks(self) -> "array[int]":
        if self._marks is None:
            match self._algorithm:
                case Algorithm.ORDEREDSUBJECT:
                    self._marks = ordered_subject(self._subjects, self._dates)
                case Algorithm.REFERENCES:
                    self._marks = self._tree.by_references()
                case _:
                    self._marks = self._tree.by_latest()
            texts = sum(map(len, self._subjects)) + NODE * len(self._subjects)
            self.weight = self._weight_of_marks() + self._tree.weigh() + texts
        return self._marks

    def begins(self, uids: "array[int]") -> bool:
        """Whether its messages are the first of these, and the others can be added."""
        count = len(self.uids)
        return self.uids == uids[:count] and (not self._is_finished or count == len(uids))

    def finish(self) -> None:
        """Keep the marks alone: it cannot grow any more."""
        self.marks()
        self.clear()
        self._is_finished = True
        self.weight = self._weight_of_marks()

    def clear(self) -> None:
        """It takes no room any more: a part after the other, so that nobody waits for all of it."""
        self._tree.clear()
        self._subjects.clear()

    def _weight_of_marks(self) -> int:
        return 4 * (len(self.uids) + len(self.marks()))


async def _pages(box: OpenMailbox, uids: "array[int]", columns: Sequence[Column]) -> AsyncIterator[list[tuple[Any, ...]]]:
    """The rows of these messages, by ascending UID, so many at a time; "uid" is the first column."""
    for at in range(0, len(uids), PAGE):
        page = uids[at : at + PAGE]
        is_dense = page[-1] - page[0] < 2 * len(page)
        rows = await box.mail.rows(box.id, [(page[0], page[-1])] if is_dense else runs(page), columns)
        if len(rows) > len(page):
            wanted = frozenset(page)
            rows = [row for row in rows if row[0] in wanted]
        if rows:
            yield rows


async def _let_go(forests: dict[tuple[Algorithm, Collate], _Forest]) -> None:
    """Forget them."""
    while forests:
        _, forest = forests.popitem()
        await _apart(len(forest.uids), forest.clear)


async def _apart(count: int, work: Callable[[], T]) -> T:
    """Do it here for a few messages, in a thread for many."""
    return work() if count <= QUICK else await asyncio.to_thread(work)


def _subject(base: str, subject: str, collate: Collate) -> tuple[str, bool]:
    """The base subject as it compares, and whether the subject says that this is a reply. `base` is the folded one that was
    kept: where it is but the subject's end, nothing need be taken off again."""
    if subject.isascii() and collate is unicode_casemap:
        taken = len(subject) - len(base)
        if not taken:
            return base.upper(), False
        if taken == 4 and subject[:4].lower() == "re: ":
            return base.upper(), True
    base, is_reply = _parted(subject) if len(subject) <= LONG else threading.parted(subject)
    return collate(base), is_reply


_parted = lru_cache(SUBJECTS)(threading.parted)


def _members(rows: Iterable[tuple[Any, ...]], algorithm: Algorithm, collate: Collate) -> Iterator[Member]:
    without_subject = algorithm is Algorithm.REFS
    for _, message_id, refs, sent, received, base, subject in rows:
        form, is_reply = ("", False) if without_subject else _subject(base, subject, collate)
        date = received if sent is None else sent
        yield Member(message_id, refs.split("\n") if refs else (), date, form, is_reply)


def _sorted(uids: "array[int]", values: dict[tuple[Key, Collate], Values], order: Order) -> "array[int]":
    places: Iterable[int] = range(len(uids))
    for key, reverse in reversed(order.keys):
        places = in_turns(places, values[key, order.collate].__getitem__, reverse=reverse)
    return array("I", [uids[place] for place in places])


def _only(whole: "array[int]", uids: "array[int]") -> "array[int]":
    """Those of a sorted mailbox that are among these."""
    wanted = frozenset(uids)
    return array("I", [uid for uid in whole if uid in wanted])


def _scores(uids: "array[int]", scores: Sequence[int], found: "array[int]") -> Values:
    """The best first: their negatives, of those that were found."""
    known = dict(zip(uids, scores, strict=True))
    return array("q", [-known[uid] for uid in found])


def _picked(values: Values, places: Sequence[int]) -> Values:
    picked = map(values.__getitem__, places)
    return array("q", picked) if isinstance(values, array) else list(picked)
