"""Messages for the queue, which does not look into them."""

from collections.abc import Sequence
from typing import Any

from contract.letters import content
from pillarbox.store.queued import Claimed, NewQueued, NewRecipient, Result, State

BODY = b"Subject: hello\r\n\r\nhello\r\n"


def to(address: str, **other: Any) -> NewRecipient:
    return NewRecipient(**{"address": address, "destination": address.rpartition("@")[2], **other})


def outgoing(id: str, *addresses: str | NewRecipient, data: bytes = BODY, **other: Any) -> NewQueued:  # noqa: A002
    """A message to those, or to you@there.example; everything else as it comes."""
    recipients = [to(one) if isinstance(one, str) else one for one in addresses or ("you@there.example",)]
    usual = {"kind": "submission", "sender": "me@example.org", "created_at": 1000, "expires_at": 9000}
    return NewQueued(**{"id": id, "recipients": recipients, "content": content(data), **usual, **other})


def delivered(claimed: Claimed, **other: Any) -> list[Result]:
    """All of it was."""
    return came_of(claimed, State.DELIVERED, **{"code": "2.0.0", "said": "thanks", **other})


def came_of(claimed: Claimed, state: State, **other: Any) -> list[Result]:
    return [Result(**{"id": claimed.message.id, "n": one.n, "state": state, **other}) for one in claimed.recipients]


def names(claimed: Sequence[Claimed]) -> list[str]:
    return [one.message.id for one in claimed]
