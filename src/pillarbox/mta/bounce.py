"""What a sender is told of mail that failed, waits, or arrived (RFC 3461 §5, §6; RFC 3464).

Who is told, and of what, is a matter of four rules:

    the null sender, and one who may be forged      nothing: no bounce of a bounce, no backscatter (RFC 5321 §6.1, §6.2)
    NOTIFY=NEVER                                    nothing
    NOTIFY of some words                            what those name: failed (FAILURE), delayed (DELAY), all else (SUCCESS)
    no NOTIFY                                       failed, and delayed

What several recipients of a message came to at once is told in one notification. It carries the message itself where something
failed, it is small or RET=FULL asked for it, and it need not stay secret; else its header (RFC 3461 §4.3, RFC 8689 §5).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..ids import BlobId
from ..limits import MessageLimits
from ..message.headers import DEFAULT_LIMITS
from ..message.report import Composed, delivery_status
from ..message.status import Action, RecipientStatus, Status
from ..store.models import Content
from ..store.queued import LOCAL, Destination, NewQueued, NewRecipient, QueuedRecipient, State

ASKED_BY: dict[Action, str] = {"failed": "FAILURE", "delayed": "DELAY"}
"""The word of NOTIFY that asks for it; SUCCESS for all else (RFC 3461 §4.1)."""
UNASKED = frozenset({"failed", "delayed"})
"""What is told where there is no NOTIFY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What one recipient came to, and what is to be known of it."""

    address: str
    action: Action
    code: str
    """Enhanced status: "5.1.1"."""
    said: str = ""
    """The other server's reply from its code on, "550 5.1.1 no such user", or words of ours."""
    host: str = ""
    """The server that said it; what follows a space is not its name."""
    notify: str = ""
    orcpt: str = ""
    at: int = 0
    """When; 0: now."""


def fate_of(
    recipient: QueuedRecipient,
    state: State,
    code: str,
    said: str,
    host: str = "",
    *,
    relayed: bool = False,
    expanded: bool = False,
    warned: bool = False,
) -> Fate | None:
    """What came of a queued recipient, or None where that is nothing to tell: it waits, or the next server will tell.

    `relayed`: the server that took it does not do delivery status notifications. `expanded`: several others were given it in
    place of this recipient (RFC 3461 §5.2.7.3). `warned`: its delay is to be told now.
    """
    action: Action
    if state is State.FAILED:
        action = "failed"
    elif state is State.WAITING and warned:
        action = "delayed"
    elif state is State.DELIVERED and (relayed or recipient.destination == LOCAL):
        action = "relayed" if relayed else "expanded" if expanded else "delivered"
    else:
        return None
    return Fate(
        address=recipient.address,
        action=action,
        code=code,
        said=said,
        host=host,
        notify=recipient.notify,
        orcpt=recipient.orcpt,
    )


def is_due(message: NewQueued, fate: Fate) -> bool:
    """Whether the sender is told of this."""
    if not message.sender or not message.accountable:
        return False
    if not fate.notify:
        return fate.action in UNASKED
    return ASKED_BY.get(fate.action, "SUCCESS") in fate.notify.upper().split(",")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """Writes them, in this server's name."""

    hostname: str
    lifetime: int
    """Seconds a notification is tried for."""
    postmaster: str = ""
    """Who is behind it; absent: the postmaster at `hostname`."""
    limits: MessageLimits = DEFAULT_LIMITS

    def bytes_needed(self, message: NewQueued, fates: Sequence[Fate]) -> int:
        """How many bytes from the message's begin, as it goes over the wire, `compose` must be given; 0: nobody is told."""
        if not any(is_due(message, fate) for fate in fates):
            return 0
        size = self._size(message)
        return size if self._is_returned(message, fates) else min(size, self.limits.returned + 1)

    def compose(
        self,
        message: NewQueued,
        fates: Sequence[Fate],
        original: bytes,
        *,
        now: int,
        id: str,  # noqa: A002 - its name in the queue
        destination: Destination,
    ) -> NewQueued | None:
        """The notification of what came of some of a message's recipients, or None where its sender is not to be told.

        `original`: the message's first `bytes_needed`. `id`: how the notification is called; part of its Message-ID too.
        `destination`: where the queue is to take it.
        """
        due = [fate for fate in fates if is_due(message, fate)]
        if not due:
            return None
        composed = delivery_status(
            Status(
                reporting_mta=self.hostname,
                recipients=[_status(fate, message, now) for fate in due],
                envid=message.envid,
                arrival=_time(message.created_at),
            ),
            to=message.sender,
            from_=self.postmaster or f"postmaster@{self.hostname}",
            at=_time(now),
            message_id=f"{id}@{self.hostname}",
            returned=original,
            whole=self._is_returned(message, due) and len(original) == self._size(message),
            limits=self.limits,
        )
        recipient = NewRecipient(address=message.sender, destination=destination, notify="NEVER", at=now)
        return self._queued(message, composed, recipient, now, id)

    def _is_returned(self, message: NewQueued, fates: Sequence[Fate]) -> bool:
        """Whether the whole message goes back, as far as its size and its sender decide."""
        if message.ret == "HDRS" or message.require_tls or not any(fate.action == "failed" for fate in fates):
            return False
        return self._size(message) <= (self.limits.returned_full if message.ret == "FULL" else self.limits.returned)

    @staticmethod
    def _size(message: NewQueued) -> int:
        return len(message.prefix) + message.content.size - message.skip

    def _queued(self, message: NewQueued, composed: Composed, recipient: NewRecipient, now: int, name: str) -> NewQueued:
        return NewQueued(
            id=name,
            kind="bounce",
            sender="",
            recipients=[recipient],
            content=content_of(composed.data),
            created_at=now,
            expires_at=now + self.lifetime,
            message_id=f"{name}@{self.hostname}",
            subject=composed.subject,
            from_domain=(self.postmaster or self.hostname).rpartition("@")[2],
            body="8BITMIME" if composed.eight_bit else "7BIT",
            smtputf8=composed.smtputf8,
            require_tls=message.require_tls,
            accountable=False,
        )


def content_of(data: bytes) -> Content:
    """A message made here, as the store takes it."""
    return Content(blob=BlobId(hashlib.sha256(data).digest()), size=len(data), data=data)


def _status(fate: Fate, message: NewQueued, now: int) -> RecipientStatus:
    return RecipientStatus(
        address=fate.address,
        action=fate.action,
        status=fate.code,
        original=fate.orcpt,
        diagnostic=fate.said,
        remote_mta=fate.host.partition(" ")[0],
        last_attempt=_time(fate.at or now),
        will_retry_until=_time(message.expires_at) if fate.action == "delayed" else None,
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
