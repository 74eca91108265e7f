"""A data folder with one account, and processes that write to it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pillarbox.store.models import Domain
from pillarbox.store.sqlite import SqliteAccounts, SqliteMail

ADDRESS = "me@example.org"
TESTS = Path(__file__).parent.parent
Start = Callable[[str, int], "subprocess.Popen[str]"]


@pytest.fixture
async def accounts(tmp_path: Path) -> AsyncIterator[SqliteAccounts]:
    """With the account me@example.org."""
    made = SqliteAccounts(tmp_path)
    await made.add_domain(Domain("example.org"))
    await made.add_account(ADDRESS, [], {}, [("INBOX", None), ("Trash", None)])
    yield made
    await made.close()


@pytest.fixture
async def mail(accounts: SqliteAccounts) -> SqliteMail:
    account = await accounts.account(ADDRESS)
    assert account is not None
    return accounts.mail(account.id)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a process that adds so many messages under a name."""

    def started(name: str, count: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(TESTS / "store" / "adding_process.py"), str(tmp_path), ADDRESS, name, str(count)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        )

    return started
