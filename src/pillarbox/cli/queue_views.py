"""pillarbox queue list, show"""

from collections.abc import Mapping
from typing import Any

import click

from ..errors import NotFound, OperatorError
from ..store.queued import Queued, QueuedRecipient, QueueFilter, State
from . import options, output
from .desk import about, office_at, waiting
from .queue_filters import filters, fits


@click.command("list")
@filters
@click.option("--most", type=click.IntRange(min=1), default=1000, show_default=True, help="No more messages than that.")
@options.as_json
@options.config
@waiting
async def list_(which: QueueFilter, as_json: bool, config: str | None) -> None:
    """What waits, the oldest first, one line a recipient; what is over only with --state or its ID.

    \b
    Examples:
      pillarbox queue list
      pillarbox queue list --recipient @example.net --older-than 4
      pillarbox queue list --state failed --json
    """
    async with office_at(config) as office:
        found = await office.kept.queue().listed(which)
    rows = [_row(queued, recipient) for queued in found for recipient in queued.recipients if fits(recipient, which)]
    output.rows(rows, ("id", "sender", "recipient", "state", "tried", "next", "said"), as_json)
    if len(found) == which.most:
        output.said(f"these are {which.most} messages; for more of them say --most")


@click.command("show")
@click.argument("name", metavar="ID")
@click.option("--message", is_flag=True, help="Print the message itself, as it goes over the wire.")
@options.as_json
@options.config
@waiting
async def show(name: str, message: bool, as_json: bool, config: str | None) -> None:
    """One message: its recipients, and what was said about it with other servers.

    \b
    Example:
      pillarbox queue show w3k5mqxzq2abc
    """
    async with office_at(config) as office:
        queue = office.kept.queue()
        if message:
            with about(name, {NotFound: "what is over is kept no longer; see `pillarbox trace`"}):
                click.echo(await queue.read(name), nl=False)
            return
        queued = next(iter(await queue.listed(QueueFilter(ids=[name]))), None)
        if queued is None:
            raise OperatorError(f"there is no message {name} in the queue", "see `pillarbox queue list`")
        said = [
            {"at": output.time(one.at), "host": one.host, "text": one.text.split("\n")}
            for one in await queue.conversations(name)
        ]
    known, recipients = _message(queued), [_row(queued, one) for one in queued.recipients]
    if as_json:
        output.json({**known, "recipients": recipients, "conversations": said})
        return
    output.one({**known, "size": output.size(known["size"])}, as_json=False)
    click.echo()
    output.rows(recipients, ("recipient", "state", "tried", "next", "host", "said"), as_json=False)
    for one in said:
        click.echo()
        for line in (f"{one['at']}  {one['host']}", *(f"  {line}" for line in one["text"])):
            output.line(line)


def _row(queued: Queued, recipient: QueuedRecipient) -> Mapping[str, Any]:
    return {
        "id": queued.message.id,
        "sender": queued.message.sender or "<>",
        "recipient": recipient.address,
        "destination": recipient.destination,
        "state": recipient.state.value,
        "tried": recipient.attempts,
        "next": output.time(recipient.at) if recipient.state is State.WAITING else "",
        "host": recipient.host,
        "code": recipient.code,
        "said": recipient.said,
    }


def _message(queued: Queued) -> Mapping[str, Any]:
    message = queued.message
    return {
        "id": message.id,
        "kind": message.kind,
        "sender": message.sender or "<>",
        "subject": message.subject,
        "message-id": message.message_id,
        "size": len(message.prefix) + message.content.size - message.skip,
        "queued": output.time(message.created_at),
        "given up": output.time(message.expires_at),
    }
