"""An accepted message → read, filed for each recipient, on disk. The one place where the order of steps matters."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from ..clock import Clock
from ..errors import MailError, OverQuota, Unavailable
from ..ids import AccountId
from ..store import api
from ..store.models import INBOX, NewMessage, Usage
from .accounts import Recipient
from .preferences import AccountSettings
from .reading import Reading
from .spool import Received

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What came with a message besides its bytes (RFC 5321 §2.3.1)."""

    sender: str = ""
    """"" is the null reverse-path."""
    smtputf8: bool = False
    body: str = "7BIT"
    dsn: Mapping[str, str] = field(default_factory=dict)
    """RET and ENVID; NOTIFY and ORCPT by "NOTIFY <recipient>" (RFC 3461), kept for who delivers further."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message for one recipient."""

    recipient: Recipient
    error: MailError | None = None
    """None: it is kept, on disk."""


class Delivery:
    def __init__(
        self,
        kept: api.Accounts,
        reading: Reading,
        clock: Clock,
        announce: Callable[[AccountId], None],
        quota: Callable[[AccountSettings], Usage | None],
    ) -> None:
        self._kept = kept
        self._reading = reading
        self._clock = clock
        self._announce = announce
        self._quota = quota

    async def deliver(self, received: Received, recipients: Sequence[Recipient], envelope: Envelope) -> Sequence[Outcome]:
        """Keep a copy for every recipient; returns after the last commit, an outcome a recipient, in order.

        Accounts are written in parallel, each in a transaction of its own: one that fails takes no other with it.
        """
        now = self._clock.now()
        message = await self._reading.new_message(received, received_at=now, saved_at=now)
        if len(recipients) == 1:
            return [await self._keep(message, recipients[0])]
        return await asyncio.gather(*(self._keep(message, recipient) for recipient in recipients))

    async def file_copy(self, received: Received, recipient: Recipient, special_use: str, flags: int) -> None:
        """Put a copy into the account's mailbox of that use, or INBOX where it has none. Raises MailError."""
        now = self._clock.now()
        message = await self._reading.new_message(received, received_at=now, saved_at=now, flags=flags)
        mail = self._kept.mail(recipient.account.id)
        boxes = await mail.mailboxes()
        goal = next((box for box in boxes if box.special_use == special_use), None) or await mail.mailbox(INBOX)
        await mail.add(goal.id, [message], quota=self._quota(AccountSettings.of(recipient.account)))
        self._announce(recipient.account.id)

    async def check_room(self, recipient: Recipient, size: int) -> None:
        """Raises OverQuota where a message of this size (0: unknown) would not fit."""
        quota = self._quota(AccountSettings.of(recipient.account))
        if quota is None:
            return
        used = await self._kept.mail(recipient.account.id).usage()
        if (quota.size and used.size + max(size, 1) > quota.size) or (quota.messages and used.messages >= quota.messages):
            raise OverQuota("the mailbox is full")

    async def _keep(self, message: NewMessage, recipient: Recipient) -> Outcome:
        try:
            await self._file(message, recipient)
        except MailError as error:
            return Outcome(recipient, error)
        except Exception:
            log.exception("a delivery failed", account=recipient.account.id)
            return Outcome(recipient, Unavailable("it could not be kept now; try again later"))
        self._announce(recipient.account.id)
        return Outcome(recipient)

    async def _file(self, message: NewMessage, recipient: Recipient) -> None:
        settings = AccountSettings.of(recipient.account)
        mail = self._kept.mail(recipient.account.id)
        name = await self._destination(mail, recipient, settings)
        await mail.add(name, [message], quota=self._quota(settings))

    @staticmethod
    async def _destination(mail: api.Mail, recipient: Recipient, settings: AccountSettings) -> str:
        """The name of the mailbox it goes to."""
        if recipient.detail and settings.detail_folders:
            wanted = recipient.detail.casefold()
            for found in await mail.mailboxes():
                if found.selectable and found.name.casefold() == wanted:
                    return found.name
        return INBOX
