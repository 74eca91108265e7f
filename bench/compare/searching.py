"""SEARCH: the same messages found by both sides."""

from collections.abc import Iterator, Sequence

from bench.compare.answers import lines
from bench.compare.differences import Difference, Tally
from bench.compare.parties import Party
from bench.compare.questions import Question, questions


def compare(both: tuple[Party, Party], names: Sequence[str], messages: Sequence[bytes]) -> Iterator[Tally]:
    """A tally a kind of key. Each message that only one side finds is a difference."""
    tallies: dict[str, Tally] = {}
    for question in questions(messages):
        kind = f"SEARCH {question.kind}"
        tally = tallies.setdefault(kind, Tally(kind, unit="queries"))
        tally.compared += 1
        ours, theirs = (found(party, b"SEARCH " + question.keys) for party in both)
        for number in sorted(ours ^ theirs):
            tally.differences.append(_difference(kind, question, names[number - 1], messages[number - 1], number in ours))
    yield from tallies.values()


def found(party: Party, command: bytes) -> set[int]:
    """The numbers that a SEARCH finds; -1 where it is refused."""
    answer = party.tell(command)
    if answer.startswith(b"refused: "):
        return {-1}
    return {int(word) for values in lines(answer) if values[0] == b"SEARCH" for word in values[1:]}


def _difference(kind: str, question: Question, name: str, message: bytes, is_ours: bool) -> Difference:
    return Difference(kind, name, message, b"SEARCH " + question.keys, question.field, is_ours, not is_ours, question.needle)
