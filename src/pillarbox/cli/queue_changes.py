"""pillarbox queue retry, hold, release, drop, bounce"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import click

from ..errors import NotFound, OperatorError
from ..mail.office import Office
from ..mta.bounce import Bounces
from ..mta.relay import Carried
from ..mta.settling import Settling
from ..mta.verdict import failed
from ..store.queued import Claimed, Intervention, QueueFilter, State
from . import options, output
from .desk import office_at, waiting
from .queue_filters import filters, names_something, now

RETURNED: Final = failed("5.0.0", "returned by the postmaster")
"""What a sender is told of a message that was taken out."""
AT_ONCE: Final = 500
"""Messages taken out at a time."""


def _intervention(name: str, what: Intervention, says: str, example: str) -> click.Command:
    """A command that changes what is queued."""

    @click.command(name, help=f"{says}\n\n\b\nExample:\n  pillarbox queue {name} {example}")
    @filters
    @options.config
    @waiting
    async def change(which: QueueFilter, config: str | None) -> None:
        _is_about_something(which)
        async with office_at(config) as office:
            count = await office.kept.queue().change(which, what, now())
            office.outgoing.wake()
            await _tell(office, which, name, count)

    return change


retry = _intervention("retry", Intervention.RETRY, "Try now what waits for its next attempt.", "--destination example.net")
hold = _intervention("hold", Intervention.HOLD, "Try it no more, until it is released.", "--sender someone@example.org")
release = _intervention("release", Intervention.RELEASE, "Let go on what was held.", "--sender someone@example.org")
drop = _intervention("drop", Intervention.DROP, "Take it out, and tell nobody.", "w3k5mqxzq2abc")


@click.command("bounce")
@filters
@options.config
@waiting
async def bounce(which: QueueFilter, config: str | None) -> None:
    """Take it out, and return it to its sender, where that is someone who may be told.

    \b
    Example:
      pillarbox queue bounce --destination example.invalid
    """
    _is_about_something(which)
    async with office_at(config) as office:
        queue = office.kept.queue()
        owner = await queue.enlist()
        count = 0
        try:
            while taken := await queue.take(owner, replace(which, most=AT_ONCE)):
                for whole in _by_message(taken):
                    await _return(office, whole)
                    count += len(whole.recipients)
        finally:
            await queue.resign(owner)
        office.outgoing.wake()
        await _tell(office, which, "bounce", count)


def _by_message(taken: Sequence[Claimed]) -> Iterable[Claimed]:
    """A message's recipients together, whatever their destinations, so that its sender is told once."""
    found: dict[str, Claimed] = {}
    for claimed in taken:
        name = claimed.message.id
        before = found[name].recipients if name in found else ()
        found[name] = replace(claimed, recipients=[*before, *claimed.recipients])
    return found.values()


async def _return(office: Office, claimed: Claimed) -> None:
    """Its recipients have failed, and its sender is told, in one commit."""
    lifetime = office.settings.outgoing.give_up_after
    bounces = Bounces(hostname=office.hostname, lifetime=lifetime, limits=office.limits.message)
    settling = Settling(
        office.kept.queue(),
        office.kept.journal(),
        bounces,
        office.clock,
        destination_of=office.directory.destination,
        warn_after=0,
        jitter=lambda: 0.0,
        signed=office.signing.signed,
    )
    await settling.settle(claimed, Carried.alike(claimed, RETURNED))


def _is_about_something(which: QueueFilter) -> None:
    """Raises OperatorError where all would be meant by naming nothing."""
    if not names_something(which):
        raise OperatorError("which mail?", 'name ids, or say for example --destination example.net, or --sender "@example.org"')


async def _tell(office: Office, which: QueueFilter, done: str, count: int) -> None:
    """How many recipients it was. Raises OperatorError where it was none."""
    if not count:
        raise await _none(office, which)
    output.said(f"{done}: {count} recipient{'s' if count != 1 else ''}")


async def _none(office: Office, which: QueueFilter) -> Exception:
    """Why nothing was changed."""
    found = await office.kept.queue().listed(replace(which, most=AT_ONCE))
    states = {recipient.state for queued in found for recipient in queued.recipients}
    if State.IN_HAND in states:
        return OperatorError("it is being sent at this moment", "ask again in a minute; see `pillarbox queue list`")
    if states:
        said = ", ".join(sorted(state.value for state in states))
        return OperatorError(f"there is nothing to change: it is {said}", "see `pillarbox queue list`")
    return NotFound("nothing in the queue is like that")
