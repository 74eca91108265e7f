"""Where two servers answer differently."""

from dataclasses import dataclass, field

from bench.compare.answers import Value


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that is not the same on both sides."""

    kind: str
    """Of what was asked: a row of the report."""
    name: str
    """The message's name in the corpus."""
    message: bytes = field(repr=False)
    question: bytes
    """The command, less the message's number."""
    fact: str
    """Which part of the answer: "subject", "2.1 encoding", or nothing where it is all of one piece."""
    ours: Value
    theirs: Value
    needle: str = ""
    """What was searched for."""
    beside: tuple[dict[str, Value], dict[str, Value]] = field(default=({}, {}), repr=False)
    """All that each side answered to the same command."""


@dataclass(slots=True)
class Tally:
    """How much of a kind was compared."""

    kind: str
    compared: int = 0
    unit: str = "answers"
    skipped: str = ""
    """Why none was."""
    differences: list[Difference] = field(default_factory=list)
