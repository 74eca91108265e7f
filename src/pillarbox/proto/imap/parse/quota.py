"""GETQUOTA GETQUOTAROOT SETQUOTA (RFC 9208 §7)."""

from pillarbox.proto.imap import commands

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

MOST_RESOURCES = 16
"""Resources one SETQUOTA may name: four times as many as there are (RFC 9208 §5)."""


def get_quota(tag: bytes, scan: Scanner) -> commands.GetQuota:
    """getquota = "GETQUOTA" SP quota-root-name"""
    return commands.GetQuota(tag, _root(scan))


def get_quota_root(tag: bytes, scan: Scanner) -> commands.GetQuotaRoot:
    """getquotaroot = "GETQUOTAROOT" SP mailbox"""
    scan.space()
    return commands.GetQuotaRoot(tag, lexis.mailbox(scan))


def set_quota(tag: bytes, scan: Scanner) -> commands.SetQuota:
    """setquota = "SETQUOTA" SP quota-root-name SP "(" [setquota-resource *(SP setquota-resource)] ")" """
    root = _root(scan)
    scan.space()
    limits: list[tuple[bytes, int]] = []
    for _ in scan.items():
        if len(limits) == MOST_RESOURCES:
            raise SyntaxProblem("too many resources")
        name = lexis.keyword(scan, "a resource")
        scan.space()
        limits.append((name, lexis.number64(scan, "a limit")))
    return commands.SetQuota(tag, root, tuple(limits))


def _root(scan: Scanner) -> str:
    """SP quota-root-name ; astring, in UTF-8"""
    scan.space()
    return lexis.utf8(lexis.astring(scan, "a quota root"))


COMMANDS = {
    b"GETQUOTA": Production(commands.GetQuota, get_quota),
    b"GETQUOTAROOT": Production(commands.GetQuotaRoot, get_quota_root),
    b"SETQUOTA": Production(commands.SetQuota, set_quota),
}
