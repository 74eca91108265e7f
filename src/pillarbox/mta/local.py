"""What the queue has for our own mailboxes: filed by the mail, and its errors in the queue's words (RFC 3463)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from .. import errors
from ..errors import MailError
from ..mail.delivery import Outcome
from ..store.queued import Claimed, State
from .verdict import Verdict, failed, waiting

File = Callable[[Claimed, bytes], Awaitable[Sequence[Outcome]]]
"""Files a message; an outcome a recipient."""

FILED: Final = Verdict(State.DELIVERED, "2.0.0", "filed")
EXPANDED: Final = Verdict(State.DELIVERED, "2.0.0", "passed on to several", expanded=True)
FINAL: Final[Mapping[type[MailError], str]] = {
    errors.NotFound: "5.1.1",
    errors.Invalid: "5.1.3",
    errors.NotPermitted: "5.7.1",
    errors.TooBig: "5.3.4",
    errors.TooMany: "5.3.4",
}
"""What no waiting mends."""
FOR_NOW: Final[Mapping[type[MailError], str]] = {errors.OverQuota: "4.2.2", errors.InUse: "4.2.1"}
OTHERWISE: Final = "4.3.0"


def filing(file: File) -> Callable[[Claimed, bytes], Awaitable[Sequence[Verdict]]]:
    """As `file`, but in verdicts."""

    async def deliver(claimed: Claimed, data: bytes) -> Sequence[Verdict]:
        outcomes = await file(claimed, data)
        return [EXPANDED if outcome.is_expanded else verdict_of(outcome.error) for outcome in outcomes]

    return deliver


def verdict_of(error: MailError | None) -> Verdict:
    """By the nearest kind that a table has."""
    if error is None:
        return FILED
    for kind in type(error).__mro__:
        if kind in FINAL:
            return failed(FINAL[kind], str(error))
        if kind in FOR_NOW:
            return waiting(FOR_NOW[kind], str(error))
    return waiting(OTHERWISE, str(error))
