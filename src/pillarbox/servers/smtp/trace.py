"""The lines we put on top of what we take in: who sent it, and how it came (RFC 5321 §4.4)."""

import re
from ipaddress import IPv4Address, IPv6Address

from pillarbox.message import compose
from pillarbox.proto.smtp.commands import Ehlo, Helo

from .session import Session, Transaction

STRANGE = re.compile(r"[^A-Za-z0-9._:\[\]\-\xa0-\U0010ffff]")
"""What has no place in a domain or an address literal, and could end one within a Received field."""


def return_path(transaction: Transaction) -> bytes:
    """The sender, for the recipient's mailbox (RFC 5321 §4.4)."""
    return compose.field(b"Return-Path", f"<{transaction.mail.reverse_path}>".encode())


def received(session: Session, transaction: Transaction, host: str = "") -> bytes:
    """A recipient is named only where there is no other who would learn of it (RFC 5321 §7.2); `host` is the client's confirmed
    name. Where a person is not to be known by their network (RFC 5321 §7.6), we stand in the client's place."""
    hello, tls = session.connection.session.hello, session.stream.tls
    is_hidden = session.account is not None and session.office.settings.outgoing.hide_client
    only = transaction.rcpts[0][0].forward_path if len(transaction.rcpts) == 1 else None
    return compose.received(
        session.office.clock.now(),
        by=session.office.hostname,
        protocol=protocol(session, transaction),
        id=transaction.name,
        helo=session.office.hostname if is_hidden else STRANGE.sub("?", hello.name) if hello else "",
        address="" if is_hidden else literal(session.stream.peer.address),
        host="" if is_hidden else STRANGE.sub("?", host),
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
