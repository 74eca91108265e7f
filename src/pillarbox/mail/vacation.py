"""What is answered while somebody is away (RFC 8621 §8, as RFC 3834 and RFC 5230 want it done).

Who has been answered is not again for a week, unless what is said has changed: that is remembered beside the queue. In a day so
many are answered, and no more: whoever writes under a thousand names is not sent a thousand answers. An answer's
name in the queue is made of whom it answers, what it says and the day, so that of two workers who answer at once only one does.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from ..clock import Clock
from ..errors import AlreadyExists, MailError
from ..ids import AccountId, new_token
from ..message import auto_reply
from ..message.auto_reply import Answer
from ..message.heading import Heading
from ..store import api
from ..store.models import Account
from ..store.queued import Event, NewQueued, NewRecipient
from ..store.records import RecordKind
from . import addresses
from .allowances import ANSWERED, Allowances
from .collection import Collection
from .directory import Directory, Recipient
from .identities import Identities
from .outgoing import Accepted, Outgoing
from .signing import Signing
from .spool import Received

log = structlog.get_logger(__name__)

ID: Final = "singleton"
"""There is one of an account (RFC 8621 §8)."""
_DAY: Final = 86_400
AGAIN: Final = 7 * _DAY
"""Seconds until the same sender is told again (RFC 5230 §4.1)."""
DEFAULT_TEXT: Final = "I am away and will read your message when I am back.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Times are seconds since 1970."""

    is_enabled: bool = False
    from_date: int | None = None
    to_date: int | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None

    def is_due(self, now: int) -> bool:
        began = self.from_date is None or self.from_date <= now
        return self.is_enabled and began and (self.to_date is None or now < self.to_date)

    @property
    def stamp(self) -> str:
        """Other wherever it says something else, or of another time."""
        said = (self.from_date, self.to_date, self.subject, self.text, self.html)
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


class Vacation:
    def __init__(
        self,
        kept: api.Accounts,
        directory: Directory,
        signing: Signing,
        outgoing: Outgoing,
        allowances: Allowances,
        clock: Clock,
        announce: Callable[[AccountId], None],
        hostname: str,
    ) -> None:
        self._kept = kept
        self._directory = directory
        self._signing = signing
        self._outgoing = outgoing
        self._allowances = allowances
        self._clock = clock
        self._announce = announce
        self._hostname = hostname

    def of(self, account: AccountId) -> Collection[Response]:
        """Where an account's is kept, under `ID`; nothing there: it is off."""
        return Collection(self._kept.mail(account), RecordKind.VACATION, Response, self._announce)

    async def answer(self, accepted: Accepted, recipient: Recipient) -> None:
        """A message was filed for somebody: answer it where they are away and its sender is to know. What goes wrong harms
        nothing but the answer."""
        try:
            await self._answer(accepted, recipient.account)
        except MailError as error:
            log.warning("nobody was told of an absence", id=accepted.id, account=recipient.account.id, problem=str(error))

    async def _answer(self, accepted: Accepted, account: Account) -> None:
        now = int(self._clock.now().timestamp())
        response = await self.of(account.id).get(ID)
        if response is None or not response.is_due(now):
            return
        sender = accepted.envelope.sender
        if accepted.envelope.disowned or not auto_reply.is_answerable(accepted.heading, sender):
            return
        as_whom = await self._addressed(account, accepted.heading)
        if as_whom is None or await self._is_own(account, sender):
            return
        key = _key(account, response, sender)
        if await self._kept.queue().recall(key, now) is not None:
            return
        if not await self._allowances.may(account, ANSWERED, 1, accepted.id):
            return
        await self._send(accepted, account, response, as_whom, f"v{key.rpartition(' ')[2]}{now // _DAY}")
        await self._kept.queue().remember(key, b"1", now + AGAIN)

    async def _addressed(self, account: Account, heading: Heading) -> str | None:
        """The address of theirs, and nobody else's, that the message was sent to by name; None where it was sent to none."""
        for local, domain in auto_reply.addressees(heading):
            if await self._directory.is_local_domain(domain):
                owner = await self._directory.owner(local, domain)
                if owner is not None and owner.id == account.id:
                    return f"{local}@{domain}"
        return None

    async def _is_own(self, account: Account, sender: str) -> bool:
        local, _, domain = sender.rpartition("@")
        owner = await self._directory.owner(local, domain)
        return owner is not None and owner.id == account.id

    async def _send(self, accepted: Accepted, account: Account, response: Response, as_whom: str, name: str) -> None:
        now = self._clock.now()
        seconds = int(now.timestamp())
        sender = accepted.envelope.sender
        answer = Answer(
            name=await self._name(account, as_whom),
            address=as_whom,
            subject=response.subject or "",
            text=response.text or ("" if response.html else DEFAULT_TEXT),
            html=response.html or "",
        )
        message_id = f"{new_token()}@{self._hostname}"
        data = auto_reply.compose(answer, sender, accepted.heading, at=now, message_id=message_id)
        domain = addresses.canonical_domain(as_whom.rpartition("@")[2])
        message = NewQueued(
            id=name,
            kind="reply",
            sender="",
            recipients=[
                NewRecipient(address=sender, destination=await self._directory.destination(sender), notify="NEVER", at=seconds)
            ],
            content=Received.of(data).content,
            prefix=await self._signing.fields(data, 0, domain),
            created_at=seconds,
            expires_at=seconds + self._outgoing.policy.give_up_after,
            message_id=message_id,
            from_domain=domain,
            body="7BIT" if data.isascii() else "8BITMIME",
            smtputf8=not data.isascii(),
            accountable=False,
        )
        try:
            await self._kept.queue().add(message)
        except AlreadyExists:
            return
        told = {"answer": name, "to": sender}
        await self._kept.journal().note([Event(now.timestamp(), accepted.id, "answered", told)])
        self._outgoing.wake()

    async def _name(self, account: Account, address: str) -> str:
        """By which somebody calls themselves where they write from that address."""
        identities = await Identities(self._kept, account, self._directory, self._announce).collection.all()
        wanted = address.lower()
        return next((each.name for each in identities.values() if each.name and each.email.lower() == wanted), "")


def _key(account: Account, response: Response, sender: str) -> str:
    """Under which it is remembered that a sender has been told. Raises Invalid for what is no address."""
    told = f"{account.id} {response.stamp} {addresses.canonical(sender)}"
    return f"vacation {account.id} {hashlib.sha256(told.encode()).hexdigest()[:24]}"
