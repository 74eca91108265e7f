"""STORE (RFC 9051 §6.4.6, RFC 7162 §3.1.3)."""

import re
from functools import lru_cache, partial

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import FlagAction
from pillarbox.proto.imap.tolerances import Tolerances

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

# ["+" / "-"] "FLAGS" [".SILENT"]
ITEM = re.compile(rb"[+-]?[A-Za-z.]+")
REMEMBERED_MAX = 128
"""Longer changes are read each time; with 256 of them remembered, this bounds the memory."""
Wanted = tuple[FlagAction, tuple[str, ...], bool, bool, int | None]


def store(tag: bytes, scan: Scanner, uid: bool) -> commands.Store:
    """store = "STORE" SP sequence-set [SP store-modifiers] SP store-att-flags"""
    scan.space()
    messages = lexis.sequence_set(scan)
    scan.space()
    rest = scan.rest()
    if rest is None or len(rest) > REMEMBERED_MAX:
        return commands.Store(tag, messages, *_wanted(scan, uid))
    wanted = _remembered(rest, scan.limits, scan.tolerances, uid)
    scan.skip_rest()
    return commands.Store(tag, messages, *wanted)


@lru_cache(maxsize=256)
def _remembered(rest: bytes, limits: ImapLimits, tolerances: Tolerances, uid: bool) -> Wanted:
    """The rest of a STORE, up to the end of the command: clients do the same to one message after another."""
    scan = Scanner([rest], (), limits, tolerances)
    wanted = _wanted(scan, uid)
    scan.end()
    return wanted


def _wanted(scan: Scanner, uid: bool) -> Wanted:
    """What to change."""
    unchanged_since = _modifiers(scan) if scan.sees(b"(") else None
    word, _, silent = scan.match(ITEM, "FLAGS").upper().partition(b".")
    try:
        action = FlagAction(word)
    except ValueError:
        raise SyntaxProblem("expected FLAGS") from None
    if silent not in (b"", b"SILENT"):
        raise SyntaxProblem("expected FLAGS.SILENT")
    scan.space()
    return action, _flags(scan), bool(silent), uid, unchanged_since


def _modifiers(scan: Scanner) -> int | None:
    """store-modifiers = "(" store-modifier *(SP store-modifier) ")" ; "UNCHANGEDSINCE" SP mod-sequence-valzer"""
    unchanged_since = None
    for _ in scan.items():
        if lexis.keyword(scan, "a modifier") != b"UNCHANGEDSINCE":
            raise SyntaxProblem("unknown modifier of STORE")
        scan.space()
        unchanged_since = lexis.number64(scan, "a mod-sequence")
    scan.space()
    return unchanged_since


def _flags(scan: Scanner) -> tuple[str, ...]:
    """flag-list / (flag *(SP flag))"""
    if scan.sees(b"("):
        return lexis.flag_list(scan)
    flags = [lexis.flag(scan)]
    while scan.has_more():
        scan.space()
        flags.append(lexis.flag(scan))
    return lexis.settable(scan, flags)


COMMANDS = {
    b"STORE": Production(commands.Store, partial(store, uid=False)),
    b"UID STORE": Production(commands.Store, partial(store, uid=True)),
}
