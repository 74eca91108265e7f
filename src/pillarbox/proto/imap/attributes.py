"""What FETCH can ask of a message (RFC 9051 §6.4.5)."""

from dataclasses import dataclass
from enum import Enum


class Attribute(Enum):
    """An item that takes no arguments; the value is its name in the answer too."""

    FLAGS = b"FLAGS"
    UID = b"UID"
    INTERNALDATE = b"INTERNALDATE"
    SIZE = b"RFC822.SIZE"
    ENVELOPE = b"ENVELOPE"
    BODY = b"BODY"
    """BODYSTRUCTURE without its extension data."""
    BODYSTRUCTURE = b"BODYSTRUCTURE"
    MODSEQ = b"MODSEQ"
    """RFC 7162 §3.1.4; asking for it turns CONDSTORE on."""
    EMAILID = b"EMAILID"
    """RFC 8474 §5."""
    THREADID = b"THREADID"
    SAVEDATE = b"SAVEDATE"
    """RFC 8514 §4.3."""
    PREVIEW = b"PREVIEW"
    """RFC 8970 §3, with or without LAZY."""

    __hash__ = object.__hash__  # looked up for every FETCH; Enum's own is a function in Python


class SectionText(Enum):
    """What of a part is meant (RFC 9051 §6.4.5.1, section-text)."""

    ALL = b""
    HEADER = b"HEADER"
    HEADER_FIELDS = b"HEADER.FIELDS"
    HEADER_FIELDS_NOT = b"HEADER.FIELDS.NOT"
    TEXT = b"TEXT"
    MIME = b"MIME"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between the brackets of BODY[...]."""

    part: tuple[int, ...] = ()
    """MIME part numbers from the outside in; empty is the message itself."""
    what: SectionText = SectionText.ALL
    fields: tuple[bytes, ...] = ()
    """Of HEADER.FIELDS and HEADER.FIELDS.NOT: the names as the client wrote them."""


@dataclass(frozen=True, slots=True)
class BodySection:
    """BODY[section]<partial>, BODY.PEEK[…], and RFC822, RFC822.HEADER, RFC822.TEXT, which are the same under other names."""

    section: Section
    label: bytes
    """What names the item in the answer: `BODY[1.MIME]<0>`, `RFC822`. A space and the data follow it."""
    partial: tuple[int, int] | None = None
    """First octet and greatest number of octets."""
    peek: bool = False
    """Leaves \\Seen as it is."""


@dataclass(frozen=True, slots=True)
class BinarySection:
    """BINARY[part]<partial> and BINARY.PEEK: the part with its transfer encoding undone (RFC 3516 §4.2)."""

    part: tuple[int, ...]
    label: bytes
    partial: tuple[int, int] | None = None
    peek: bool = False


@dataclass(frozen=True, slots=True)
class BinarySize:
    """BINARY.SIZE[part]: the octets BINARY[part] would have."""

    part: tuple[int, ...]
    label: bytes


FetchItem = Attribute | BodySection | BinarySection | BinarySize
