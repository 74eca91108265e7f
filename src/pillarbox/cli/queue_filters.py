"""Which mail in the queue a command is about."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from ..store.queued import OVER, QueuedRecipient, QueueFilter, State

HOUR = 3600
_OPTIONS = (
    click.argument("ids", nargs=-1, metavar="[ID]..."),
    click.option("--sender", default="", metavar="ADDRESS", help="From this address, or from @domain."),
    click.option("--recipient", default="", metavar="ADDRESS", help="To this address, or to @domain."),
    click.option(
        "--destination", default="", metavar="DOMAIN", help="For this domain's servers; @local for our own mailboxes."
    ),
    click.option("--state", type=click.Choice([state.value for state in State]), help="In this state."),
    click.option("--older-than", type=click.FloatRange(min=0), metavar="HOURS", help="Queued longer ago than that."),
)


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Arguments and options that name mail: passes `which`, a QueueFilter for all that fits."""

    @wraps(command)
    def wrapped(*arguments: Any, **given: Any) -> Any:
        hours, state = given.pop("older_than"), given.pop("state")
        which = QueueFilter(
            ids=given.pop("ids"),
            sender=given.pop("sender"),
            recipient=given.pop("recipient"),
            destination=given.pop("destination"),
            state=State(state) if state else None,
            older_than=None if hours is None else now() - int(hours * HOUR),
            most=given.pop("most", sys.maxsize),
        )
        return command(*arguments, which=which, **given)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def fits(recipient: QueuedRecipient, which: QueueFilter) -> bool:
    """Whether this one of a message's recipients is meant; what is over is where its state or message is named."""
    if which.state is not None and recipient.state is not which.state:
        return False
    if which.state is None and not which.ids and recipient.state in OVER:
        return False
    address, wanted = recipient.address.lower(), which.recipient.lower()
    is_named = address.endswith(wanted) if wanted.startswith("@") else wanted in ("", address)
    return is_named and which.destination in ("", recipient.destination)


def names_something(which: QueueFilter) -> bool:
    """Whether it says more than "all"."""
    return bool(
        which.ids or which.sender or which.recipient or which.destination or which.state or which.older_than is not None
    )


def now() -> int:
    return int(datetime.now(UTC).timestamp())
