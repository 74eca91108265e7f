"""Strings, names, dates and lists as IMAP writes them (RFC 9051 §4)."""

import re
from collections.abc import Iterable
from datetime import datetime

from pillarbox.proto.imap import utf7

QUOTED_MAX = 1024
"""Longer strings go as literals: quoted ones are read into fixed buffers by more than one client."""

# QUOTED-CHAR without what must be escaped, in ASCII, and with any UTF-8 (a str's encoding is always whole)
_PLAIN = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]*")
_PLAIN_UTF8 = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f\x80-\xff]*")
# astring = 1*ASTRING-CHAR / string
_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')

MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


def literal(data: bytes) -> bytes:
    """literal = "{" number64 "}" CRLF *CHAR8"""
    return b"{%d}\r\n%b" % (len(data), data)


def literal8(data: bytes) -> bytes:
    """literal8 = "~{" number64 "}" CRLF *OCTET; the only form that may hold NUL."""
    return b"~{%d}\r\n%b" % (len(data), data)


def string(data: bytes, utf8: bool = False) -> bytes:
    """string = quoted / literal: quoted where it can be; with `utf8` the data is UTF-8, and may be quoted too."""
    plain = _PLAIN_UTF8 if utf8 else _PLAIN
    if len(data) > QUOTED_MAX:
        return literal(data)
    if plain.fullmatch(data):
        return b'"%b"' % data
    if plain.fullmatch(data.translate(None, b'"\\')):
        return b'"%b"' % data.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return literal(data)


def nstring(data: bytes | None) -> bytes:
    """nstring = string / nil"""
    return b"NIL" if data is None else string(data)


def astring(data: bytes, utf8: bool = False) -> bytes:
    """astring = 1*ASTRING-CHAR / string; NIL is quoted, so that nobody takes it for nothing."""
    if _ATOM.fullmatch(data) and data.upper() != b"NIL":
        return data
    return string(data, utf8)


def mailbox(name: str, utf8: bool = False) -> bytes:
    """mailbox = "INBOX" / astring: in UTF-8 where that is enabled (RFC 9051 §5.1), else in modified UTF-7 (RFC 3501 §5.1.3)."""
    return astring(name.encode("utf-8", "replace") if utf8 else utf7.encode(name), utf8)


def words(values: Iterable[str]) -> bytes:
    """A parenthesized list of atoms: flags, attributes."""
    return b"(%b)" % " ".join(values).encode("ascii", "replace")


def delimiter(char: str | None) -> bytes:
    """The hierarchy separator: DQUOTE QUOTED-CHAR DQUOTE / nil"""
    return b"NIL" if char is None else string(char.encode("ascii"))


def date_time(at: datetime) -> bytes:
    """date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE; `at` is aware."""
    offset = at.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds()) // 60
    zone = b"%c%02d%02d" % (b"-" if minutes < 0 else b"+", abs(minutes) // 60, abs(minutes) % 60)
    time = b"%02d:%02d:%02d" % (at.hour, at.minute, at.second)
    return b'"%2d-%b-%04d %b %b"' % (at.day, MONTHS[at.month - 1], at.year, time, zone)
