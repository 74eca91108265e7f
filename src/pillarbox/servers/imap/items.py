"""What FETCH answers, worked out for many messages at once (RFC 9051 §7.5.2).

A FETCH command becomes one Plan: the columns it needs of the store, one template for a whole response, and items that turn
columns into the template's values, a list at a time. So what is done per message is done by `%` and `map`, not by us. A
message that an item cannot do so (its body lies outside the database) is read by itself: `pieces`.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from ...mail.mailboxes import OpenMailbox
from ...proto.imap.attributes import Attribute
from ...proto.imap.encode.strings import MONTHS, string
from ...store.models import Column, Form
from .flags import RECENT
from .objects import EMAIL, THREAD, prefix
from .session import Selected

Values = Sequence[Any]
_EPOCH = date(1970, 1, 1).toordinal()
_MOST = 4096
PREVIEW_MAX = 256
"""RFC 8970 §3.2: characters of a preview, at most."""


class Source(Protocol):
    """Bytes too many to hold: they are read while they are sent."""

    def chunks(self) -> Any:
        """An asynchronous iterator over them."""


Piece = bytes | Source


class Page(dict[Column, Values]):
    """Some rows, by column."""

    __slots__ = ("rows", "seqs")

    def __init__(self, columns: Iterable[Column], rows: Sequence[tuple[Any, ...]], seqs: Sequence[int]) -> None:
        super().__init__(zip(columns, zip(*rows, strict=True), strict=True))
        self.rows = rows
        self.seqs = seqs

    def part(self, first: int, last: int) -> "Page":
        """Rows first to last, the last not in it."""
        return Page(self, self.rows[first:last], self.seqs[first:last])


class Message(Protocol):
    """One message, read by itself."""

    page: Page

    async def form(self, name: Form) -> bytes: ...


class Item:
    """An item that stands in a column as it is told."""

    __slots__ = ("columns", "template")

    def __init__(self, template: bytes, *columns: Column) -> None:
        self.template = template
        self.columns: Sequence[Column] = columns

    def values(self, page: Page) -> Sequence[Values]:
        """For each of the template's places, the values of all rows."""
        return [page[column] for column in self.columns]

    def slow(self, page: Page) -> Iterable[int]:
        """Rows that have to be read by themselves."""
        return ()

    async def pieces(self, message: Any) -> Sequence[Piece]:
        """The item of such a message."""
        return [self.template % tuple(values[0] for values in self.values(message.page))]


class Ready(Item):
    """A form rendered at delivery."""

    __slots__ = ("form",)

    def __init__(self, name: bytes, form: Form) -> None:
        super().__init__(name + b" %b", form)
        self.form: Form = form

    def slow(self, page: Page) -> Iterable[int]:
        forms = page[self.form]
        return [place for place, form in enumerate(forms) if not form] if b"" in forms else ()

    async def pieces(self, message: Message) -> Sequence[Piece]:
        return [self.template % await message.form(self.form)]


class Flags(Item):
    __slots__ = ("_selected",)

    def __init__(self, selected: Selected) -> None:
        super().__init__(b"FLAGS (%b)", "uid", "flags", "keywords")
        self._selected = selected

    def values(self, page: Page) -> Sequence[Values]:
        bits = page["flags"]
        if recent := self._selected.view.recent_among(page["uid"]):
            bits = [bit | RECENT * each for bit, each in zip(bits, recent, strict=True)]
        return [list(map(self._selected.texts.__getitem__, zip(bits, page["keywords"], strict=True)))]


class Received(Item):
    """INTERNALDATE, in the zone it came with."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(b"INTERNALDATE %b", "received_at", "received_zone")

    def values(self, page: Page) -> Sequence[Values]:
        return [list(map(date_time, page["received_at"], page["received_zone"]))]


class Saved(Item):
    """SAVEDATE, in UTC (RFC 8514 §4.3)."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(b"SAVEDATE %b", "saved_at")

    def values(self, page: Page) -> Sequence[Values]:
        return [[date_time(at, 0) for at in page["saved_at"]]]


class Preview(Item):
    """How a message begins, kept since it came: "" where there is nothing to read (RFC 8970 §3.2)."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(b"PREVIEW %b", "preview")

    def values(self, page: Page) -> Sequence[Values]:
        return [[string(text[:PREVIEW_MAX].encode("utf-8", "replace")) for text in page["preview"]]]


class _Days(dict[int, bytes]):
    """Days since 1970 as dates."""

    def __missing__(self, day: int) -> bytes:
        at = date.fromordinal(min(max(day + _EPOCH, 1), date.max.toordinal()))
        if len(self) >= _MOST:
            self.clear()
        text = self[day] = b"%2d-%b-%04d" % (at.day, MONTHS[at.month - 1], at.year)
        return text


class _Zones(dict[int, bytes]):
    """Minutes east of UTC as zones."""

    def __missing__(self, minutes: int) -> bytes:
        hours, rest = divmod(abs(minutes), 60)
        text = self[minutes] = b"%c%02d%02d" % (b"-" if minutes < 0 else b"+", hours, rest)
        return text


_days, _zones = _Days(), _Zones()
_minutes = [b"%02d:%02d" % divmod(minute, 60) for minute in range(1440)]


def date_time(at: int, zone: int) -> bytes:
    """Seconds since 1970 as date-time (RFC 9051 §9), in a zone so many minutes east of UTC."""
    day, second = divmod(at + zone * 60, 86_400)
    minute, second = divmod(second, 60)
    return b'"%b %b:%02d %b"' % (_days[day], _minutes[minute], second, _zones[zone])


def object_id(name: bytes, before: str, column: Column) -> Item:
    """An id of the message's, with what stands before its number (RFC 8474 §5)."""
    return Item(b"%b (%b%%d)" % (name, before.encode("ascii")), column)


PLAIN: dict[Attribute, Item] = {
    Attribute.UID: Item(b"UID %d", "uid"),
    Attribute.SIZE: Item(b"RFC822.SIZE %d", "size"),
    Attribute.MODSEQ: Item(b"MODSEQ (%d)", "modseq"),
    Attribute.EMAILID: object_id(b"EMAILID", EMAIL, "email"),
    Attribute.THREADID: object_id(b"THREADID", THREAD, "thread"),
    Attribute.INTERNALDATE: Received(),
    Attribute.SAVEDATE: Saved(),
    Attribute.PREVIEW: Preview(),
    Attribute.ENVELOPE: Ready(b"ENVELOPE", "envelope"),
    Attribute.BODY: Ready(b"BODY", "body"),
    Attribute.BODYSTRUCTURE: Ready(b"BODYSTRUCTURE", "structure"),
}

OBJECT_IDS: dict[Attribute, Callable[[OpenMailbox], Item]] = {
    Attribute.EMAILID: lambda box: object_id(b"EMAILID", prefix(box, EMAIL), "email"),
    Attribute.THREADID: lambda box: object_id(b"THREADID", prefix(box, THREAD), "thread"),
}
"""The same in others' mailboxes (RFC 8474 §5)."""

HEAVY: dict[str, int] = {"data": 64, "envelope": 250, "body": 250, "structure": 250, "fields": 250, "parts": 250}
"""Messages asked for at a time, by the heaviest column: less than a megabyte of usual mail, some of the worst there can be."""
LIGHT = 2000


class Plan:
    """How to answer one FETCH command."""

    __slots__ = ("columns", "items", "most", "response", "template")

    def __init__(self, items: Sequence[Item], response: bytes = b"FETCH") -> None:
        """`response` is FETCH, or UIDFETCH, whose numbers are UIDs (RFC 9586 §3)."""
        self.items = items
        self.response = response
        self.columns: Sequence[Column] = tuple(dict.fromkeys(["uid", *(column for item in items for column in item.columns)]))
        self.template = b"* %%d %b (%b)\r\n" % (response, b" ".join(item.template for item in items))
        bodies = sum("data" in item.columns for item in items)
        self.most = max(1, min(HEAVY.get(column, LIGHT) for column in self.columns) // max(1, bodies))

    def page(self, rows: Sequence[tuple[Any, ...]], seqs: Sequence[int]) -> Page:
        return Page(self.columns, rows, seqs)

    def slow(self, page: Page) -> Sequence[int]:
        """Rows that cannot be told with the others, ascending."""
        found = [places for item in self.items if (places := item.slow(page))]
        return sorted(set().union(*found)) if found else ()

    @property
    def quotes(self) -> bool:
        """Whether it tells what stands in a message's body."""
        return "data" in self.columns

    def text(self, page: Page) -> bytes:
        """A response for each row."""
        return b"".join(self.texts(page))

    def texts(self, page: Page) -> Iterable[bytes]:
        """The same, one by one."""
        values = [values for item in self.items for values in item.values(page)]
        return map(self.template.__mod__, zip(page.seqs, *values, strict=True))


def uids_of(rows: Sequence[tuple[Any, ...]]) -> "array[int]":
    """The UIDs of rows, whose first column they are."""
    return array("I", [row[0] for row in rows])
