"""Logging in: USER and PASS, AUTH, and TLS first (RFC 1939 §7, RFC 2595 §4, RFC 5034)."""

from pillarbox.mail.accounts import Entry
from pillarbox.net.stream import PlaintextBehindTls
from pillarbox.proto import sasl
from pillarbox.proto.pop3 import commands
from pillarbox.proto.pop3.replies import Code, Continue, Err, Listing, Ok, Reply

from ..login import Challenge, SaslLogin, offered, origin_of
from .session import SERVICE, Session, handles

_IN_THE_CLEAR = Err("no password in the clear: STLS comes first", Code.AUTH)


@handles(commands.Stls)
async def stls(session: Session, command: commands.Stls) -> Reply:
    """RFC 2595 §4. What the client sent behind it in the clear may be an attacker's: the connection is dropped."""
    if not session.can_start_tls:
        return Err("no TLS to be had here")
    if session.connection.pending:
        raise PlaintextBehindTls("plaintext behind STLS")
    return Ok("begin TLS")


@handles(commands.User)
async def user(session: Session, command: commands.User) -> Reply:
    """RFC 1939 §7: the same answer whoever it is."""
    return Ok("and the password?") if session.stream.secure else _IN_THE_CLEAR


@handles(commands.Pass)
async def password(session: Session, command: commands.Pass) -> Reply:
    """RFC 1939 §7"""
    if not session.stream.secure:
        return _IN_THE_CLEAR
    origin = origin_of(session.stream, SERVICE)
    return await session.enter(await session.office.accounts.log_in(command.user, command.password, origin))


@handles(commands.ListMechanisms)
async def list_mechanisms(session: Session, command: commands.ListMechanisms) -> Reply:
    """AUTH without an argument, as older clients ask."""
    names = offered(session.stream, session.office.settings)
    return Listing("mechanisms:", [name.encode("ascii") for name in names])


@handles(commands.Auth)
async def auth(session: Session, command: commands.Auth) -> Reply:
    """RFC 5034 §4"""
    if not session.stream.secure:
        return _IN_THE_CLEAR
    session.exchange = SaslLogin.on(session.stream, session.office, SERVICE, command.mechanism)
    try:
        return await _outcome(session, await session.exchange.begin(command.initial))
    except sasl.BadExchange as problem:
        return Err(str(problem))


async def respond(session: Session, line: bytes) -> Reply:
    """The client's answer to a Continue."""
    if session.exchange is None:
        raise RuntimeError("a line for no exchange")
    try:
        return await _outcome(session, await session.exchange.respond(line))
    except sasl.BadExchange as problem:
        return Err(str(problem))


async def _outcome(session: Session, step: Challenge | Entry) -> Reply:
    return Continue(step.line) if isinstance(step, Challenge) else await session.enter(step)
