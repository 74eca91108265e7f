"""An office whose time stands still until a test moves it; a browser, and a program that somebody may let use their mail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from allowing import Program, registered
from browsing import Browser, Clock, browsing
from pillarbox.mail.office import Office
from pillarbox.testing.house import house


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with house(tmp_path, clock=clock) as found:
        yield found


@pytest.fixture
async def alice(office: Office) -> AsyncIterator[Browser]:
    """Alice's browser, in which nobody is signed in yet."""
    async with browsing(office) as found:
        yield found


@pytest.fixture
async def program(office: Office) -> AsyncIterator[Program]:
    async with browsing(office) as browser:
        id_ = (await registered(browser)).json()["client_id"]
        await browser.sign_in()
        yield Program(browser, id_)
