"""What a handler has in hand, and which handler is whose."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office, OpenAccount
from pillarbox.net.listener import Door
from pillarbox.net.stream import Stream
from pillarbox.proto.pop3.commands import State
from pillarbox.proto.pop3.replies import Code, Err, Ok, Reply
from pillarbox.proto.pop3.server import ServerConnection
from pillarbox.store.api import Lock

from ..login import SaslLogin
from . import delay
from .maildrop import Maildrop

log = structlog.get_logger(__name__)

SERVICE = "pop3"
FLUSH_AT = 64 * 1024
"""Bytes of replies to pipelined commands that are gathered into one write."""

C = TypeVar("C")
Handler = Callable[["Session", Any], Awaitable[Reply]]
HANDLERS: dict[type, Handler] = {}


def handles(kind: type[C]) -> Callable[[Callable[["Session", C], Awaitable[Reply]]], Handler]:
    """Register a handler: it takes a session and a command, calls the mail, and returns the reply or raises a MailError."""

    def register(handler: Callable[["Session", C], Awaitable[Reply]]) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


class Session:
    """One connection, from the greeting to the end."""

    def __init__(self, stream: Stream, door: Door, office: Office) -> None:
        self.stream = stream
        self.door = door
        self.office = office
        self.connection = ServerConnection(office.limits.pop3, encrypted=stream.tls is not None)
        self.exchange: SaslLogin | None = None
        self.opened: OpenAccount | None = None
        self._maildrop: Maildrop | None = None
        self._lock: Lock | None = None

    @property
    def maildrop(self) -> Maildrop:
        """That of whoever logged in; the engine hands on no command that needs it before."""
        if self._maildrop is None:
            raise RuntimeError("nobody has logged in")
        return self._maildrop

    @property
    def can_start_tls(self) -> bool:
        return self.door.can_start_tls and self.stream.tls is None

    async def flush(self) -> None:
        """Send what is to be sent; waits while the client takes nothing, but not for ever."""
        await self.stream.send(self.connection.data_to_send(), within=self.office.limits.connection.send)

    async def send(self, reply: Reply) -> None:
        """Queue a reply, or a part of one, and send it if much has gathered."""
        self.connection.send(reply)
        if self.connection.unsent >= FLUSH_AT:
            await self.flush()

    async def enter(self, entry: Entry) -> Reply:
        """Lock and list the maildrop of who logged in, and move to TRANSACTION. Raises InUse, Unavailable."""
        account = entry.account
        opened = self.office.open(account)
        if wait := delay.remaining(self.office, opened):
            return Err(f"come again in {wait} seconds", Code.LOGIN_DELAY)
        self._lock = self.office.lock(account.id, SERVICE)
        try:
            await self.office.expire_collected(opened)
            self._maildrop = await Maildrop.open(opened)
        except BaseException:
            self.leave()
            raise
        delay.began(self.office, opened)
        self.opened = opened
        self.office.presence.enter(self.stream, entry)
        self.connection.state = State.TRANSACTION
        log.info("logged in", service=SERVICE, account=account.id, origin=str(self.stream.peer))
        return Ok(f"{self._maildrop.count} messages ({self._maildrop.octets} octets)")

    def leave(self) -> None:
        """Let the next session in."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
