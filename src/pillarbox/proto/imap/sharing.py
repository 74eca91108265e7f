"""What a server says of who may do what, of how much fits, and of what is noted (RFC 4314 §3, RFC 9208 §4.2, RFC 5464 §4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from .encode import strings


@dataclass(frozen=True, slots=True)
class Acl:
    """RFC 4314 §3.6: identifiers, and the letters of their rights."""

    mailbox: str
    granted: Sequence[tuple[str, str]]

    def encode(self, utf8: bool = False) -> bytes:
        pairs = (b" %b %b" % (_word(who, utf8), _word(letters)) for who, letters in self.granted)
        return b"* ACL %b%b\r\n" % (strings.mailbox(self.mailbox, utf8), b"".join(pairs))


@dataclass(frozen=True, slots=True)
class ListRights:
    """RFC 4314 §3.7"""

    mailbox: str
    identifier: str
    """As it was asked for."""
    always: str
    """What it has whatever is granted."""
    possible: Sequence[str] = ()
    """What can be granted, tied together where it is in one string."""

    def encode(self, utf8: bool = False) -> bytes:
        rights = b" ".join(map(_word, (self.always, *self.possible)))
        return b"* LISTRIGHTS %b %b %b\r\n" % (strings.mailbox(self.mailbox, utf8), _word(self.identifier, utf8), rights)


@dataclass(frozen=True, slots=True)
class MyRights:
    """RFC 4314 §3.8"""

    mailbox: str
    rights: str

    def encode(self, utf8: bool = False) -> bytes:
        return b"* MYRIGHTS %b %b\r\n" % (strings.mailbox(self.mailbox, utf8), _word(self.rights))


@dataclass(frozen=True, slots=True)
class Quota:
    """RFC 9208 §4.2.1: resources, how much of each is used, and how much there may be."""

    root: str
    resources: Sequence[tuple[bytes, int, int]]

    def encode(self, utf8: bool = False) -> bytes:
        listed = b" ".join(b"%b %d %d" % resource for resource in self.resources)
        return b"* QUOTA %b (%b)\r\n" % (_word(self.root, utf8), listed)


@dataclass(frozen=True, slots=True)
class QuotaRoot:
    """RFC 9208 §4.2.2"""

    mailbox: str
    roots: Sequence[str]

    def encode(self, utf8: bool = False) -> bytes:
        roots = b"".join(b" " + _word(root, utf8) for root in self.roots)
        return b"* QUOTAROOT %b%b\r\n" % (strings.mailbox(self.mailbox, utf8), roots)


@dataclass(frozen=True, slots=True)
class Metadata:
    """RFC 5464 §4.4.1: entries and their values, None where there is none."""

    mailbox: str
    """Empty: the server."""
    values: Sequence[tuple[str, bytes | None]]

    def encode(self, utf8: bool = False) -> bytes:
        pairs = b" ".join(b"%b %b" % (_word(entry), _value(value)) for entry, value in self.values)
        return b"* METADATA %b (%b)\r\n" % (strings.mailbox(self.mailbox, utf8), pairs)


@dataclass(frozen=True, slots=True)
class MetadataChanged:
    """RFC 5464 §4.4.2: entries that are no longer as they were; whoever wants their values asks."""

    mailbox: str
    entries: Sequence[str]

    def encode(self, utf8: bool = False) -> bytes:
        return b"* METADATA %b %b\r\n" % (strings.mailbox(self.mailbox, utf8), b" ".join(map(_word, self.entries)))


def _word(text: str, utf8: bool = False) -> bytes:
    return strings.astring(text.encode("utf-8", "replace"), utf8)


def _value(value: bytes | None) -> bytes:
    """value = nstring / literal8"""
    return strings.literal8(value) if value is not None and b"\0" in value else strings.nstring(value)
