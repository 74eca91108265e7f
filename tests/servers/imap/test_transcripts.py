"""Conversations, of the RFCs' own examples and of several clients at once."""

from pathlib import Path

import pytest

from servers.imap.parley import TRANSCRIPTS, Clients, play

ALL = sorted(TRANSCRIPTS.glob("*.txt"))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
async def test_transcript(path: Path, clients: Clients) -> None:
    await play(path, clients)


def test_there_are_transcripts() -> None:
    assert len(ALL) >= 15
