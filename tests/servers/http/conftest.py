"""An office whose time stands still until a test moves it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from browsing import Clock
from pillarbox.mail.office import Office
from pillarbox.testing.house import house


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with house(tmp_path, clock=clock) as found:
        yield found
