"""FETCH (RFC 9051 §6.4.5, RFC 3501 §6.4.5, RFC 3516, RFC 7162 §3.1.4, RFC 8474, RFC 8514, RFC 8970, RFC 9394 §3.3)."""

import re
from functools import lru_cache, partial
from typing import NamedTuple

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import commands
from pillarbox.proto.imap.attributes import Attribute, BinarySection, BinarySize, BodySection, FetchItem, Section, SectionText
from pillarbox.proto.imap.encode import strings
from pillarbox.proto.imap.sequence import Partial
from pillarbox.proto.imap.tolerances import Tolerances

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

REMEMBERED_MAX = 256
"""Longer questions are read each time; with 1024 of them remembered, this bounds the memory."""

ITEM = re.compile(rb"[A-Za-z0-9.]+")
# "PREVIEW" [SP "(" preview-mod *(SP preview-mod) ")"] ; ours are always at hand, so that LAZY changes nothing
LAZY = re.compile(rb" \((?i:LAZY)(?: (?i:LAZY)){0,9}\)")
SECTION = re.compile(rb"[A-Za-z0-9.]*")

ATTRIBUTES = {item.value: item for item in Attribute}
FAST = (Attribute.FLAGS, Attribute.INTERNALDATE, Attribute.SIZE)
MACROS: dict[bytes, tuple[FetchItem, ...]] = {
    b"FAST": FAST,
    b"ALL": (*FAST, Attribute.ENVELOPE),
    b"FULL": (*FAST, Attribute.ENVELOPE, Attribute.BODY),
}
OLD_NAMES = {
    b"RFC822": BodySection(Section(), b"RFC822"),
    b"RFC822.HEADER": BodySection(Section(what=SectionText.HEADER), b"RFC822.HEADER", peek=True),
    b"RFC822.TEXT": BodySection(Section(what=SectionText.TEXT), b"RFC822.TEXT"),
}
SECTION_TEXTS = {text.value: text for text in SectionText}
WITH_FIELDS = (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT)


class Wanted(NamedTuple):
    """What a FETCH asks of each message, and of which."""

    items: tuple[FetchItem, ...]
    changed_since: int | None
    vanished: bool
    partial: Partial | None


def fetch(tag: bytes, scan: Scanner, uid: bool) -> commands.Fetch:
    """fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
    [SP fetch-modifiers]"""
    scan.space()
    messages = lexis.sequence_set(scan)
    scan.space()
    rest = scan.rest()
    if rest is not None and len(rest) <= REMEMBERED_MAX:
        items, changed_since, vanished, partial_ = _remembered(rest, scan.limits, scan.tolerances)
        scan.skip_rest()
    else:
        items, changed_since, vanished, partial_ = _wanted(scan)
    if vanished and (changed_since is None or not uid):
        raise SyntaxProblem("VANISHED goes with UID FETCH and CHANGEDSINCE")
    implied = uid and Attribute.UID not in items
    if implied:
        items = (Attribute.UID, *items)
    return commands.Fetch(tag, messages, items, uid, changed_since, vanished, partial_, implied)


@lru_cache(maxsize=1024)
def _remembered(rest: bytes, limits: ImapLimits, tolerances: Tolerances) -> Wanted:
    """The rest of a FETCH, up to the end of the command: clients ask the same of one message after another."""
    scan = Scanner([rest], (), limits, tolerances)
    wanted = _wanted(scan)
    scan.end()
    return wanted


def _wanted(scan: Scanner) -> Wanted:
    items = _items(scan)
    return _modified(scan, items) if scan.has_more() else Wanted(items, None, False, None)


def _items(scan: Scanner) -> tuple[FetchItem, ...]:
    """What to fetch, each once."""
    if scan.sees(b"("):
        items = [_item(scan, scan.match(ITEM, "a fetch item").upper()) for _ in scan.items()]
        if not items:
            raise SyntaxProblem("expected a fetch item")
        return tuple(dict.fromkeys(items))
    name = scan.match(ITEM, "a fetch item").upper()
    return MACROS.get(name) or (_item(scan, name),)


def attributes(scan: Scanner) -> tuple[FetchItem, ...]:
    """fetch-att *(SP fetch-att) ")" ; behind the parenthesis"""
    items = [_item(scan, scan.match(ITEM, "a fetch item").upper())]
    while not scan.accept(b")"):
        scan.space()
        items.append(_item(scan, scan.match(ITEM, "a fetch item").upper()))
    return tuple(dict.fromkeys(items))


def _item(scan: Scanner, name: bytes) -> FetchItem:
    """fetch-att = "ENVELOPE" / "FLAGS" / … / "BODY" section ["<" number "." nz-number ">"] / …"""
    if scan.sees(b"["):
        match name:
            case b"BODY" | b"BODY.PEEK":
                return _body(scan, peek=name != b"BODY")
            case b"BINARY" | b"BINARY.PEEK":
                return _binary(scan, peek=name != b"BINARY")
            case b"BINARY.SIZE":
                part = _binary_part(scan)
                return BinarySize(part, b"BINARY.SIZE[%b]" % _dotted(part))
            case _:
                raise SyntaxProblem("unknown fetch item")
    item = ATTRIBUTES.get(name) or OLD_NAMES.get(name)
    if item is None:
        raise SyntaxProblem("unknown fetch item")
    if item is Attribute.PREVIEW:
        scan.accept_match(LAZY)
    return item


def _body(scan: Scanner, peek: bool) -> BodySection:
    """ "BODY" [".PEEK"] section [partial]"""
    asked = section(scan)
    named = b".".join(each for each in (_dotted(asked.part), asked.what.value) if each)
    listed = b" (%b)" % b" ".join(strings.astring(field) for field in asked.fields) if asked.fields else b""
    partial_, origin = _partial(scan)
    return BodySection(asked, b"BODY[%b%b]%b" % (named, listed, origin), partial_, peek)


def section(scan: Scanner) -> Section:
    """section = "[" [section-spec] "]" """
    scan.expect(b"[")
    part, text = _part_and_text(scan)
    what = SECTION_TEXTS.get(text)
    if what is None or (what is SectionText.MIME and not part):
        raise SyntaxProblem("unknown section")
    fields = _fields(scan) if what in WITH_FIELDS else ()
    scan.expect(b"]")
    return Section(part, what, fields)


def _part_and_text(scan: Scanner) -> tuple[tuple[int, ...], bytes]:
    """section-spec = section-msgtext / (section-part ["." section-text]) ; section-part = nz-number *("." nz-number)"""
    words = scan.match(SECTION, "a section").upper().split(b".")
    depth = next((at for at, word in enumerate(words) if not word.isdigit()), len(words))
    if depth > scan.limits.nesting:
        raise SyntaxProblem("the section is too deep")
    part = tuple(lexis.bounded(word, lexis.NUMBER_MAX, "a part number") for word in words[:depth])
    if 0 in part or (part and words[depth:] == [b""]):
        raise SyntaxProblem("not a part number")
    return part, b".".join(words[depth:])


def _fields(scan: Scanner) -> tuple[bytes, ...]:
    """header-list = "(" header-fld-name *(SP header-fld-name) ")" """
    if not (scan.tolerances.spaces_in_lists and scan.sees(b"(")):
        scan.space()
    fields: list[bytes] = []
    for _ in scan.items():
        fields.append(lexis.astring(scan, "a field name"))
        if len(fields) > scan.limits.field_names:
            raise SyntaxProblem("too many field names")
    if not fields or b"" in fields:
        raise SyntaxProblem("expected a field name")
    return tuple(fields)


def _binary(scan: Scanner, peek: bool) -> BinarySection:
    """ "BINARY" [".PEEK"] section-binary [partial]"""
    part = _binary_part(scan)
    partial_, origin = _partial(scan)
    return BinarySection(part, b"BINARY[%b]%b" % (_dotted(part), origin), partial_, peek)


def _binary_part(scan: Scanner) -> tuple[int, ...]:
    """section-binary = "[" [section-part] "]" """
    scan.expect(b"[")
    part, text = _part_and_text(scan)
    if text:
        raise SyntaxProblem("expected a part number")
    scan.expect(b"]")
    return part


def _partial(scan: Scanner) -> tuple[tuple[int, int] | None, bytes]:
    """partial = "<" number64 "." nz-number64 ">" ; and the form of it that an answer has, "<" number64 ">" """
    if not scan.accept(b"<"):
        return None, b""
    origin = lexis.number64(scan, "an offset")
    scan.expect(b".")
    length = lexis.nz_number(scan, "a length", lexis.NUMBER64_MAX)
    scan.expect(b">")
    return (origin, length), b"<%d>" % origin


def _modified(scan: Scanner, items: tuple[FetchItem, ...]) -> Wanted:
    """fetch-modifiers = "(" fetch-modifier *(SP fetch-modifier) ")"
    ; "CHANGEDSINCE" SP mod-sequence-value, "VANISHED", "PARTIAL" SP partial-range"""
    changed_since, vanished, partial_ = None, False, None
    scan.space()
    for _ in scan.items():
        match lexis.keyword(scan, "a modifier"):
            case b"CHANGEDSINCE":
                scan.space()
                changed_since = lexis.number64(scan, "a mod-sequence")
            case b"VANISHED":
                vanished = True
            case b"PARTIAL":
                scan.space()
                partial_ = lexis.partial_range(scan)
            case _:
                raise SyntaxProblem("unknown modifier of FETCH")
    return Wanted(items, changed_since, vanished, partial_)


def _dotted(part: tuple[int, ...]) -> bytes:
    return b".".join(b"%d" % number for number in part)


COMMANDS = {
    b"FETCH": Production(commands.Fetch, partial(fetch, uid=False)),
    b"UID FETCH": Production(commands.Fetch, partial(fetch, uid=True)),
}
