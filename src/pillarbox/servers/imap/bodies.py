"""BODY[…], BINARY[…] and their kin: sections of messages (RFC 9051 §6.4.5, RFC 3516).

What lies in the database comes with its row and is cut from it. What does not is read by the span: a small one at once, a large
one while it is sent, so that a message of 40 MB is never in memory.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from ...ids import BlobId
from ...limits import KiB, MiB
from ...mail.mailboxes import OpenMailbox
from ...message import summary
from ...proto.imap import codes
from ...proto.imap.attributes import BinarySection, BinarySize, BodySection, FetchItem, SectionText
from ...store.models import Form
from . import fields
from .errors import Refused
from .forms import ALL
from .items import Item, Page, Piece, Values
from .sections import Finder, Place, Span, decoder, part_name, place

AT_ONCE = 256 * KiB
"""Bytes of a message that are read at a time."""
DECODED_AT_ONCE = 1 * MiB
"""Encoded bytes that are decoded at a stretch; more of them in a thread."""


class Message:
    """One message, read by itself: a span at a time."""

    def __init__(self, box: OpenMailbox, page: Page) -> None:
        """`page` has the one row of it."""
        self.page = page
        self._mail = box.mail
        self._mailbox = box.id
        self._blob = BlobId(b"")
        self.size = 0
        self._forms: dict[Form, bytes] = {}

    async def load(self) -> bool:
        """Find where it is; False: it is gone."""
        uid = self.page["uid"][0]
        found = await self._mail.rows(self._mailbox, [(uid, uid)], ("blob", "size", "parts"))
        for blob, size, parts in found:
            self._blob, self.size = BlobId(blob), size
            if parts:
                self._forms["parts"] = parts
        return bool(found)

    async def form(self, name: Form) -> bytes:
        """A form that was not kept, rendered now."""
        if name not in self._forms:
            data = await self._mail.read(self._blob)
            self._forms = await asyncio.to_thread(_rendered, data)
        return self._forms[name]

    async def read(self, where: Span) -> bytes:
        return await self._mail.read(self._blob, where.first, where.size) if where.size else b""

    async def literal(self, where: Span) -> Sequence[Piece]:
        """A span as a literal."""
        head = b"{%d}\r\n" % where.size
        return [head + await self.read(where)] if where.size <= AT_ONCE else [head, Stored(self, where)]


class Stored:
    """A span of a message, a piece at a time."""

    def __init__(self, message: Message, where: Span) -> None:
        self._message = message
        self._where = where

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in pieces_of(self._where):
            chunk = await self._message.read(piece)
            if len(chunk) != piece.size:
                raise EOFError("a message is shorter than it was")
            yield chunk


class Decoded:
    """A part without its transfer encoding, decoded in a thread while it is sent."""

    def __init__(self, message: Message, found: Place) -> None:
        self._message = message
        self._where = Span(found.body_start, found.end - found.body_start)
        self._decoder = decoder(found.coding)
        self.cut = Span(0, 0)
        """What of it is wanted."""

    async def measure(self) -> tuple[int, bool]:
        """Its size, and whether there is NUL in it."""
        size, nul = 0, False
        async for chunk in self._all():
            size += len(chunk)
            nul = nul or b"\0" in chunk
        return size, nul

    async def chunks(self) -> AsyncIterator[bytes]:
        skip, room = self.cut
        async for chunk in self._all():
            wanted = chunk[skip : skip + room]
            skip = max(0, skip - len(chunk))
            room -= len(wanted)
            if wanted:
                yield wanted
            if not room:
                return

    async def _all(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()

        def encoded() -> Iterator[bytes]:
            for piece in pieces_of(self._where):
                yield asyncio.run_coroutine_threadsafe(self._message.read(piece), loop).result()

        steps = self._decoder(encoded()) if self._decoder else encoded()
        while (chunk := await asyncio.to_thread(next, steps, None)) is not None:
            yield chunk


def _rendered(data: bytes) -> dict[Form, bytes]:
    read = summary.read(data)
    return {name: render(data, read) for name, render in ALL.items()}


def pieces_of(where: Span) -> Iterator[Span]:
    for first in range(0, where.size, AT_ONCE):
        yield Span(where.first + first, min(AT_ONCE, where.size - first))


class _Body(Item):
    """What needs the message's own bytes."""

    __slots__ = ()

    def slow(self, page: Page) -> Iterable[int]:
        data = page["data"]
        return [place for place, each in enumerate(data) if each is None] if None in data else ()


class Whole(_Body):
    """BODY[] and RFC822."""

    __slots__ = ("_label", "_partial")

    def __init__(self, item: BodySection) -> None:
        super().__init__(item.label + b" {%d}\r\n%b", "data")
        self._label, self._partial = item.label, item.partial

    def values(self, page: Page) -> Sequence[Values]:
        data = page["data"]
        if self._partial is not None:
            first, most = self._partial
            data = [each[first : first + most] for each in data]
        return list(map(len, data)), data

    async def pieces(self, message: Message) -> Sequence[Piece]:
        return [self._label + b" ", *await message.literal(Span(0, message.size).cut(self._partial))]


class Section(_Body):
    """Any section of a message, and any fields of a header; NIL where there is no such part."""

    __slots__ = ("_finder", "_item", "_names", "_others")

    def __init__(self, item: BodySection) -> None:
        super().__init__(item.label + b" %b", "data", "parts")
        self._item = item
        self._finder = Finder(item.section)
        self._names = frozenset(name.lower() for name in item.section.fields)
        self._others = item.section.what is SectionText.HEADER_FIELDS_NOT

    def values(self, page: Page) -> Sequence[Values]:
        return [list(map(self._value, page["data"], page["parts"]))]

    def slow(self, page: Page) -> Iterable[int]:
        return _not_at_hand(page)

    def _value(self, data: bytes, parts: bytes) -> bytes:
        found = self._finder.span(parts)
        if found is None:
            return b"NIL"
        if self._names:
            return self._chosen(data[found.first : found.first + found.size])
        first, size = found if self._item.partial is None else found.cut(self._item.partial)
        return b"{%d}\r\n%b" % (size, data[first : first + size])

    def _chosen(self, header: bytes) -> bytes:
        text = fields.chosen(header, self._names, others=self._others)
        where = Span(0, len(text)).cut(self._item.partial)
        return b"{%d}\r\n%b" % (where.size, text[where.first : where.first + where.size])

    async def pieces(self, message: Message) -> Sequence[Piece]:
        label = self._item.label + b" "
        found = self._finder.span(await message.form("parts"))
        if found is None:
            return [label + b"NIL"]
        if self._names:
            return [label + self._chosen(await message.read(found))]
        return [label, *await message.literal(found.cut(self._item.partial))]


class UsualFields(Section):
    """HEADER.FIELDS of nothing but fields that are kept ready."""

    __slots__ = ("_ready",)

    def __init__(self, item: BodySection) -> None:
        super().__init__(item)
        self.template = item.label + b" {%d}\r\n%b"
        self.columns = ("fields",)
        self._ready = fields.Ready([name.lower() for name in item.section.fields])

    def values(self, page: Page) -> Sequence[Values]:
        texts = list(map(self._ready, page["fields"]))
        if self._item.partial is not None:
            first, most = self._item.partial
            texts = [text[first : first + most] for text in texts]
        return list(map(len, texts)), texts

    def slow(self, page: Page) -> Iterable[int]:
        kept = page["fields"]
        if b"" in kept or fields.NOT_READY in kept:
            return [at for at, each in enumerate(kept) if each in (b"", fields.NOT_READY)]
        return ()


class Binary(_Body):
    """BINARY[part]: a part without its transfer encoding; a literal8 where there is NUL in it."""

    __slots__ = ("_item",)

    def __init__(self, item: BinarySection | BinarySize) -> None:
        super().__init__(item.label + b" %b", "data", "parts")
        self._item = item

    def slow(self, page: Page) -> Iterable[int]:
        return _not_at_hand(page)

    def values(self, page: Page) -> Sequence[Values]:
        return [[self._value(*each) for each in zip(page["data"], page["parts"], strict=True)]]

    def _value(self, data: bytes, parts: bytes) -> bytes:
        found = self._place(parts)
        if found is None:
            return self._missing()
        return self._told(_decoded(data[found.body_start : found.end], found.coding))

    def _place(self, parts: bytes) -> Place | None:
        """Where the part is. Raises Refused where its encoding is none we know (RFC 3516 §4.3)."""
        found = place(parts, part_name(self._item.part))
        if found is None:
            return None
        if not found.is_known:
            raise Refused("that transfer encoding is unknown here", codes.UNKNOWN_CTE)
        return found if self._item.part else found._replace(body_start=found.start)

    def _missing(self) -> bytes:
        return b"NIL"

    def _told(self, data: bytes) -> bytes:
        where = Span(0, len(data)).cut(self._partial)
        wanted = data[where.first : where.first + where.size]
        return b"%b{%d}\r\n%b" % (b"~" if b"\0" in wanted else b"", len(wanted), wanted)

    @property
    def _partial(self) -> tuple[int, int] | None:
        return self._item.partial if isinstance(self._item, BinarySection) else None

    async def pieces(self, message: Message) -> Sequence[Piece]:
        label = self._item.label + b" "
        found = self._place(await message.form("parts"))
        if found is None:
            return [label + self._missing()]
        where = Span(found.body_start, found.end - found.body_start)
        if where.size <= DECODED_AT_ONCE:
            return [label + self._told(_decoded(await message.read(where), found.coding))]
        return [label, *await self._large(Decoded(message, found))]

    async def _large(self, source: Decoded) -> Sequence[Piece]:
        size, nul = await source.measure()
        source.cut = Span(0, size).cut(self._partial)
        return [b"%b{%d}\r\n" % (b"~" if nul else b"", source.cut.size), source]


class Size(Binary):
    """BINARY.SIZE[part]"""

    __slots__ = ()

    def _missing(self) -> bytes:
        return b"0"

    def _told(self, data: bytes) -> bytes:
        return b"%d" % len(data)

    async def _large(self, source: Decoded) -> Sequence[Piece]:
        size, _ = await source.measure()
        return [b"%d" % size]


def _decoded(data: bytes, coding: bytes) -> bytes:
    undo = decoder(coding)
    return b"".join(undo((data,))) if undo else data


def _not_at_hand(page: Page) -> Iterable[int]:
    data, parts = page["data"], page["parts"]
    if b"" not in parts and None not in data:
        return ()
    return [at for at, (body, table) in enumerate(zip(data, parts, strict=True)) if body is None or not table]


def item_of(asked: FetchItem) -> Item:
    """How a section asked for is told."""
    match asked:
        case BodySection(section):
            if section.what is SectionText.ALL and not section.part:
                return Whole(asked)
            names = [name.lower() for name in section.fields]
            if section.what is SectionText.HEADER_FIELDS and not section.part and fields.Ready.can(names):
                return UsualFields(asked)
            return Section(asked)
        case BinarySize():
            return Size(asked)
        case BinarySection():
            return Binary(asked)
    raise TypeError(asked)
