"""Keeping search indexes up with the mail.

Every worker indexes what it took in itself, a second later; one of them, which holds the lease for such things, also what it
hears that others took in, should they not have come to it, and at the start whatever is behind. It is done in small steps with
rests between them, a step an account in turn. While much comes in, it waits: what is not indexed yet is looked through, so it
makes no difference to what is found.
"""

import asyncio
import contextlib
import heapq
import math

import structlog

from ..errors import MailError, NotFound
from ..ids import AccountId
from ..store import api

log = structlog.get_logger(__name__)

SOON, LATER, AGAIN = 1.0, 5.0, 60.0
"""Seconds after which mail is indexed that came in here, that came in elsewhere, and, at the latest, that could not be
indexed: at first it is tried again as soon as what came in here, for mostly somebody only had the file in use."""
MOST_DOUBLINGS = 6
STEP = 200
"""Emails indexed at a time."""
BUSY = 20
"""Changes a second from which on the worker has better things to do."""
PATIENCE = 30.0
"""Seconds of that after which it indexes nevertheless."""
REST = 0.5
"""So much of the time that a step took, nothing is done after it."""


class Indexing:
    """One worker's; `run` does the work, all else only says what is to be done."""

    def __init__(self, kept: api.Accounts, *, soon: float = SOON, later: float = LATER) -> None:
        self._kept = kept
        self._soon, self._later = soon, later
        self._due: dict[AccountId, float] = {}
        self._order: list[tuple[float, AccountId]] = []
        """A heap of what is due, and of what was due later until it was asked for sooner."""
        self._wake = asyncio.Event()
        self._failures: dict[AccountId, int] = {}
        """How often it has not worked, one after another."""
        self._looks_after_others = False
        self._second, self._changes = 0, 0
        """A second, and how much changed in it."""
        self._busy_since: float | None = None

    def changed(self, account: AccountId, here: bool) -> None:
        """Something was committed, in this process or another."""
        now = _now()
        if int(now) != self._second:
            self._second, self._changes = int(now), 0
        self._changes += here
        if here or self._looks_after_others:
            self._ask(account, now + (self._soon if here else self._later))

    async def catch_up(self) -> None:
        """Look at every account, and from now on after what comes in elsewhere."""
        self._looks_after_others = True
        for account in await self._kept.accounts():
            self._ask(account.id, _now())

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            account = await self._next()
            began = _now()
            if await self._step(account):
                self._ask(account, _now())
            await asyncio.sleep((_now() - began) * REST)

    def _ask(self, account: AccountId, due: float) -> None:
        if due >= self._due.get(account, math.inf):
            return
        self._due[account] = due
        heapq.heappush(self._order, (due, account))
        if self._order[0] == (due, account):
            self._wake.set()

    async def _next(self) -> AccountId:
        """The account whose turn it is, when it is due and there is time."""
        while True:
            self._wake.clear()
            while self._order and self._due.get(self._order[0][1]) != self._order[0][0]:
                heapq.heappop(self._order)
            wait = self._order[0][0] - _now() if self._order else None
            if wait is not None and wait <= 0:
                if not self._has_better_to_do():
                    _, account = heapq.heappop(self._order)
                    del self._due[account]
                    return account
                await asyncio.sleep(self._soon)
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)

    def _has_better_to_do(self) -> bool:
        """Whether much comes in, and has not for so long that indexing can wait no more."""
        now = _now()
        if self._changes < BUSY or int(now) - self._second > 1:
            self._busy_since = None
            return False
        if self._busy_since is None:
            self._busy_since = now
        return now - self._busy_since < PATIENCE

    async def _step(self, account: AccountId) -> int:
        """Index some; how many are left."""
        try:
            left = await self._kept.mail(account).index(STEP)
        except NotFound:
            left = 0
        except MailError as error:
            log.warning("the search index is not written", account=account, problem=str(error))
            failures = self._failures[account] = min(self._failures.get(account, 0) + 1, MOST_DOUBLINGS)
            self._ask(account, _now() + min(self._soon * 2**failures, AGAIN))
            return 0
        self._failures.pop(account, None)
        return left


def _now() -> float:
    return asyncio.get_running_loop().time()
