"""The lines we put on top of what we take in: who sent it, and how it came (RFC 5321 §4.4)."""

import re
from ipaddress import IPv4Address, IPv6Address

from pillarbox.message import compose
from pillarbox.proto.smtp.commands import Ehlo, Helo

from .session import Session, Transaction

STRANGE = re.compile(r"[^A-Za-z0-9._:\[\]\-\xa0-\U0010ffff]")
"""What has no place in a domain or an address literal, and could end one within a Received field."""


def fields(session: Session, transaction: Transaction) -> bytes:
    """Return-Path and Received."""
    path = compose.field(b"Return-Path", f"<{transaction.mail.reverse_path}>".encode())
    return path + received(session, transaction)


def received(session: Session, transaction: Transaction) -> bytes:
    """A recipient is named only where there is no other who would learn of it (RFC 5321 §7.2)."""
    hello, tls = session.connection.session.hello, session.stream.tls
    only = transaction.rcpts[0][0].forward_path if len(transaction.rcpts) == 1 else None
    return compose.received(
        session.office.clock.now(),
        by=session.office.hostname,
        protocol=protocol(session, transaction),
        id=transaction.name,
        helo=STRANGE.sub("?", hello.name) if hello else "",
        address=literal(session.stream.peer.address),
        recipient=str(only) if only else "",
        tls=f"{tls.version} {tls.cipher}" if tls else "",
    )


def protocol(session: Session, transaction: Transaction) -> str:
    """The keyword for "with" (RFC 3848, RFC 6531 §4.3)."""
    hello = session.connection.session.hello
    secured = ("S" if session.stream.tls else "") + ("A" if session.account else "")
    if isinstance(hello, Helo):
        return "SMTP"
    if transaction.mail.smtputf8:
        return ("UTF8SMTP" if isinstance(hello, Ehlo) else "UTF8LMTP") + secured
    return ("ESMTP" if isinstance(hello, Ehlo) else "LMTP") + secured


def literal(address: IPv4Address | IPv6Address | None) -> str:
    """An address as it stands between brackets (RFC 5321 §4.1.3); empty for a Unix socket."""
    return f"IPv6:{address}" if isinstance(address, IPv6Address) else str(address or "")
