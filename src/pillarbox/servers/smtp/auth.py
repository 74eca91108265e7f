"""TLS and logging in (RFC 3207, RFC 4954)."""

from collections.abc import Awaitable

import structlog

from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.accounts import Entry
from pillarbox.net.stream import PlaintextBehindTls
from pillarbox.proto import sasl
from pillarbox.proto.smtp import commands, replies
from pillarbox.proto.smtp.replies import Reply

from ..login import Challenge, SaslLogin, offered
from .session import Session, handles

log = structlog.get_logger(__name__)

SERVICE = "submission"


@handles(commands.StartTls)
async def starttls(session: Session, command: commands.StartTls) -> Reply:
    """RFC 3207 §4. What the client sent behind it in the clear may be an attacker's: the connection is dropped."""
    if session.connection.pending or session.unread:
        raise PlaintextBehindTls("plaintext behind STARTTLS")
    return replies.START_TLS


def tls_started(session: Session) -> None:
    """Start afresh: what was said before TLS may not have been the client (RFC 3207 §4.2)."""
    session.connection.tls_started()
    session.forget()
    session.account = session.exchange = None


@handles(commands.Auth)
async def auth(session: Session, command: commands.Auth) -> Reply:
    """RFC 4954 §4"""
    if not session.role.submission:
        return replies.NOT_OFFERED
    if not session.may_log_in:
        return replies.AUTH_NEEDS_TLS
    if command.mechanism not in offered(session.stream, session.office.settings):
        return replies.UNKNOWN_MECHANISM
    session.exchange = SaslLogin.on(session.stream, session.office, SERVICE, command.mechanism)
    return await _outcome(session, session.exchange.begin(command.initial))


async def respond(session: Session, line: bytes) -> Reply:
    """The client's answer to a challenge."""
    if session.exchange is None:
        raise RuntimeError("a line for no exchange")
    return await _outcome(session, session.exchange.respond(line))


async def _outcome(session: Session, step: Awaitable[Challenge | Entry]) -> Reply:
    """Raises what logging in does, AuthenticationFailed and Unavailable."""
    try:
        reached = await step
    except sasl.Cancelled:
        return replies.AUTH_CANCELLED
    except sasl.Undecodable:
        return replies.BAD_BASE64
    except sasl.BadExchange as problem:
        raise AuthenticationFailed(str(problem)) from None
    if isinstance(reached, Challenge):
        return replies.challenge(reached.line)
    session.account, session.exchange = reached.account, None
    session.office.presence.enter(session.stream, reached)
    log.info("logged in", service=SERVICE, account=reached.account.id, origin=str(session.stream.peer))
    return replies.AUTHENTICATED
