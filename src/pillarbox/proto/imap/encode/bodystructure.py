"""BODY and BODYSTRUCTURE (RFC 9051 §7.5.2), written without recursion."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .envelope import Envelope, envelope
from .strings import nstring, string

Parameters = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What only BODYSTRUCTURE tells, of any part."""

    disposition: tuple[bytes, Parameters] | None = None
    language: Sequence[bytes] = ()
    location: bytes | None = None


NO_EXTENSION = Extension()


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLeaf:
    """A part with nothing inside."""

    type: bytes = b"text"
    subtype: bytes = b"plain"
    parameters: Parameters = ()
    id: bytes | None = None
    description: bytes | None = None
    encoding: bytes = b"7bit"
    octets: int = 0
    """Of the body as it was sent, its transfer encoding not undone."""
    lines: int = 0
    """Told of text only."""
    md5: bytes | None = None
    extension: Extension = NO_EXTENSION


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMessage:
    """A message/rfc822 or message/global, which has a message inside."""

    envelope: Envelope
    body: "Body"
    subtype: bytes = b"rfc822"
    parameters: Parameters = ()
    id: bytes | None = None
    description: bytes | None = None
    encoding: bytes = b"7bit"
    octets: int = 0
    lines: int = 0
    md5: bytes | None = None
    extension: Extension = NO_EXTENSION


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMulti:
    """A multipart; one of no parts is told as one with an empty text inside, since the grammar wants one."""

    parts: Sequence["Body"]
    subtype: bytes = b"mixed"
    parameters: Parameters = ()
    extension: Extension = field(default=NO_EXTENSION)


Body = BodyLeaf | BodyMessage | BodyMulti


def body(of: Body) -> bytes:
    """BODY: body = "(" (body-type-1part / body-type-mpart) ")", without extension data."""
    return _encode(of, extended=False)


def bodystructure(of: Body) -> bytes:
    """BODYSTRUCTURE: the same with extension data."""
    return _encode(of, extended=True)


def _encode(of: Body, extended: bool) -> bytes:
    """Pieces go to `out` in order; `ahead` holds what is still to be said, the next last."""
    out: list[bytes] = []
    ahead: list[Body | bytes] = [of]
    while ahead:
        match ahead.pop():
            case bytes() as piece:
                out.append(piece)
            case BodyLeaf() as leaf:
                out.append(_leaf(leaf, extended))
            case BodyMessage() as message:
                out.append(b"(%b %b " % (_fields(b"message", message), envelope(message.envelope)))
                ahead += [b" %d%b)" % (message.lines, _single_extension(message, extended)), message.body]
            case BodyMulti() as multi:
                out.append(b"(")
                ahead.append(b" %b%b)" % (string(multi.subtype), _multi_extension(multi, extended)))
                ahead += reversed(multi.parts or (BodyLeaf(),))
    return b"".join(out)


def _leaf(leaf: BodyLeaf, extended: bool) -> bytes:
    """body-type-basic / body-type-text"""
    lines = b" %d" % leaf.lines if leaf.type.lower() == b"text" else b""
    return b"(%b%b%b)" % (_fields(leaf.type, leaf), lines, _single_extension(leaf, extended))


def _fields(type_: bytes, part: BodyLeaf | BodyMessage) -> bytes:
    """media SP body-fields"""
    return b"%b %b %b %b %b %b %d" % (
        string(type_),
        string(part.subtype),
        _parameters(part.parameters),
        nstring(part.id),
        nstring(part.description),
        string(part.encoding),
        part.octets,
    )


def _single_extension(part: BodyLeaf | BodyMessage, extended: bool) -> bytes:
    """body-ext-1part = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc]]]"""
    return b" %b %b" % (nstring(part.md5), _extension(part.extension)) if extended else b""


def _multi_extension(part: BodyMulti, extended: bool) -> bytes:
    """body-ext-mpart = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc]]]"""
    return b" %b %b" % (_parameters(part.parameters), _extension(part.extension)) if extended else b""


def _extension(of: Extension) -> bytes:
    """body-fld-dsp SP body-fld-lang SP body-fld-loc"""
    if of is NO_EXTENSION:
        return b"NIL NIL NIL"
    disposition = b"NIL"
    if of.disposition is not None:
        disposition = b"(%b %b)" % (string(of.disposition[0]), _parameters(of.disposition[1]))
    language = b"(%b)" % b" ".join(map(string, of.language)) if of.language else b"NIL"
    return b"%b %b %b" % (disposition, language, nstring(of.location))


def _parameters(of: Parameters) -> bytes:
    """body-fld-param = "(" string SP string *(SP string SP string) ")" / nil"""
    if not of:
        return b"NIL"
    return b"(%b)" % b" ".join(b"%b %b" % (string(name), string(value)) for name, value in of)
