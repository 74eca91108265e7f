"""Every test of the contract runs on every backend, and none may leave a broken promise behind."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.limits import StoreLimits
from pillarbox.store.api import Accounts, Journal, Mail, Queue
from pillarbox.store.memory import MemoryAccounts
from pillarbox.store.models import Credential, Domain
from pillarbox.store.sqlite import SqliteAccounts
from pillarbox.store.sqlite.verify import verify

FIRST = [("INBOX", None), ("Sent", "\\Sent"), ("Trash", "\\Trash")]
LIMITS = replace(StoreLimits(), inline_body=1000, open_accounts=2, identifiers=10, app_passwords=5, sign_ins=5, passkeys=5)


@pytest.fixture(params=["sqlite", "memory"])
async def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Accounts]:
    """With the domain example.org."""
    made: Accounts = MemoryAccounts(limits=LIMITS) if request.param == "memory" else SqliteAccounts(tmp_path, limits=LIMITS)
    await made.add_domain(Domain("example.org"))
    yield made
    for account in await made.accounts():
        assert await made.mail(account.id).verify() == []
    await made.close()
    if request.param == "sqlite":
        assert verify(tmp_path) == []


@pytest.fixture
async def mail(accounts: Accounts) -> Mail:
    account = await accounts.add_account("me@example.org", [Credential("argon2", "…")], {}, FIRST)
    return accounts.mail(account.id)


@pytest.fixture
async def queue(accounts: Accounts) -> AsyncIterator[Queue]:
    yield accounts.queue()
    assert await accounts.queue().verify() == []


@pytest.fixture
def journal(accounts: Accounts) -> Journal:
    return accounts.journal()
