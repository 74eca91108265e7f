"""Drive one engine with one stream for one client, from the greeting to the end."""

import asyncio
import contextlib
import dataclasses
import functools
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from ...errors import MailboxNotFound, MailError
from ...limits import ImapLimits
from ...mail.office import Office
from ...net.listener import Door
from ...net.stream import PlaintextBehindTls, Stream
from ...proto.imap import codes
from ...proto.imap.commands import (
    SELECTED,
    Authenticate,
    Close,
    Command,
    Compress,
    Fetch,
    Idle,
    Search,
    Sort,
    StartTls,
    Store,
    Thread,
    Unauthenticate,
    Unselect,
)
from ...proto.imap.events import AppendAbandoned, AppendOffered, CommandReceived, LiteralChunk
from ...proto.imap.responses import Bye, Status, Tagged, Untagged
from ...proto.imap.server import ServerConnection
from . import (
    access,
    anytime,
    append,
    auth,
    comparators,
    contexts,
    copy,
    expunge,
    fetch,
    idle,
    jmapaccess,
    language,
    listing,
    mailboxes,
    metadata,
    multisearch,
    notify,
    quota,
    replace,
    search,
    select,
    sort,
    standing,
    status,
    store,
    thread,
    uidbatches,
)
from .capabilities import capabilities, refresh, refused_by
from .dialogue import Dialogue
from .errors import Gone, server_bug, tagged
from .news import is_due, tell
from .session import HANDLERS, Ok, Session
from .switches import is_off
from .uidonly import refusal

__all__ = [
    "access", "anytime", "append", "auth", "comparators", "contexts", "copy", "expunge", "fetch", "idle", "jmapaccess",
    "language", "listing", "mailboxes", "metadata", "multisearch", "notify", "quota", "replace", "search", "select",
    "serve", "sort", "status", "store", "thread", "uidbatches",
]  # fmt: skip

TURN = 0.02
"""Seconds that pipelined commands may be worked off at a stretch, before other connections have a turn."""

SPEAKING = {Authenticate, Fetch, Idle}
"""Commands in whose answers half a response may stand, or that wait for the client to go on: nothing is said beside them."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def serve(stream: Stream, door: Door, office: Office) -> None:
    """Hold one conversation. Whoever falls silent is told goodbye (RFC 9051 §5.4)."""
    connection = ServerConnection(limits_of(office))
    session = Session(Dialogue(stream, connection, office.limits.connection, office.clock.monotonic), door, office)
    try:
        refresh(session)
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
        session.progress.close()
        session.wish(None)
        session.close()


def limits_of(office: Office) -> ImapLimits:
    """The engine's limits, a message as large as it may be by any door."""
    limits = office.limits.imap
    size = office.settings.mail.message_size
    return limits if limits.message == size else dataclasses.replace(limits, message=size)


async def _converse(session: Session) -> None:
    clock = asyncio.get_running_loop().time
    turn_began = clock()
    while (event := await session.dialogue.event(_waker(session))) is not None:
        match event:
            case CommandReceived(command):
                answer = await _answer(session, command)
                session.say(answer)
                if answer.status is Status.OK and isinstance(command, StartTls | Compress | Unauthenticate):
                    await _change_layer(session, command)
            case AppendOffered(tag):
                await _step(session, tag, append.offered(session, event))
            case LiteralChunk(data):
                await _step(session, session.appending.tag, append.received(session, data))
            case AppendAbandoned():
                session.appending.forget()
            case _:
                return
        if clock() - turn_began > TURN:
            await session.dialogue.flush()  # and wait for a client that asks and does not listen
            await asyncio.sleep(0)
            turn_began = clock()


def _waker(session: Session) -> Callable[[], Awaitable[None]] | None:
    """What to do when something happens while the client is silent."""
    return None if session.wishes is None else functools.partial(notify.woken, session)


async def _answer(session: Session, command: Command) -> Tagged:
    """The last word on a command, after all there is to tell of what others did."""
    if session.off and (name := refused_by(command, session.off)) is not None:
        session.appending.forget()
        return Tagged(command.tag, Status.BAD, f"{name} is not offered")
    if session.uid_only and (refused := refusal(command)) is not None:
        session.appending.forget()
        return refused
    notify.prepare(session, command)
    if type(command) not in SPEAKING and not is_off("INPROGRESS", session.off):
        session.progress.begin(command.tag)
    outcome = await _tried(command.tag, command.name, _handled(session, command))
    session.progress.end()
    is_told = isinstance(command, Fetch | Store) or (isinstance(outcome, Ok) and outcome.is_told)
    if is_due(session, look=not is_told):  # FETCH should cost what it returns; STORE has looked before
        by_number = isinstance(command, Fetch | Store | Search | Sort | Thread) and not command.uid
        await _tried(command.tag, command.name, tell(session, may_expunge=not by_number, look=False))
    if session.wishes is not None:
        await _tried(command.tag, command.name, notify.tell_others(session))
    return outcome if isinstance(outcome, Tagged) else Tagged(command.tag, Status.OK, outcome.text, outcome.code)


def _handled(session: Session, command: Command) -> Awaitable[Ok]:
    """The handler at work; where somebody else's mailbox is open, once its rights have been looked at."""
    handler = HANDLERS[type(command)]
    if session.selected is None or session.selected.box.is_own:
        return handler(session, command)
    return _permitted(session, command, handler)


async def _permitted(session: Session, command: Command, handler: Callable[[Session, Command], Awaitable[Ok]]) -> Ok:
    """Commands on messages of a mailbox that is gone for this person are refused as for one that never was there."""
    is_due(session)  # looks at what other processes have done to the account; of groups the next knows by itself
    await standing.refresh(session)
    is_gone = session.selected is not None and session.selected.is_gone
    if is_gone and command.valid_in == SELECTED and not isinstance(command, Close | Unselect):
        raise MailboxNotFound("no such mailbox")
    return await handler(session, command)


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


async def _change_layer(session: Session, command: Command) -> None:
    """After an answer has gone out as all before it, what follows goes another way."""
    match command:
        case StartTls():
            await _begin_tls(session)
        case Compress():
            await session.dialogue.flush()
            session.stream.start_compression(session.connection.take_unread())
        case Unauthenticate() if session.stream.compressed:
            await session.dialogue.flush()
            session.stream.stop_compression()


async def _begin_tls(session: Session) -> None:
    """RFC 9051 §6.2.1. What was sent behind STARTTLS in the clear may be an attacker's: the connection is dropped."""
    await session.dialogue.flush()
    if session.connection.unread:
        session.stream.abort()
        raise PlaintextBehindTls("plaintext behind STARTTLS")
    await session.stream.start_tls()
    session.connection.tls_started()
    session.client = ()
    refresh(session)


async def _goodbye(session: Session, text: str) -> None:
    """The last word, if it can still be said."""
    with contextlib.suppress(ConnectionError, TimeoutError, RuntimeError):
        session.say(Bye(text))
        await session.dialogue.flush()
