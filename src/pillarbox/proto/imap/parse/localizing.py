"""LANGUAGE and COMPARATOR (RFC 5255)."""

from pillarbox.proto.imap import commands

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem


def language(tag: bytes, scan: Scanner) -> commands.Language:
    """language-cmd = "LANGUAGE" *(SP lang-range-quoted)"""
    return commands.Language(tag, _names(scan))


def comparator(tag: bytes, scan: Scanner) -> commands.Comparator:
    """comparator-cmd = "COMPARATOR" *(SP comp-order-quoted)"""
    return commands.Comparator(tag, _names(scan))


def _names(scan: Scanner) -> tuple[str, ...]:
    """*(SP astring) ; as many as a list of patterns may have"""
    names: list[str] = []
    while scan.has_more():
        scan.space()
        names.append(lexis.utf8(lexis.astring(scan, "a name")))
        if len(names) > scan.limits.patterns:
            raise SyntaxProblem("too many names")
    return tuple(names)


COMMANDS = {
    b"LANGUAGE": Production(commands.Language, language),
    b"COMPARATOR": Production(commands.Comparator, comparator),
}
