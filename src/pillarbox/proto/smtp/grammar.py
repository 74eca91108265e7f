"""Paths (RFC 5321 §4.1.2, widened to UTF-8 by RFC 6531 §3.3) and xtext (RFC 3461 §4). One function a production.

Every pattern is possessive (`++`, `*+`): nothing is matched twice, so time is linear in the line.
"""

import ipaddress
import re
from dataclasses import dataclass, field

from ...limits import SmtpLimits
from .commands import NULL_PATH, Path
from .extensions import Extensions
from .replies import Reply
from .tolerances import Tolerances

# atext = ALPHA / DIGIT / "!" / "#" / … / "~" / UTF8-non-ascii ; and the dots of Dot-string = Atom *("." Atom)
DOT_STRING = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\xa0-\U0010ffff]++")
# QcontentSMTP = qtextSMTP / quoted-pairSMTP
# qtextSMTP = %d32-33 / %d35-91 / %d93-126 / UTF8-non-ascii ; quoted-pairSMTP = %d92 %d32-126
QUOTED_STRING = re.compile(r'"((?:[ !#-\[\]-~\xa0-\U0010ffff]++|\\[ -~])*+)"')
QUOTED_PAIR = re.compile(r"\\(.)")
# Domain = sub-domain *("." sub-domain) ; sub-domain = Let-dig [Ldh-str] / U-label ; the underscore is for real host names
DOMAIN = re.compile(r"[A-Za-z0-9\-_.\xa0-\U0010ffff]++")
# address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
LITERAL = re.compile(r"\[([!-Z^-~]++)\]")
# General-address-literal = Standardized-tag ":" 1*dcontent
GENERAL_LITERAL = re.compile(r"[A-Za-z0-9\-]*+(?<=[A-Za-z0-9]):.++")
# esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-]*+")
# esmtp-value = 1*(%d33-60 / %d62-126 / UTF8-non-ascii)
VALUE = re.compile(r"[!-<>-~\xa0-\U0010ffff]++")
# xtext = *( xchar / hexchar ) ; hexchar = "+" 2(%x30-39 / %x41-46) ; and UTF-8, as utf-8-addr-unitext has it (RFC 6533 §3)
XTEXT = re.compile(r"(?:[!-*,-<>-~\xa0-\U0010ffff]++|\+[0-9A-F]{2})*+")
HEXCHARS = re.compile(r"(?:\+[0-9A-F]{2})+")
# EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}" (RFC 6533 §3)
EMBEDDED = re.compile(r"((?:\+[0-9A-F]{2})+)|\\x\{([0-9A-Fa-f]{2,6})\}")

LABEL_LENGTH = 63
"""Octets of a domain's label (RFC 1035 §2.3.4)."""
DOMAIN_LENGTH = 255
"""Octets of a domain (RFC 5321 §4.5.3.1.2)."""


class SyntaxProblem(Exception):
    """The line does not fit the grammar; `reply` says so to the client."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


@dataclass(slots=True)
class Dialect:
    """What this connection's lines may contain just now."""

    limits: SmtpLimits
    tolerances: Tolerances
    lmtp: bool = False
    extensions: Extensions = field(default_factory=dict)
    """What was announced in the last answer to EHLO or LHLO."""
    utf8: bool = False
    """Whether the MAIL in hand asked for SMTPUTF8."""


class Scanner:
    """A line's arguments, and how far they have been read; `problem` is the reply to whatever does not fit."""

    __slots__ = ("at", "problem", "text")

    def __init__(self, text: str, problem: Reply) -> None:
        self.text = text
        self.at = 0
        self.problem = problem

    def accept(self, what: str) -> bool:
        if self.text.startswith(what, self.at):
            self.at += len(what)
            return True
        return False

    def expect(self, what: str) -> None:
        if not self.accept(what):
            raise SyntaxProblem(self.problem)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise SyntaxProblem(self.problem)
        self.at = found.end()
        return found

    def sees(self, what: str) -> bool:
        return self.text.startswith(what, self.at)


def reverse_path(scan: Scanner, dialect: Dialect) -> Path:
    """Reverse-path = Path / "<>" """
    return NULL_PATH if scan.accept("<>") else path(scan, dialect)


def forward_path(scan: Scanner, dialect: Dialect) -> Path:
    """Forward-path = Path / "<Postmaster>" ; in any case of letters (§4.1.1.3)"""
    name = scan.text[scan.at : scan.at + len("<Postmaster>")]
    if name.lower() == "<postmaster>":
        scan.at += len(name)
        return Path(name[1:-1], "", name[1:-1])
    return path(scan, dialect)


def path(scan: Scanner, dialect: Dialect) -> Path:
    """Path = "<" [ A-d-l ":" ] Mailbox ">" """
    start = scan.at
    if scan.accept("<"):
        source_route(scan)
        found = mailbox(scan, dialect)
        scan.expect(">")
    elif dialect.tolerances.bare_paths:
        found = mailbox(scan, dialect)
    else:
        raise SyntaxProblem(scan.problem)
    if octets(scan.text[start : scan.at]) > dialect.limits.path:
        raise SyntaxProblem(scan.problem)
    return found


def source_route(scan: Scanner) -> None:
    """A-d-l = At-domain *( "," At-domain ) ; At-domain = "@" Domain ; read and ignored (appendix C)"""
    if not scan.sees("@"):
        return
    while True:
        scan.expect("@")
        domain(scan)
        if not scan.accept(","):
            break
    scan.expect(":")


def mailbox(scan: Scanner, dialect: Dialect) -> Path:
    """Mailbox = Local-part "@" ( Domain / address-literal )"""
    start = scan.at
    local = local_part(scan, dialect)
    scan.expect("@")
    where = address_literal(scan) if scan.sees("[") else domain(scan)
    return Path(local, where, scan.text[start : scan.at])


def local_part(scan: Scanner, dialect: Dialect) -> str:
    """Local-part = Dot-string / Quoted-string"""
    if scan.sees('"'):
        local = QUOTED_PAIR.sub(r"\1", scan.match(QUOTED_STRING)[1])
    else:
        local = scan.match(DOT_STRING)[0]
        if not dialect.tolerances.loose_dots and "" in local.split("."):
            raise SyntaxProblem(scan.problem)
    if octets(local) > dialect.limits.local_part:
        raise SyntaxProblem(scan.problem)
    return local


def domain(scan: Scanner) -> str:
    """Domain = sub-domain *("." sub-domain)"""
    name = scan.match(DOMAIN)[0]
    if octets(name) > DOMAIN_LENGTH or not all(map(is_label, name.split("."))):
        raise SyntaxProblem(scan.problem)
    return name


def is_label(label: str) -> bool:
    """sub-domain = Let-dig [Ldh-str] / U-label"""
    return 0 < octets(label) <= LABEL_LENGTH and label[0] != "-" and label[-1] != "-"


def address_literal(scan: Scanner) -> str:
    """address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]" """
    found = scan.match(LITERAL)
    inner = found[1]
    try:
        if inner[:5].lower() == "ipv6:":
            if ipaddress.IPv6Address(inner[5:]).scope_id is not None:
                raise SyntaxProblem(scan.problem)
        elif not GENERAL_LITERAL.fullmatch(inner):
            ipaddress.IPv4Address(inner)
    except ValueError:
        raise SyntaxProblem(scan.problem) from None
    return found[0]


def xtext(raw: str) -> str | None:
    """What `raw` encodes, or None if it is not xtext or does not encode text: xtext = *( xchar / hexchar )"""
    if not XTEXT.fullmatch(raw):
        return None
    try:
        return HEXCHARS.sub(lambda run: bytes.fromhex(run[0].replace("+", "")).decode("utf-8"), raw)
    except UnicodeDecodeError:
        return None


def utf8_address(raw: str) -> str | None:
    """What an address of the type utf-8 stands for (RFC 6533 §3): utf-8-addr-xtext, utf-8-addr-unitext, and plain xtext.

    None where it is none of these.
    """
    if not XTEXT.fullmatch(raw):
        return None
    try:
        return EMBEDDED.sub(embedded, raw)
    except ValueError:  # no character has that number, or no character those octets
        return None


def embedded(found: re.Match[str]) -> str:
    """The characters of hexchars, or of an EmbeddedUnicodeChar. Raises ValueError."""
    if found[1]:
        return bytes.fromhex(found[1].replace("+", "")).decode("utf-8")
    char = chr(int(found[2], 16))
    char.encode("utf-8")  # half a surrogate pair is no character
    return char


def octets(text: str) -> int:
    """How long it is on the wire."""
    return len(text) if text.isascii() else len(text.encode("utf-8"))
