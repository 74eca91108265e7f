"""Somebody who shares mailboxes, and people who see them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pillarbox.mail.office import Office
from sharers import sharers


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with sharers(tmp_path) as made:
        yield made
