from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pillarbox.mail.office import Office
from pillarbox.testing.house import house


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        yield made
