"""STARTTLS AUTHENTICATE LOGIN (RFC 9051 §6.2)."""

from ...mail.accounts import Entry
from ...proto import sasl
from ...proto.imap import codes, commands
from ...proto.imap.responses import Continue
from ..login import Challenge, SaslLogin, origin_of
from .capabilities import capabilities, refresh
from .errors import Misused, Refused
from .session import SERVICE, Ok, Session, handles


@handles(commands.StartTls)
async def start_tls(session: Session, command: commands.StartTls) -> Ok:
    """RFC 9051 §6.2.1; TLS itself begins when the answer has gone out."""
    if session.stream.tls is not None or not session.door.can_start_tls:
        raise Misused("TLS is on already, or not to be had here")
    return Ok("begin TLS now")


@handles(commands.Login)
async def login(session: Session, command: commands.Login) -> Ok:
    """RFC 9051 §6.2.3"""
    _check_private(session)
    origin = origin_of(session.stream, SERVICE)
    entry = await session.office.accounts.log_in(command.user, command.password, origin)
    return _entered(session, entry, "LOGIN completed")


@handles(commands.Authenticate)
async def authenticate(session: Session, command: commands.Authenticate) -> Ok:
    """RFC 9051 §6.2.2, RFC 4959"""
    _check_private(session)
    exchange = SaslLogin.on(session.stream, session.office, SERVICE, command.mechanism)
    initial = None if command.initial is None else sasl.encode_challenge(command.initial) or b"="
    try:
        step = await exchange.begin(initial)
        while isinstance(step, Challenge):
            session.say(Continue(step.line))
            step = await exchange.respond(await session.dialogue.line() or b"")
    except sasl.Cancelled:
        raise Misused("AUTHENTICATE cancelled") from None
    except sasl.Undecodable as problem:
        raise Misused(str(problem)) from None
    except sasl.BadExchange as problem:
        raise Refused(str(problem), codes.CANNOT) from None
    return _entered(session, step, "AUTHENTICATE completed")


@handles(commands.Unauthenticate)
async def unauthenticate(session: Session, command: commands.Unauthenticate) -> Ok:
    """RFC 8437 §3; compression ends when the answer has gone out."""
    session.leave()
    refresh(session)
    return Ok("nobody is logged in", codes.capability(capabilities(session)))


def _check_private(session: Session) -> None:
    if not session.stream.secure:
        raise Refused("no password in the clear: STARTTLS comes first", codes.PRIVACY_REQUIRED)


def _entered(session: Session, entry: Entry, text: str) -> Ok:
    session.enter(entry)
    refresh(session)
    return Ok(text, codes.capability(capabilities(session)))
