"""A message made fit for a server that takes seven bits only (RFC 6152 §3, RFC 3030 §3, RFC 2045 §6).

One walk over the message's tree says which spans to write anew, and what stands between them is copied:

    leaf that fits          its body stays; "8bit" and "binary" become "7bit"
    leaf that does not      its body is encoded: quoted-printable where it is mostly ASCII text, else base64
    multipart, message      their own encoding becomes "7bit"; what they hold is looked at by itself
    message/global          encoded as one, since its header may have letters beyond ASCII (RFC 6532 §3.7)
    preamble, epilogue      lines that do not fit are left empty: nobody is shown them, and a line changed could delimit

What comes out says the same, decoded, part by part. Signatures over the body do not survive it; RFC 6152 §3 has no better.
"""

import binascii
import re
from base64 import encodebytes
from collections.abc import Iterator
from typing import NamedTuple

from pillarbox.errors import Invalid
from pillarbox.limits import MessageLimits
from pillarbox.message import structure
from pillarbox.message.headers import DEFAULT_LIMITS, Header
from pillarbox.message.structure import Part
from pillarbox.message.text import decoded

LINE = 998
"""RFC 5322 §2.1.1: bytes of a line without its end."""
MOSTLY_ASCII = 6
"""Where more than one byte in so many is not ASCII, base64 is the shorter encoding."""

# what no line between parts may have: a byte that is not text, a bare CR, too many letters
_UNFIT = re.compile(rb"[\0\x80-\xff]|\r(?!\n)|(?:\A|(?<=\n))[^\r\n]{%d}" % (LINE + 1))
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_CRLF = b"\r\n"
_EIGHT_BIT = frozenset({"8bit", "binary"})
_ENCODED = frozenset({"base64", "quoted-printable"})
"""Any other encoding is no encoding of MIME's: such a body is taken as it stands."""


def needs_eight_bit(message: bytes) -> bool:
    """Whether a server must offer 8BITMIME to be sent this as it is."""
    return not message.isascii()


def needs_binary(message: bytes) -> bool:
    """Whether it has lines that are too long or don't end in CRLF, or NUL: what only BDAT carries (RFC 3030 §3)."""
    return b"\0" in message or _has_bare(message) or _has_long_line(message)


def _has_bare(text: bytes) -> bool:
    """Whether a CR or an LF stands alone."""
    line_ends = text.count(b"\r\n")
    return text.count(b"\n") != line_ends or text.count(b"\r") != line_ends


def _has_long_line(text: bytes) -> bool:
    """Goes from line end to line end, as far at a time as a line may reach: some steps a thousand bytes."""
    at = 0
    while len(text) - at > LINE:
        end = text.rfind(b"\n", at, at + LINE + 2)
        if end < 0:
            return True
        at = end + 1
    return False


def to_seven_bit(message: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> bytes:
    """The message with every body in seven bits, its lines at most `LINE` long and ended by CRLF.

    Raises Invalid where a header is not ASCII (that takes SMTPUTF8), and where the parts that don't fit can't be told apart:
    nested too deep or too many, a multipart without its parts.
    """
    root = structure.parse(message, limits)
    pieces: list[bytes] = []
    at = 0
    for edit in _edits(message, root):
        pieces += (_between(message[at : edit.start]), edit.text)
        at = edit.end
    pieces.append(_between(message[at:]))
    return b"".join(pieces)


class _Edit(NamedTuple):
    """A span of the message, a part's header and perhaps its body, and what is to stand there."""

    start: int
    end: int
    text: bytes


def _edits(data: bytes, root: Part) -> Iterator[_Edit]:
    """What to write anew, by where it stands."""
    waiting = [(root, True, False)]
    while waiting:
        part, is_message, is_known_to_fit = waiting.pop()
        inside = [part.message] if part.message else list(part.children)
        is_global = part.subtype == "global" and part.message is not None
        fits = is_known_to_fit or ((is_global or not inside) and _fits(data[part.body_start : part.end]))
        if fits or (inside and not is_global):
            encoding = "7bit" if part.encoding in _EIGHT_BIT else None
            yield _Edit(part.start, part.body_start, _header(data, part, encoding))
            waiting += [(child, part.message is not None, fits) for child in reversed(inside)]
        else:
            yield _Edit(part.start, part.end, _leaf(data, part, is_message=is_message, is_last=part.end == len(data)))


def _fits(body: bytes) -> bool:
    return not needs_eight_bit(body) and not needs_binary(body)


def _leaf(data: bytes, part: Part, *, is_message: bool, is_last: bool) -> bytes:
    """A part with its body encoded; what ends a message ends in CRLF."""
    declared = structure.kind_of(part.header)[:2]
    if declared[0] == "multipart" or declared == ("message", "partial"):
        raise Invalid("a part of the message cannot be converted to seven bits")
    content = decoded(data, part) if part.encoding in _ENCODED else data[part.body_start : part.end]
    if _is_mostly_ascii(part, content):
        encoding, body = "quoted-printable", quoted_printable(content)
        if is_last and not body.endswith(_CRLF):
            body += b"=\r\n"
    else:
        encoding, body = "base64", base64_lines(content)
        if is_last:
            body += _CRLF
    return _header(data, part, encoding, _missing(part.header, content) if is_message else b"") + body


def _is_mostly_ascii(part: Part, content: bytes) -> bool:
    if part.type not in ("text", "message") or part.subtype == "global":
        return False
    if b"\0" in content or _has_bare(content):
        return False
    return len(content.translate(None, bytes(range(128)))) * MOSTLY_ASCII <= len(content)


def _missing(header: Header, content: bytes) -> bytes:
    """What makes MIME of a message that is none, as an encoding only means something there (RFC 2045 §4)."""
    fields = b"" if b"mime-version" in header else b"MIME-Version: 1.0\r\n"
    if b"content-type" not in header:
        fields += b"Content-Type: text/plain; charset=%b\r\n" % _charset(content)
    return fields


def _charset(content: bytes) -> bytes:
    """RFC 1428 §3 has a name for what nobody declared."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return b"unknown-8bit"
    return b"us-ascii" if content.isascii() else b"utf-8"


def _header(data: bytes, part: Part, encoding: str | None, more: bytes = b"") -> bytes:
    """A part's header, ended by an empty line, with this encoding; None: with what it has."""
    header = part.header
    if not data[part.start : part.body_start].isascii():
        raise Invalid("the header of the message is not ASCII")
    if encoding is None:
        return _lines(data[part.start : part.body_start])
    pieces: list[bytes] = []
    at = part.start
    for field in header.fields:
        if field.name == b"content-transfer-encoding":
            pieces.append(data[at : field.start])
            at = field.end
    pieces.append(data[at : _end_of_fields(header)])
    fields = _lines(b"".join(pieces))
    if fields and not fields.endswith(_CRLF):
        fields += _CRLF
    return fields + more + b"Content-Transfer-Encoding: %b\r\n\r\n" % encoding.encode()


def _end_of_fields(header: Header) -> int:
    """Where the empty line begins that ends the header; its end where there is none."""
    data, end = header.data, header.body_start
    for blank in (b"\r\n", b"\n"):
        start = end - len(blank)
        if data[start:end] == blank and (start == header.start or data[start - 1 : start] == b"\n"):
            return start
    return end


def _lines(header: bytes) -> bytes:
    """With CRLF at the end of every line; a bare CR and NUL become spaces."""
    if b"\0" in header or _has_bare(header):
        return _BARE_CR.sub(b" ", _BARE_LF.sub(_CRLF, header)).replace(b"\0", b" ")
    return header


def _between(text: bytes) -> bytes:
    """What belongs to no part: delimiters, preambles and epilogues, without the lines that do not fit."""
    if _fits(text):
        return text
    text = _BARE_LF.sub(_CRLF, text)
    pieces: list[bytes] = []
    at = 0
    while found := _UNFIT.search(text, at):
        start = text.rfind(b"\n", at, found.start()) + 1 or at
        pieces.append(text[at:start])
        at = text.find(_CRLF, found.start())
        if at < 0:
            return b"".join(pieces)
    return b"".join((*pieces, text[at:]))


def quoted_printable(content: bytes) -> bytes:
    """RFC 2045 §6.7: CRLF stays a line end, a bare CR or LF is encoded, lines have at most 76 letters."""
    if _has_bare(content):
        return _CRLF.join(map(_quoted_line, content.split(_CRLF)))
    return binascii.b2a_qp(content) if _CRLF in content else _quoted_line(content)


def _quoted_line(line: bytes) -> bytes:
    """Every CR and LF in it encoded; `b2a_qp` ends the lines it makes in LF where it sees no CRLF."""
    return binascii.b2a_qp(line, istext=False).replace(b"=\n", b"=\r\n")


def base64_lines(content: bytes) -> bytes:
    """RFC 2045 §6.8: lines of 76 letters, CRLF between."""
    return encodebytes(content).rstrip(b"\n").replace(b"\n", _CRLF)
