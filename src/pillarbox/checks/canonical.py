"""A message as it is hashed for a signature: canonical fields and body (RFC 6376 §3.4), and which fields are meant (§5.4.2).

simple    what was received; of the empty lines at the end of the body one remains
relaxed   names in lower case, fields in one line, white space shrunk to one space, and to none at the end of a line

CRLF ends a line of the body and nothing else does: a bare CR or LF is content. Bodies and long fields are read a stride at a
time; the work is linear, whatever is in them, and nobody waits long for its end: `digests` and `Fields.make_ready` yield a
Breath between strides.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..message.headers import Buffer, Header
from .questions import Asking, Breath

STRIDE = 64 * 1024
"""Bytes of a body or of fields looked at before others have their turn: some milliseconds."""
SPACES = re.compile(rb"  +")
TAB_IS_SPACE = bytes.maketrans(b"\t", b" ")


def squeezed(text: bytes) -> bytes:
    """Each run of spaces and tabs as one space."""
    if b"\t" in text:
        text = text.translate(TAB_IS_SPACE)
    if b"  " in text:  # short runs are quickest replaced, long ones searched for
        text = text.replace(b"        ", b" ").replace(b"   ", b" ").replace(b"  ", b" ")
        if b"  " in text:
            text = SPACES.sub(b" ", text)
    return text


def relaxed_field(name: bytes, value: bytes) -> bytes:
    """A field by its lower-case name and raw value, without a line end (RFC 6376 §3.4.2)."""
    return b"%b:%b" % (name, b"".join(_relaxed_value(value)).strip(b" "))


def _relaxed_value(value: bytes) -> Iterator[bytes]:
    """A field's value unfolded and squeezed, a stride at a time; white space or a CR at the end of a stride is held back."""
    value = value.removesuffix(b"\n").removesuffix(b"\r")
    held = b""
    for at in range(0, len(value), STRIDE):
        chunk = squeezed((held + value[at : at + STRIDE]).replace(b"\r\n", b""))
        cut = _decided(chunk, relaxed=True)
        held = chunk[cut:]
        yield chunk[:cut]
    yield held


class Fields:
    """The fields of one header, each made canonical at most once, and found by name from the bottom."""

    __slots__ = ("_places", "_relaxed", "header")

    def __init__(self, header: Header) -> None:
        self.header = header
        self._relaxed: dict[int, bytes] = {}
        self._places: dict[bytes, list[int]] = {}
        for place, field in enumerate(header.fields):
            self._places.setdefault(field.name, []).append(place)

    def count(self, name: bytes) -> int:
        """How many fields there are of a (lower-case) name."""
        return len(self._places.get(name, ()))

    def places(self, name: bytes) -> Sequence[int]:
        """The indices of the fields of a (lower-case) name, from the top."""
        return self._places.get(name, ())

    def canonical(self, place: int, *, relaxed: bool) -> bytes:
        """One field, with CRLF."""
        field = self.header.fields[place]
        if not relaxed:
            raw = self.header.raw(field)
            return raw if raw.endswith(b"\n") else raw + b"\r\n"
        known = self._relaxed.get(place)
        if known is None:
            value = self.header.data[field.value_start : field.end]
            known = self._relaxed[place] = relaxed_field(field.name, value) + b"\r\n"
        return known

    def make_ready(self, names: Iterable[bytes]) -> Asking[None]:
        """Make the fields of these (lower-case) names canonical, relaxed, where that may take long."""
        if self.header.body_start - self.header.start <= STRIDE:
            return
        done = 0
        for place in (place for name in names for place in self._places.get(name, ()) if place not in self._relaxed):
            field = self.header.fields[place]
            pieces: list[bytes] = []
            for piece in _relaxed_value(self.header.data[field.value_start : field.end]):
                pieces.append(piece)
                done += min(field.end - field.value_start, STRIDE)
                if done >= STRIDE:
                    yield Breath()
                    done = 0
            self._relaxed[place] = b"%b:%b\r\n" % (field.name, b"".join(pieces).strip(b" "))

    def selected(self, names: Iterable[bytes], *, relaxed: bool, without: int = -1) -> Iterator[bytes]:
        """The fields meant by a list of (lower-case) names, canonical, with CRLF (RFC 6376 §5.4.2).

        A name repeated means the next field above; where there is none left it means nothing. `without` is the signature's own
        field, which was not there when it was made.
        """
        left: dict[bytes, list[int]] = {}
        for name in names:
            places = left.get(name)
            if places is None:
                places = left[name] = [place for place in self._places.get(name, ()) if place != without]
            if places:
                yield self.canonical(places.pop(), relaxed=relaxed)


def body(data: Buffer, start: int, *, relaxed: bool) -> Iterator[bytes]:
    """The canonical body that begins at `start`, in pieces of about a stride (RFC 6376 §3.4.3, §3.4.4).

    Empty lines are held back until something follows them; so is white space or a CR at the end of a stride. A piece is empty
    where a stride had nothing else.
    """
    held = b""
    empty_lines = 0
    has_content = False
    for at in range(start, len(data), STRIDE):
        chunk = held + data[at : at + STRIDE]
        if relaxed:
            chunk = squeezed(chunk).replace(b" \r\n", b"\r\n")
        cut = _decided(chunk, relaxed)
        held = chunk[cut:]
        chunk = chunk[:cut] if held else chunk
        pairs = _empty_lines(chunk)
        if 2 * pairs < len(chunk):
            has_content = True
            yield from _crlfs(empty_lines)
            yield chunk[: -2 * pairs] if pairs else chunk
            empty_lines = 0
        else:
            yield b""
        empty_lines += pairs
    if held and not (relaxed and held == b" "):
        has_content = True
        yield from _crlfs(empty_lines)
        yield held
    if has_content or not relaxed:
        yield b"\r\n"


def _decided(chunk: bytes, relaxed: bool) -> int:
    """Up to where it does not matter what follows."""
    cut = len(chunk)
    if chunk.endswith(b"\r"):
        cut -= 1
    if relaxed and chunk.endswith(b" ", 0, cut):
        cut -= 1
    return cut


def _empty_lines(chunk: bytes) -> int:
    """How many CRLF there are at the end, one after another."""
    if not chunk.endswith(b"\r\n"):
        return 0
    tail = chunk[len(chunk.rstrip(b"\r\n")) :]
    if len(tail) == 2:
        return 1
    broken_at = max(tail.rfind(b"\n\n"), tail.rfind(b"\r\r"))
    return (len(tail) - broken_at - 1) // 2


def _crlfs(count: int) -> Iterator[bytes]:
    while count > STRIDE:
        yield b"\r\n" * STRIDE
        count -= STRIDE
    if count:
        yield b"\r\n" * count


@dataclass(frozen=True, slots=True)
class BodyDigests:
    """SHA-256 of one canonical body."""

    size: int
    whole: bytes
    beginnings: dict[int, bytes]
    """By length: of those asked for, what the body has."""

    def of(self, length: int | None) -> bytes | None:
        """The digest of the first `length` bytes, or of all; None where the body is shorter."""
        return self.whole if length is None else self.beginnings.get(length)


def digests(data: Buffer, start: int, *, relaxed: bool, lengths: Iterable[int | None] = ()) -> Asking[BodyDigests]:
    """Hash the body that begins at `start` once, for all the lengths (l=) wanted."""
    wanted = sorted({length for length in lengths if length}, reverse=True)
    running = hashlib.sha256()
    beginnings = {0: running.digest()}
    size = 0
    is_long = len(data) - start > STRIDE
    for piece in body(data, start, relaxed=relaxed):
        while wanted and wanted[-1] <= size + len(piece):
            length = wanted.pop()
            running.update(piece[: length - size])
            beginnings[length] = running.digest()
            piece = piece[length - size :]
            size = length
        running.update(piece)
        size += len(piece)
        if is_long:
            yield Breath()
    return BodyDigests(size, running.digest(), beginnings)
