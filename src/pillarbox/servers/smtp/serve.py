"""Drive one engine with one stream: the only code that knows both."""

import asyncio
from collections.abc import Sequence

import structlog

from pillarbox.errors import MailError
from pillarbox.mail.office import Office
from pillarbox.net.listener import Door
from pillarbox.net.stream import Stream
from pillarbox.proto.smtp import replies
from pillarbox.proto.smtp.commands import Command, Mail
from pillarbox.proto.smtp.events import CommandReceived, DataChunk, DataEnd, LineReceived, PeerClosed
from pillarbox.proto.smtp.replies import Reply
from pillarbox.proto.smtp.server import Phase

from . import auth, courtesies, data, hello, mail, rcpt
from .session import HANDLERS, Session

__all__ = ["auth", "courtesies", "data", "hello", "mail", "rcpt", "serve"]

log = structlog.get_logger(__name__)

PIECE = 32 * 1024
LINES = 4 * 1024
"""Bytes the engine is given at a time, of a message and of what may be commands, each of which costs; between two pieces the
others have their turn, whatever this client pipelines."""
TURN = 0.02
"""Seconds that pipelined commands may be worked off at a stretch, before the others have theirs."""


async def serve(stream: Stream, door: Door, office: Office) -> None:
    """Hold one conversation, from the greeting to its end. A message that has not been acknowledged leaves nothing behind."""
    session = Session(stream, door, office)
    session.connection.send(hello.greeting(session))
    try:
        await _converse(session)
    except TimeoutError:
        await _goodbye(session, replies.TIMED_OUT)
    except ConnectionError as end:
        log.debug("connection lost", reason=str(end) or type(end).__name__)
    except asyncio.CancelledError:
        await _goodbye(session, replies.SHUTTING_DOWN)
        raise
    finally:
        session.forget()


async def _converse(session: Session) -> None:
    connection, loop = session.connection, asyncio.get_running_loop()
    login_by = loop.time() + session.office.limits.connection.before_login
    turn_began = loop.time()
    while True:
        match connection.next_event():
            case CommandReceived(Mail()) if session.stream.is_leaving:
                await _goodbye(session, replies.SHUTTING_DOWN)  # now, and not when the message may have been taken or not
                return
            case CommandReceived(command):
                connection.send(await _answer(session, command))
                if loop.time() - turn_began > TURN:
                    await asyncio.sleep(0)
                    turn_began = loop.time()
            case DataChunk(chunk):
                data.take(session, chunk)
            case DataEnd(None):
                for reply in await _finish(session):
                    connection.send(reply)
                session.forget()
            case DataEnd():
                session.forget()
            case LineReceived(line):
                connection.send(await _answer(session, line))
            case PeerClosed():
                await session.flush()
                return
            case None:
                await session.flush()
                if connection.phase is Phase.CLOSED:
                    return
                await _wait(session, login_by)
                turn_began = loop.time()


async def _wait(session: Session, login_by: float) -> None:
    """For what must come before there is another event: TLS, or more bytes. Raises TimeoutError, ConnectionError."""
    connection = session.connection
    if connection.phase is Phase.TLS:
        await session.stream.start_tls()
        auth.tls_started(session)
        return
    within = session.office.limits.connection.smtp_idle
    if session.role.submission and session.account is None:
        within = min(within, login_by - asyncio.get_running_loop().time())
        if within <= 0:
            raise TimeoutError
    if session.unread:
        await asyncio.sleep(0)
    else:
        session.unread = await session.stream.receive(within) or b""
    size = PIECE if connection.phase in (Phase.DATA, Phase.CHUNK) else LINES
    connection.receive_data(session.unread[:size])
    if not session.unread:
        connection.receive_eof()
    session.unread = session.unread[size:]


async def _answer(session: Session, said: Command | bytes) -> Reply:
    """What to reply to a command, or to a line of an AUTH."""
    try:
        return await (auth.respond(session, said) if isinstance(said, bytes) else HANDLERS[type(said)](session, said))
    except MailError as error:
        return data.refusal(session, error)
    except (ConnectionError, TimeoutError):
        raise  # the client's, not the handler's
    except Exception:
        log.exception("handler failed", command="AUTH" if isinstance(said, bytes) else type(said).__name__)
        return replies.OUR_FAULT


async def _finish(session: Session) -> Sequence[Reply]:
    """What to reply to a whole message: as many replies as are due."""
    try:
        return await data.finish(session)
    except MailError as error:
        return [data.refusal(session, error)] * session.connection.replies_due
    except Exception:
        log.exception("a message could not be taken")
        return [replies.OUR_FAULT] * session.connection.replies_due


async def _goodbye(session: Session, reply: Reply) -> None:
    """A last word, if the client still takes it."""
    session.connection.send(reply)
    try:
        await session.flush()
    except (ConnectionError, TimeoutError):
        log.debug("gone without a goodbye")
