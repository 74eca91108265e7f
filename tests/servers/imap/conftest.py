from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from servers.imap.parley import Clients, clients_of


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[Clients]:
    async with clients_of(tmp_path) as found:
        yield found
