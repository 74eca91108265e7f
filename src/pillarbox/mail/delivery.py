"""An accepted message → queued for whoever is elsewhere, filed for whoever is here. The one place where order matters."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from ..clock import Clock
from ..errors import MailError, Unavailable
from ..ids import AccountId
from ..message import compose
from ..message import headers as fields
from ..message.heading import Heading
from ..store import api
from ..store.models import INBOX, NewMessage, Usage
from ..store.queued import LOCAL, Claimed, Event, QueuedRecipient
from .directory import DMARC_REPORTS, TLS_REPORTS, Directory, Elsewhere, Recipient
from .onward import Onward
from .outgoing import Accepted, Addressed, Envelope, Going, Outgoing, counted, without_success
from .preferences import AccountSettings
from .reading import Reading
from .room import check_room
from .spool import Received

__all__ = ["Accepted", "Addressed", "Delivery", "Envelope", "Outcome"]

log = structlog.get_logger(__name__)

Intake = Callable[[bytes, Sequence[str]], Awaitable[bool]]
"""Reads a report that came for these addresses; whether it was one."""
Answer = Callable[[Accepted, Recipient], Awaitable[None]]
"""Told of a message that was filed for somebody."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message for one recipient of its envelope."""

    addressed: Addressed
    error: MailError | None = None
    """None: every copy is on disk, filed or queued."""

    @property
    def is_expanded(self) -> bool:
        """Whether several others have it in place of this recipient, none of whom tells the sender of success."""
        return self.error is None and self.addressed.is_expanded


class Delivery:
    def __init__(
        self,
        kept: api.Accounts,
        directory: Directory,
        outgoing: Outgoing,
        onward: Onward,
        reading: Reading,
        clock: Clock,
        announce: Callable[[AccountId], None],
        quota: Callable[[AccountSettings], Usage | None],
    ) -> None:
        self._kept = kept
        self._directory = directory
        self._outgoing = outgoing
        self._onward = onward
        self._reading = reading
        self._clock = clock
        self._announce = announce
        self._quota = quota
        self.intake: Intake | None = None
        """Who reads the reports of others, if anyone does."""
        self.answer: Answer | None = None
        """Who answers for people who are away, if anyone does."""
        self.returned: Answer | None = None
        """Who looks at what comes back of what people have sent, if anyone does."""

    async def deliver(
        self, accepted: Accepted, to: Sequence[Addressed], *, special_use: str | None = None, each: bool = False
    ) -> Sequence[Outcome]:
        """Take responsibility for every recipient; an outcome each, in order, after the last commit.

        Those elsewhere are queued first: while that fails nobody has anything. A copy that cannot be filed while others of the
        same answer can (of the whole envelope, or with `each` of one recipient: LMTP) waits in the queue, so that nobody is
        given a copy twice. Raises Unavailable where the queue takes nothing, and NotPermitted for what goes round in circles.
        """
        to = await self._onward.sorted_out(accepted, to, special_use)
        here, away = _sorted(accepted, to)
        if away:
            await self._outgoing.queue(accepted, away)
        errors = await self._file_all(accepted, here, special_use)
        await self._note(accepted, here, away, errors)
        failed = {id(going): error for going, error in zip(here, errors, strict=True) if error is not None}
        if not failed:
            return [Outcome(addressed) for addressed in to]
        told: dict[int, MailError] = {}
        waiting: list[Going] = []
        for together in [[one] for one in to] if each else [to]:
            theirs = [going for going in here if any(going[0] is one for one in together)]
            wrong = [going for going in theirs if id(going) in failed]
            if len(wrong) < len(theirs) or any(going[0] is one for going in away for one in together):
                waiting += wrong
            else:
                told.update({id(going[0]): failed[id(going)] for going in wrong})
        await self._outgoing.queue_again(accepted, waiting)
        return [Outcome(addressed, told.get(id(addressed))) for addressed in to]

    async def file_copy(self, received: Received, recipient: Recipient, special_use: str, flags: int) -> None:
        """Put a copy into the account's mailbox of that use, or INBOX where it has none. Raises MailError."""
        now = self._clock.now()
        message = await self._reading.new_message(received, received_at=now, saved_at=now, flags=flags, is_delivered=True)
        mail = self._kept.mail(recipient.account.id)
        await mail.add(await _place(mail, special_use), [message], quota=self._quota(AccountSettings.of(recipient.account)))
        self._announce(recipient.account.id)

    async def check_room(self, recipient: Recipient, size: int) -> None:
        """Raises OverQuota where a message of this size (0: unknown) would not fit."""
        quota = self._quota(AccountSettings.of(recipient.account))
        await check_room(self._kept.mail(recipient.account.id), quota, 1, max(size, 1))

    # What the queue hands back to us.

    async def deliver_queued(self, claimed: Claimed, data: bytes) -> Sequence[Outcome]:
        """File what waits for our own mailboxes, an outcome a recipient; `data` is the message as it was queued."""
        message = claimed.message
        path = compose.field(b"Return-Path", f"<{message.sender}>".encode())
        heading = Heading(fields.read(data))
        envelope = Envelope(
            sender=message.sender,
            smtputf8=message.smtputf8,
            body=message.body,
            ret=message.ret,
            envid=message.envid,
            require_tls=message.require_tls,
            accountable=message.accountable,
            disowned=not message.accountable,
        )
        accepted = Accepted(
            id=message.id,
            received=Received.of(path + data),
            skip=len(path),
            envelope=envelope,
            heading=heading,
            is_from_queue=True,
        )
        return [
            await self._deliver_one(replace(accepted, id=f"{message.id}-{recipient.n}"), recipient)
            for recipient in claimed.recipients
        ]

    async def _deliver_one(self, accepted: Accepted, queued: QueuedRecipient) -> Outcome:
        """What goes on from here has a name of its own, always the same: whatever dies, it is queued once."""
        addressed = Addressed(queued.address, (), without_success(queued.notify), queued.orcpt)
        local, _, domain = queued.address.rpartition("@")
        try:
            addressed = replace(addressed, reached=await self._directory.resolve(local, domain))
            (outcome,) = await self.deliver(accepted, [addressed])
        except MailError as error:
            return Outcome(addressed, error)
        except Exception:
            log.exception("a delivery failed", id=accepted.id)
            return Outcome(addressed, Unavailable("it could not be kept now"))
        return outcome

    # Filing.

    async def _file_all(self, accepted: Accepted, here: Sequence[Going], special_use: str | None) -> Sequence[MailError | None]:
        """Accounts are written in parallel, each in a transaction of its own: one that fails takes no other with it.
        Several recipients that lead to one place get one copy."""
        if not here:
            return []
        now = self._clock.now()
        message = await self._reading.new_message(accepted.received, received_at=now, saved_at=now, is_delivered=True)
        copies: dict[tuple[AccountId, str | None], Recipient] = {}
        for _, recipient in here:
            assert isinstance(recipient, Recipient)
            copies.setdefault((recipient.account.id, recipient.detail), recipient)
        if len(copies) == 1:
            found = [await self._keep(accepted, message, next(iter(copies.values())), special_use)]
        else:
            found = await asyncio.gather(
                *(self._keep(accepted, message, recipient, special_use) for recipient in copies.values())
            )
        errors = dict(zip(copies, found, strict=True))
        return [errors[one.account.id, one.detail] for _, one in here if isinstance(one, Recipient)]

    async def _keep(
        self, accepted: Accepted, message: NewMessage, recipient: Recipient, special_use: str | None
    ) -> MailError | None:
        try:
            if special_use is None and await self._took_in(accepted, recipient):
                return None
            await self._file(message, recipient, special_use)
        except MailError as error:
            return error
        except Exception:
            log.exception("a delivery failed", account=recipient.account.id)
            return Unavailable("it could not be kept now; try again later")
        self._announce(recipient.account.id)
        if special_use is None:
            await self._tell(self.returned, accepted, recipient)
            await self._tell(self.answer, accepted, recipient)
        return None

    @staticmethod
    async def _tell(answer: Answer | None, accepted: Accepted, recipient: Recipient) -> None:
        """What is filed is filed, whatever becomes of an answer."""
        if answer is None:
            return
        try:
            await answer(accepted, recipient)
        except Exception:
            log.exception("an answer failed", id=accepted.id, account=recipient.account.id)

    async def _took_in(self, accepted: Accepted, recipient: Recipient) -> bool:
        """Whether it was a report, and is kept as one."""
        if self.intake is None or recipient.address.partition("@")[0].lower() not in (DMARC_REPORTS, TLS_REPORTS):
            return False
        return await self.intake(bytes(accepted.received.buffer), [recipient.address])

    async def _file(self, message: NewMessage, recipient: Recipient, special_use: str | None) -> None:
        settings = AccountSettings.of(recipient.account)
        mail = self._kept.mail(recipient.account.id)
        place = await _place(mail, special_use) if special_use else await self._destination(mail, recipient, settings)
        await mail.add(place, [message], quota=self._quota(settings))

    @staticmethod
    async def _destination(mail: api.Mail, recipient: Recipient, settings: AccountSettings) -> str:
        """The name of the mailbox it goes to."""
        if recipient.detail and settings.detail_folders:
            wanted = recipient.detail.casefold()
            for found in await mail.mailboxes():
                if found.selectable and found.name.casefold() == wanted:
                    return found.name
        return INBOX

    async def _note(
        self, accepted: Accepted, here: Sequence[Going], away: Sequence[Going], errors: Sequence[MailError | None]
    ) -> None:
        """For whoever asks what became of a message."""
        at = self._clock.now().timestamp()
        events = [
            Event(at, accepted.id, "filed" if error is None else "not filed", _filed(reached, error))
            for (_, reached), error in zip(here, errors, strict=True)
        ]
        if away:
            kinds = {kind: str(number) for kind, number in counted(away).items()}
            events.append(Event(at, accepted.id, "queued", kinds))
        await self._kept.journal().note(events)


def _sorted(accepted: Accepted, to: Sequence[Addressed]) -> tuple[Sequence[Going], Sequence[Going]]:
    """Who is here; and who is for the queue: elsewhere, not yet to have it (RFC 4865), or to be told of (RFC 3461 §4.1)."""
    here: list[Going] = []
    away: list[Going] = []
    for addressed in to:
        waits = addressed.wants_success or accepted.envelope.not_before > 0
        if waits and addressed.is_expanded and "@" in addressed.address:
            away.append((addressed, Elsewhere(addressed.address, LOCAL, "delivery")))
            continue
        for reached in addressed.reached:
            (away if waits or isinstance(reached, Elsewhere) else here).append((addressed, reached))
    return here, away


async def _place(mail: api.Mail, special_use: str) -> str:
    boxes = await mail.mailboxes()
    return next((box.name for box in boxes if box.special_use == special_use), INBOX)


def _filed(reached: object, error: MailError | None) -> dict[str, str]:
    facts = {"account": reached.account.address} if isinstance(reached, Recipient) else {}
    return facts if error is None else {**facts, "why": str(error)}
