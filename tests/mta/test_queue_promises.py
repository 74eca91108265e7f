"""Never lost, never doubled, never both delivered and returned: whatever hosts, the store, a bug of ours or a stop do."""

import asyncio
from typing import Any

import pytest

from hosts import refusing, scripted, sink, unused_port
from outbound import outbound
from pillarbox.errors import OperatorError
from pillarbox.store.api import StoreFailed
from pillarbox.store.queued import Claimed, NewRecipient, State

ONE = """
one.test      MX  10 mx.one.test
mx.one.test   A   127.0.0.1
"""
HOUR = 3600

# Several recipients.

FIRST_OF_TWO = """
S: 220 hi
C: EHLO
S: 250-hi
S: 250 LIMITS RCPTMAX=1
C: MAIL
S: 250 ok
C: RCPT
S: 250 ok
C: DATA
S: 354 go
CONTENT
S: 250 taken
"""


@pytest.mark.parametrize("end", ["CLOSE", "C: MAIL\nCLOSE", "C: MAIL\nS: 421 4.7.0 one a connection\nCLOSE"])
async def test_who_was_given_it_stays_so_where_the_host_goes_before_the_rest(end: str) -> None:
    async with scripted(FIRST_OF_TWO + end) as host, outbound(ONE, port=host.port) as office:
        name = await office.send("b@one.test", "c@one.test")
        await office.settled(name)
        first, second = await office.recipients(name)
        assert (first.state, second.state) == (State.DELIVERED, State.WAITING)
        assert len(host.contents) == 1


async def test_a_host_that_takes_nobody_now_is_not_asked_again_at_once() -> None:
    async with (
        sink(refusing("RCPT .*", 452, "", "insufficient system storage")) as host,
        outbound(ONE, port=host.port) as office,
    ):
        waiting = await office.settled(await office.send("b@one.test"))
        assert waiting.at > office.clock.seconds
        assert waiting.attempts == 1


# Trouble of ours.


async def test_a_sender_who_cannot_be_told_now_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RecursionError("a message nobody can write about")

    refuse = refusing("RCPT c@.*", 550, "5.1.1")
    async with sink(refuse) as host, outbound(ONE, port=host.port) as office:
        with monkeypatch.context() as patch:
            patch.setattr("pillarbox.mta.bounce.Bounces.compose", broken)
            name = await office.send("b@one.test", "c@one.test")
            await office.settled(name)
        first, second = await office.recipients(name)
        assert (first.state, second.state, second.code) == (State.DELIVERED, State.WAITING, "5.1.1")
        await office.later(HOUR)
        await office.until(lambda: bool(office.filed))
        assert (await office.recipients(name))[1].state is State.FAILED
        assert len(await office.bounces()) == 1
        assert host.recipients == ["b@one.test"]


async def test_a_road_that_is_not_known_lets_one_message_wait_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sink() as host, outbound(ONE, port=host.port) as office:
        road_of = office.runner._relay.road_of

        async def unreadable(pair: Claimed) -> str:
            if pair.destination == "two.test":
                raise OperatorError("the password of the smart host cannot be read")
            return await road_of(pair)

        monkeypatch.setattr(office.runner._relay, "road_of", unreadable)
        bad, good = await office.send("b@two.test"), await office.send("b@one.test")
        assert (await office.settled(good)).state is State.DELIVERED
        waiting = await office.settled(bad)
        assert (waiting.state, waiting.attempts) == (State.WAITING, 0)
        assert waiting.at > office.clock.seconds


async def test_what_a_host_took_is_on_disk_before_a_stop_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sink() as host, outbound(ONE, port=host.port, run=False) as office:
        settle, begun, go_on = office.queue.settle, asyncio.Event(), asyncio.Event()

        async def slow(*arguments: Any, **named: Any) -> None:
            if any(result.state is State.DELIVERED for result in arguments[0]):
                begun.set()
                await go_on.wait()
            await settle(*arguments, **named)

        monkeypatch.setattr(office.queue, "settle", slow)
        office.runner._drain = 0.0
        name = await office.send("b@one.test")
        task = asyncio.ensure_future(office.runner.run())
        await begun.wait()
        task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([task])
        assert [one.state for one in await office.recipients(name)] == [State.DELIVERED]
        assert len(host.taken) == 1


async def test_a_store_that_failed_ends_it_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is sent from then on could be written down."""
    begun = asyncio.Event()

    async def wait(_: str) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with (
        sink(lambda what: wait(what) if what == "content" else None) as host,
        outbound(ONE, port=host.port, run=False) as office,
    ):
        await office.send("b@one.test")
        office.runner._drain = 60.0
        task = asyncio.ensure_future(office.runner.run())
        await begun.wait()

        async def failing(*_: Any, **__: Any) -> None:
            raise StoreFailed("the disk")

        monkeypatch.setattr(office.queue, "claim", failing)
        office.runner.wake()
        with pytest.raises(StoreFailed):
            await asyncio.wait_for(task, 60)


async def test_a_host_that_is_back_is_given_nothing_before_its_release_time() -> None:
    port = unused_port()
    async with outbound(ONE, port=port) as office:
        release = office.clock.seconds + HOUR
        late = await office.send(NewRecipient(address="late@one.test", destination="one.test", at=release))
        name = await office.send("b@one.test")
        assert (await office.settled(name)).state is State.WAITING
        async with sink(port=port) as host:
            office.runner.wake(afresh=True)
            await office.later(10 * 60)
            await office.settled(name)
            await office.until(lambda: bool(host.taken))
            await office.settled(await office.send("c@one.test"))
            assert sorted(host.recipients) == ["b@one.test", "c@one.test"]
            assert (await office.recipients(late))[0].at == release


async def test_a_peer_that_hangs_does_not_keep_us_from_stopping() -> None:
    async with scripted("S: 220 hi\nC: EHLO\nSILENCE") as host, outbound(ONE, port=host.port, run=False) as office:
        await office.send("b@one.test")
        office.runner._drain = 0.05
        task = asyncio.ensure_future(office.runner.run())
        await office.until(lambda: bool(host.heard))
        task.cancel()
        async with asyncio.timeout(30):
            await asyncio.wait([task])
        assert not await office.queue.verify()


async def test_after_a_restart_those_who_did_not_answer_before_have_half_of_all_conversations_at_most() -> None:
    zone = ONE + "\n".join(f"dead{n}.test  A  127.0.0.2" for n in range(4))
    async with (
        scripted("SILENCE", address="127.0.0.2") as silent,
        sink(port=silent.port) as host,
        outbound(zone, port=silent.port, run=False, connections=4) as office,
    ):
        dead = [await office.send(f"r@dead{n}.test") for n in range(4)]
        for n in range(4):
            await office.queue.postpone(f"dead{n}.test", office.clock.seconds, "", "4.4.1", "no answer")
            await office.queue.postpone(f"dead{n}.test", office.clock.seconds + 1, "", "4.4.1", "no answer")
        await office.later(1)
        name = await office.send("b@one.test")
        task = asyncio.ensure_future(office.runner.run())
        assert (await office.settled(name)).state is State.DELIVERED
        assert silent.calls == 2
        assert len(host.taken) == 1
        assert len(dead) == 4
        task.cancel()
        await asyncio.wait([task])
