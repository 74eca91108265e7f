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
from ..store.models import Account, Sight, Usage
from ..store.queued import Event
from . import returned
from .accounts import Accounts
from .allowances import Allowances
from .annotations import Annotations
from .delivery import Accepted, Delivery
from .directory import Directory, Recipient
from .emails import Emails
from .grants import Grants
from .groups import Groups
from .identities import Identities
from .indexing import Indexing
from .inspection import Inspection
from .mailboxes import Mailboxes
from .messages import Messages
from .notify import Notify
from .onward import Onward
from .ordering import Orders
from .outgoing import Outgoing
from .passwords import Passwords
from .persons import Persons
from .preferences import AccountSettings
from .presence import Presence
from .principals import Principals
from .quota import Quotas
from .reading import Forms, Reading
from .remembered import Remembered
from .retention import expire_collected
from .rights import Verb, may
from .sending import Sending
from .share_notices import ShareNotices
from .sharing import Others
from .signing import Signing
from .snoozing import Snoozing
from .spool import Spool
from .submission import Submission
from .uploads import Uploads
from .vacation import Vacation

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
        self.answers = answers
        self.reading = Reading(forms, self.limits.message)
        self.orders = Orders(self.reading, self.limits.message)
        self.passwords = passwords or Passwords()
        self.notify = Notify(kept, tell_others)
        self.indexing = Indexing(kept)
        self.uploads = Uploads(kept.uploads, self.limits.jmap)
        self.remembered = Remembered()
        sign_in = self.limits.sign_in
        self.accounts = Accounts(kept, self.passwords, settings.mail, self.clock, tell_log_ins, settings.oauth, sign_in)
        self.presence = Presence(self.accounts)
        self.share_notices = ShareNotices(kept, self.clock, self.notify.announce)
        self.snoozing = Snoozing(kept, self.clock, self.notify.announce)
        self.persons = Persons(self.accounts, sign_in)
        self.groups = Groups(kept, self.accounts)
        self.directory = Directory(kept, settings.mail, self.clock, settings.hostname)
        self.outgoing = Outgoing(kept, self.directory, self.clock, settings.outgoing)
        self.inspection = Inspection(kept, self.directory, answers, settings, self.limits, self.clock)
        self.signing = Signing(kept, self.clock)
        self.allowances = Allowances(kept, self.clock, settings.outgoing, self.limits.sending)
        self.onward = Onward(kept, self.allowances)
        self.delivery = Delivery(
            kept, self.directory, self.outgoing, self.onward, self.reading, self.clock, self.notify.announce, self.quota
        )
        self.submission = Submission(
            self.delivery, self.directory, self.signing, self.allowances, self.clock, settings.hostname
        )
        self.vacation = Vacation(
            kept,
            self.directory,
            self.signing,
            self.outgoing,
            self.allowances,
            self.clock,
            self.notify.announce,
            settings.hostname,
        )
        self.delivery.answer = self.vacation.answer
        self.delivery.returned = self._returned

    def reload(self, settings: Settings) -> None:
        """Go by these from now on; the host's name and the folder stay. Raises OperatorError, and then everything does."""
        self.accounts.tokens.load(settings.oauth)
        self.settings = settings
        self.accounts.policy = self.directory.policy = settings.mail
        self.outgoing.policy = self.allowances.policy = settings.outgoing
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
            Grants(self.kept, account.id, mailboxes, self.limits.store, self.share_notices, tell),
            Quotas(self.kept, account, mailboxes, self.quota),
            Annotations(mail, mailboxes, admin, self.limits.imap, tell),
        )

    def emails(self, viewer: OpenAccount, owner: Account) -> Emails:
        """The owner's emails as somebody sees them, the owner or another. No I/O."""
        boxes = viewer.mailboxes.own
        if owner.id != viewer.account.id:
            boxes = partial(Others(self.kept, viewer.account, self._messages_of).of, owner.id)
        mail = self.kept.mail(owner.id, viewer.account.id)
        return Emails(
            mail,
            boxes,
            self._messages_of(owner, mail),
            partial(self._quota_now, owner.id),
            self.reading.contains,
            self.clock,
            partial(self.notify.announce, owner.id),
            self.remembered,
        )

    def principals(self, viewer: Account) -> Principals:
        """Who is here, as one of them sees it."""
        return Principals(self.kept, viewer)

    def identities(self, account: Account) -> Identities:
        """Whom somebody writes as."""
        return Identities(self.kept, account, self.directory, self.notify.announce)

    def sending(self, account: Account) -> Sending:
        """What somebody has sent, and sends."""
        return Sending(
            self.kept,
            account,
            self.submission,
            self.inspection,
            self.clock,
            self.notify.announce,
            self.hostname,
            self.limits.jmap.reports,
        )

    async def moved(self, account: AccountId, name: str) -> None:
        """Something has become of a message that somebody submitted, by the name it was queued under."""
        owner = await self.kept.account_by_id(account)
        if owner is not None:
            await self.sending(owner).moved(name.partition(".")[0])

    async def _returned(self, accepted: Accepted, recipient: Recipient) -> None:
        """A message was filed for somebody: a report, perhaps, on what they have sent."""
        report = await returned.read(accepted.received, accepted.heading.header, self.limits.message)
        if report is not None:
            await self.sending(recipient.account).returned(report)

    def _messages_of(self, owner: Account, mail: api.Mail) -> Messages:
        """The verbs on an account's mail, by whomever."""
        announce = partial(self.notify.announce, owner.id)
        quota, sight = partial(self._quota_now, owner.id), partial(self._sight_of, mail)
        return Messages(mail, self.reading, quota, self.clock, announce, sight)

    async def _sight_of(self, mail: api.Mail) -> Sight | None:
        """What whoever looks at somebody else's mail may read of it; None for its owner."""
        if mail.viewer == mail.account:
            return None
        viewer = await self.kept.account_by_id(mail.viewer)
        boxes = await Others(self.kept, viewer, self._messages_of).of(mail.account) if viewer is not None else ()
        return Sight(mail.viewer, tuple(box.id for box in boxes if may(box.rights, Verb.READ)))

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
        await self.kept.forget_sign_ins(int(self.clock.now().timestamp()))
        for account in await self.kept.accounts():
            await asyncio.sleep(0)
            try:
                await self.expire_collected(self.open(account))
                await self.uploads.expire(account.id)
                await self.snoozing.remember(account.id)
            except MailError as error:
                log.warning("housekeeping failed", account=account.id, problem=str(error))

    async def close(self) -> None:
        self.passwords.close()
        await self.accounts.close()
        await self.inspection.close()
        await self.kept.close()
