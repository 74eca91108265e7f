"""What a verdict means for the queue: delivered, failed, or when next (pure)."""

from dataclasses import dataclass
from typing import Final

from ..store.queued import NewQueued, QueuedRecipient, Result, State
from . import schedule
from .verdict import Verdict

EXPIRED: Final = "4.4.7"
"""RFC 3463 §3.5: delivery time expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """The circumstances of an attempt, the same for all its recipients. Times are seconds since 1970."""

    now: int
    warn_after: int
    jitter: float
    """From 0 up to 1."""
    lasts: int = 0
    """Seconds that a message is tried for; 0: that is not known."""
    host: str = ""
    at: int = 0
    """When to try again; 0: as scheduled."""
    not_before: int = 0
    """Nobody is there until then."""
    counts: bool = True
    """Whether the host was asked at all."""


def result_of(message: NewQueued, recipient: QueuedRecipient, verdict: Verdict, attempted: Attempted) -> Result:
    """What the queue is to keep of a recipient."""
    if verdict.state is State.WAITING:
        return _waiting(message, recipient, verdict, attempted)
    return Result(
        id=message.id,
        n=recipient.n,
        state=verdict.state,
        host=attempted.host,
        code=verdict.code,
        said=verdict.said,
        warned=recipient.warned,
    )


def is_late(recipient: QueuedRecipient, result: Result) -> bool:
    """Whether it has waited long enough for its sender to be told so now."""
    return result.code == EXPIRED or (result.warned and not recipient.warned)


def _waiting(message: NewQueued, recipient: QueuedRecipient, verdict: Verdict, attempted: Attempted) -> Result:
    """Until its next attempt, if there is to be one."""
    now, expires_at = attempted.now, message.expires_at
    began = _began(message, attempted)
    next_at = schedule.next_at(
        attempts=recipient.attempts + 1,
        now=now,
        expires_at=expires_at,
        jitter=attempted.jitter,
        greylisted=verdict.greylisted,
    )
    host = attempted.host or recipient.host
    if next_at is None:
        said = f"given up after {_span(now - began)}; at last: {verdict.said}"
        return Result(
            id=message.id, n=recipient.n, state=State.FAILED, host=host, code=EXPIRED, said=said, warned=recipient.warned
        )
    is_warning_due = schedule.is_warning_due(
        created_at=began, now=now, warn_after=attempted.warn_after, warned=recipient.warned
    )
    return Result(
        id=message.id,
        n=recipient.n,
        state=State.WAITING,
        at=now if verdict.is_full else min(max(attempted.at or next_at, attempted.not_before), expires_at),
        host=host,
        code=verdict.code,
        said=verdict.said,
        warned=recipient.warned or is_warning_due,
        counts=attempted.counts,
    )


def _began(message: NewQueued, attempted: Attempted) -> int:
    """Since when it could leave: what was held for its release (RFC 4865) has not been late meanwhile."""
    return max(message.created_at, message.expires_at - attempted.lasts) if attempted.lasts else message.created_at


def _span(seconds: int) -> str:
    hours = seconds // 3600
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} hours" if hours >= 2 else f"{max(1, seconds // 60)} minutes"
