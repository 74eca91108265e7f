"""The tour names functions; they must be there."""

import importlib
import re
from pathlib import Path

import pytest

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"
NAMES = sorted(set(re.findall(r"`(pillarbox\.[a-z0-9_.]+(?::[A-Za-z_.]+)?)`", TOUR.read_text("utf-8"))))


def test_the_tour_has_stops() -> None:
    assert len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_what_the_tour_names_is_there(name: str) -> None:
    module, _, path = name.partition(":")
    found: object = importlib.import_module(module)
    for step in filter(None, path.split(".")):
        found = getattr(found, step)
