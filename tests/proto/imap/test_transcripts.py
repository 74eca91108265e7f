"""Conversations with the engine, in the RFCs' own form. C: lines are sent as they stand, S: lines are all that is answered."""

import re
from pathlib import Path

import pytest

from proto.imap.driver import Driver, merged

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "transcripts" / "imap" / "engine").glob("*.txt"))


def turns(path: Path) -> list[tuple[bytes, bytes]]:
    """What the client sends and what it is answered, in turn; `\\xNN` is a byte no text file can show."""
    out: list[tuple[bytes, bytes]] = []
    for line in path.read_bytes().split(b"\n"):
        text = re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), line[3:]) + b"\r\n"
        if line.startswith(b"C:"):
            out.append((text, b""))
        elif line.startswith(b"S:"):
            sent, said = out.pop()
            out.append((sent, said + text))
    return out


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=name)
def test_a_transcript_is_answered_as_written(path: Path) -> None:
    driver = Driver()
    for number, (sent, expected) in enumerate(turns(path)):
        assert driver.feed(sent) == expected, f"turn {number}: {sent!r}"


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=name)
def test_every_cut_of_a_transcript_is_answered_alike(path: Path) -> None:
    stream = b"".join(sent for sent, _ in turns(path))
    whole = Driver()
    said = whole.feed(stream)
    for cut in range(1, len(stream)):
        bits = Driver()
        assert bits.feed(stream[:cut]) + bits.feed(stream[cut:]) == said
        assert merged(bits.events) == merged(whole.events)


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 8
