"""What is so, and the words in which it is told."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

Said = list[bytes]
FLAGS = (r"\Seen", r"\Flagged", r"\Answered", r"\Deleted", r"\Draft", "$Forwarded", "Later")
KINDS = ("", "CONDSTORE", "QRESYNC", "", "QRESYNC IMAP4rev2")
"""What the actors enable, in turn."""
FETCHED = re.compile(rb"\* ([0-9]+) FETCH \((.*)\)", re.DOTALL)
UID, MODSEQ, SAID_FLAGS = (re.compile(text) for text in (rb"\bUID ([0-9]+)", rb"MODSEQ \(([0-9]+)\)", rb"FLAGS \(([^)]*)\)"))
SUBJECT = re.compile(rb"Subject: letter ([0-9]+)")
COPIED = re.compile(rb"COPYUID ([0-9]+) ([0-9:,]+) ([0-9:,]+)")
FEWEST, MOST = 4, 40
"""Messages of a mailbox below which mail is added, and above which it is deleted."""
TOLD = 40
"""Steps told of when something is wrong."""


class Line:
    """How an actor speaks: what `servers.imap.parley.Client` has."""

    async def do(self, command: bytes | str) -> Said:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


Connect = Callable[[int], Awaitable[Line]]
"""A connection, logged in, to the worker of that number (or to any)."""


@dataclass
class Letter:
    """One message as it must be."""

    number: int
    flags: set[str]
    modseq: int | None = None
    """Known once anyone was told it."""
    above: int = 0
    """Its mod-sequence is more than this."""


@dataclass
class Box:
    """One mailbox as it must be."""

    name: str
    validity: int
    letters: dict[int, Letter] = field(default_factory=dict)
    last_uid: int = 0
    is_gone: bool = False
    recent_to: dict[int, int] = field(default_factory=dict)
    """UID → the session that was told it is recent."""


@dataclass
class Entry:
    """A message as an actor knows it."""

    uid: int | None = None
    flags: set[str] | None = None
    modseq: int = 0


@dataclass
class Left:
    """What a client remembers when it goes."""

    box: Box
    validity: int
    modseq: int
    entries: list[Entry]


def changed(flags: set[str], sign: str, by: set[str]) -> set[str]:
    """Flags after a STORE."""
    match sign:
        case "+":
            return flags | by
        case "-":
            return flags - by
        case _:
            return set(by)


def numbers(text: bytes) -> list[int]:
    """A set of numbers, in its order."""
    found: list[int] = []
    for piece in text.split(b","):
        first, _, last = piece.partition(b":")
        found += range(int(first), int(last or first) + 1)
    return found


def written(these: Iterable[int]) -> str:
    return ",".join(map(str, sorted(these)))


def response(said: Said, name: bytes) -> re.Match[bytes] | None:
    """A response code with a number."""
    return re.search(name + rb" ([0-9]+)\]", b"\n".join(said))


def searched(said: Said) -> list[int]:
    """What SEARCH or ESEARCH found."""
    for line in said:
        if line.startswith(b"* SEARCH"):
            return [int(word) for word in line.split()[2:] if word.isdigit()]
        if line.startswith(b"* ESEARCH"):
            return numbers(found[1]) if (found := re.search(rb" ALL ([0-9:,]+)", line)) else []
    return []
