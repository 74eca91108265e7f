"""pillarbox trace"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from ..errors import OperatorError
from ..store.queued import Conversation, Event
from . import options, output
from .desk import office_at, waiting


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on a message's way."""

    at: float
    id: str
    event: str
    facts: Mapping[str, str]
    said: Sequence[str] = ()
    """What was said with another server, a line each."""


@click.command("trace")
@click.argument("message")
@options.as_json
@options.config
@waiting
async def command(message: str, as_json: bool, config: str | None) -> None:
    """One message's whole way: how it came, what was found out about it, where it was filed, and each attempt to send it on.

    MESSAGE is its Message-ID, or the name we gave it ("Kept as …", and "id …" in its Received field).

    \b
    Examples:
      pillarbox trace w3k5mqxzq2abc
      pillarbox trace "<20261121.1@example.org>" --json
    """
    async with office_at(config) as office:
        events = await office.kept.journal().trace(message.strip().strip("<>"))
        if not events:
            raise OperatorError(
                f"nothing is known of {message}", "it may be too long ago (outgoing.keep_finished), or not have come by us"
            )
        queue = office.kept.queue()
        spoken = [one for name in dict.fromkeys(event.id for event in events) for one in await queue.conversations(name)]
    steps = way(events, spoken)
    if as_json:
        output.json([_shown(step) for step in steps])
        return
    for step in steps:
        facts = " ".join(f"{key}={_quoted(value)}" for key, value in step.facts.items())
        output.line(f"{output.time(step.at, fine=True)}  {step.id}  {step.event:<10}  {facts}".rstrip())
        for line in step.said:
            output.line(f"    {line}")


def way(events: Sequence[Event], spoken: Sequence[Conversation]) -> Sequence[Step]:
    """All of it by time. A conversation is known to the second only, and comes just before what it led to."""
    steps = [Step(_led_to(one, events), one.id, "said", {"host": one.host}, one.text.split("\n")) for one in spoken]
    steps += [Step(event.at, event.id, event.name, dict(event.facts)) for event in events]
    return sorted(steps, key=lambda step: step.at)


def _led_to(one: Conversation, events: Sequence[Event]) -> float:
    outcomes = (event.at for event in events if event.id == one.id and event.facts.get("host") == one.host)
    return min((at for at in outcomes if at >= one.at), default=float(one.at))


def _shown(step: Step) -> Mapping[str, object]:
    at = output.time(step.at, fine=True)
    return {"at": at, "id": step.id, "event": step.event, "facts": step.facts, "said": step.said}


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value or not value else value
