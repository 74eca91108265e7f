"""How a command's name leads to what it becomes and what reads it."""

from collections.abc import Callable
from typing import NamedTuple

from pillarbox.proto.imap.commands import Command

from .scanner import Scanner


class Production(NamedTuple):
    command: type[Command]
    parse: Callable[[bytes, Scanner], Command]
    """Takes the tag and the scanner, which stands behind the name; leaves it where the command should end."""


def bare(command: Callable[[bytes], Command]) -> Callable[[bytes, Scanner], Command]:
    """The parser of a command that takes no arguments."""
    return lambda tag, scan: command(tag)
