from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from jmapping import ALICE, BOB, Person, persons
from postbag import Postbag


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path) as found:
        yield found


@pytest.fixture
async def mail(people: Mapping[str, Person]) -> Postbag:
    """Alice's."""
    return await Postbag(people[ALICE]).learn()


@pytest.fixture
async def bobs(people: Mapping[str, Person]) -> Postbag:
    return await Postbag(people[BOB]).learn()
