"""SETACL DELETEACL GETACL LISTRIGHTS MYRIGHTS (RFC 4314 §4)."""

import re

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import RightsAction

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

# mod-rights = astring ; +rights to add, -rights to remove, rights to replace: letters of rights that there are
MOD_RIGHTS = re.compile(rb"([+-]?)([lrswipkxteacd]*)")


def set_acl(tag: bytes, scan: Scanner) -> commands.SetAcl:
    """setacl = "SETACL" SP mailbox SP identifier SP mod-rights"""
    mailbox, identifier = _mailbox_and_identifier(scan)
    scan.space()
    found = MOD_RIGHTS.fullmatch(lexis.astring(scan, "rights"))
    if found is None:
        raise SyntaxProblem("there is no such right")
    return commands.SetAcl(tag, mailbox, identifier, RightsAction(found[1]), found[2].decode("ascii"))


def delete_acl(tag: bytes, scan: Scanner) -> commands.DeleteAcl:
    """deleteacl = "DELETEACL" SP mailbox SP identifier"""
    return commands.DeleteAcl(tag, *_mailbox_and_identifier(scan))


def list_rights(tag: bytes, scan: Scanner) -> commands.ListRights:
    """listrights = "LISTRIGHTS" SP mailbox SP identifier"""
    return commands.ListRights(tag, *_mailbox_and_identifier(scan))


def get_acl(tag: bytes, scan: Scanner) -> commands.GetAcl:
    """getacl = "GETACL" SP mailbox"""
    scan.space()
    return commands.GetAcl(tag, lexis.mailbox(scan))


def my_rights(tag: bytes, scan: Scanner) -> commands.MyRights:
    """myrights = "MYRIGHTS" SP mailbox"""
    scan.space()
    return commands.MyRights(tag, lexis.mailbox(scan))


def _mailbox_and_identifier(scan: Scanner) -> tuple[str, str]:
    """SP mailbox SP identifier ; identifier = astring, in UTF-8"""
    scan.space()
    mailbox = lexis.mailbox(scan)
    scan.space()
    return mailbox, lexis.utf8(lexis.astring(scan, "an identifier"))


COMMANDS = {
    b"SETACL": Production(commands.SetAcl, set_acl),
    b"DELETEACL": Production(commands.DeleteAcl, delete_acl),
    b"GETACL": Production(commands.GetAcl, get_acl),
    b"LISTRIGHTS": Production(commands.ListRights, list_rights),
    b"MYRIGHTS": Production(commands.MyRights, my_rights),
}
