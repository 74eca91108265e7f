"""Where the sections of a message lie in its bytes (RFC 9051 §6.4.5.1): a table written at delivery, and looked up.

A line a section: its name, where its header begins, where its body begins, where it ends, how it is encoded.

    ·0 310 5400 -            the message itself (its name is empty)
    1 420 490 900 q          its first part, quoted-printable
    2 930 1010 4000 -        its second part, a message ...
    2. 1010 1200 4000 -      ... the message in it, which HEADER and TEXT of part 2 mean ...
    2.1 1010 1200 4000 b     ... and that one's only part

So BODY[2]<0.4096> of a message of 40 MB reads one line of a table and 4,096 bytes.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ...message.structure import Part
from ...message.transfer import DECODERS, Decoder
from ...proto.imap.attributes import Section, SectionText

IDENTITY, UNKNOWN = b"-", b"?"
_CODINGS = {
    **dict.fromkeys(("7bit", "8bit", "binary", ""), IDENTITY),
    "base64": b"b",
    "quoted-printable": b"q",
    **dict.fromkeys(("x-uuencode", "uuencode", "x-uue", "uue"), b"u"),
}
_DECODER_OF = {b"b": DECODERS["base64"], b"q": DECODERS["quoted-printable"], b"u": DECODERS["uuencode"]}


class Place(NamedTuple):
    """Where a part lies in the message, and its transfer encoding."""

    start: int
    body_start: int
    end: int
    coding: bytes

    @property
    def is_known(self) -> bool:
        return self.coding != UNKNOWN

    @property
    def is_encoded(self) -> bool:
        return self.coding in _DECODER_OF


class Span(NamedTuple):
    """Bytes of a message: where they begin and how many they are."""

    first: int
    size: int

    def cut(self, partial: tuple[int, int] | None) -> "Span":
        """What a partial `<first.count>` leaves of it: beyond its end, nothing (RFC 9051 §6.4.5)."""
        if partial is None:
            return self
        first = min(partial[0], self.size)
        return Span(self.first + first, min(partial[1], self.size - first))


def table(root: Part) -> bytes:
    """The table of a message's sections, by its tree. Nothing here calls itself."""
    lines: list[bytes] = [b""]
    ahead: list[tuple[bytes, Part, bool]] = [(b"", root, True)]
    while ahead:
        name, part, is_message = ahead.pop()
        coding = IDENTITY if is_message or part.children or part.message else _CODINGS.get(part.encoding, UNKNOWN)
        key = name + b"." if is_message and name else name
        lines.append(b"%b %d %d %d %b" % (key, part.start, part.body_start, max(part.end, part.body_start), coding))
        prefix = name + b"." if name else b""
        if part.children:
            ahead += [(b"%b%d" % (prefix, number), child, False) for number, child in enumerate(part.children, 1)]
        elif is_message:
            ahead.append((prefix + b"1", part, False))
        elif part.message is not None:
            ahead.append((name, part.message, True))
    return b"\n".join(lines) + b"\n"


def place(sections: bytes, name: bytes) -> Place | None:
    """The part of this name in a table; None where there is none."""
    found = _line(sections, b"\n%b " % name)
    if found is None:
        return None
    start, body_start, end, coding = found
    return Place(int(start), int(body_start), int(end), coding)


def _line(sections: bytes, key: bytes) -> Sequence[bytes] | None:
    """What a line of the table says behind its key."""
    at = sections.find(key)
    if at < 0:
        return None
    at += len(key)
    return sections[at : sections.index(b"\n", at)].split(b" ")


def part_name(part: tuple[int, ...]) -> bytes:
    return b".".join(b"%d" % number for number in part)


class Finder:
    """Looks one section up in the table of one message after another."""

    __slots__ = ("_from_body", "_key", "_to_end")

    def __init__(self, section: Section) -> None:
        what = section.what
        name = part_name(section.part)
        if section.part and what not in (SectionText.ALL, SectionText.MIME):
            name += b"."
        self._key = b"\n%b " % name
        self._to_end = what in (SectionText.ALL, SectionText.TEXT)
        self._from_body = what is SectionText.TEXT or (what is SectionText.ALL and section.part != ())

    def span(self, sections: bytes) -> Span | None:
        """Where it lies; its header where only fields of it are meant. None where there is no such part."""
        found = _line(sections, self._key)
        if found is None:
            return None
        start, body_start, end, _ = found
        first = int(body_start if self._from_body else start)
        return Span(first, int(end if self._to_end else body_start) - first)


def decoder(coding: bytes) -> Decoder | None:
    """What undoes this encoding; None where there is nothing to undo."""
    return _DECODER_OF.get(coding)
