"""What people read in a message: bodies decoded, text to search in, a preview (RFC 2045 §6, RFC 9051 §6.4.4, RFC 8970).

Search looks for a string in the text as decoded, compared in one normal form (`fold`): header fields with their names; bodies
of text parts; the header fields of parts and of messages within; the names of files. HTML is there twice, as it stands and as
it reads.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pillarbox.limits import MessageLimits
from pillarbox.message import addresses, charsets, encoded_words, html
from pillarbox.message.headers import DEFAULT_LIMITS, Buffer, Field, Header
from pillarbox.message.structure import Part
from pillarbox.message.transfer import DECODERS

CHUNK = 1 << 18
"""Bytes of a body taken at a time."""
GUESSES = 4
"""Bodies of one message whose charset is guessed; those after them are UTF-8 or Windows-1252."""
RENDERED = 1 << 20
"""Letters of one HTML body that are also searched as they read."""
PREVIEW = 200
"""RFC 8970 §3.2: characters of a preview."""
PREVIEW_SOURCES = (1 << 10, 1 << 13, 1 << 16)
"""Bytes of a body that a preview is made from; more where the first ones show too little."""
NORMALIZED = 512
"""Letters normalised together: sorting a run of combining marks takes time by its square, and someone will send a long one."""

# blocks of Unicode without combining marks: those most text is in
_UNMARKED = "\0-\u02ff\u0370-\u0482\u048a-\u0590\u1e00-\u20cf\u2100-\u2bff\u3000-\u3029\u3030-\u3098\u309b-\ua66e"
_MARKS = re.compile(f"[^{_UNMARKED}\uac00-\ufb1d\uff00-\uffff]")
_REGULAR = re.compile(r"(?:[!-9;-~]++: [!-~][^\n]*+\n)*+\n?")
"""A header whose lines are all "name: value" as they stand: none lacks the space after the colon, none is empty."""
_OF_ADDRESSES = frozenset({b"from", b"to", b"cc", b"bcc", b"sender", b"reply-to"})
_SCATTERED = re.compile(rb"@(?:[\s(]|(?<=[\s)\"]@))")
"""An address that is not written in one piece: with comments or spaces at its sign, or a quoted local part."""
_PIECE = re.compile(rf"[\s\S]{{1,{NORMALIZED}}}(?=[\x00-\x7f]|\Z)|[\s\S]{{{NORMALIZED}}}")


class SearchText(NamedTuple):
    """What SEARCH looks in, folded."""

    header: str
    body: str


def decode_chunks(data: Buffer, part: Part) -> Iterator[bytes]:
    """A leaf's body without its transfer encoding, in pieces of bounded size; never raises."""
    return _decode_span(data, part, part.end)


def _decode_span(data: Buffer, part: Part, end: int) -> Iterator[bytes]:
    encoded = (data[at : min(at + CHUNK, end)] for at in range(part.body_start, end, CHUNK))
    decoder = DECODERS.get(part.encoding)
    return decoder(encoded) if decoder else encoded


def decoded(data: Buffer, part: Part) -> bytes:
    """A leaf's body without its transfer encoding."""
    return b"".join(decode_chunks(data, part))


def text_of(data: Buffer, part: Part, *, guess: bool = True) -> str:
    """A text part as characters; never raises (see `charsets.decode`)."""
    return charsets.decode(decoded(data, part), part.charset, guess=guess)


def text_chunks(data: Buffer, part: Part, *, guess: bool = True) -> Iterator[str]:
    """A text part as characters, in pieces of bounded size; without a charset its first piece decides."""
    chunks = decode_chunks(data, part)
    first = next(chunks, b"")
    codec = charsets.lookup(part.charset)
    name = codec.name if codec is not None and codec.name != "ascii" else _undeclared(first, guess)
    decoder = codecs.getincrementaldecoder(name)("replace")
    yield decoder.decode(first)
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", True)


def _undeclared(sample: bytes, guess: bool) -> str:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.start < len(sample) - 3:  # else it may only be cut
            return charsets.likely(sample, problem.start) if guess else "cp1252"
    return "utf-8"


def fold(text: str) -> str:
    """The form strings are compared in: compatibility forms and cases made one (after RFC 5051, i;unicode-casemap). Linear.

    Text with combining marks is normalised in pieces of `NORMALIZED` letters, cut before ASCII letters if there are any.
    """
    if text.isascii():
        return text.lower()
    if _MARKS.search(text):
        return _PIECE.sub(lambda hit: unicodedata.normalize("NFKC", hit[0]), text).casefold()
    return unicodedata.normalize("NFKC", text).casefold()


def header_text(header: Header, limits: MessageLimits = DEFAULT_LIMITS) -> str:
    """Every field as "name: decoded value", one a line."""
    data = header.data[header.start : header.body_start]
    if data.isascii() and b"=?" not in data:
        text = data.decode("ascii").replace("\r\n", "\n").replace("\n\t", "\t").replace("\n ", " ")
        if _REGULAR.fullmatch(text) and not _SCATTERED.search(data):
            return text
    return "".join(f"{field.name.decode('latin-1')}: {_field_text(header, field, limits)}\n" for field in header.fields)


def field_texts(header: Header, name: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> Iterator[str]:
    """What each field of this (lower-case) name says, as `header_text` has it."""
    return (_field_text(header, field, limits) for field in header.fields if field.name == name)


def _field_text(header: Header, field: Field, limits: MessageLimits) -> str:
    """What a field says; with the addresses in it that are written otherwise there than ENVELOPE has them."""
    value = header.value(field)
    text = _decoded(value, limits)
    if field.name not in _OF_ADDRESSES or not _SCATTERED.search(value):
        return text
    written = [
        b"%b@%b" % (found.mailbox, found.host) for found in addresses.parse(value, limits) if found.mailbox and found.host
    ]
    return " ".join([text, *(plain.decode("utf-8", "replace") for plain in written if plain not in value)])


def _decoded(value: bytes, limits: MessageLimits) -> str:
    """An unfolded value; most have nothing to decode."""
    if value.isascii() and b"=?" not in value and b"\0" not in value:
        return value.decode("ascii")
    return encoded_words.decode(value, limits=limits)


Rendered = dict[int, str]
"""HTML bodies as they read, by the place where they begin."""


def searchable(
    data: Buffer, root: Part, limits: MessageLimits = DEFAULT_LIMITS, rendered: Rendered | None = None
) -> SearchText | None:
    """What SEARCH TEXT and BODY look in, or None where it is longer than `limits.search_text`: then see `search_body`.

    How HTML reads is left in `rendered`, for `preview`.
    """
    header = header_text(root.header, limits)
    room = limits.search_text - len(header)
    if room < 0 or sum(part.size for part in root.walk() if _is_text(part)) > limits.search_text:
        return None
    pieces: list[str] = []
    for piece in _body_pieces(data, root, limits, rendered=rendered):
        room -= len(piece)
        if room < 0:
            return None
        pieces.append(piece)
    return SearchText(fold(header), fold("\n".join(pieces)))


def search_body(
    data: Buffer, root: Part, needle: str, limits: MessageLimits = DEFAULT_LIMITS, form: Callable[[str], str] = fold
) -> bool:
    """Whether the body holds `needle`, which is in that form already; memory is bounded whatever the message."""
    return any(needle in form(piece) for piece in _body_pieces(data, root, limits, overlap=2 * len(needle)))


def search_header(root: Part, needle: str, limits: MessageLimits = DEFAULT_LIMITS, form: Callable[[str], str] = fold) -> bool:
    """Whether the message's header holds `needle`, which is in that form already."""
    return needle in form(header_text(root.header, limits))


def _is_text(part: Part) -> bool:
    return part.type == "text"


def _body_pieces(
    data: Buffer, root: Part, limits: MessageLimits, overlap: int = 0, rendered: Rendered | None = None
) -> Iterator[str]:
    """The body's text: a piece a part, or several that overlap where a part is long and `overlap` asks for it."""
    guesses = GUESSES
    for part in root.walk():
        fields = header_text(part.header, limits) if part is not root and part.header.fields else ""
        if fields:
            yield fields
        if (name := part.file_name) and name not in fields:
            yield name
        if not _is_text(part):
            continue
        if part.size <= CHUNK or not overlap:
            source = text_of(data, part, guess=guesses > 0)
            yield source
            if part.subtype == "html":
                shown = html.text(source[:RENDERED])
                if rendered is not None:
                    rendered[part.body_start] = shown
                yield shown
        else:
            yield from _long_pieces(data, part, overlap, guess=guesses > 0)
        guesses -= 1


def _long_pieces(data: Buffer, part: Part, overlap: int, *, guess: bool) -> Iterator[str]:
    before = ""
    room = RENDERED if part.subtype == "html" else 0
    rendered: list[str] = []
    for piece in text_chunks(data, part, guess=guess):
        before = before[-overlap:] + piece
        yield before
        if room > 0:
            rendered.append(piece[:room])
            room -= len(piece)
    if rendered:
        yield html.text("".join(rendered))


def preview(data: Buffer, root: Part, rendered: Rendered | None = None) -> str:
    """The first `PREVIEW` characters a reader sees, white space collapsed; "" where there is nothing to read (RFC 8970).

    HTML that has been `rendered` already is not read again.
    """
    part = readable(root)
    if part is None:
        return ""
    shown = rendered.get(part.body_start, "") if rendered else ""
    if shown:
        return shown[:PREVIEW].rstrip()
    for size in PREVIEW_SOURCES:
        source = b"".join(_decode_span(data, part, min(part.end, part.body_start + size)))
        text = charsets.decode(source, part.charset, guess=False)
        shown = html.text(text) if part.subtype == "html" else " ".join(text.replace("\0", "").split())
        if len(shown) >= PREVIEW or size >= part.size:
            break
    return shown[:PREVIEW].rstrip()


def readable(root: Part) -> Part | None:
    """The part that people read first: the first plain text with something in it, else the first HTML; no attachments."""
    found: Part | None = None
    for part in root.walk():
        if part.type != "text" or not part.size:
            continue
        if part is not root and (disposition := part.disposition) and disposition[0] == "attachment":
            continue
        if part.subtype == "plain":
            return part
        if found is None or (part.subtype == "html" and found.subtype != "html"):
            found = part
    return found
