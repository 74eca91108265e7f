"""Conversations as an RFC writes them, whole, in every cut, and pipelined."""

from pathlib import Path

import pytest

from proto.pop3.toy import TRANSCRIPTS, Toy, conversation

ALL = sorted(TRANSCRIPTS.glob("*.txt"))
each = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)


@each
def test_transcript(path: Path) -> None:
    """Each C: line is sent as it stands; the S: lines that follow are all, and only, the answer."""
    toy = Toy()
    for number, (said, answer) in enumerate(conversation(path)):
        assert toy.feed(said) == answer, f"turn {number}: {said!r}"


@each
def test_pipelined_all_is_answered_the_same(path: Path) -> None:
    turns = conversation(path)
    assert Toy().feed(b"".join(said for said, _ in turns)) == b"".join(answer for _, answer in turns)


@each
def test_every_cut_of_every_transcript(path: Path) -> None:
    turns = conversation(path)
    stream, said = b"".join(said for said, _ in turns), b"".join(answer for _, answer in turns)
    whole = Toy()
    whole.feed(stream)
    for cut in range(1, len(stream)):
        bits = Toy()
        assert bits.feed(stream[:cut]) + bits.feed(stream[cut:]) == said
        assert bits.events == whole.events


def test_there_are_transcripts() -> None:
    assert len(ALL) >= 6
