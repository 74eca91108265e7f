"""Header fields, found and counted but not understood (RFC 5322 §2.2, §3.6, §4.5; RFC 6532).

Bytes are as received: CRLF or a bare LF ends a line here, a bare CR does not. Every byte from `start` to `body_start` belongs
to the header, the empty line that ends it included, so that header and body together are the message again.

What real mail has, and what is made of it:

    "From " line of an mbox         skipped, quoted (">From ") or not
    a space before the colon        part of no name (obsolete, RFC 5322 §4.5)
    a folded first line, ":" alone  skipped
    a line that is no field         the header ends before it, without an empty line
    8-bit bytes, NUL                kept in values
"""

import mmap
import re
from collections.abc import Iterator
from typing import NamedTuple

from pillarbox.limits import MessageLimits

Buffer = bytes | mmap.mmap
"""A message: in memory, or a file mapped. Slices of either are bytes."""

DEFAULT_LIMITS = MessageLimits()

# field = field-name *WSP ":" unstructured CRLF, with folding; every quantifier is possessive: nothing is ever tried again
FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")
FIELDS = re.compile(rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+\n?)*+")
# what stands among fields and is none: folded lines of nothing, and values without a name
STRAY = re.compile(rb"(?:>*+From (?![ \t]*+:)|[ \t]|:)[^\n]*+(?:\n[ \t][^\n]*+)*+\n?")
EMPTY_LINE = re.compile(rb"\r?\n")
FOLD = re.compile(rb"\r?\n(?=[ \t])")
BREAKS = re.compile(rb"[\r\n]++[ \t]*+")


class Field(NamedTuple):
    """One field by its place in the message."""

    name: bytes
    """In lower case."""
    start: int
    value_start: int
    """After the colon."""
    end: int
    """After its last line end."""


class Header:
    """The fields of one header, by name; values are read when asked for.

    `start` and `body_start` are its span in `data`, the empty line at its end included. `is_whole`: it is within the limits, so
    that nobody who reads on finds more of it.
    """

    __slots__ = ("_places", "_values", "body_start", "data", "fields", "is_whole", "start")

    def __init__(self, data: Buffer, start: int, body_start: int, fields: list[Field], *, is_whole: bool = True) -> None:
        self.data = data
        self.start = start
        self.body_start = body_start
        self.fields = fields
        self.is_whole = is_whole
        self._places: dict[bytes, Field] | None = None
        self._values: dict[bytes, bytes] = {}

    @property
    def is_closed(self) -> bool:
        """Whether an empty line ends it, and not a line that is no field, or the message."""
        last = self.data[max(self.start, self.body_start - 3) : self.body_start]
        return last.endswith((b"\n\r\n", b"\n\n")) or last in (b"\r\n", b"\n")

    def __contains__(self, name: bytes) -> bool:
        return name in self._first()

    def _first(self) -> dict[bytes, Field]:
        places = self._places
        if places is None:
            places = self._places = {field.name: field for field in reversed(self.fields)}
        return places

    def first(self, name: bytes) -> bytes | None:
        """The unfolded value of the first field of this (lower-case) name, or None."""
        field = (self._places or self._first()).get(name)
        if field is None:
            return None
        value = self._values.get(name)
        if value is None:
            value = self._values[name] = self.value(field)
        return value

    def all(self, name: bytes) -> list[bytes]:
        """The unfolded values of every field of this (lower-case) name, in their order."""
        if name not in self._first():
            return []
        return [self.value(field) for field in self.fields if field.name == name]

    def value(self, field: Field) -> bytes:
        """One field's value, unfolded, without white space around it."""
        return unfold(self.data[field.value_start : field.end])

    def raw(self, field: Field) -> bytes:
        """One field as received: name, colon, value, line ends."""
        return self.data[field.start : field.end]

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Each field's lower-case name and unfolded value."""
        return ((field.name, self.value(field)) for field in self.fields)


def read(data: Buffer, start: int = 0, end: int | None = None, limits: MessageLimits = DEFAULT_LIMITS) -> Header:
    """The header that begins at `start` and reaches at most to `end`.

    Beyond `limits.header_bytes` all is body; beyond `limits.header_fields` fields are passed over.
    """
    end = len(data) if end is None else end
    stop = min(end, start + limits.header_bytes)
    is_whole = True
    fields: list[Field] = []
    at = _skip_stray(data, start, stop)
    match = FIELD.match
    room = limits.header_fields
    while found := match(data, at, stop):
        if not room:
            at = _end_of_fields(data, at, stop)
            is_whole = False
            break
        room -= 1
        name_end = found.end(1)
        fields.append(Field(data[at:name_end].lower(), at, found.start(2), at := found.end()))
        if at < stop and data[at] in b" \t:>F":
            at = _skip_stray(data, at, stop)
    if blank := EMPTY_LINE.match(data, at, stop):
        at = blank.end()
    elif stop < end and data.find(b"\n", at, stop) < 0:
        is_whole = False
    return Header(data, start, at, fields, is_whole=is_whole)


def fields(data: Buffer, start: int = 0, end: int | None = None, limits: MessageLimits = DEFAULT_LIMITS) -> list[Field]:
    """The fields of the header that begins at `start`: see `read`."""
    return read(data, start, end, limits).fields


def _skip_stray(data: Buffer, at: int, stop: int) -> int:
    while stray := STRAY.match(data, at, stop):
        at = stray.end()
    return at


def _end_of_fields(data: Buffer, at: int, stop: int) -> int:
    before = -1
    while at != before:
        before = at
        if found := FIELDS.match(data, at, stop):
            at = _skip_stray(data, found.end(), stop)
    return at


def unfold(value: bytes) -> bytes:
    """A field's value in one line (RFC 5322 §2.2.3), without white space around it and without CR or LF."""
    value = value.strip(b" \t\r\n")
    if b"\n" in value:
        value = FOLD.sub(b"", value)
    if b"\n" in value or b"\r" in value:
        value = BREAKS.sub(b" ", value)
    return value
