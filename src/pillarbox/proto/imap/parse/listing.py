"""LIST and LSUB (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590)."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, TypeVar

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import ListReturn, ListSelection, StatusItem

from . import lexis
from .mailboxes import status_items
from .metadata import entries
from .production import Production
from .scanner import Scanner, SyntaxProblem

Option = TypeVar("Option", bound=Enum)

LONGEST = 4
"""Bytes of a pattern for one of the longest name: wildcards come between, and modified UTF-7 is longer than UTF-8."""


class Returns(NamedTuple):
    """What LIST is to tell of each mailbox."""

    options: frozenset[ListReturn] = frozenset()
    status: Sequence[StatusItem] = ()
    metadata: Sequence[str] = ()


def list_(tag: bytes, scan: Scanner) -> commands.List:
    """list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]"""
    scan.space()
    selects = scan.sees(b"(")
    selection = _selection(scan) if selects else frozenset[ListSelection]()
    reference = _reference(scan)
    scan.space()
    several = scan.sees(b"(")
    patterns = _patterns(scan) if several else [_pattern(scan)]
    returning = scan.has_more()
    returns = _returns(scan) if returning else Returns()
    extended = selects or several or returning
    return commands.List(tag, reference, tuple(patterns), selection, *returns, extended)


def lsub(tag: bytes, scan: Scanner) -> commands.Lsub:
    """lsub = "LSUB" SP mailbox SP list-mailbox"""
    scan.space()
    reference = _reference(scan)
    scan.space()
    return commands.Lsub(tag, reference, _pattern(scan))


def _selection(scan: Scanner) -> frozenset[ListSelection]:
    """list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")" ; RECURSIVEMATCH needs another to act on"""
    selection = frozenset(_option(scan, ListSelection) for _ in scan.items())
    if ListSelection.RECURSIVEMATCH in selection and not selection - {ListSelection.RECURSIVEMATCH, ListSelection.REMOTE}:
        raise SyntaxProblem("RECURSIVEMATCH needs another selection option")
    scan.space()
    return selection


def _returns(scan: Scanner) -> Returns:
    """list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")" ; return-option =/ "STATUS" SP status-items
    (RFC 5819 §4), and "METADATA" SP entries (RFC 9590 §4)"""
    scan.space()
    if lexis.keyword(scan, "RETURN") != b"RETURN":
        raise SyntaxProblem("expected RETURN")
    scan.space()
    options: list[ListReturn] = []
    status: Sequence[StatusItem] = ()
    metadata: Sequence[str] = ()
    for _ in scan.items():
        name = lexis.keyword(scan, "a return option")
        if name == b"STATUS":
            scan.space()
            status = status_items(scan)
        elif name == b"METADATA":
            scan.space()
            metadata = entries(scan)
        else:
            options.append(_named(name, ListReturn))
    return Returns(frozenset(options), status, metadata)


def _option(scan: Scanner, kind: type[Option]) -> Option:
    return _named(lexis.keyword(scan, "an option"), kind)


def _named(name: bytes, kind: type[Option]) -> Option:
    try:
        return kind(name)
    except ValueError:
        raise SyntaxProblem("unknown option of LIST") from None


def _reference(scan: Scanner) -> str:
    """The reference is a mailbox, but INBOX is no reference to itself, so its case is left alone."""
    found = lexis.string(scan)
    return _name(scan, scan.match(lexis.LIST_CHARS, "a reference") if found is None else found)


def _patterns(scan: Scanner) -> list[str]:
    """patterns = "(" list-mailbox *(SP list-mailbox) ")" ; each is held against every mailbox, so there is a limit"""
    patterns: list[str] = []
    for _ in scan.items():
        if len(patterns) == scan.limits.patterns:
            raise SyntaxProblem("too many patterns")
        patterns.append(_pattern(scan))
    if not patterns:
        raise SyntaxProblem("expected a mailbox pattern")
    return patterns


def _pattern(scan: Scanner) -> str:
    """list-mailbox = 1*list-char / string"""
    found = lexis.string(scan)
    return _name(scan, scan.match(lexis.LIST_CHARS, "a mailbox pattern") if found is None else found)


def _name(scan: Scanner, raw: bytes) -> str:
    """No longer than what may match a mailbox: longer ones would take their time, and find nothing."""
    if len(raw) > LONGEST * scan.limits.mailbox_name:
        raise SyntaxProblem("the pattern is too long")
    return lexis.mailbox_name(scan, raw)


COMMANDS = {
    b"LIST": Production(commands.List, list_),
    b"LSUB": Production(commands.Lsub, lsub),
}
