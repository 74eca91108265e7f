"""APPEND, up to each of its messages (RFC 9051 §6.3.12, RFC 3502 §6.3.11, RFC 3516 §4.4, RFC 6855 §4)."""

from datetime import datetime
from typing import NamedTuple

from pillarbox.proto.imap import commands

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem


class MessagePrefix(NamedTuple):
    """What is said of a message before its literal."""

    flags: tuple[str, ...]
    received_at: datetime | None
    binary: bool
    utf8: bool


def mailbox(scan: Scanner) -> str | None:
    """append = "APPEND" SP mailbox 1*append-message ; the name, or None if the literal that now follows is the name"""
    scan.space()
    return None if scan.is_at_end() else lexis.mailbox(scan)


def message(scan: Scanner) -> MessagePrefix:
    """append-message = [SP flag-list] [SP date-time] SP append-data ; up to the literal's own braces"""
    flags: tuple[str, ...] = ()
    received_at = None
    scan.space()
    if scan.sees(b"("):
        flags = lexis.flag_list(scan)
        scan.space()
    if scan.sees(b'"'):
        received_at = lexis.date_time(scan)
        scan.space()
    binary, utf8 = _data(scan)
    if not scan.is_at_end():
        raise SyntaxProblem("expected a literal")
    return MessagePrefix(flags, received_at, binary, utf8)


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


def without_message(tag: bytes, scan: Scanner) -> commands.Append:
    """An APPEND that ended before any message."""
    raise SyntaxProblem("expected a message")


COMMANDS = {b"APPEND": Production(commands.Append, without_message)}
