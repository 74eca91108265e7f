"""Commands about how much there may be (RFC 9208 §4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from .command import AUTHENTICATED, Command


@dataclass(frozen=True, slots=True)
class GetQuota(Command):
    """RFC 9208 §4.1.1"""

    name = b"GETQUOTA"
    valid_in = AUTHENTICATED

    root: str


@dataclass(frozen=True, slots=True)
class GetQuotaRoot(Command):
    """RFC 9208 §4.1.2"""

    name = b"GETQUOTAROOT"
    valid_in = AUTHENTICATED

    mailbox: str


@dataclass(frozen=True, slots=True)
class SetQuota(Command):
    """RFC 9208 §4.1.3"""

    name = b"SETQUOTA"
    valid_in = AUTHENTICATED

    root: str
    limits: Sequence[tuple[bytes, int]]
    """Resources, in capitals, and their bounds; what is not named has none."""
