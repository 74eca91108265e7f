"""When search indexes are kept up, and whose."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pillarbox.errors import NotFound, Unavailable
from pillarbox.ids import AccountId
from pillarbox.mail import indexing
from pillarbox.mail.indexing import Indexing
from pillarbox.mail.notify import Notify
from pillarbox.store import api

ANN, BOB, CARL = AccountId(1), AccountId(2), AccountId(3)


class Kept:
    """Accounts with so many emails not indexed yet, of which some cannot be indexed."""

    def __init__(self, **trouble: Exception) -> None:
        self.left = {ANN: 0, BOB: 0, CARL: 0}
        self.trouble = {AccountId(int(key[1:])): error for key, error in trouble.items()}
        self.asked: list[AccountId] = []
        self.changed = asyncio.Condition()

    async def accounts(self) -> list[Any]:
        return [SimpleNamespace(id=account) for account in self.left]

    def mail(self, account: AccountId) -> Any:
        async def index(most: int) -> int:
            async with self.changed:
                self.asked.append(account)
                self.changed.notify_all()
            if account in self.trouble:
                raise self.trouble.pop(account)
            self.left[account] = max(self.left[account] - most, 0)
            return self.left[account]

        return SimpleNamespace(index=index)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(condition)


@asynccontextmanager
async def running(kept: Kept, **pauses: float) -> AsyncIterator[Indexing]:
    made = Indexing(cast(api.Accounts, kept), **({"soon": 0.0, "later": 0.0} | pauses))
    task = asyncio.ensure_future(made.run())
    try:
        yield made
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_came_in_here_is_indexed_to_its_end() -> None:
    kept = Kept()
    kept.left[ANN] = 2 * indexing.STEP + 1
    async with running(kept) as made:
        made.changed(ANN, True)
        await kept.until(lambda: kept.left[ANN] == 0)
    assert kept.asked == [ANN] * 3


async def test_accounts_take_turns() -> None:
    kept = Kept()
    kept.left.update({ANN: 3 * indexing.STEP, BOB: 2 * indexing.STEP})
    async with running(kept) as made:
        made.changed(ANN, True)
        made.changed(BOB, True)
        await kept.until(lambda: len(kept.asked) == 5)
    assert kept.asked == [ANN, BOB, ANN, BOB, ANN]


async def test_many_changes_of_an_account_are_one_errand() -> None:
    kept = Kept()
    async with running(kept) as made:
        for _ in range(indexing.BUSY - 2):
            made.changed(ANN, True)
        made.changed(BOB, True)
        await kept.until(lambda: BOB in kept.asked)
    assert kept.asked == [ANN, BOB]


async def test_what_others_took_in_is_theirs_until_this_worker_looks_after_all() -> None:
    kept = Kept()
    async with running(kept) as made:
        made.changed(ANN, False)
        made.changed(BOB, True)
        await kept.until(lambda: BOB in kept.asked)
        assert kept.asked == [BOB]
        await made.catch_up()
        await kept.until(lambda: len(kept.asked) == 4)
        assert sorted(kept.asked[1:]) == [ANN, BOB, CARL]
        made.changed(CARL, False)
        await kept.until(lambda: len(kept.asked) == 5)
    assert kept.asked[-1] == CARL


async def test_what_is_asked_for_sooner_does_not_wait_for_what_is_due_later() -> None:
    kept = Kept()
    async with running(kept, later=1000) as made:
        await made.catch_up()
        await kept.until(lambda: len(kept.asked) == 3)
        made.changed(ANN, False)
        made.changed(BOB, False)
        made.changed(BOB, True)
        await kept.until(lambda: len(kept.asked) == 4)
    assert kept.asked[-1] == BOB


async def test_while_much_comes_in_indexing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    async with running(kept) as made:
        for _ in range(indexing.BUSY):
            made.changed(ANN, True)
        for _ in range(20):
            await asyncio.sleep(0)
        assert made._has_better_to_do()
        assert not kept.asked
        monkeypatch.setattr(indexing, "PATIENCE", 0)
        await kept.until(lambda: kept.asked == [ANN])


async def test_what_cannot_be_indexed_is_tried_again_soon_and_then_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    delays: list[float] = []
    made = Indexing(cast(api.Accounts, Kept()), soon=1.0)
    monkeypatch.setattr(indexing, "_now", lambda: 0.0)
    monkeypatch.setattr(made, "_ask", lambda account, due: delays.append(due))
    for kept in [Kept(_1=Unavailable("somebody has it")) for _ in range(8)]:
        made._kept = cast(api.Accounts, kept)
        await made._step(ANN)
    assert delays == [2, 4, 8, 16, 32, 60, 60, 60]
    await made._step(ANN)
    made._kept = cast(api.Accounts, Kept(_1=Unavailable("somebody has it")))
    await made._step(ANN)
    assert delays[-1] == 2


@pytest.mark.parametrize("error", [Unavailable("the disk is full"), NotFound("no such account")])
async def test_trouble_with_one_account_is_not_that_of_the_others(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "AGAIN", 0.0)
    kept = Kept(_1=error)
    async with running(kept) as made:
        made.changed(ANN, True)
        made.changed(BOB, True)
        await kept.until(lambda: len(kept.asked) == (3 if isinstance(error, Unavailable) else 2))
    assert kept.asked.count(ANN) == (2 if isinstance(error, Unavailable) else 1)
    assert BOB in kept.asked


async def test_every_change_is_overheard_and_said_to_be_here_or_elsewhere() -> None:
    notify = Notify(cast(api.Accounts, Kept()))
    heard: list[tuple[AccountId, bool]] = []
    notify.overheard = lambda account, here: heard.append((account, here))
    notify.announce(ANN)
    notify.heard(BOB)
    assert heard == [(ANN, True), (BOB, False)]
