"""Whoever watches an account hears of what others wrote, though the hint was lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pillarbox.ids import AccountId
from pillarbox.mail import notify
from pillarbox.mail.notify import Notify
from pillarbox.mail.office import Office
from pillarbox.store.sqlite.accounts import SqliteAccounts
from pillarbox.testing.house import house

LONG = 10**9


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """One that looks without a pause, and only where somebody has written."""
    monkeypatch.setattr(notify, "_LOOK_EVERY", 0)
    monkeypatch.setattr(notify, "_LOOK_ANYHOW", LONG)
    async with house(tmp_path) as made:
        looking = asyncio.create_task(made.notify.look_for_lost_hints())
        yield made
        looking.cancel()


@pytest.fixture
async def elsewhere(tmp_path: Path, office: Office) -> AsyncIterator[SqliteAccounts]:
    """The same folder in the hands of somebody who tells nobody."""
    kept = SqliteAccounts(tmp_path)
    yield kept
    await kept.close()


async def the_account(office: Office, name: str) -> AccountId:
    account = await office.kept.account(f"{name}@example.org")
    assert account is not None
    return account.id


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happened():
            await asyncio.sleep(0)


async def looked_at(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[AccountId]:
    """From here on: each account that is looked at, every time. First there is nothing left to look at again."""
    seen: list[AccountId] = []
    stale = office.kept.stale

    def noted(account: AccountId, state: object) -> tuple[bool, object]:
        seen.append(account)
        return stale(account, state)

    monkeypatch.setattr(office.kept, "stale", noted)
    quiet = 0
    while quiet < 5:
        seen.clear()
        await asyncio.sleep(0)
        quiet = 0 if seen else quiet + 1
    return seen


async def test_what_nobody_told_of_is_heard_all_the_same(office: Office, elsewhere: SqliteAccounts) -> None:
    alice = await the_account(office, "alice")
    heard: list[str] = []
    office.notify.watch(alice, lambda: heard.append("alice"))
    for name in ("one", "two"):
        heard.clear()
        await elsewhere.mail(alice).create_mailbox(name)
        await until(lambda: bool(heard))


async def test_only_what_somebody_wrote_is_looked_at(
    office: Office, elsewhere: SqliteAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await the_account(office, "alice"), await the_account(office, "bob")
    for account in (alice, bob):
        office.notify.watch(account, lambda: None)
    seen = await looked_at(office, monkeypatch)
    await elsewhere.mail(bob).create_mailbox("new")
    await until(lambda: len(seen) >= 2)
    assert set(seen) == {bob}


async def test_every_account_is_looked_at_now_and_then(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = await the_account(office, "alice"), await the_account(office, "bob")
    for account in (alice, bob):
        office.notify.watch(account, lambda: None)
    seen = await looked_at(office, monkeypatch)
    monkeypatch.setattr(notify, "_LOOK_ANYHOW", 3)
    await until(lambda: {alice, bob} <= set(seen))


async def test_who_watches_no_more_is_forgotten(office: Office) -> None:
    alice = await the_account(office, "alice")
    heard: list[str] = []
    watch = office.notify.watch(alice, lambda: heard.append("alice"))
    await office.kept.mail(alice).create_mailbox("new")
    await until(lambda: bool(heard))
    watch.cancel()
    assert not office.notify._watches
    assert not office.notify._seen


async def test_a_watch_ended_while_others_are_looked_at_leaves_nothing(office: Office) -> None:
    watching = Notify(office.kept)
    alice = await the_account(office, "alice")
    watch = watching.watch(alice, lambda: watch.cancel())
    await watching._look([alice])
    await watching._look([alice])
    assert not watching._seen
