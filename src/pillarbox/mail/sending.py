"""What somebody has sent: handed on by `submission`, held where that was asked for, and followed until it has arrived (RFC 8621
§7).

What is held waits in the queue, and can be called back from there until it is tried for the first time. What became of each
recipient is what the queue says of those that its address led to; it is kept here, for the queue forgets.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ..clock import Clock
from ..errors import Invalid, TooMany
from ..ids import AccountId, new_token
from ..limits import KiB
from ..message import compose, headers, sendable
from ..message.heading import Heading
from ..store import api
from ..store.models import Account
from ..store.queued import LOCAL, OVER, Queued, QueuedRecipient, QueueFilter, State
from ..store.records import RecordKind
from . import addresses
from .collection import Collection
from .directory import Recipient
from .inspection import Inspection
from .outgoing import Accepted, Addressed, Envelope
from .spool import Received
from .submission import Submission

PENDING: Final = "pending"
FINAL: Final = "final"
CANCELED: Final = "canceled"
"""RFC 8621 §7, undoStatus"""
QUEUED: Final = "queued"
TAKEN: Final = "250 2.1.5 taken"
FILED: Final = "250 2.0.0 filed"
NOTHING_KNOWN: Final = "250 2.0.0 nothing more is known"
QUICK: Final = 256 * KiB
"""Bytes of a message that is read and written on the loop."""
_NAME_BYTES: Final = 10
_ROWS: Final = 10_000
"""Messages of the queue that one submission is parted into, at most: as many as it has recipients, and more."""
_REPLY_CODE: Final = {State.DELIVERED: "250", State.FAILED: "550", State.DROPPED: "550"}
_GRAVITY: Final = ("unknown", "yes", QUEUED, "no")
"""Of an address that leads to several, the gravest counts."""


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or a recipient, with what was asked for about it (RFC 5321 §4.1.1.11)."""

    email: str
    parameters: Mapping[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one recipient (RFC 8621 §7, DeliveryStatus)."""

    reply: str
    delivered: str
    """"queued", "yes", "no", or "unknown": it was handed to another server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    identity: str
    email: int
    thread: int
    sender: Party
    recipients: Sequence[Party]
    send_at: int
    undo: str
    fates: Mapping[str, Fate] = field(default_factory=dict)
    """By address, as the recipient was written."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be heard of it."""
        return self.undo == CANCELED or (
            self.undo == FINAL and not any(fate.delivered == QUEUED for fate in self.fates.values())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be sent. Whether its sender may is asked before: see `submission`."""

    data: bytes
    heading: Heading
    envelope: Envelope
    to: Sequence[Addressed]


class Sending:
    """One account's."""

    def __init__(
        self,
        kept: api.Accounts,
        account: Account,
        submission: Submission,
        inspection: Inspection,
        clock: Clock,
        announce: Callable[[AccountId], None],
        hostname: str,
    ) -> None:
        self._kept = kept
        self._account = account
        self._submission = submission
        self._inspection = inspection
        self._clock = clock
        self._hostname = hostname
        self.collection = Collection(kept.mail(account.id), RecordKind.SUBMISSION, Sent, announce)

    # Sent.

    async def send(self, draft: Draft) -> str:
        """Hand it on; what the queue calls it. When this returns, every recipient has it, or it waits. Raises MailError,
        and then nobody has it."""
        name = new_token(_NAME_BYTES)
        if len(draft.data) <= QUICK:
            accepted = self._accepted(name, draft)
        else:
            accepted = await asyncio.to_thread(self._accepted, name, draft)
        outcomes = await self._submission.submit(self._account, accepted, draft.to, files_copy=False)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        return name

    def _accepted(self, name: str, draft: Draft) -> Accepted:
        """The message as it leaves, with our trace on top."""
        header = draft.heading.header
        path = compose.field(b"Return-Path", f"<{draft.envelope.sender}>".encode())
        trace = compose.received(self._clock.now(), by=self._hostname, protocol="HTTP", id=name)
        missing = self._submission.missing_fields(draft.heading)
        theirs = self._inspection.without_ours(sendable.header_to_send(header))
        data = b"".join([path, trace, missing, theirs, draft.data[header.body_start :]])
        heading = Heading(headers.read(data, len(path)))
        envelope = replace(draft.envelope, account=self._account.id)
        return Accepted(id=name, received=Received.of(data), skip=len(path), envelope=envelope, heading=heading)

    async def keep(self, name: str, sent: Sent, to: Iterable[Addressed]) -> Sent:
        """Remember what was sent, to be followed from now on."""
        waits = sent.undo == PENDING
        fates = {
            party.email: Fate(FILED, "yes") if _is_filed(one, waits) else Fate(TAKEN, QUEUED)
            for party, one in zip(sent.recipients, to, strict=True)
        }
        sent = await self._as_it_is(name, replace(sent, fates=fates))
        await self.collection.change({name: sent})
        return sent

    async def cancel(self, name: str) -> bool:
        """Call back what is held; False where that is too late, or nothing of that name was held."""
        now = int(self._clock.now().timestamp())
        sent = await self.collection.get(name)
        if sent is None or sent.undo != PENDING:
            return False
        if not await self._kept.queue().withdraw(QueueFilter(name=name, account=self._account.id), now):
            await self.moved(name)
            return False
        fates = {email: Fate("550 5.7.1 called back by its sender", "no") for email in sent.fates}
        await self.collection.change({name: replace(sent, undo=CANCELED, fates=fates)})
        return True

    async def make_room(self, most: int, before: int) -> None:
        """For one more within so many: what is over and was sent before that second goes, and what else is over, the oldest
        first, as far as that is needed. Raises TooMany where so many still wait."""
        kept = await self.collection.all()
        over = [name for name, sent in kept.items() if sent.is_over]
        needed = len(kept) - most + 1
        if needed > len(over):
            raise TooMany(f"{most} messages wait to be sent")
        going = [name for n, name in enumerate(over) if n < needed or kept[name].send_at < before]
        if going:
            await self.collection.change({}, going)

    # Followed.

    async def follow(self) -> Mapping[str, Sent]:
        """All that was sent, as it is by now."""
        found = dict(await self.collection.all())
        now = int(self._clock.now().timestamp())
        changed = {}
        for name, sent in found.items():
            if not sent.is_over and sent.send_at <= now:
                as_it_is = await self._as_it_is(name, sent)
                if as_it_is != sent:
                    found[name] = changed[name] = as_it_is
        if changed:
            await self.collection.change(changed)
        return found

    async def moved(self, name: str) -> None:
        """Something has become of a message; if it is one of these, it is looked at."""
        sent = await self.collection.get(name)
        if sent is not None and not sent.is_over:
            as_it_is = await self._as_it_is(name, sent)
            if as_it_is != sent:
                await self.collection.change({name: as_it_is})

    async def _as_it_is(self, name: str, sent: Sent) -> Sent:
        queued = await self._kept.queue().listed(QueueFilter(name=name, account=self._account.id, most=_ROWS))
        known: dict[str, Fate] = {}
        for message in queued:
            for recipient in message.recipients:
                for address in _names(recipient):
                    fate = _fate(recipient)
                    known[address] = max(known.get(address, fate), fate, key=lambda one: _GRAVITY.index(one.delivered))
        is_open = any(one.state not in OVER for message in queued for one in message.recipients)
        fates = {email: _now(fate, known.get(_folded(email)), is_open=is_open) for email, fate in sent.fates.items()}
        undo = FINAL if sent.undo == PENDING and not _is_held(queued) else sent.undo
        return replace(sent, fates=fates, undo=undo)


def _is_filed(one: Addressed, waits: bool) -> bool:
    """Whether every copy was filed at once."""
    return not waits and not one.wants_success and all(isinstance(each, Recipient) for each in one.reached)


def _is_held(queued: Sequence[Queued]) -> bool:
    """Whether none of its recipients has been tried yet."""
    every = [one for message in queued for one in message.recipients]
    return bool(every) and all(one.state in (State.WAITING, State.HELD) and not one.attempts for one in every)


def _names(recipient: QueuedRecipient) -> set[str]:
    """The addresses that a recipient may have been written as: its own, and the one it was sent on from."""
    return {_folded(recipient.address), _folded(recipient.orcpt.partition(";")[2])} - {""}


def _folded(email: str) -> str:
    try:
        return addresses.canonical(email)
    except Invalid:
        return email.lower()


def _fate(recipient: QueuedRecipient) -> Fate:
    return Fate(_reply(recipient), _delivered(recipient))


def _delivered(recipient: QueuedRecipient) -> str:
    match recipient.state:
        case State.DELIVERED:
            return "yes" if recipient.destination == LOCAL else "unknown"
        case State.FAILED | State.DROPPED:
            return "no"
        case _:
            return QUEUED


def _reply(recipient: QueuedRecipient) -> str:
    """What was said last, as a reply of SMTP."""
    if not recipient.code and not recipient.said:
        return TAKEN
    if recipient.said[:3].isdigit():
        return recipient.said
    code = _REPLY_CODE.get(recipient.state, "450")
    return " ".join(part for part in (code, recipient.code, recipient.said) if part)


def _now(fate: Fate, found: Fate | None, *, is_open: bool) -> Fate:
    """What is known of a recipient; where the queue says nothing of it, what was known last."""
    if found is not None:
        return found
    return Fate(NOTHING_KNOWN, "unknown") if fate.delivered == QUEUED and not is_open else fate
