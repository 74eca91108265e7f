"""Emails put aside for a while, as a store keeps them: they sleep in a mailbox of their owner's, and come back by themselves.

One is put aside and brought back by a change as any other (`emails.EmailChange`); whoever takes it out of the mailbox it sleeps
in, by whatever protocol, has woken it. When a mail has to be looked at stands beside the accounts, so that nobody has to open
all of them to know: that may be sooner than anything happens, and is never later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..ids import AccountId, EmailId


@dataclass(frozen=True, slots=True)
class Woken:
    """What came of waking those that were due."""

    emails: Sequence[EmailId]
    """Those that are back."""
    next: int | None
    """When the next is due, in seconds since 1970, be it in the past; None: none sleeps."""


class Sleeping(Protocol):
    """A part of `pillarbox.store.api.Mail`."""

    async def wake(self, now: int, most: int) -> Woken:
        r"""Bring back so many at most of the emails that have slept until `now`: not \Seen, where they came from, or to INBOX
        where that is gone."""

    async def next_waking(self) -> int | None:
        """When the next is due; None: none sleeps."""


@dataclass(frozen=True, slots=True)
class Alarm:
    account: AccountId
    at: int
    mark: int


class Alarms(Protocol):
    """A part of `pillarbox.store.api.Accounts`."""

    async def alarms(self, now: int) -> Sequence[Alarm]:
        """Those that have gone off, soonest first."""

    async def set_alarm(self, account: AccountId, at: int) -> None:
        """It goes off then at the latest. Nothing happens for an account that is gone."""

    async def reset_alarm(self, alarm: Alarm, at: int | None) -> None:
        """To another time, or (None) off: unless somebody has set it since it was looked at."""
