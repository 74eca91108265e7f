"""Emails put aside for a while: the mailbox they sleep in, and the clock that wakes them.

Whoever puts one aside sets an alarm for the account before and after: it may go off for nothing, and it never fails to. One
worker at a time minds them: that which keeps house. What it was about to do when it died, the next one does.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Final

import structlog

from ..clock import Clock
from ..errors import MailboxNotFound, MailError
from ..ids import AccountId, MailboxId
from ..store import api
from ..store.snoozing import Alarm
from .mailboxes import Mailboxes

log = structlog.get_logger(__name__)

MAILBOX: Final = "Snoozed"
LOOK_EVERY: Final = 5.0
"""Seconds between two looks at the alarms: so late may an email be."""
AT_A_TIME: Final = 10
"""Emails woken in one transaction."""
TRY_AGAIN: Final = 60
"""Seconds until an account is looked at again whose emails could not be woken."""


class Snoozing:
    def __init__(self, kept: api.Accounts, clock: Clock, announce: Callable[[AccountId], None]) -> None:
        self._kept = kept
        self._clock = clock
        self._announce = announce

    def now(self) -> int:
        return int(self._clock.now().timestamp())

    async def bed(self, mailboxes: Mailboxes) -> MailboxId:
        """The mailbox in which somebody's emails sleep, made where it is missing. Raises MailError."""
        try:
            return (await mailboxes.find(MAILBOX)).id
        except MailboxNotFound:
            made = await mailboxes.create(MAILBOX)
            await mailboxes.subscribe(MAILBOX, True)
            return made.id

    @asynccontextmanager
    async def until(self, account: AccountId, times: Collection[int]) -> AsyncIterator[None]:
        """Within, emails of the account are put aside until these times."""
        if times:
            await self._kept.set_alarm(account, min(times))
        yield
        if times:
            await self._kept.set_alarm(account, min(times))

    async def remember(self, account: AccountId) -> None:
        """Set the account's alarm by what its mail says."""
        due = await self._kept.mail(account).next_waking()
        if due is not None:
            await self._kept.set_alarm(account, due)

    async def run(self) -> None:
        """Wake what is due, until cancelled."""
        while True:
            try:
                await self.wake()
            except MailError as error:
                log.warning("emails could not be woken", problem=str(error))
            except Exception:
                log.exception("emails could not be woken")
            await asyncio.sleep(LOOK_EVERY)

    async def wake(self) -> int:
        """All that is due now; how many emails that was."""
        return sum([await self._wake(alarm) for alarm in await self._kept.alarms(self.now())])

    async def _wake(self, alarm: Alarm) -> int:
        woken = 0
        try:
            while True:
                done = await self._kept.mail(alarm.account).wake(self.now(), AT_A_TIME)
                woken += len(done.emails)
                if done.next is None or done.next > self.now():
                    break
        except MailError as error:
            log.warning("emails of an account could not be woken", account=alarm.account, problem=str(error))
            await self._kept.reset_alarm(alarm, self.now() + TRY_AGAIN)
            return woken
        if woken:
            self._announce(alarm.account)
        await self._kept.reset_alarm(alarm, done.next)
        return woken
