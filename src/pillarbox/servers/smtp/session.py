"""What a handler has in hand, and which handler is whose."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pillarbox.errors import MailError
from pillarbox.ids import new_token
from pillarbox.mail.directory import Reached
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Spool
from pillarbox.net.listener import Door
from pillarbox.net.stream import Stream
from pillarbox.proto.smtp.commands import Mail, Rcpt
from pillarbox.proto.smtp.replies import Reply
from pillarbox.proto.smtp.server import ServerConnection
from pillarbox.store.models import Account

from ..login import SaslLogin
from .doors import ROLES

NAME_BYTES = 8

C = TypeVar("C")
Handler = Callable[["Session", Any], Awaitable[Reply]]
HANDLERS: dict[type, Handler] = {}


def handles(kind: type[C]) -> Callable[[Callable[["Session", C], Awaitable[Reply]]], Handler]:
    """Register a handler: it takes a session and a command, calls the mail, and returns the reply or raises a MailError."""

    def register(handler: Callable[["Session", C], Awaitable[Reply]]) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


@dataclass(slots=True)
class Transaction:
    """One message on its way in: who sends it, whom to, and what has come of it."""

    mail: Mail
    name: str
    """What we call it, in its Received field, in our reply and in the log."""
    rcpts: list[tuple[Rcpt, Sequence[Reached]]] = field(default_factory=list)
    """The recipients accepted, each with whom it reaches."""
    not_before: int = 0
    """Seconds since 1970 until which it is held (RFC 4865); 0: it is not."""
    spool: Spool | None = None
    failure: MailError | None = None
    """Why it cannot be kept, found while it was still coming."""


class Session:
    """One connection, from the greeting to the end."""

    def __init__(self, stream: Stream, door: Door, office: Office) -> None:
        self.stream = stream
        self.door = door
        self.office = office
        self.role = ROLES[door.name]
        self.limits = replace(office.limits.smtp, message=office.settings.mail.message_size)
        self.connection = ServerConnection(self.limits, lmtp=self.role.lmtp, tls=stream.tls is not None)
        self.exchange: SaslLogin | None = None
        self.account: Account | None = None
        """Who logged in."""
        self.transaction: Transaction | None = None
        self.unread = b""
        """Received, and not yet handed to the engine."""

    @property
    def can_start_tls(self) -> bool:
        return self.door.can_start_tls and self.stream.tls is None

    @property
    def may_log_in(self) -> bool:
        """People log in under TLS and never without, be it over loopback: whoever submits mail can do STARTTLS."""
        return self.role.submission and self.stream.tls is not None

    def begin(self, mail: Mail, not_before: int) -> None:
        """A message is to come from this sender."""
        self.forget()
        self.transaction = Transaction(mail, new_token(NAME_BYTES), not_before=not_before)

    def forget(self) -> None:
        """Drop the message in hand, if there is one, and what was received of it."""
        if self.transaction is not None and self.transaction.spool is not None:
            self.transaction.spool.close()
        self.transaction = None

    async def flush(self) -> None:
        """Send what is to be sent; waits while the client takes nothing, but not for ever."""
        await self.stream.send(self.connection.data_to_send(), within=self.office.limits.connection.send)
