"""STORE (RFC 9051 §6.4.6, RFC 7162 §3.1.3)."""

import re
from functools import partial

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import FlagAction

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

# ["+" / "-"] "FLAGS" [".SILENT"]
ITEM = re.compile(rb"[+-]?[A-Za-z.]+")


def store(tag: bytes, scan: Scanner, uid: bool) -> commands.Store:
    """store = "STORE" SP sequence-set [SP store-modifiers] SP store-att-flags"""
    scan.space()
    messages = lexis.sequence_set(scan)
    scan.space()
    unchanged_since = _modifiers(scan) if scan.sees(b"(") else None
    word, _, silent = scan.match(ITEM, "FLAGS").upper().partition(b".")
    try:
        action = FlagAction(word)
    except ValueError:
        raise SyntaxProblem("expected FLAGS") from None
    if silent not in (b"", b"SILENT"):
        raise SyntaxProblem("expected FLAGS.SILENT")
    scan.space()
    return commands.Store(tag, messages, action, _flags(scan), bool(silent), uid, unchanged_since)


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
