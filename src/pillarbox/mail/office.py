"""One worker's mail, put together: what every server is handed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from ..clock import Clock, SystemClock
from ..errors import MailError
from ..ids import AccountId
from ..limits import Limits
from ..settings import Settings
from ..store import api
from ..store.models import Account, Usage
from .accounts import Accounts
from .delivery import Delivery
from .mailboxes import Mailboxes
from .messages import Messages
from .notify import Notify
from .passwords import Passwords
from .preferences import AccountSettings
from .presence import Presence
from .reading import Forms, Reading
from .retention import expire_collected
from .spool import Spool
from .submission import Submission

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """One account's mail as the protocols use it: reads go to `mail`, everything else through the verbs."""

    account: Account
    settings: AccountSettings
    mail: api.Mail
    mailboxes: Mailboxes
    messages: Messages


class Office:
    """Everything a server needs; one a worker process."""

    def __init__(
        self,
        settings: Settings,
        kept: api.Accounts,
        forms: Forms,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        passwords: Passwords | None = None,
        tell_others: Callable[[AccountId], None] = lambda account: None,
        tell_log_ins: Callable[[bytes], None] = lambda word: None,
    ) -> None:
        self.settings = settings
        self.hostname = settings.hostname
        self.limits = limits or Limits()
        self.clock = clock or SystemClock()
        self.kept = kept
        self.reading = Reading(forms, self.limits.message)
        self.passwords = passwords or Passwords()
        self.notify = Notify(kept, tell_others)
        self.presence = Presence(kept)
        self.accounts = Accounts(kept, self.passwords, settings.mail, self.clock, settings.hostname, tell_log_ins)
        self.delivery = Delivery(kept, self.reading, self.clock, self.notify.announce, self.quota)
        self.submission = Submission(self.delivery, self.clock, settings.hostname)

    def reload(self, settings: Settings) -> None:
        """Go by these from now on; the host's name and the folder stay."""
        self.settings = settings
        self.accounts.policy = settings.mail

    def open(self, account: Account) -> OpenAccount:
        """No I/O: files are opened when they are first used."""
        settings = AccountSettings.of(account)
        mail = self.kept.mail(account.id)
        announce = partial(self.notify.announce, account.id)
        messages = Messages(mail, self.reading, self.quota(settings), self.clock, announce)
        return OpenAccount(account, settings, mail, Mailboxes(mail, announce), messages)

    def quota(self, settings: AccountSettings) -> Usage | None:
        """What an account may hold; None: no bound."""
        size = self.settings.mail.quota if settings.quota_bytes is None else settings.quota_bytes
        return Usage(settings.quota_messages, size) if size or settings.quota_messages else None

    def spool(self, limit: int, prefix: bytes = b"") -> Spool:
        """Where a message comes in, `prefix` before it; `limit` bytes at most, the prefix not counted."""
        return Spool(self.kept.spool(), limit, prefix)

    def lock(self, account: AccountId, name: str) -> api.Lock:
        """Held until released, or until this process dies. Raises InUse."""
        return self.kept.lock(account, name)

    async def expire_collected(self, opened: OpenAccount) -> int:
        """Remove mail that POP3 collected and whose days are over; how many messages went."""
        now = int(self.clock.now().timestamp())
        return await expire_collected(opened.mail, opened.messages, opened.settings.pop3_expire_days, now)

    async def keep_house(self) -> None:
        """What has to be done now and then for every account; one worker at a time does it."""
        for account in await self.kept.accounts():
            await asyncio.sleep(0)
            try:
                await self.expire_collected(self.open(account))
            except MailError as error:
                log.warning("housekeeping failed", account=account.id, problem=str(error))

    async def close(self) -> None:
        self.passwords.close()
        await self.kept.close()
