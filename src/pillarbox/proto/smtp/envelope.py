"""Commands as a client writes them: paths that are safe to send, and only the parameters a server offers (RFC 5321 §4.1.1)."""

import re
from collections.abc import Sequence

from . import grammar
from .commands import NULL_PATH, Body, Mail, OriginalRecipient, Rcpt
from .extensions import Extensions
from .grammar import Scanner, SyntaxProblem
from .replies import BAD_FORWARD_PATH

# Dot-string "@" Domain of ASCII, as nearly every mailbox is; what does not fit is looked at part by part
PLAIN_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]++(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]++)*+"
    r"@[A-Za-z0-9][A-Za-z0-9_\-]{0,62}+(?<!-)(?:\.[A-Za-z0-9_][A-Za-z0-9_\-]{0,62}+(?<!-))*+"
)
# what a local part spelled without quotes may consist of, to be quoted by us: no control, no space, no angle bracket
QUOTABLE = re.compile(r"[!-;=?-~\xa0-\U0010ffff]++")
NEEDS_BACKSLASH = re.compile(r'(["\\])')
# all but xchar (RFC 3461 §4)
NO_XCHAR = re.compile(r"[^!-*,-<>-~]")
# all but QCHAR (RFC 6533 §3), and the same with UTF8-non-ascii let through
NO_QCHAR = re.compile(r"[^!-*,-<>-\[\]-~]")
NO_UNITEXT = re.compile(r"[^!-*,-<>-\[\]-~\xa0-\U0010ffff]")


def path(address: str) -> str:
    """The path of an address, in angle brackets; of "" the null path. Raises ValueError for what is no address.

    A local part is quoted where it must be (RFC 5321 §4.1.2). One that was spelled with quotes stays as it is; without them it
    may have no space or angle bracket: that is rather an attempt at something.
    """
    if len(address) <= grammar.DOMAIN_LENGTH and PLAIN_MAILBOX.fullmatch(address):
        return f"<{address}>"
    if not address or address.lower() == "postmaster":
        return f"<{address}>"
    local, at, where = address.rpartition("@")
    if not at:
        raise ValueError("not an address")
    return f"<{local_part(local)}@{domain(where)}>"


def local_part(local: str) -> str:
    """Local-part = Dot-string / Quoted-string. Raises ValueError."""
    if grammar.DOT_STRING.fullmatch(local) and "" not in local.split("."):
        return local
    if grammar.QUOTED_STRING.fullmatch(local):
        return local
    if not QUOTABLE.fullmatch(local):
        raise ValueError("not an address")
    return '"{}"'.format(NEEDS_BACKSLASH.sub(r"\\\1", local))


def domain(where: str) -> str:
    """Domain / address-literal. Raises ValueError."""
    scan = Scanner(where, BAD_FORWARD_PATH)
    try:
        found = grammar.address_literal(scan) if scan.sees("[") else grammar.domain(scan)
    except SyntaxProblem:
        raise ValueError("not an address") from None
    if found != where:
        raise ValueError("not an address")
    return found


def host_name(name: str) -> str:
    """What may be said at EHLO: a domain in A-labels, or an address literal. Raises ValueError."""
    if not name.isascii():
        raise ValueError("a name in A-labels is needed")
    return domain(name)


def unmet(mail: Mail, rcpts: Sequence[Rcpt], size: int, offered: Extensions) -> tuple[str, ...]:
    """The extensions that the message needs and a server does not offer; "SIZE" where it is bigger than the server takes."""
    most = size_limit(offered)
    needs = {
        "SIZE": most is not None and size > most,
        "SMTPUTF8": needs_utf8(mail, rcpts) and "SMTPUTF8" not in offered,
        "8BITMIME": mail.body is Body.EIGHT_BIT and "8BITMIME" not in offered,
        "BINARYMIME": mail.body is Body.BINARY and not takes_binary(offered),
        "REQUIRETLS": mail.require_tls and "REQUIRETLS" not in offered,
    }
    return tuple(name for name, is_unmet in needs.items() if is_unmet)


def needs_utf8(mail: Mail, rcpts: Sequence[Rcpt]) -> bool:
    """The message says so, or an address is beyond ASCII (RFC 6531 §3.4)."""
    return mail.smtputf8 or not is_ascii(mail, rcpts)


def is_ascii(mail: Mail, rcpts: Sequence[Rcpt]) -> bool:
    """Whether all its addresses are."""
    return mail.reverse_path.is_ascii and all(rcpt.forward_path.is_ascii for rcpt in rcpts)


def takes_chunks(offered: Extensions) -> bool:
    """RFC 3030 §2; we send chunks only in a pipeline."""
    return {"CHUNKING", "PIPELINING"} <= offered.keys()


def takes_binary(offered: Extensions) -> bool:
    """RFC 3030 §3: BINARYMIME is nothing without CHUNKING."""
    return "BINARYMIME" in offered and takes_chunks(offered)


def must_be_met(mail: Mail, rcpts: Sequence[Rcpt], offered: Extensions) -> None:
    """Raises RuntimeError for a message that would be torn, misdirected or overheard, were it sent all the same."""
    if mail.body is Body.BINARY and not takes_binary(offered):
        raise RuntimeError("BINARYMIME is not offered")
    if mail.require_tls and "REQUIRETLS" not in offered:
        raise RuntimeError("REQUIRETLS is not offered")
    if "SMTPUTF8" not in offered and not is_ascii(mail, rcpts):
        raise RuntimeError("SMTPUTF8 is not offered")


def size_limit(offered: Extensions) -> int | None:
    """The biggest message a server takes (RFC 1870 §4), or None where it does not say: 0 is no limit."""
    return number(offered["SIZE"][0]) or None if offered.get("SIZE") else None


def recipient_limit(offered: Extensions) -> int | None:
    """How many recipients a transaction may have by RCPTMAX of LIMITS (RFC 9422 §5), or None where it does not say."""
    for parameter in offered.get("LIMITS", ()):
        name, _, value = parameter.partition("=")
        if name.upper() == "RCPTMAX":
            return number(value) or None
    return None


def number(digits: str) -> int | None:
    return int(digits) if re.fullmatch(r"[0-9]{1,20}", digits) else None


def mail_line(mail: Mail, size: int, offered: Extensions, *, utf8: bool) -> bytes:
    """MAIL, its CRLF included; `utf8`: with SMTPUTF8. Raises ValueError for what is no address."""
    words = [f"MAIL FROM:{path(mail.reverse_path.original)}"]
    if "SIZE" in offered:
        words.append(f"SIZE={size}")
    if mail.body is Body.BINARY or (mail.body is Body.EIGHT_BIT and "8BITMIME" in offered):
        words.append(f"BODY={mail.body.value}")
    if utf8:
        words.append("SMTPUTF8")
    if mail.require_tls:
        words.append("REQUIRETLS")
    if "DSN" in offered:
        if mail.ret:
            words.append(f"RET={mail.ret.value}")
        if mail.envid:
            words.append(f"ENVID={xtext(mail.envid)}")
    return line(words)


def rcpt_line(rcpt: Rcpt, offered: Extensions, *, utf8: bool) -> bytes:
    """RCPT, its CRLF included; `utf8`: the transaction has SMTPUTF8. Raises ValueError for what is no address."""
    if rcpt.forward_path == NULL_PATH:
        raise ValueError("not an address")
    words = [f"RCPT TO:{path(rcpt.forward_path.original)}"]
    if "DSN" in offered:
        if rcpt.notify:
            words.append("NOTIFY=" + ",".join(sorted(kind.value for kind in rcpt.notify)))
        if rcpt.orcpt:
            words.append(f"ORCPT={rcpt.orcpt.kind};{original_recipient(rcpt.orcpt, utf8=utf8)}")
    return line(words)


def line(words: Sequence[str]) -> bytes:
    """One line, whatever the words are made of: none of them can begin another."""
    text = " ".join(words)
    if "\r" in text or "\n" in text or "\0" in text:
        raise ValueError("not one line")
    return text.encode("utf-8") + b"\r\n"


def xtext(text: str) -> str:
    """xtext = *( xchar / hexchar ) (RFC 3461 §4), of the text's UTF-8"""
    return NO_XCHAR.sub(lambda char: "".join(f"+{octet:02X}" for octet in char[0].encode("utf-8")), text)


def original_recipient(recipient: OriginalRecipient, *, utf8: bool) -> str:
    """The address of ORCPT: xtext, or for the type utf-8 its own two forms (RFC 6533 §3)."""
    if recipient.kind != "utf-8":
        return xtext(recipient.address)
    outside = NO_UNITEXT if utf8 else NO_QCHAR
    return outside.sub(lambda char: f"\\x{{{ord(char[0]):02X}}}", recipient.address)
