"""GETMETADATA SETMETADATA (RFC 5464 §5)."""

import re
from collections.abc import Iterator, Sequence

from pillarbox.proto.imap import commands

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

# entry = astring ; slash-separated path, without "*" and "%", and no part of it empty (RFC 5464 §3.1)
ENTRY = re.compile(rb"/(?:private|shared)(?:/[!-$&-)+-.0-~ ]++)*+", re.IGNORECASE)
DEPTHS: dict[bytes, int | None] = {b"0": 0, b"1": 1, b"INFINITY": None}


def get_metadata(tag: bytes, scan: Scanner) -> commands.GetMetadata:
    """getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries ; the options may also stand behind the
    mailbox, as in the examples of RFC 5464 §4.2.1"""
    scan.space()
    options = list(_words(scan)) if scan.sees(b"(") else []
    if options:
        scan.space()
    mailbox = lexis.mailbox(scan)
    scan.space()
    words = list(_words(scan))
    if not options and scan.has_more():
        options = words
        scan.space()
        words = list(_words(scan))
    return commands.GetMetadata(tag, mailbox, _entries(words), *_options(options))


def set_metadata(tag: bytes, scan: Scanner) -> commands.SetMetadata:
    """setmetadata = "SETMETADATA" SP mailbox SP "(" entry-value *(SP entry-value) ")" """
    scan.space()
    mailbox = lexis.mailbox(scan)
    scan.space()
    values: dict[str, bytes | None] = {}
    for _ in scan.items():
        (entry,) = _entries([lexis.astring(scan, "an entry")])
        scan.space()
        values[entry] = _value(scan)
        if len(values) > scan.limits.annotations:
            raise SyntaxProblem("too many entries")
    if not values:
        raise SyntaxProblem("expected an entry")
    return commands.SetMetadata(tag, mailbox, tuple(values.items()))


def entries(scan: Scanner) -> Sequence[str]:
    """entries = entry / "(" entry *(SP entry) ")" """
    return _entries(list(_words(scan)))


def _value(scan: Scanner) -> bytes | None:
    """value = nstring / literal8"""
    if not scan.accept(b"~"):
        return lexis.nstring(scan)
    found = scan.literal(binary=True)
    if found is None:
        raise SyntaxProblem("expected a literal")
    return found


def _words(scan: Scanner) -> Iterator[bytes]:
    """astring / "(" astring *(SP astring) ")" """
    if not scan.sees(b"("):
        yield lexis.astring(scan, "an entry")
        return
    for number, _ in enumerate(scan.items()):
        if number == scan.limits.annotations:
            raise SyntaxProblem("too many entries")
        yield lexis.astring(scan, "an entry")


def _entries(words: Sequence[bytes]) -> Sequence[str]:
    if not words or not all(map(ENTRY.fullmatch, words)):
        raise SyntaxProblem("that is no entry's name")
    return tuple(dict.fromkeys(word.decode("ascii") for word in words))


def _options(words: Sequence[bytes]) -> tuple[int | None, int | None]:
    """getmetadata-option = "MAXSIZE" SP number / "DEPTH" SP ("0" / "1" / "infinity") ; the two, as GetMetadata has them"""
    max_size: int | None = None
    depth: int | None = 0
    for place in range(0, len(words), 2):
        name, value = words[place].upper(), b"".join(words[place + 1 : place + 2])
        if name == b"MAXSIZE" and lexis.DIGITS.fullmatch(value):
            max_size = lexis.bounded(value, lexis.NUMBER_MAX, "a size")
        elif name == b"DEPTH" and value.upper() in DEPTHS:
            depth = DEPTHS[value.upper()]
        else:
            raise SyntaxProblem("unknown option of GETMETADATA")
    return max_size, depth


COMMANDS = {
    b"GETMETADATA": Production(commands.GetMetadata, get_metadata),
    b"SETMETADATA": Production(commands.SetMetadata, set_metadata),
}
