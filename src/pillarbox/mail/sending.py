"""What somebody has sent: handed on by `submission`, held where that was asked for, and followed until it has arrived (RFC 8621
§7).

What is held waits in the queue, and can be called back from there until it is tried for the first time. What became of each
recipient is what the queue says of those that its address led to; it is kept here, for the queue forgets.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from ..clock import Clock
from ..errors import TooMany
from ..ids import AccountId, new_token
from ..limits import KiB
from ..message import compose, headers, sendable
from ..message.heading import Heading
from ..store import api
from ..store.models import Account
from ..store.queued import LOCAL, OVER, Queued, QueuedRecipient, QueueFilter, State
from ..store.records import RecordKind
from .collection import Collection
from .directory import Recipient
from .inspection import Inspection
from .outgoing import Accepted, Addressed, Envelope
from .returned import NO, YES, Returned, folded
from .spool import Received
from .submission import Submission

PENDING: Final = "pending"
FINAL: Final = "final"
CANCELED: Final = "canceled"
"""RFC 8621 §7, undoStatus"""
QUEUED: Final = "queued"
UNKNOWN: Final = "unknown"
TAKEN: Final = "250 2.1.5 taken"
FILED: Final = "250 2.0.0 filed"
NOTHING_KNOWN: Final = "250 2.0.0 nothing more is known"
QUICK: Final = 256 * KiB
"""Bytes of a message that is read and written on the loop."""
_NAME_BYTES: Final = 10
_EARLY: Final = 60
"""Seconds for which is remembered what came back of something that is not known here, or not yet."""
_ROWS: Final = 10_000
"""Messages of the queue that one submission is parted into, at most: as many as it has recipients, and more."""
_REPLY_CODE: Final = {State.DELIVERED: "250", State.FAILED: "550", State.DROPPED: "550"}
_GRAVITY: Final = (UNKNOWN, YES, QUEUED, NO)
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
    message_id: str = ""
    notifications: Sequence[str] = ()
    """Delivery status notifications that came, by their content, in hexadecimal."""
    receipts: Sequence[str] = ()
    """The same of those who read."""
    told: Mapping[str, str] = field(default_factory=dict)
    """By address, "yes" or "no" where the one or the other came from another server."""
    displayed: Sequence[str] = ()
    """Addresses of those whose receipt says that they have seen it."""

    def names(self, name: str) -> set[str]:
        """By which a report may know it; `name` is its own."""
        given = {key.upper(): value for key, value in (self.sender.parameters or {}).items()}.get("ENVID")
        return {name, given or "", self.message_id} - {""}

    def recipient(self, address: str) -> str | None:
        """The recipient, as it was written, that a report calls so: by itself, or by its ORCPT."""
        for party in self.recipients:
            given = {key.upper(): value or "" for key, value in (party.parameters or {}).items()}.get("ORCPT", "")
            if party.email in self.fates and address in (folded(party.email), folded(given.partition(";")[2])):
                return party.email
        return None

    def with_report(self, report: Returned, most: int) -> "Sent":
        """With what it says; the same where that was heard before, or where so many have come."""
        kept = [*(self.receipts if report.is_receipt else self.notifications)]
        if report.blob in kept or len(kept) >= most:
            return self
        told, displayed = dict(self.told), [*self.displayed]
        for each in report.told:
            email = self.recipient(each.address)
            if email is None:
                continue
            if each.delivered and told.get(email) != NO:
                told[email] = each.delivered
            if each.is_displayed and email not in displayed:
                displayed.append(email)
        if report.is_receipt:
            return replace(self, receipts=[*kept, report.blob], displayed=displayed)
        return replace(self, notifications=[*kept, report.blob], told=told)

    def delivered(self, email: str) -> str:
        """What the queue knows; of what was handed on, what was said elsewhere."""
        found = self.fates[email].delivered
        return self.told.get(email, found) if found == UNKNOWN else found

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
        reports: int,
    ) -> None:
        """`reports`: as many are kept of what comes back of one message, of each kind."""
        self._kept = kept
        self._account = account
        self._submission = submission
        self._inspection = inspection
        self._clock = clock
        self._hostname = hostname
        self._reports = reports
        self.collection = Collection(kept.mail(account.id), RecordKind.SUBMISSION, Sent, announce)

    # Sent.

    async def send(self, draft: Draft) -> tuple[str, str]:
        """Hand it on; what the queue calls it, and its Message-ID. When this returns, every recipient has it, or it waits.
        Raises MailError, and then nobody has it."""
        name = new_token(_NAME_BYTES)
        if len(draft.data) <= QUICK:
            accepted = self._accepted(name, draft)
        else:
            accepted = await asyncio.to_thread(self._accepted, name, draft)
        outcomes = await self._submission.submit(self._account, accepted, draft.to, files_copy=False)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        return name, accepted.heading.message_id

    def _accepted(self, name: str, draft: Draft) -> Accepted:
        """The message as it leaves, with our trace on top."""
        header = draft.heading.header
        path = compose.field(b"Return-Path", f"<{draft.envelope.sender}>".encode())
        trace = compose.received(self._clock.now(), by=self._hostname, protocol="HTTP", id=name)
        missing = self._submission.missing_fields(draft.heading)
        theirs = self._inspection.without_ours(sendable.header_to_send(header))
        data = b"".join([path, trace, missing, theirs, draft.data[header.body_start :]])
        heading = Heading(headers.read(data, len(path)))
        envelope = replace(draft.envelope, account=self._account.id, envid=draft.envelope.envid or name)
        return Accepted(id=name, received=Received.of(data), skip=len(path), envelope=envelope, heading=heading)

    async def keep(self, name: str, sent: Sent, to: Iterable[Addressed]) -> Sent:
        """Remember what was sent, to be followed from now on."""
        waits = sent.undo == PENDING
        fates = {
            party.email: Fate(FILED, YES) if _is_filed(one, waits) else Fate(TAKEN, QUEUED)
            for party, one in zip(sent.recipients, to, strict=True)
        }
        sent = await self._as_it_is(name, replace(sent, fates=fates))
        await self.collection.change({name: sent})
        return await self._hear_early(name, sent)

    async def cancel(self, name: str) -> bool:
        """Call back what is held; False where that is too late, or nothing of that name was held."""
        now = int(self._clock.now().timestamp())
        sent = await self.collection.get(name)
        if sent is None or sent.undo != PENDING:
            return False
        if not await self._kept.queue().withdraw(QueueFilter(name=name, account=self._account.id), now):
            await self.moved(name)
            return False
        await self.collection.amend(name, _canceled)
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
        for name, sent in list(found.items()):
            if not sent.is_over and sent.send_at <= now:
                found[name] = await self.moved(name) or sent
        return found

    async def moved(self, name: str) -> Sent | None:
        """Something has become of a message; if it is one of these, it is looked at."""

        async def now(sent: Sent) -> Sent:
            return sent if sent.is_over else await self._as_it_is(name, sent)

        return await self.collection.amend(name, now)

    # Heard of from others.

    async def returned(self, report: Returned) -> None:
        """A report has come to this account. What it is about may be kept only a moment later, by another process: so it is
        remembered, and looked for once more."""
        if await self._hear(report):
            return
        queue, now = self._kept.queue(), int(self._clock.now().timestamp())
        for key in map(self._early, report.names):
            before = await self._remembered(key)
            await queue.remember(key, msgspec.json.encode([*before, report][-self._reports :]), now + _EARLY)
        await self._hear(report)

    async def _hear(self, report: Returned) -> bool:
        """Whether it is about something that is known here."""
        name = await self._about(report)
        if name is None:
            return False

        async def heard(sent: Sent) -> Sent:
            return sent.with_report(report, self._reports)

        return await self.collection.amend(name, heard) is not None

    async def _about(self, report: Returned) -> str | None:
        """What it is about. The same message may have been sent more than once: the last time to one it tells of is meant."""
        found = [(name, sent) for name, sent in (await self.collection.all()).items() if sent.names(name) & {*report.names}]
        reached = [name for name, sent in found if any(sent.recipient(each.address) for each in report.told)]
        return report.envid if report.envid in dict(found) else next(reversed(reached or [name for name, _ in found]), None)

    async def _hear_early(self, name: str, sent: Sent) -> Sent:
        """What has come already of what is only now known."""
        for key in map(self._early, sent.names(name)):
            for report in await self._remembered(key):
                if await self._hear(report):
                    sent = await self.collection.get(name) or sent
        return sent

    async def _remembered(self, key: str) -> Sequence[Returned]:
        found = await self._kept.queue().recall(key, int(self._clock.now().timestamp()))
        return () if found is None else msgspec.json.decode(found, type=list[Returned])

    def _early(self, name: str) -> str:
        return f"returned {self._account.id} {hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"

    async def _as_it_is(self, name: str, sent: Sent) -> Sent:
        queued = await self._kept.queue().listed(QueueFilter(name=name, account=self._account.id, most=_ROWS))
        known: dict[str, Fate] = {}
        for message in queued:
            for recipient in message.recipients:
                for address in _names(recipient):
                    fate = _fate(recipient)
                    known[address] = max(known.get(address, fate), fate, key=lambda one: _GRAVITY.index(one.delivered))
        is_open = any(one.state not in OVER for message in queued for one in message.recipients)
        fates = {email: _now(fate, known.get(folded(email)), is_open=is_open) for email, fate in sent.fates.items()}
        undo = FINAL if sent.undo == PENDING and not _is_held(queued) else sent.undo
        return replace(sent, fates=fates, undo=undo)


async def _canceled(sent: Sent) -> Sent:
    fates = {email: Fate("550 5.7.1 called back by its sender", NO) for email in sent.fates}
    return replace(sent, undo=CANCELED, fates=fates)


def _is_filed(one: Addressed, waits: bool) -> bool:
    """Whether every copy was filed at once."""
    return not waits and not one.wants_success and all(isinstance(each, Recipient) for each in one.reached)


def _is_held(queued: Sequence[Queued]) -> bool:
    """Whether none of its recipients has been tried yet."""
    every = [one for message in queued for one in message.recipients]
    return bool(every) and all(one.state in (State.WAITING, State.HELD) and not one.attempts for one in every)


def _names(recipient: QueuedRecipient) -> set[str]:
    """The addresses that a recipient may have been written as: its own, and the one it was sent on from."""
    return {folded(recipient.address), folded(recipient.orcpt.partition(";")[2])} - {""}


def _fate(recipient: QueuedRecipient) -> Fate:
    return Fate(_reply(recipient), _delivered(recipient))


def _delivered(recipient: QueuedRecipient) -> str:
    match recipient.state:
        case State.DELIVERED:
            return YES if recipient.destination == LOCAL else UNKNOWN
        case State.FAILED | State.DROPPED:
            return NO
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
    return Fate(NOTHING_KNOWN, UNKNOWN) if fate.delivered == QUEUED and not is_open else fate
