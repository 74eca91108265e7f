"""What the written conversations of tests/ show, and where the code says which section of an RFC it keeps.

A transcript begins with lines that say what it is for:

    # RFC 5256 §3, RFC 5957 §3: why it is there
    # shows: SORT, SORT=DISPLAY
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CITED = re.compile(r"RFC ?(\d{3,5})((?:,? (?:and )?§ ?\d+(?:\.\d+)*)*)")
_SECTION = re.compile(r"\d+(?:\.\d+)*")
_SHOWS = "shows:"

Citations = Mapping[int, frozenset[str]]
"""Sections by the number of their RFC."""


@dataclass(frozen=True, slots=True)
class Transcript:
    path: Path
    cited: Citations
    shows: frozenset[str]
    """Capabilities, as they are announced."""


def transcripts(folder: Path) -> Sequence[Transcript]:
    """All below a folder, by path."""
    return [_read(path) for path in sorted(folder.rglob("*.txt"))]


def _read(path: Path) -> Transcript:
    head = list(_head(path.read_text("utf-8").split("\n")))
    named = (line.removeprefix(_SHOWS).split(",") for line in head if line.startswith(_SHOWS))
    return Transcript(path, cited(head), frozenset(name.strip() for names in named for name in names))


def _head(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("#"):
            return
        yield line.lstrip("# ")


def cited(texts: Iterable[str]) -> Citations:
    """The sections that texts name."""
    found: dict[int, set[str]] = {}
    for text in texts:
        for number, sections in _CITED.findall(text):
            found.setdefault(int(number), set()).update(_SECTION.findall(sections))
    return {number: frozenset(sections) for number, sections in found.items()}


def cited_in_code(*folders: Path) -> Citations:
    """The sections that docstrings and comments below some folders name."""
    return cited(path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.py")))


def in_order(sections: Iterable[str]) -> Sequence[str]:
    """Sections as a book has them."""
    return sorted(sections, key=lambda section: [int(number) for number in section.split(".")])
