"""STARTTLS, LOGIN and AUTHENTICATE (RFC 9051 §6.2), UNAUTHENTICATE (RFC 8437)."""

import re

from pillarbox.proto.imap import commands

from . import lexis
from .production import Production, bare
from .scanner import Scanner

# auth-type = atom
MECHANISM = re.compile(rb"[A-Za-z0-9_-]{1,20}(?![^ ])")
INITIAL = re.compile(rb"[A-Za-z0-9+/=]+")
# what a password may have in it that is pasted unquoted
WORD = re.compile(rb'[^\x00-\x20\x7f-\xff"\\]+')


def login(tag: bytes, scan: Scanner) -> commands.Login:
    """login = "LOGIN" SP userid SP password"""
    scan.space()
    user = _credential(scan)
    scan.space()
    return commands.Login(tag, user, _credential(scan))


def _credential(scan: Scanner) -> str:
    """userid = astring ; password = astring"""
    raw = lexis.string(scan, any_charset=True)
    if raw is None:
        raw = scan.match(WORD if scan.tolerances.specials_in_login else lexis.ASTRING, "a string")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1") if scan.tolerances.latin1_login else lexis.utf8(raw)


def authenticate(tag: bytes, scan: Scanner) -> commands.Authenticate:
    """authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")] ; up to the first answer"""
    scan.space()
    mechanism = scan.match(MECHANISM, "a mechanism").upper().decode("ascii")
    if not scan.has_more():
        return commands.Authenticate(tag, mechanism)
    scan.space()
    initial = scan.match(INITIAL, "base64")
    return commands.Authenticate(tag, mechanism, b"" if initial == b"=" else lexis.base64(initial))


COMMANDS = {
    b"STARTTLS": Production(commands.StartTls, bare(commands.StartTls)),
    b"LOGIN": Production(commands.Login, login),
    b"UNAUTHENTICATE": Production(commands.Unauthenticate, bare(commands.Unauthenticate)),
    b"AUTHENTICATE": Production(commands.Authenticate, authenticate),
}
