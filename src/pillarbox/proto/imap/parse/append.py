"""APPEND and REPLACE, up to each literal of a message.

RFC 9051 §6.3.12, RFC 3502 §6.3.11, RFC 3516 §4.4, RFC 6855 §4, RFC 4469 §5, RFC 8508 §5.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import NamedTuple

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.sequence import SavedResult, SequenceSet

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem


class Piece(NamedTuple):
    """A message, or a part of one that is put together, as it stands in the command: a literal, up to its braces, or a URL."""

    flags: tuple[str, ...] = ()
    received_at: datetime | None = None
    binary: bool = False
    utf8: bool = False
    part: int | None = None
    """Of a message that is put together, from 0; None: the message is one literal."""
    url: str | None = None


class ArgumentAhead(Exception):
    """The literal that now follows is a URL, or the mailbox's name."""


def target(name: bytes, scan: Scanner) -> tuple[SequenceSet | None, str]:
    """append = "APPEND" SP mailbox 1*append-message ; replace = "REPLACE" SP seq-number SP mailbox append-message
    ; what is replaced, and the mailbox"""
    replaces = None
    scan.space()
    if name != b"APPEND":
        replaces = _one(scan)
        scan.space()
    if scan.is_at_end():
        raise ArgumentAhead
    return replaces, lexis.mailbox(scan)


def _one(scan: Scanner) -> SequenceSet:
    """seq-number = nz-number / "*" """
    found = lexis.sequence_set(scan)
    if isinstance(found, SavedResult) or len(found.ranges) > 1 or found.ranges[0][0] != found.ranges[0][1]:
        raise SyntaxProblem("one message is replaced at a time")
    return found


def pieces(scan: Scanner, last: Piece | None, literal: bool) -> Iterator[Piece]:
    """1*append-message, from behind `last`. With `literal` the line ends where one begins, else with the command.

    Raises ArgumentAhead where that literal is no piece.
    """
    if last is not None and last.utf8:
        scan.expect(b")")
    while True:
        if last is not None and last.part is not None and not scan.accept(b")"):
            scan.space()
            last = _part(scan, last, last.part + 1, literal)
        elif last is not None and not literal and not scan.has_more():
            scan.end()
            return
        else:
            last = _message(scan, literal)
        yield last
        if last.url is None:
            return


def _message(scan: Scanner, literal: bool) -> Piece:
    """append-message = [SP flag-list] [SP date-time] SP append-data"""
    flags: tuple[str, ...] = ()
    received_at = None
    scan.space()
    if scan.sees(b"("):
        flags = lexis.flag_list(scan)
        scan.space()
    if scan.sees(b'"'):
        received_at = lexis.date_time(scan)
        scan.space()
    head = Piece(flags, received_at)
    if scan.accept_word(b"CATENATE"):
        scan.expect(b"(")
        return _part(scan, head, 0, literal)
    binary, utf8 = _data(scan)
    return _literal(scan, head._replace(binary=binary, utf8=utf8), literal)


def _part(scan: Scanner, head: Piece, part: int, literal: bool) -> Piece:
    """cat-part = "TEXT" SP literal / "UTF8" SP "(" literal8 ")" / "URL" SP astring"""
    head = head._replace(binary=False, utf8=False, part=part, url=None)
    if scan.accept_word(b"URL"):
        if literal and scan.is_at_end():
            raise ArgumentAhead
        return head._replace(url=lexis.utf8(lexis.astring(scan, "a URL")))
    if scan.accept_word(b"TEXT"):
        return _literal(scan, head, literal)
    binary, utf8 = _data(scan)
    if not utf8:
        raise SyntaxProblem("expected TEXT or URL")
    return _literal(scan, head._replace(binary=binary, utf8=utf8), literal)


def _data(scan: Scanner) -> tuple[bool, bool]:
    """append-data = literal / literal8 / "UTF8" SP "(" literal8 ")" ; whether it is a literal8, and whether UTF8"""
    if scan.is_at_end():
        return False, False
    if scan.accept(b"~"):
        return True, False
    if lexis.keyword(scan, "a literal") != b"UTF8":
        raise SyntaxProblem("expected a literal")
    if not scan.utf8:
        raise SyntaxProblem("UTF8=ACCEPT has not been enabled")
    scan.space()
    scan.expect(b"(~")
    return True, True


def _literal(scan: Scanner, piece: Piece, literal: bool) -> Piece:
    if not literal or not scan.is_at_end():
        raise SyntaxProblem("expected a literal")
    return piece


def whole(tag: bytes, scan: Scanner, name: bytes) -> commands.Append | commands.Replace:
    """A command in which no message is a literal: what it consists of is read again, piece by piece."""
    try:
        replaces, mailbox = target(name, scan)
    except ArgumentAhead:
        raise SyntaxProblem("expected a mailbox name") from None
    made = sum(piece.part == 0 for piece in pieces(scan, None, False))
    if replaces is None:
        return commands.Append(tag, mailbox, made)
    if made > 1:
        raise SyntaxProblem("one message takes the place of another")
    return commands.Replace(tag, mailbox, replaces, name == b"UID REPLACE")


COMMANDS = {
    b"APPEND": Production(commands.Append, partial(whole, name=b"APPEND")),
    b"REPLACE": Production(commands.Replace, partial(whole, name=b"REPLACE")),
    b"UID REPLACE": Production(commands.Replace, partial(whole, name=b"UID REPLACE")),
}
