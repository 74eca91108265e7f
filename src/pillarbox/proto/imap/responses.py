"""What a server can say (RFC 9051 §7), each knowing its own bytes.

`encode(utf8)` is told whether UTF-8 has been enabled on the connection: mailbox names then go as UTF-8, else in modified UTF-7.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from .codes import Code
from .commands import StatusItem
from .encode import strings
from .sequence import Partial

STRETCH = 10_000
"""So many numbers are written at a time: nobody else has a turn meanwhile, in whatever thread."""


class Response(Protocol):
    """Anything a ServerConnection can send."""

    def encode(self, utf8: bool = False) -> bytes: ...


class Status(bytes, Enum):
    OK = b"OK"
    NO = b"NO"
    BAD = b"BAD"


def resp_text(text: str, code: Code | None, utf8: bool = False) -> bytes:
    """resp-text = ["[" resp-text-code "]" SP] text: one line, never empty, and no code by chance. ASCII, unless `utf8`."""
    if not (text.isprintable() and (utf8 or text.isascii())):
        text = "".join(char if " " <= char <= "~" else "?" for char in text)
    if code is not None:
        return b"[%b] %b" % (code.text, text.encode("utf-8") or b"-")
    return (text.encode("utf-8") or b"-") if text[:1] != "[" else b"(%b" % text[1:].encode("utf-8")


@dataclass(frozen=True, slots=True)
class Tagged:
    """The last word on a command (RFC 9051 §7.1)."""

    tag: bytes
    status: Status
    text: str
    code: Code | None = None
    utf8: bool = False
    """Whether the text may be more than ASCII: it is in the client's language (RFC 5255 §3.5)."""

    def encode(self, utf8: bool = False) -> bytes:
        return b"%b %b %b\r\n" % (self.tag, self.status, resp_text(self.text, self.code, self.utf8))


@dataclass(frozen=True, slots=True)
class Untagged:
    """A status that ends nothing: a greeting, a warning, a code that comes with SELECT (RFC 9051 §7.1)."""

    status: Status
    text: str
    code: Code | None = None
    utf8: bool = False

    def encode(self, utf8: bool = False) -> bytes:
        return b"* %b %b\r\n" % (self.status, resp_text(self.text, self.code, self.utf8))


@dataclass(frozen=True, slots=True)
class PreAuth:
    """A greeting to one who is known already (RFC 9051 §7.1.4)."""

    text: str
    code: Code | None = None
    utf8: bool = False

    def encode(self, utf8: bool = False) -> bytes:
        return b"* PREAUTH %b\r\n" % resp_text(self.text, self.code, self.utf8)


@dataclass(frozen=True, slots=True)
class Bye:
    """RFC 9051 §7.1.5"""

    text: str
    code: Code | None = None
    utf8: bool = False

    def encode(self, utf8: bool = False) -> bytes:
        return b"* BYE %b\r\n" % resp_text(self.text, self.code, self.utf8)


@dataclass(frozen=True, slots=True)
class Continue:
    """RFC 9051 §7.6. For AUTHENTICATE the text is base64, or empty for no challenge."""

    text: bytes = b"go ahead"

    def encode(self, utf8: bool = False) -> bytes:
        return b"+ %b\r\n" % self.text


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes made elsewhere, whole responses only: what is sent in bulk is joined from `encode` and sent at once."""

    data: bytes = field(repr=False)

    def encode(self, utf8: bool = False) -> bytes:
        return self.data


@dataclass(frozen=True, slots=True)
class Capability:
    """RFC 9051 §7.2.2"""

    names: Sequence[str]

    def encode(self, utf8: bool = False) -> bytes:
        return b"* CAPABILITY %b\r\n" % " ".join(self.names).encode("ascii")


@dataclass(frozen=True, slots=True)
class Enabled:
    """RFC 9051 §7.2.1; names may be empty."""

    names: Sequence[str]

    def encode(self, utf8: bool = False) -> bytes:
        return b"* ENABLED%b\r\n" % "".join(f" {name}" for name in self.names).encode("ascii")


@dataclass(frozen=True, slots=True)
class Id:
    """RFC 2971 §3.2; None is NIL."""

    fields: Sequence[tuple[str, str | None]] | None

    def encode(self, utf8: bool = False) -> bytes:
        if not self.fields:
            return b"* ID NIL\r\n"
        pairs = (b"%b %b" % (_text(name), b"NIL" if value is None else _text(value)) for name, value in self.fields)
        return b"* ID (%b)\r\n" % b" ".join(pairs)


def _text(value: str) -> bytes:
    return strings.string(value.encode("utf-8", "replace"))


NamespaceList = Sequence[tuple[str, str | None]]
"""Prefixes, each with its hierarchy separator."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """RFC 9051 §7.3.2"""

    personal: NamespaceList = ()
    others: NamespaceList = ()
    shared: NamespaceList = ()

    def encode(self, utf8: bool = False) -> bytes:
        return b"* NAMESPACE %b\r\n" % b" ".join(_namespaces(each, utf8) for each in (self.personal, self.others, self.shared))


def _namespaces(namespaces: NamespaceList, utf8: bool) -> bytes:
    """namespace = nil / "(" 1*namespace-descr ")"; a prefix is a string, never an atom."""
    if not namespaces:
        return b"NIL"
    return b"(%b)" % b"".join(
        b"(%b %b)" % (_quoted_name(prefix, utf8), strings.delimiter(separator)) for prefix, separator in namespaces
    )


def _quoted_name(name: str, utf8: bool) -> bytes:
    encoded = strings.mailbox(name, utf8)
    return encoded if encoded[:1] in b'"{' else b'"%b"' % encoded


@dataclass(frozen=True, slots=True)
class List:
    """RFC 9051 §7.3.1"""

    attributes: Sequence[str]
    delimiter: str | None
    mailbox: str
    child_info: Sequence[str] = ()
    """Selection options a child met and this one did not: `SUBSCRIBED` (RFC 9051 §6.3.9.6)."""
    old_name: str | None = None
    """What it was called before the RENAME it tells of (RFC 9051 §6.3.9.7)."""

    def encode(self, utf8: bool = False) -> bytes:
        extended: list[bytes] = []
        if self.child_info:
            extended.append(b'"CHILDINFO" (%b)' % b" ".join(b'"%b"' % name.encode("ascii") for name in self.child_info))
        if self.old_name is not None:
            extended.append(b'"OLDNAME" (%b)' % strings.mailbox(self.old_name, utf8))
        tail = b" (%b)" % b" ".join(extended) if extended else b""
        return b"* LIST %b%b\r\n" % (_listed(self.attributes, self.delimiter, self.mailbox, utf8), tail)


@dataclass(frozen=True, slots=True)
class Lsub:
    """RFC 3501 §7.2.3"""

    attributes: Sequence[str]
    delimiter: str | None
    mailbox: str

    def encode(self, utf8: bool = False) -> bytes:
        return b"* LSUB %b\r\n" % _listed(self.attributes, self.delimiter, self.mailbox, utf8)


def _listed(attributes: Sequence[str], delimiter: str | None, mailbox: str, utf8: bool) -> bytes:
    """mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox"""
    name = strings.mailbox(mailbox, utf8) if mailbox else b'""'
    return b"%b %b %b" % (strings.words(attributes), strings.delimiter(delimiter), name)


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """RFC 9051 §7.3.4. MAILBOXID takes a str; a value of None is NIL (APPENDLIMIT without a limit)."""

    mailbox: str
    values: Sequence[tuple[StatusItem, int | str | None]]

    def encode(self, utf8: bool = False) -> bytes:
        values = b" ".join(b"%b %b" % (item.value, _status_value(value)) for item, value in self.values)
        return b"* STATUS %b (%b)\r\n" % (strings.mailbox(self.mailbox, utf8), values)


def _status_value(value: int | str | None) -> bytes:
    if value is None:
        return b"NIL"
    return b"%d" % value if isinstance(value, int) else b"(%b)" % value.encode("ascii")


@dataclass(frozen=True, slots=True)
class Search:
    """RFC 3501 §7.2.5, with the highest mod-sequence found when MODSEQ was asked (RFC 7162 §3.1.5)."""

    numbers: Iterable[int]
    mod_seq: int | None = None

    def encode(self, utf8: bool = False) -> bytes:
        numbers = tuple(self.numbers)
        stretches = (numbers[at : at + STRETCH] for at in range(0, len(numbers), STRETCH))
        found = b"".join([b" %d" * len(each) % each for each in stretches])  # three times as fast as one format each
        return b"* SEARCH%b%b\r\n" % (found, b"" if self.mod_seq is None or not found else b" (MODSEQ %d)" % self.mod_seq)


Update = tuple[int, bytes]
"""A place in a list of results, from 1, or 0 for wherever they belong, and the numbers put there or taken away."""


@dataclass(frozen=True, slots=True)
class ESearch:
    """RFC 9051 §7.3.5. None and, for `all_`, nothing found, are left out."""

    tag: bytes
    uid: bool = False
    minimum: int | None = None
    maximum: int | None = None
    count: int | None = None
    all_: bytes | None = None
    """From `sequence.compact`, or `sequence.listed` of what was sorted."""
    mod_seq: int | None = None
    partial: tuple[Partial, bytes] | None = None
    """The range asked for and what is in it, b"" for nothing (RFC 9394 §3.1)."""
    relevancy: Sequence[int] | None = None
    """Of each message told of, in the same order (RFC 6203 §4)."""
    removed: Sequence[Update] = ()
    """RFC 5267 §4.3.4; both in the order in which they are done, what is removed before what is added."""
    added: Sequence[Update] = ()
    """RFC 5267 §4.3.3."""
    mailbox: tuple[str, int] | None = None
    """Its name and UIDVALIDITY, where several were searched (RFC 7377 §2.1)."""

    def encode(self, utf8: bool = False) -> bytes:
        parts = [b"* ESEARCH (%b)" % self._correlators(utf8)]
        if self.uid:
            parts.append(b"UID")
        for name, number in ((b"MIN", self.minimum), (b"MAX", self.maximum), (b"COUNT", self.count)):
            if number is not None:
                parts.append(b"%b %d" % (name, number))
        if self.all_:
            parts.append(b"ALL %b" % self.all_)
        if self.mod_seq is not None:
            parts.append(b"MODSEQ %d" % self.mod_seq)
        if self.partial is not None:
            parts.append(b"PARTIAL (%b %b)" % (self.partial[0].encode(), self.partial[1] or b"NIL"))
        if self.relevancy is not None:
            parts.append(b"RELEVANCY (%b)" % b" ".join(b"%d" % score for score in self.relevancy))
        for name, updates in ((b"REMOVEFROM", self.removed), (b"ADDTO", self.added)):
            if updates:
                parts.append(b"%b (%b)" % (name, b" ".join(b"%d %b" % update for update in updates)))
        return b" ".join(parts) + b"\r\n"

    def _correlators(self, utf8: bool) -> bytes:
        """search-correlator = SP "(" one-correlator *(SP one-correlator) ")" (RFC 7377 §4)"""
        tag = b"TAG %b" % strings.string(self.tag)
        if self.mailbox is None:
            return tag
        name, uid_validity = self.mailbox
        return b"%b MAILBOX %b UIDVALIDITY %d" % (tag, strings.mailbox(name, utf8), uid_validity)


@dataclass(frozen=True, slots=True)
class Comparator:
    """The active one, and all that were meant where there are several (RFC 5255 §4.8)."""

    active: str
    matching: Sequence[str] = ()

    def encode(self, utf8: bool = False) -> bytes:
        others = b" ".join(strings.astring(name.encode("ascii")) for name in self.matching)
        tail = b" (%b)" % others if len(self.matching) > 1 else b""
        return b"* COMPARATOR %b%b\r\n" % (strings.astring(self.active.encode("ascii")), tail)


@dataclass(frozen=True, slots=True)
class Language:
    """The one that is spoken now, or all there are (RFC 5255 §3.3)."""

    tags: Sequence[str]

    def encode(self, utf8: bool = False) -> bytes:
        return b"* LANGUAGE (%b)\r\n" % " ".join(self.tags).encode("ascii")


@dataclass(frozen=True, slots=True)
class JmapAccess:
    """Where JMAP's session object is, in ASCII (RFC 9698 §3)."""

    url: str

    def encode(self, utf8: bool = False) -> bytes:
        return b"* JMAPACCESS %b\r\n" % strings.string(self.url.encode("ascii"))


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that can be in this mailbox (RFC 9051 §7.3.6)."""

    flags: Sequence[str]

    def encode(self, utf8: bool = False) -> bytes:
        return b"* FLAGS %b\r\n" % strings.words(self.flags)


@dataclass(frozen=True, slots=True)
class Exists:
    """RFC 9051 §7.4.1"""

    count: int

    def encode(self, utf8: bool = False) -> bytes:
        return b"* %d EXISTS\r\n" % self.count


@dataclass(frozen=True, slots=True)
class Recent:
    """RFC 3501 §7.3.2"""

    count: int

    def encode(self, utf8: bool = False) -> bytes:
        return b"* %d RECENT\r\n" % self.count


@dataclass(frozen=True, slots=True)
class Expunge:
    """RFC 9051 §7.5.1"""

    seq: int

    def encode(self, utf8: bool = False) -> bytes:
        return b"* %d EXPUNGE\r\n" % self.seq


@dataclass(frozen=True, slots=True)
class Vanished:
    """RFC 7162 §3.2.10; `uids` from `sequence.compact`. `earlier`: gone before now, so no sequence number changes."""

    uids: bytes
    earlier: bool = False

    def encode(self, utf8: bool = False) -> bytes:
        return b"* VANISHED %b%b\r\n" % (b"(EARLIER) " if self.earlier else b"", self.uids)


@dataclass(frozen=True, slots=True)
class UidBatches:
    """RFC 10022 §3.1; ranges of UIDs, the higher first, and the highest range first."""

    tag: bytes
    ranges: Sequence[tuple[int, int]]

    def encode(self, utf8: bool = False) -> bytes:
        ranges = b",".join([b"%d:%d" % each for each in self.ranges])
        return b"* UIDBATCHES (TAG %b)%b\r\n" % (strings.string(self.tag), b" " + ranges if ranges else b"")
