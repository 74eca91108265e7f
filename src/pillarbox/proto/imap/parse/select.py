"""SELECT EXAMINE CLOSE UNSELECT CHECK EXPUNGE (RFC 9051 §6.3.2, §6.4, RFC 7162 §3.2.5)."""

from functools import partial

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import Command, Resync

from . import lexis
from .production import Production, bare
from .scanner import Scanner, SyntaxProblem


def select(tag: bytes, scan: Scanner, command: type[commands.Select] | type[commands.Examine]) -> Command:
    """select = ("SELECT" / "EXAMINE") SP mailbox [SP "(" select-param *(SP select-param) ")"]"""
    scan.space()
    mailbox = lexis.mailbox(scan)
    condstore, resync = False, None
    if scan.has_more():
        scan.space()
        for _ in scan.items():
            match lexis.keyword(scan, "a parameter"):
                case b"CONDSTORE":
                    condstore = True
                case b"QRESYNC":
                    scan.space()
                    resync = _resync(scan)
                case _:
                    raise SyntaxProblem("unknown parameter")
    return command(tag, mailbox, condstore, resync)


def _resync(scan: Scanner) -> Resync:
    """ "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")" (RFC 7162 §7)"""
    scan.expect(b"(")
    validity = lexis.nz_number(scan, "a UIDVALIDITY")
    scan.space()
    mod_seq = lexis.nz_number(scan, "a mod-sequence", lexis.NUMBER64_MAX)
    uids = seqs = matched = None
    if scan.accept(b" ") and not scan.sees(b"("):
        uids = lexis.known_set(scan)
        scan.accept(b" ")
    if scan.accept(b"("):
        seqs = lexis.known_set(scan)
        scan.space()
        matched = lexis.known_set(scan)
        scan.expect(b")")
    scan.expect(b")")
    return Resync(validity, mod_seq, uids, seqs, matched)


def uid_expunge(tag: bytes, scan: Scanner) -> commands.Expunge:
    """uid-expunge = "UID" SP "EXPUNGE" SP sequence-set"""
    scan.space()
    return commands.Expunge(tag, lexis.sequence_set(scan), uid=True)


COMMANDS = {
    b"SELECT": Production(commands.Select, partial(select, command=commands.Select)),
    b"EXAMINE": Production(commands.Examine, partial(select, command=commands.Examine)),
    b"CLOSE": Production(commands.Close, bare(commands.Close)),
    b"UNSELECT": Production(commands.Unselect, bare(commands.Unselect)),
    b"CHECK": Production(commands.Check, bare(commands.Check)),
    b"EXPUNGE": Production(commands.Expunge, bare(commands.Expunge)),
    b"UID EXPUNGE": Production(commands.Expunge, uid_expunge),
}
