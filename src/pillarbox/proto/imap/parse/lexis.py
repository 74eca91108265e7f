"""The words commands are made of (RFC 9051 §9), a function a production."""

import binascii
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from pillarbox.proto.imap import sequence, utf7
from pillarbox.proto.imap.sequence import SAVED, Messages, Partial, SequenceSet

from .scanner import Scanner, SyntaxProblem

# atom-specials = "(" / ")" / "{" / SP / CTL / list-wildcards / quoted-specials / resp-specials
ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
# astring = 1*ASTRING-CHAR / string ; ASTRING-CHAR = ATOM-CHAR / resp-specials
ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
ASTRING_UTF8 = re.compile(rb'[^\x00-\x20\x7f(){%*"\\]+')
# list-char = ATOM-CHAR / list-wildcards / resp-specials
LIST_CHARS = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')
# quoted = DQUOTE *QUOTED-CHAR DQUOTE ; CR, LF and NUL are never in one
QUOTED = re.compile(rb'"[^\x00\r\n"\\]*+(?:\\["\\][^\x00\r\n"\\]*+)*+"')
ESCAPED = re.compile(rb"\\(.)")
# tag = 1*<any ASTRING-CHAR except "+">
TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
DIGITS = re.compile(rb"[0-9]+")
# partial-range = nz-number ":" nz-number / "-" nz-number ":" "-" nz-number
PARTIAL = re.compile(rb"(-?)([0-9]+):(-?)([0-9]+)")
SET = re.compile(rb"[0-9*:,]+|\$")
DATE = re.compile(rb'([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})|"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})"')
DATE_TIME = re.compile(
    rb'"([ 0-9]?[0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"'
)
MONTHS = {name: number for number, name in enumerate(b"JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(b" "), start=1)}
SYSTEM_FLAGS = {flag.upper(): flag for flag in ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft", "\\Recent")}

NUMBER_MAX = (1 << 32) - 1
NUMBER64_MAX = (1 << 63) - 1

# literal = "{" number64 ["+"] "}" CRLF *CHAR8 ; its header, at the end of a line
LITERAL_HEADER = re.compile(rb"\{([0-9]+)(\+?)\}\Z")
LITERAL_HEADER_MAX = 64
"""Of a line thrown away, so much of the end is looked at for a literal's header."""
# such an end with no beginning in sight: a size nobody can mean
ENDLESS_HEADER = re.compile(rb"[0-9]{%d}\+\}\Z" % (LITERAL_HEADER_MAX - 2))


class LiteralHeader(NamedTuple):
    start: int
    """Where in the line the header begins."""
    size: int
    """Above NUMBER64_MAX when the client wrote more digits than a size has."""
    synchronizing: bool


def literal_header(line: bytes) -> LiteralHeader | None:
    """The header of the literal that follows this line, if one does (RFC 9051 §4.3, RFC 7888)."""
    if not line.endswith(b"}"):
        return None
    found = LITERAL_HEADER.search(line, max(0, line.rfind(b"{")))
    if found is None:
        return LiteralHeader(0, NUMBER64_MAX + 1, False) if ENDLESS_HEADER.fullmatch(line) else None
    digits = found[1].lstrip(b"0")
    size = int(digits or b"0") if len(digits) <= 19 else NUMBER64_MAX + 1
    return LiteralHeader(found.start(), size, not found[2])


def atom(scan: Scanner, what: str) -> bytes:
    """atom = 1*ATOM-CHAR"""
    return scan.match(ATOM, what)


def keyword(scan: Scanner, what: str) -> bytes:
    """An atom that names something, in capitals."""
    return scan.match(ATOM, what).upper()


def string(scan: Scanner, any_charset: bool = False) -> bytes | None:
    """string = quoted / literal; None if neither is here. A quoted one may be UTF-8 once that is enabled."""
    literal = scan.literal()
    if literal is not None:
        return literal
    if not scan.sees(b'"'):
        return None
    quoted = scan.match(QUOTED, "a quoted string")[1:-1]
    if not quoted.isascii() and not any_charset:
        if not (scan.utf8 or scan.tolerances.raw_utf8):
            raise SyntaxProblem("UTF-8 has not been enabled")
        utf8(quoted)
    return ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted


def astring(scan: Scanner, what: str = "a string") -> bytes:
    """astring = 1*ASTRING-CHAR / string"""
    found = string(scan)
    return found if found is not None else scan.match(ASTRING, what)


def nstring(scan: Scanner) -> bytes | None:
    """nstring = string / nil"""
    found = string(scan)
    if found is None and scan.match(ATOM, "a string or NIL").upper() != b"NIL":
        raise SyntaxProblem("expected a string or NIL")
    return found


def utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SyntaxProblem("not UTF-8") from None


def bounded(digits: bytes, most: int, what: str) -> int:
    """Digits as a number no greater than `most`; never converts what is longer than that could be."""
    digits = digits.lstrip(b"0") or b"0"
    if len(digits) > 19 or (number := int(digits)) > most:
        raise SyntaxProblem(f"{what} is too large")
    return number


def number(scan: Scanner, what: str = "a number", most: int = NUMBER_MAX) -> int:
    """number = 1*DIGIT ; 32 bits, or as many as `most` has"""
    return bounded(scan.match(DIGITS, what), most, what)


def nz_number(scan: Scanner, what: str = "a number", most: int = NUMBER_MAX) -> int:
    """nz-number = digit-nz *DIGIT"""
    found = number(scan, what, most)
    if not found:
        raise SyntaxProblem(f"{what} cannot be 0")
    return found


def number64(scan: Scanner, what: str = "a number") -> int:
    """number64 and mod-sequence-valzer: 63 bits (RFC 9051 §9, RFC 7162 §7)"""
    return number(scan, what, NUMBER64_MAX)


def sequence_set(scan: Scanner) -> Messages:
    """sequence-set = (seq-number / seq-range) ["," sequence-set] / "$" """
    text = scan.match(SET, "a message set")
    return SAVED if text == b"$" else _set(text)


def partial_range(scan: Scanner) -> Partial:
    """partial-range = partial-range-first / partial-range-last (RFC 9394 §4)"""
    found = PARTIAL.fullmatch(scan.match(PARTIAL, "a range of results"))
    assert found is not None
    if found[1] != found[3]:
        raise SyntaxProblem("a range of results begins and ends on one side")
    first, last = (bounded(found[group], NUMBER_MAX, "a place") for group in (2, 4))
    if not first or not last:
        raise SyntaxProblem("places begin at 1")
    return Partial(-first, -last) if found[1] else Partial(first, last)


def known_set(scan: Scanner) -> SequenceSet:
    """known-uids and known-sequence-set: a set without "*" or "$" (RFC 7162 §7)"""
    found = _set(scan.match(SET, "a message set"))
    if found.has_star():
        raise SyntaxProblem("* is not a known number")
    return found


def _set(text: bytes) -> SequenceSet:
    found = sequence.parse(text)
    if found is None:
        raise SyntaxProblem("not a message set")
    return found


def mailbox(scan: Scanner) -> str:
    """mailbox = "INBOX" / astring"""
    found = string(scan)
    if found is None:
        raw_utf8 = scan.utf8 or scan.tolerances.raw_utf8
        found = scan.match(ASTRING_UTF8 if raw_utf8 else ASTRING, "a mailbox name")
    return canonical_inbox(mailbox_name(scan, found))


def mailbox_name(scan: Scanner, raw: bytes) -> str:
    """A name, or a pattern for names, from the form this connection speaks: UTF-8 once enabled, modified UTF-7 before."""
    if scan.utf8:
        return utf8(raw)
    name = utf7.decode(raw)
    if name is not None:
        return name
    if scan.tolerances.malformed_utf7 if raw.isascii() else scan.tolerances.raw_utf8:
        return utf8(raw)
    raise SyntaxProblem("not modified UTF-7")


def canonical_inbox(name: str) -> str:
    """INBOX in any case is INBOX, also as the parent of what is below it (RFC 9051 §5.1)."""
    if name[:5].upper() == "INBOX" and name[5:6] in ("", "/"):
        return "INBOX" + name[5:]
    return name


def flag(scan: Scanner) -> str:
    """flag = "\\Answered" / "\\Flagged" / "\\Deleted" / "\\Seen" / "\\Draft" / flag-keyword ; \\Recent the caller judges"""
    if not scan.accept(b"\\"):
        name = scan.match(ATOM, "a flag").decode("ascii")
        if len(name) > scan.limits.keyword:
            raise SyntaxProblem("the keyword is too long")
        return name
    found = SYSTEM_FLAGS.get("\\" + scan.match(ATOM, "a flag").decode("ascii").upper())
    if found is None:
        raise SyntaxProblem("no such system flag")
    return found


def flag_list(scan: Scanner) -> tuple[str, ...]:
    """flag-list = "(" [flag *(SP flag)] ")" """
    return settable(scan, [flag(scan) for _ in scan.items()])


def settable(scan: Scanner, flags: list[str]) -> tuple[str, ...]:
    """Flags a client may set, each once; \\Recent is none of them (RFC 3501 §2.3.2)."""
    if "\\Recent" in flags:
        if not scan.tolerances.recent_flag:
            raise SyntaxProblem("\\Recent cannot be set")
        flags = [each for each in flags if each != "\\Recent"]
    return tuple(dict.fromkeys(flags))


def day(scan: Scanner) -> date:
    """date = date-text / DQUOTE date-text DQUOTE"""
    found = DATE.fullmatch(scan.match(DATE, "a date"))
    assert found is not None
    month = MONTHS.get((found[2] or found[5]).upper(), 0)
    try:
        return date(int(found[3] or found[6]), month, int(found[1] or found[4]))
    except ValueError:
        raise SyntaxProblem("there is no such day") from None


def date_time(scan: Scanner) -> datetime:
    """date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE"""
    found = DATE_TIME.fullmatch(scan.match(DATE_TIME, "a date and time"))
    assert found is not None
    if len(found[1]) == 1 and not scan.tolerances.unpadded_day:
        raise SyntaxProblem("expected a day of two characters")
    hour, minute, second = (int(found[group]) for group in (4, 5, 6))
    offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
    try:
        zone = timezone(-offset if found[7] == b"-" else offset)
        month = MONTHS.get(found[2].upper(), 0)
        at = datetime(int(found[3]), month, int(found[1]), hour, minute, min(second, 59), tzinfo=zone)
        at.astimezone(UTC)  # the first and last day of the calendar may not be there in UTC
    except (ValueError, OverflowError):
        raise SyntaxProblem("there is no such time") from None
    return at


def base64(raw: bytes) -> bytes:
    """base64 = *(4base64-char) [base64-terminal]"""
    try:
        return binascii.a2b_base64(raw, strict_mode=True)
    except binascii.Error:
        raise SyntaxProblem("not base64") from None
