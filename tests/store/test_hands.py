"""Threads that work for the loop."""

import asyncio
from threading import Barrier, Event, current_thread

import pytest

from pillarbox.store.sqlite.hands import Hands


async def test_what_work_returns_or_raises_reaches_who_waits() -> None:
    hands = Hands(2, "hand")
    assert (await hands.do(lambda: current_thread().name)).startswith("hand-")
    with pytest.raises(ZeroDivisionError):
        await hands.do(lambda: 1 // 0)
    hands.end()


async def test_work_goes_on_when_whoever_waited_has_left_and_what_comes_after_is_done() -> None:
    hands = Hands(1, "hand")
    go, ended = Event(), asyncio.Event()
    raised: list[BaseException | None] = []

    def after(error: BaseException | None) -> None:
        raised.append(error)
        ended.set()

    waiting = hands.do(go.wait, after)
    waiting.cancel()
    go.set()
    await ended.wait()
    assert raised == [None]
    assert await hands.do(lambda: "next") == "next"
    hands.end()


async def test_there_are_as_many_threads_as_are_needed_and_no_more_than_allowed() -> None:
    hands = Hands(2, "hand")
    for _ in range(3):
        assert await hands.do(lambda: current_thread().name) == "hand-0"
    both = Barrier(2, timeout=60)
    waiting = [hands.do(lambda: (both.wait(), current_thread().name)[1]) for _ in range(6)]
    assert set(await asyncio.gather(*waiting)) == {"hand-0", "hand-1"}
    hands.end()


async def test_nothing_begins_once_they_have_ended_and_what_has_begun_is_done() -> None:
    hands = Hands(2, "hand")
    done: list[int] = []
    waiting = [hands.do(lambda n=n: done.append(n)) for n in range(4)]  # type: ignore[misc]
    hands.end()
    assert sorted(done) == [0, 1, 2, 3]
    await asyncio.gather(*waiting)
    with pytest.raises(RuntimeError):
        hands.do(lambda: None)
