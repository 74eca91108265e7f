"""Conversations as an RFC writes them: line by line, pipelined, and in every cut."""

from pathlib import Path

import pytest

from proto.smtp.toy import TRANSCRIPTS, conversation, merged, toy_for

ALL = sorted([*TRANSCRIPTS.joinpath("smtp").glob("*.txt"), *TRANSCRIPTS.joinpath("lmtp").glob("*.txt")])
each = pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}-{path.stem}")


@each
def test_transcript(path: Path) -> None:
    """Each C: line is sent as it stands; the S: lines that follow are all, and only, the answer."""
    toy = toy_for(path)
    for number, (said, answer) in enumerate(conversation(path)):
        assert toy.feed(said) == answer, f"turn {number}: {said!r}"


@each
def test_every_cut_of_every_transcript(path: Path) -> None:
    turns = conversation(path)
    if any(said.upper() == b"STARTTLS\r\n" for said, _ in turns):
        pytest.skip("what is sent behind STARTTLS is dropped, and should be")
    stream, answer = b"".join(said for said, _ in turns), b"".join(answer for _, answer in turns)
    whole = toy_for(path)
    assert whole.feed(stream) == answer
    for cut in range(1, len(stream)):
        bits = toy_for(path)
        assert bits.feed(stream[:cut]) + bits.feed(stream[cut:]) == answer, cut
        assert merged(bits.events) == merged(whole.events), cut
        assert bits.messages == whole.messages, cut


@each
def test_one_byte_at_a_time_says_the_same(path: Path) -> None:
    toy = toy_for(path)
    for number, (said, answer) in enumerate(conversation(path)):
        assert toy.feed(said, step=1) == answer, f"turn {number}: {said!r}"
