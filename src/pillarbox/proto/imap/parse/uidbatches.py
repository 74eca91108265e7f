"""UIDBATCHES (RFC 10022)."""

from pillarbox.proto.imap import commands

from . import lexis
from .production import Production
from .scanner import Scanner


def uid_batches(tag: bytes, scan: Scanner) -> commands.UidBatches:
    """uidbatches = "UIDBATCHES" SP nz-number [SP nz-number ":" nz-number] ; a range that runs backwards is read, too"""
    scan.space()
    size = lexis.nz_number(scan, "a size")
    if not scan.has_more():
        return commands.UidBatches(tag, size)
    scan.space()
    first = lexis.nz_number(scan, "a batch")
    scan.expect(b":")
    return commands.UidBatches(tag, size, first, lexis.nz_number(scan, "a batch"))


COMMANDS = {b"UIDBATCHES": Production(commands.UidBatches, uid_batches)}
