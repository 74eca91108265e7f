"""What is announced and what is claimed of an RFC is shown by a conversation written down, and played by the tests."""

import tomllib
from pathlib import Path

import pytest

from pillarbox.servers.imap.capabilities import TABLE
from pillarbox.testing import shown

ROOT = Path(__file__).parents[2]
SAID = shown.transcripts(ROOT / "tests" / "transcripts")
ENTRIES = tomllib.loads((ROOT / "rfc" / "rfc.toml").read_text("utf-8"))["rfc"]
IMAP = [entry["number"] for entry in ENTRIES if entry["area"] == "IMAP" and entry["done"] != "no"]
ANNOUNCED = {row.name for row in TABLE}


@pytest.mark.parametrize("name", sorted(ANNOUNCED))
def test_every_capability_is_shown_by_a_transcript(name: str) -> None:
    assert any(name in one.shows for one in SAID)


@pytest.mark.parametrize("number", IMAP)
def test_every_rfc_of_imap_that_we_keep_is_shown_by_a_transcript(number: int) -> None:
    assert any(number in one.cited for one in SAID)


def test_what_a_transcript_says_it_shows_is_a_capability() -> None:
    assert {name for one in SAID for name in one.shows} - ANNOUNCED == set()


def test_every_transcript_of_imap_says_what_it_is_for() -> None:
    sessions = [one for one in SAID if one.path.parent.name == "imap-sessions"]
    assert [one.path.name for one in sessions if not one.cited] == []


def test_sections_are_read_from_what_is_written() -> None:
    found = shown.cited(["RFC 5256 §3, §4.1, RFC 5957 §3: why", "as RFC 5256 §10 says", "RFC 9051"])
    assert found == {5256: {"3", "4.1", "10"}, 5957: {"3"}, 9051: frozenset()}
    assert shown.in_order(found[5256]) == ["3", "4.1", "10"]
