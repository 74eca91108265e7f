"""What became of a message, for each of its recipients (RFC 3464 §2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]
"""RFC 3464 §2.3.3"""

ACTIONS: Mapping[str, Action] = {name: name for name in get_args(Action)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientStatus:
    """What became of one recipient (RFC 3464 §2.3)."""

    address: str
    action: Action
    status: str
    """RFC 3463: "5.1.1"."""
    original: str = ""
    """As ORCPT had it: "rfc822;bob@example.org"."""
    diagnostic: str = ""
    """The other server's reply, as it came: "550 5.1.1 no such user"; or a sentence of ours."""
    remote_mta: str = ""
    """The name of the server that said so; "" where none was asked."""
    last_attempt: datetime | None = None
    will_retry_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What became of a message (RFC 3464 §2.2)."""

    reporting_mta: str
    recipients: Sequence[RecipientStatus]
    envid: str = ""
    arrival: datetime | None = None
