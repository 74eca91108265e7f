"""What all commands have: a name, a tag, and the states they are valid in (RFC 9051 §3)."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class State(Enum):
    """Where a connection stands (RFC 9051 §3)."""

    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"

    __hash__ = object.__hash__  # looked up for every command; Enum's own is a function in Python


ANY = frozenset(State)
NOT_AUTHENTICATED = frozenset({State.NOT_AUTHENTICATED})
AUTHENTICATED = frozenset({State.AUTHENTICATED, State.SELECTED})
SELECTED = frozenset({State.SELECTED})


@dataclass(frozen=True, slots=True)
class Command:
    name: ClassVar[bytes]
    valid_in: ClassVar[frozenset[State]]

    tag: bytes
