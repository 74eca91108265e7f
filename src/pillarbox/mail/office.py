"""One worker's mail, put together: what every server is handed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from ..checks.questions import Answers
from ..clock import Clock, SystemClock
from ..errors import MailError
from ..ids import AccountId
from ..limits import Limits
from ..settings import Settings
from ..store import api
from ..store.models import Account, Usage
from ..store.queued import Event
from .accounts import Accounts
from .annotations import Annotations
from .delivery import Delivery
from .directory import Directory
from .grants import Grants
from .groups import Groups
from .indexing import Indexing
from .inspection import Inspection
from .mailboxes import Mailboxes
from .messages import Messages
from .notify import Notify
from .ordering import Orders
from .outgoing import Outgoing
from .passwords import Passwords
from .preferences import AccountSettings
from .presence import Presence
from .quota import Quotas
from .reading import Forms, Reading
from .retention import expire_collected
from .sharing import Others
from .signing import Signing
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
    grants: Grants
    quotas: Quotas
    annotations: Annotations


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
        answers: Answers | None = None,
    ) -> None:
        """Without `answers` nothing that comes in is checked."""
        self.settings = settings
        self.hostname = settings.hostname
        self.limits = limits or Limits()
        self.clock = clock or SystemClock()
        self.kept = kept
        self.reading = Reading(forms, self.limits.message)
        self.orders = Orders(self.reading, self.limits.message)
        self.passwords = passwords or Passwords()
        self.notify = Notify(kept, tell_others)
        self.indexing = Indexing(kept)
        self.presence = Presence(kept)
        self.accounts = Accounts(kept, self.passwords, settings.mail, self.clock, tell_log_ins, settings.oauth)
        self.groups = Groups(kept, self.accounts)
        self.directory = Directory(kept, settings.mail, self.clock, settings.hostname)
        self.outgoing = Outgoing(kept, self.directory, self.clock, settings.outgoing)
        self.inspection = Inspection(kept, self.directory, answers, settings, self.limits, self.clock)
        self.signing = Signing(kept, self.clock)
        self.delivery = Delivery(
            kept, self.directory, self.outgoing, self.reading, self.clock, self.notify.announce, self.quota
        )
        self.submission = Submission(self.delivery, self.directory, self.signing, self.clock, settings.hostname)

    def reload(self, settings: Settings) -> None:
        """Go by these from now on; the host's name and the folder stay. Raises OperatorError, and then everything does."""
        self.accounts.tokens.load(settings.oauth)
        self.settings = settings
        self.accounts.policy = self.directory.policy = settings.mail
        self.outgoing.policy = settings.outgoing
        self.inspection.reload(settings)

    def open(self, account: Account) -> OpenAccount:
        """No I/O: files are opened when they are first used."""
        settings = AccountSettings.of(account)
        mail = self.kept.mail(account.id)
        messages = self._messages_of(account, mail)
        tell = self.notify.announce
        mailboxes = Mailboxes(self.kept, mail, messages, Others(self.kept, account, self._messages_of), tell)
        admin = self.settings.imap.admin or f"mailto:postmaster@{account.address.rpartition('@')[2]}"
        return OpenAccount(
            account,
            settings,
            mail,
            mailboxes,
            messages,
            Grants(self.kept, mailboxes, self.limits.store, tell),
            Quotas(self.kept, account, mailboxes, self.quota),
            Annotations(mail, mailboxes, admin, self.limits.imap, tell),
        )

    def _messages_of(self, owner: Account, mail: api.Mail) -> Messages:
        """The verbs on an account's mail, by whomever."""
        announce = partial(self.notify.announce, owner.id)
        return Messages(mail, self.reading, partial(self._quota_now, owner.id), self.clock, announce)

    async def _quota_now(self, account: AccountId) -> Usage | None:
        owner = await self.kept.account_by_id(account)
        return None if owner is None else self.quota(AccountSettings.of(owner))

    def quota(self, settings: AccountSettings) -> Usage | None:
        """What an account may hold; None: no bound."""
        size = self.settings.mail.quota if settings.quota_bytes is None else settings.quota_bytes
        return Usage(settings.quota_messages, size) if size or settings.quota_messages else None

    def spool(self, limit: int) -> Spool:
        """Where a message comes in, `limit` bytes at most."""
        return Spool(self.kept.spool(), limit)

    async def note(self, message: str, name: str, *facts: Mapping[str, str]) -> None:
        """For whoever asks what became of a message, by what we call it."""
        found = {key: value for part in facts for key, value in part.items() if value}
        await self.kept.journal().note([Event(self.clock.now().timestamp(), message, name, found)])

    def lock(self, account: AccountId, name: str) -> api.Lock:
        """Held until released, or until this process dies. Raises InUse."""
        return self.kept.lock(account, name)

    async def expire_collected(self, opened: OpenAccount) -> int:
        """Remove mail that POP3 collected and whose days are over; how many messages went."""
        now = int(self.clock.now().timestamp())
        return await expire_collected(opened.mail, opened.messages, opened.settings.pop3_expire_days, now)

    async def keep_house(self) -> None:
        """What has to be done now and then for every account and the queue; one worker at a time does it."""
        before = int(self.clock.now().timestamp()) - self.settings.outgoing.keep_finished
        await self.kept.queue().forget(before)
        await self.kept.journal().forget(before)
        for account in await self.kept.accounts():
            await asyncio.sleep(0)
            try:
                await self.expire_collected(self.open(account))
            except MailError as error:
                log.warning("housekeeping failed", account=account.id, problem=str(error))

    async def close(self) -> None:
        self.passwords.close()
        await self.accounts.app_passwords.close()
        await self.inspection.close()
        await self.kept.close()
