"""How much one account sends, by all doors and workers together: what bounds whoever has got hold of its password.

What somebody submits, what is sent on for them and what is answered for them are counted apart: nobody who sends them much can
keep them from sending. Every message has a recipient: to bound those bounds messages too.
"""

from collections.abc import Mapping
from typing import Final

import structlog

from ..clock import Clock
from ..errors import TooMany
from ..limits import SendingLimits
from ..settings import Outgoing as Policy
from ..store import api
from ..store.models import Account
from ..store.queued import Allowance, Event, QueueFilter, Spent, State
from .preferences import AccountSettings

log = structlog.get_logger(__name__)

SENT: Final = "sent"
FORWARDED: Final = "forwarded"
ANSWERED: Final = "answered"
"""What for. The second has an allowance of its own, as large as the first."""
_WAITING: Final = 10_000
"""Messages of one account that are looked at."""


class Allowances:
    def __init__(self, kept: api.Accounts, clock: Clock, policy: Policy, limits: SendingLimits) -> None:
        self._kept = kept
        self._clock = clock
        self._limits = limits
        self.policy = policy

    def of(self, account: Account, purpose: str = SENT) -> Allowance:
        """What its own settings say, or else what those of the server do."""
        if purpose == ANSWERED:
            return Allowance(day=self._limits.answers_day)
        own = AccountSettings.of(account)
        hour = self.policy.account_hour if own.send_hour is None else own.send_hour
        day = self.policy.account_day if own.send_day is None else own.send_day
        return Allowance(hour, day)

    def most(self, account: Account) -> int | None:
        """Recipients that one message may have; None: there is no bound."""
        allowance = self.of(account)
        return min(filter(None, (allowance.hour, allowance.day)), default=None)

    async def spend(self, account: Account, count: int, message: str) -> None:
        """Somebody submits a message, by that name, to so many recipients. Raises TooMany where they have sent to too many."""
        if not await self.may(account, SENT, count, message):
            allowance = self.of(account)
            bounds = {"an hour": allowance.hour, "a day": allowance.day}
            said = " and ".join(f"{number} {time}" for time, number in bounds.items() if number)
            raise TooMany(f"this account may send to {said}, and has done so: wait, or ask your postmaster for more")

    async def check_held(self, account: Account, size: int) -> None:
        """Somebody submits what is to wait for its release. Raises TooMany where they would have too many bytes waiting."""
        waiting = await self._kept.queue().listed(QueueFilter(account=account.id, state=State.WAITING, most=_WAITING))
        if size + sum(one.message.content.size for one in waiting) > self._limits.held or len(waiting) >= _WAITING:
            raise TooMany("too much of this account waits to be sent")

    async def may(self, account: Account, purpose: str, count: int, message: str) -> bool:
        """Whether there is room for so many more recipients; then they are counted."""
        now = self._clock.now().timestamp()
        allowance = self.of(account, purpose)
        if await self._kept.queue().spend(account.id, purpose, count, allowance, int(now)):
            return True
        facts = {"account": account.address, "of": purpose, "recipients": str(count)}
        log.warning("an account has sent as much as it may", id=message, **facts)
        await self._kept.journal().note([Event(now, message, "withheld", facts)])
        return False

    async def told(self, account: Account) -> Mapping[str, tuple[Spent, Allowance]]:
        """For whoever looks after accounts."""
        now = int(self._clock.now().timestamp())
        queue = self._kept.queue()
        purposes = (SENT, FORWARDED, ANSWERED)
        return {name: (await queue.spent(account.id, name, now), self.of(account, name)) for name in purposes}
