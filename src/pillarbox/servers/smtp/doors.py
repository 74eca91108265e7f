"""Which door is what: mail from other servers, from people, and from a mail transfer agent of ours."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a door is for."""

    submission: bool = False
    """From people: AUTH before MAIL, their own address as the sender (RFC 6409)."""
    lmtp: bool = False
    """A reply for each recipient (RFC 2033)."""


EXCHANGER = Role()
"""From other servers (RFC 5321): for our own domains only, whoever sends."""

ROLES: Mapping[str, Role] = {
    "smtp": EXCHANGER,
    "submission": Role(submission=True),
    "submissions": Role(submission=True),
    "lmtp": Role(lmtp=True),
}
"""By the door's name."""
