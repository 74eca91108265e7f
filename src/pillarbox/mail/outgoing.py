"""What is to leave this house, or could not be filed at once → the queue. On disk when this returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..clock import Clock
from ..errors import AlreadyExists, Invalid
from ..ids import AccountId
from ..message import compose
from ..message.heading import Heading
from ..settings import Outgoing as Policy
from ..store import api
from ..store.queued import LOCAL, NewQueued, NewRecipient
from .addresses import canonical_domain
from .directory import Directory, Elsewhere, Reached, Recipient
from .spool import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What came with a message besides its bytes (RFC 5321 §2.3.1)."""

    sender: str = ""
    """"" is the null reverse-path."""
    smtputf8: bool = False
    body: str = "7BIT"
    ret: str = ""
    envid: str = ""
    require_tls: bool = False
    not_before: int = 0
    """Seconds since 1970 until which it is held (RFC 4865)."""
    account: AccountId | None = None
    """Who submitted it."""
    accountable: bool = True
    """Whether the sender is who it says, so that it may be told of a failure."""
    disowned: bool = False
    """Whether the sender's domain says that it is not, so that nothing at all is written to it."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """One recipient of an envelope, and whom it reaches."""

    address: str
    """As it was written."""
    reached: Sequence[Reached]
    notify: str = ""
    orcpt: str = ""

    @property
    def wants_success(self) -> bool:
        """Whether the sender asked to hear of a delivery (RFC 3461 §4.1)."""
        return "SUCCESS" in self.notify

    @property
    def is_expanded(self) -> bool:
        """Whether it leads to several, each a recipient of its own."""
        return len(self.reached) > 1

    @property
    def notify_of_each(self) -> str:
        """What is to be told of each of those: of success only that it was expanded (RFC 3461 §5.2.7.3)."""
        return without_success(self.notify) if self.is_expanded else self.notify


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that came in whole, with all that is known of it: what every step of delivery is handed."""

    id: str
    """What our Received field and the log call it."""
    received: Received
    skip: int
    """Bytes of fields on top that are for our own mailboxes only (Return-Path)."""
    envelope: Envelope
    heading: Heading
    signatures: bytes = b""
    """DKIM-Signature fields for what leaves."""
    is_from_queue: bool = False
    """A message of ours that is tried again: what has its name in the queue was put there before a crash."""


Going = tuple[Addressed, Reached]
"""A recipient, and one that it reaches."""


class Outgoing:
    """The one who puts mail into the queue."""

    def __init__(
        self, kept: api.Accounts, directory: Directory, clock: Clock, policy: Policy, wake: Callable[[], None] = lambda: None
    ) -> None:
        """`wake` is called when something is due."""
        self._kept = kept
        self._directory = directory
        self._clock = clock
        self.policy = policy
        self.wake = wake

    async def queue(self, accepted: Accepted, going: Sequence[Going]) -> None:
        """Queue it for those, in as many messages as there are reverse-paths and aliases. Raises Unavailable."""
        groups: dict[tuple[str, str, str], list[NewRecipient]] = {}
        for addressed, reached in going:
            key = await self._as(accepted, reached)
            groups.setdefault(key, []).append(self._recipient(accepted, addressed, reached))
        messages = []
        for n, ((kind, sender, alias), recipients) in enumerate(groups.items()):
            name = f"{accepted.id}.{n}" if n else accepted.id
            prefix = compose.field(b"Delivered-To", alias.encode()) if alias else b""
            messages.append(self._message(accepted, name, kind, sender, recipients, prefix))
        await self._keep(accepted, *messages)

    async def queue_again(self, accepted: Accepted, going: Sequence[Going]) -> None:
        """What could not be filed is tried later, as a message of its own, once for each place. Raises Unavailable."""
        if not going:
            return
        recipients = {one.address: one for one in (self._recipient(accepted, *each) for each in going)}
        message = self._message(
            accepted, f"{accepted.id}.again", "delivery", accepted.envelope.sender, list(recipients.values())
        )
        await self._keep(accepted, message)

    async def _keep(self, accepted: Accepted, *messages: NewQueued) -> None:
        try:
            await self._kept.queue().add(*messages)
        except AlreadyExists:
            if not accepted.is_from_queue:
                raise
        self.wake()

    async def _as(self, accepted: Accepted, reached: Reached) -> tuple[str, str, str]:
        """(kind, reverse-path, alias that passes it on) it leaves with."""
        sender = accepted.envelope.sender
        if isinstance(reached, Recipient):
            return "delivery", sender, ""
        if reached.kind == "forward":
            return reached.kind, await self._directory.rewritten(sender, reached.alias), reached.alias
        return reached.kind, sender, ""

    @staticmethod
    def _recipient(accepted: Accepted, addressed: Addressed, reached: Reached) -> NewRecipient:
        """What was asked for goes along to where an address leads (RFC 3461 §5.2.7)."""
        is_itself = isinstance(reached, Elsewhere) and reached.destination == LOCAL
        is_alias = isinstance(reached, Elsewhere) and reached.kind == "forward"
        return NewRecipient(
            address=reached.address if isinstance(reached, Elsewhere) else _own(addressed, reached),
            destination=reached.destination if isinstance(reached, Elsewhere) else LOCAL,
            notify=addressed.notify if is_itself else addressed.notify_of_each,
            orcpt=addressed.orcpt or (f"rfc822;{addressed.address}" if is_alias and addressed.address.isascii() else ""),
            at=accepted.envelope.not_before,
        )

    def _message(
        self,
        accepted: Accepted,
        name: str,
        kind: str,
        sender: str,
        recipients: Sequence[NewRecipient],
        prefix: bytes = b"",
    ) -> NewQueued:
        envelope, now = accepted.envelope, int(self._clock.now().timestamp())
        return NewQueued(
            id=name,
            kind=kind,
            sender=sender,
            recipients=recipients,
            content=accepted.received.content,
            prefix=prefix + accepted.signatures if kind in ("submission", "forward") else b"",
            skip=accepted.skip,
            created_at=now,
            expires_at=max(now, envelope.not_before) + self.policy.give_up_after,
            account=envelope.account,
            message_id=accepted.heading.message_id,
            subject=accepted.heading.subject[:200],
            from_domain=_canonical(accepted.heading.from_domain),
            body=envelope.body,
            smtputf8=envelope.smtputf8,
            require_tls=envelope.require_tls,
            tls_optional=accepted.heading.tls_optional,
            ret=envelope.ret,
            envid=envelope.envid,
            accountable=envelope.accountable,
        )


def _own(addressed: Addressed, recipient: Recipient) -> str:
    """The address by which a copy for one account finds it again, whatever alias led there."""
    if len(addressed.reached) == 1 and recipient.address == addressed.address:
        return recipient.address
    local, _, domain = recipient.account.address.rpartition("@")
    return f"{local}+{recipient.detail}@{domain}" if recipient.detail else recipient.account.address


def _canonical(domain: str) -> str:
    """A domain as our own are kept; "" where it is none, however long."""
    try:
        return canonical_domain(domain)
    except Invalid:
        return ""


def without_success(notify: str) -> str:
    """The same, but for success; where nothing else was asked for, nothing."""
    return ",".join(word for word in notify.split(",") if word != "SUCCESS") or "NEVER" if notify else ""


def counted(going: Sequence[Going]) -> Mapping[str, int]:
    """How many go where, for the log."""
    found: dict[str, int] = {}
    for _, reached in going:
        kind = reached.kind if isinstance(reached, Elsewhere) else "delivery"
        found[kind] = found.get(kind, 0) + 1
    return found
