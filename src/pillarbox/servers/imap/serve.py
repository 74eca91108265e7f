"""Drive one engine with one stream for one client, from the greeting to the end."""

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

import structlog

from ...errors import MailError
from ...limits import ImapLimits
from ...mail.office import Office
from ...net.listener import Door
from ...net.stream import PlaintextBehindTls, Stream
from ...proto.imap import codes
from ...proto.imap.commands import Command, Fetch, Search, Store
from ...proto.imap.events import AppendAbandoned, AppendOffered, CommandReceived, LiteralChunk
from ...proto.imap.responses import Bye, Status, Tagged, Untagged
from ...proto.imap.server import Phase, ServerConnection
from . import anytime, append, auth, copy, expunge, fetch, idle, listing, mailboxes, search, select, status, store
from .capabilities import capabilities
from .dialogue import Dialogue
from .errors import Gone, server_bug, tagged
from .news import is_due, tell
from .session import HANDLERS, Session

__all__ = [
    "anytime", "append", "auth", "copy", "expunge", "fetch", "idle", "listing", "mailboxes", "search", "select", "serve",
    "status", "store",
]  # fmt: skip

TURN = 0.02
"""Seconds that pipelined commands may be worked off at a stretch, before other connections have a turn."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def serve(stream: Stream, door: Door, office: Office) -> None:
    """Hold one conversation. Whoever falls silent is told goodbye (RFC 9051 §5.4)."""
    connection = ServerConnection(limits_of(office))
    session = Session(Dialogue(stream, connection, office.limits.connection, office.clock.monotonic), door, office)
    try:
        session.say(Untagged(Status.OK, f"{office.hostname} Pillarbox ready", codes.capability(capabilities(session))))
        await _converse(session)
    except TimeoutError:
        await _goodbye(session, "you were silent for too long")
    except asyncio.CancelledError:
        await _goodbye(session, "the server is going down")
        raise
    except (ConnectionError, Gone) as end:
        log.debug("connection lost", reason=str(end) or type(end).__name__)
    finally:
        session.appending.forget()
        session.close()


def limits_of(office: Office) -> ImapLimits:
    """The engine's limits, a message as large as it may be by any door."""
    limits = office.limits.imap
    size = office.settings.mail.message_size
    return limits if limits.message == size else replace(limits, message=size)


async def _converse(session: Session) -> None:
    clock = asyncio.get_running_loop().time
    turn_began = clock()
    while (event := await session.dialogue.event()) is not None:
        match event:
            case CommandReceived(command):
                session.say(await _answer(session, command))
                if session.connection.phase is Phase.TLS:
                    await _begin_tls(session)
            case AppendOffered(tag):
                await _step(session, tag, session.appending.offered(session.office, session.account, event))
            case LiteralChunk(data, last):
                await _step(session, session.appending.tag, session.appending.chunk(data, last))
            case AppendAbandoned():
                session.appending.forget()
            case _:
                return
        if clock() - turn_began > TURN:
            await asyncio.sleep(0)
            turn_began = clock()


async def _answer(session: Session, command: Command) -> Tagged:
    """The last word on a command, after all there is to tell of what others did."""
    outcome = await _tried(command.tag, command.name, HANDLERS[type(command)](session, command))
    if is_due(session, look=not isinstance(command, Fetch)):  # one after another, those should cost what they return
        by_number = isinstance(command, Fetch | Store | Search) and not command.uid
        await _tried(command.tag, command.name, tell(session, may_expunge=not by_number, look=False))
    return outcome if isinstance(outcome, Tagged) else Tagged(command.tag, Status.OK, outcome.text, outcome.code)


async def _step(session: Session, tag: bytes, step: Awaitable[bool]) -> None:
    """A step of an APPEND, whose failure ends all of it; True: go on with the literal on offer."""
    outcome = await _tried(tag, b"APPEND", step)
    if isinstance(outcome, Tagged):
        session.appending.forget()
        session.say(outcome)
    elif outcome:
        session.connection.accept_literal()


async def _tried(tag: bytes, name: bytes, work: Awaitable[T]) -> T | Tagged:
    """What work comes to, or the answer that says how it failed. What the client's going away raises goes on up."""
    try:
        return await work
    except MailError as error:
        return tagged(tag, error)
    except (ConnectionError, TimeoutError, Gone):
        raise
    except Exception:
        log.exception("handler failed", command=name.decode("ascii"))
        return server_bug(tag)


async def _begin_tls(session: Session) -> None:
    """RFC 9051 §6.2.1. What was sent behind STARTTLS in the clear may be an attacker's: the connection is dropped."""
    await session.dialogue.flush()
    if session.connection.unread:
        session.stream.abort()
        raise PlaintextBehindTls("plaintext behind STARTTLS")
    await session.stream.start_tls()
    session.connection.tls_started()


async def _goodbye(session: Session, text: str) -> None:
    """The last word, if it can still be said."""
    with contextlib.suppress(ConnectionError, TimeoutError, RuntimeError):
        session.say(Bye(text))
        await session.dialogue.flush()
