"""Drive one engine with one stream: the only code that knows both."""

import asyncio
from time import monotonic

import structlog

from pillarbox.errors import MailError
from pillarbox.mail.office import Office
from pillarbox.net.listener import Door
from pillarbox.net.stream import Stream
from pillarbox.proto.pop3.commands import State
from pillarbox.proto.pop3.errors import refusal
from pillarbox.proto.pop3.events import CommandReceived, LineReceived, PeerClosed
from pillarbox.proto.pop3.replies import Code, Err, Ok, Reply
from pillarbox.proto.pop3.server import Phase

from . import auth, capabilities, deletion, listing, retrieval
from .session import FLUSH_AT, HANDLERS, Session

__all__ = ["auth", "capabilities", "deletion", "listing", "retrieval", "serve"]

TURN = 0.02
"""Seconds that pipelined commands may be worked off at a stretch, before other connections have a turn."""

log = structlog.get_logger(__name__)


async def serve(stream: Stream, door: Door, office: Office) -> None:
    """Hold one conversation, from the greeting to its end.

    A client that falls silent, or goes without QUIT, is left without a word, and nothing is deleted (RFC 1939 §3, §6).
    """
    session = Session(stream, door, office)
    session.connection.send(Ok(f"{office.hostname} POP3 ready"))
    try:
        await _converse(session)
    except (ConnectionError, TimeoutError) as end:
        log.debug("connection lost", reason=str(end) or type(end).__name__)
    finally:
        await _leave(session)


async def _converse(session: Session) -> None:
    connection = session.connection
    login_by = monotonic() + session.office.limits.connection.before_login
    turn_began = monotonic()
    while True:
        match connection.next_event():
            case None:
                await session.flush()
                if connection.phase is Phase.CLOSED:
                    return
                await _wait(session, login_by)
                turn_began = monotonic()
            case PeerClosed():
                continue
            case event:
                _reply(session, await _answer(session, event))
                if connection.unsent >= FLUSH_AT:
                    await session.flush()
                if monotonic() - turn_began > TURN:
                    await asyncio.sleep(0)
                    turn_began = monotonic()


async def _wait(session: Session, login_by: float) -> None:
    """Until there is more to read, or TLS. Raises TimeoutError, ConnectionError."""
    connection, stream = session.connection, session.stream
    if connection.phase is Phase.TLS:
        await stream.start_tls()
        connection.tls_started()
        return
    within = session.office.limits.connection.pop3_idle
    if connection.state is State.AUTHORIZATION:
        within = min(within, login_by - monotonic())
    if data := await stream.receive(within):
        connection.receive_data(data)
    else:
        connection.receive_eof()


async def _answer(session: Session, event: CommandReceived | LineReceived) -> Reply:
    """What to reply to a command, or to a line of an AUTH."""
    try:
        if isinstance(event, LineReceived):
            return await auth.respond(session, event.line)
        return await HANDLERS[type(event.command)](session, event.command)
    except MailError as error:
        return refusal(error)
    except (ConnectionError, TimeoutError):
        raise  # the client's, not the handler's
    except Exception:
        log.exception("handler failed", what=repr(event))
        return Err("our fault; it is in our log", Code.SYS_TEMP)


def _reply(session: Session, reply: Reply) -> None:
    if session.connection.phase is Phase.CONTENT and isinstance(reply, Err):
        session.connection.hang_up(reply)  # the message broke off: only the missing end can say so
    else:
        session.connection.send(reply)


async def _leave(session: Session) -> None:
    """The end, however it came: let the next session in. Without a QUIT, remember at least what was read."""
    try:
        if session.connection.state is State.TRANSACTION:
            await session.maildrop.note_seen()
    except MailError as error:
        log.warning("what was read is not marked", problem=str(error))
    finally:
        session.leave()
