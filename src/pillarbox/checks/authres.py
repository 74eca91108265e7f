"""Authentication-Results: what we found, written for those behind us; what others wrote in our name, removed (RFC 8601).

Whatever a stranger chose (addresses, domains, reasons) is written as one value: as it is where it consists of harmless letters
only, else in quotes and without semicolons, for those who look for them before quotes; of an address whose local part is no
dot-atom only the domain is told. Nothing can end a value, add a result or begin a field. Local parts may be UTF-8, as the
message then is (RFC 8616 §5); domains are A-labels.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ..limits import KiB
from ..message import compose
from ..message.headers import unfold
from ..message.parameters import end_of_comment, unquoted
from .dkim import DkimResult
from .dmarc import DmarcResult
from .names import ascii_domain
from .sender import ReverseResult
from .spf import SpfResult

NAME = b"Authentication-Results"
LONGEST_VALUE = 400
"""Bytes of one value: two and a name still fit in a line (RFC 5322 §2.1.1)."""
LONGEST_ID = 1024
"""Bytes of an authserv-id that is compared with ours."""
LONGEST_FIELD = 16 * KiB
"""Of others: a longer one is not read, and not left in a message."""
OUTCOMES = 100
"""Read of one field; what follows is left out."""
CLAIMS = 256
"""Words before the first semicolon that a reader might make an authserv-id of."""
COMMENTS = 200
"""In one field; who hides behind more is not left in a message."""
FIELDS = 100
"""Looked at of one header; further ones are not left in a message."""

# value = token / quoted-string (RFC 2045 §5.1); pvalue = [ [ local-part ] "@" ] domain-name
TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+\Z")
MAILBOX = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\xff-]*@[A-Za-z0-9._-]+\Z")
HARMFUL = re.compile(rb"[\x00-\x1f\x7f;]")
TO_ESCAPE = re.compile(rb'(["\\])')
KEYWORD = re.compile(r"[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*\Z")


class Outcome(NamedTuple):
    """What one method found (resinfo)."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()
    """"smtp.mailfrom" and its value, in their order; those without a value are not written."""
    reason: str = ""


# What our checks found.


def of_spf(found: SpfResult) -> Outcome:
    """RFC 8601 §2.7.2"""
    if found.identity == "helo":
        return Outcome("spf", found.result, (("smtp.helo", found.domain),), found.problem)
    local, _, _ = found.sender.rpartition("@")
    return Outcome("spf", found.result, (("smtp.mailfrom", f"{local}@{found.domain}"),), found.problem)


def of_dkim(found: Sequence[DkimResult]) -> list[Outcome]:
    """RFC 8601 §2.7.1, RFC 6008: one a signature; "none" where there is none."""
    return [_of_signature(signature) for signature in found] or [Outcome("dkim", "none")]


def _of_signature(found: DkimResult) -> Outcome:
    properties = (
        ("header.d", found.domain),
        ("header.i", found.identity),
        ("header.s", found.selector),
        ("header.a", found.algorithm),
        ("header.b", found.tag),
    )
    return Outcome("dkim", found.verdict, properties, found.reason)


def of_dmarc(found: DmarcResult) -> Outcome:
    """RFC 8601 §2.7, with what RFC 7489 §11.1 adds."""
    properties = (("header.from", found.author), ("policy.dmarc", found.policy if found.record else ""))
    return Outcome("dmarc", found.result, properties, found.problem)


def of_reverse(found: ReverseResult) -> Outcome:
    """RFC 8601 §2.7.3"""
    return Outcome("iprev", found.result, (("policy.iprev", str(found.address)),), found.problem)


# Writing.


def write(authserv_id: str, outcomes: Sequence[Outcome]) -> bytes:
    """The whole field, folded, with CRLF. `authserv_id` is our name."""
    words = [_value(authserv_id.encode()) + b";"]
    for outcome in outcomes:
        words += _outcome(outcome)
    if len(words) == 1:
        words.append(b"none")
    words[-1] = words[-1].removesuffix(b";")
    return compose.field(NAME, *words)


def _outcome(outcome: Outcome) -> Iterator[bytes]:
    words = [_pair(outcome.method, outcome.result)]
    if outcome.reason:
        words.append(b"reason=" + _quoted(_cut(outcome.reason)))
    words += [_pair(name, value) for name, value in outcome.properties if value]
    words[-1] += b";"
    yield from words


def _pair(name: str, value: str) -> bytes:
    return name.encode() + b"=" + _value(_cut(value))


def _cut(value: str) -> bytes:
    """As bytes; of an address that is too long the domain, of others the beginning."""
    octets = value.encode("utf-8", "replace")
    if len(octets) > LONGEST_VALUE and "@" in value:
        octets = value.rpartition("@")[2].encode("utf-8", "replace")
    return octets[:LONGEST_VALUE]


def _value(octets: bytes) -> bytes:
    if TOKEN.match(octets) or MAILBOX.match(octets):
        return octets
    host = octets.rpartition(b"@")[2]
    return host if host != octets and TOKEN.match(host) else _quoted(octets)


def _quoted(octets: bytes) -> bytes:
    return b'"' + TO_ESCAPE.sub(rb"\\\1", HARMFUL.sub(b"?", octets)) + b'"'


# Reading.


class Results(NamedTuple):
    """A field that somebody wrote."""

    authserv_id: str
    version: str
    outcomes: tuple[Outcome, ...]

    def first(self, method: str) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.method == method), None)


class _Piece(NamedTuple):
    text: bytes
    after_space: bool
    is_sign: bool
    """";" or "=", not in quotes."""


# what is neither white space, nor opens quotes or a comment, nor separates
PIECE = re.compile(
    rb"(?P<space>[\x00-\x20\x7f]++)|\"(?P<quoted>(?:[^\"\\]++|\\.)*+)\"?|(?P<sign>[;=])|(?P<word>[^\x00-\x20\x7f\"(;=]++)",
    re.DOTALL,
)

# a word, wherever it stands
CLAIM = re.compile(rb"[^\x00-\x20\x7f\"();,\\/]++")


def parse(value: bytes) -> Results | None:
    """An unfolded value → what it says, without what is not of the form; never raises.

    None where it has no authserv-id, or is too long.
    """
    if len(value) > LONGEST_FIELD:
        return None
    head, *sections = _sections(value)
    words = _words(head)
    if not words:
        return None
    outcomes = tuple(outcome for outcome in map(_read_outcome, sections) if outcome)
    return Results(_text(words[0]), _text(words[1]) if len(words) > 1 else "1", outcomes)


def _pieces(value: bytes) -> Iterator[_Piece]:
    """Words, quoted strings and signs; comments and white space are gaps between them."""
    at, after_space = 0, False
    while at < len(value):
        if value[at : at + 1] == b"(":
            at, after_space = end_of_comment(value, at), True
            continue
        found = PIECE.match(value, at)
        if found is None:  # a quoted string that ends in a backslash
            return
        at = found.end()
        if found["space"] is not None:
            after_space = True
            continue
        quoted = found["quoted"]
        yield _Piece(found[0] if quoted is None else unquoted(quoted), after_space, found["sign"] is not None)
        after_space = False


def _sections(value: bytes) -> list[list[_Piece]]:
    """What stands between semicolons."""
    sections: list[list[_Piece]] = [[]]
    for piece in _pieces(value):
        if piece.is_sign and piece.text == b";":
            if len(sections) > OUTCOMES:
                break
            sections.append([])
        else:
            sections[-1].append(piece)
    return sections


def _words(pieces: Sequence[_Piece]) -> list[bytes]:
    """Pieces without a gap between them, joined."""
    words: list[bytearray] = []
    for piece in pieces:
        if piece.after_space or not words:
            words.append(bytearray())
        words[-1] += piece.text
    return [bytes(word) for word in words]


def _assignments(pieces: Sequence[_Piece]) -> Iterator[tuple[str, str]]:
    """name=value, with gaps around "=" or without; in a value "=" is a letter like others."""
    name, value, is_value = bytearray(), bytearray(), False
    for piece in pieces:
        if is_value and piece.after_space and value:
            yield _text(bytes(name)), _text(bytes(value))
            name, value, is_value = bytearray(), bytearray(), False
        if piece.is_sign and not is_value:
            is_value = True
        elif is_value:
            value += piece.text
        else:
            name += piece.text
    if is_value:
        yield _text(bytes(name)), _text(bytes(value))


def _read_outcome(pieces: Sequence[_Piece]) -> Outcome | None:
    """[CFWS] methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]"""
    pairs = list(_assignments(pieces))
    if not pairs:
        return None
    method, result = pairs[0][0].partition("/")[0].lower(), pairs[0][1].lower()
    if not KEYWORD.match(method) or not KEYWORD.match(result):
        return None
    reason = next((value for name, value in pairs[1:] if name.lower() == "reason"), "")
    properties = tuple((name.lower(), value) for name, value in pairs[1:] if "." in name)
    return Outcome(method, result, properties, reason)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


# Removing.


def without_ours(header: bytes, authserv_id: str) -> bytes:
    """A header without the fields that claim to be by us (RFC 8601 §5); every other byte stays as it is.

    Fields are sought in all lines up to an empty one, also behind lines that are none.
    """
    if NAME.lower() not in header.lower():
        return header
    ours = _canonical(authserv_id.encode())
    kept: list[bytes] = []
    start = seen = 0
    for begin, end in _fields(header):
        name, colon, value = header[begin:end].partition(b":")
        if colon and name.strip().lower() == NAME.lower():
            seen += 1
            if seen > FIELDS or _is_ours(value, ours):
                kept.append(header[start:begin])
                start = end
    return b"".join([*kept, header[start:]])


def _fields(header: bytes) -> Iterator[tuple[int, int]]:
    """Each line with those that continue it, up to an empty line."""
    begin = at = 0
    while at < len(header):
        if header[at : at + 1] == b"\n" or header[at : at + 2] == b"\r\n":
            break
        at = header.find(b"\n", at) + 1 or len(header)
        if header[at : at + 1] not in (b" ", b"\t"):
            yield begin, at
            begin = at


def _is_ours(value: bytes, ours: bytes) -> bool:
    """Whether it is by us, or nobody should have to read it."""
    if len(value) > LONGEST_FIELD or value.count(b"(") > COMMENTS:
        return True
    return any(_canonical(claim) == ours for claim in _claims(unfold(value)))


def _claims(value: bytes) -> Iterator[bytes]:
    """Every authserv-id that a reader, strict or sloppy, could take a field to have.

    The standard's; the same when gaps and comments in it are passed over; and any word before the first semicolon, whatever
    quotes and comments it stands in.
    """
    joined = b""
    for piece in islice(_pieces(value), CLAIMS):
        if (piece.is_sign and piece.text == b";") or len(joined) > LONGEST_ID:
            break
        joined += piece.text
        yield joined
    for word in islice(CLAIM.finditer(value.partition(b";")[0]), CLAIMS):
        yield word[0]


def _canonical(name: bytes) -> bytes:
    """For comparing: case, A-labels and U-labels, a last dot make no difference."""
    plain = name.lower().removesuffix(b".")
    if plain.isascii() or len(plain) > LONGEST_ID:
        return plain
    return ascii_domain(_text(plain)).encode() or plain
