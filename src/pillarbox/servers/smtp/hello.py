"""The greeting, and what can be had behind it: EHLO, LHLO, HELO (RFC 5321 §3.2)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pillarbox.proto.smtp import commands, extensions, replies
from pillarbox.proto.smtp.replies import Reply

from ..login import offered
from .session import Session, handles


def greeting(session: Session) -> Reply:
    return replies.greeting(session.office.hostname, lmtp=session.role.lmtp)


def capabilities(session: Session) -> Sequence[str]:
    """AUTH for people only, and never where a password could be overheard; REQUIRETLS only where there is TLS (RFC 8689 §2)."""
    mechanisms = offered(session.stream, session.office.settings) if session.may_log_in else ()
    return extensions.keywords(
        session.limits,
        starttls=session.can_start_tls,
        mechanisms=mechanisms,
        require_tls=session.stream.tls is not None,
        future_release=_future_release(session) if session.role.submission else None,
    )


def _future_release(session: Session) -> tuple[int, datetime]:
    """How long a message may be held, in seconds and as a time (RFC 4865 §3)."""
    return session.limits.hold, session.office.clock.now().astimezone(UTC) + timedelta(seconds=session.limits.hold)


@handles(commands.Ehlo)
@handles(commands.Lhlo)
async def ehlo(session: Session, command: commands.Ehlo | commands.Lhlo) -> Reply:
    session.forget()
    return replies.hello(session.office.hostname, capabilities(session))


@handles(commands.Helo)
async def helo(session: Session, command: commands.Helo) -> Reply:
    session.forget()
    return replies.hello(session.office.hostname, ())
