"""Commands about who may do what with a mailbox (RFC 4314 §3)."""

from dataclasses import dataclass
from enum import Enum

from .command import AUTHENTICATED, Command


class RightsAction(Enum):
    """What SETACL does with the rights there are, by what stands before the letters."""

    REPLACE = b""
    ADD = b"+"
    REMOVE = b"-"


@dataclass(frozen=True, slots=True)
class SetAcl(Command):
    """RFC 4314 §3.1"""

    name = b"SETACL"
    valid_in = AUTHENTICATED

    mailbox: str
    identifier: str
    action: RightsAction
    rights: str
    """Letters, each that of a right; c and d may be among them (§2.1.1)."""


@dataclass(frozen=True, slots=True)
class DeleteAcl(Command):
    """RFC 4314 §3.2"""

    name = b"DELETEACL"
    valid_in = AUTHENTICATED

    mailbox: str
    identifier: str


@dataclass(frozen=True, slots=True)
class GetAcl(Command):
    """RFC 4314 §3.3"""

    name = b"GETACL"
    valid_in = AUTHENTICATED

    mailbox: str


@dataclass(frozen=True, slots=True)
class ListRights(Command):
    """RFC 4314 §3.4"""

    name = b"LISTRIGHTS"
    valid_in = AUTHENTICATED

    mailbox: str
    identifier: str


@dataclass(frozen=True, slots=True)
class MyRights(Command):
    """RFC 4314 §3.5"""

    name = b"MYRIGHTS"
    valid_in = AUTHENTICATED

    mailbox: str
