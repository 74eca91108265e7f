"""The queue worked off, with real hosts on loopback: what waits and until when, who is told, that nobody waits for others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from hosts import LOOPBACK, Answer, Sink, always, refusing, scripted, sink, unused_port
from outbound import TEXT, Outbound, outbound
from pillarbox.errors import OverQuota, Unavailable
from pillarbox.limits import SmtpClientLimits
from pillarbox.mta.hop import SmartHost
from pillarbox.mta.local import verdict_of
from pillarbox.mta.verdict import Verdict
from pillarbox.proto.smtp.replies import Reply
from pillarbox.store.api import StoreFailed
from pillarbox.store.queued import Claimed, Intervention, NewQueued, NewRecipient, QueueFilter, Result, State

ONE = """
one.test      MX  10 mx.one.test
mx.one.test   A   127.0.0.1
"""
TWO = """
one.test      MX  10 first.one.test
one.test      MX  20 second.one.test
first.one.test   A  127.0.0.1
second.one.test  A  127.0.0.2
"""
MINUTE, HOUR, DAY = 60, 3600, 86400


async def test_a_message_goes_to_the_host_of_its_domain() -> None:
    async with sink() as host, outbound(ONE, port=host.port) as office:
        name = await office.send("b@one.test")
        settled = await office.settled(name)
        assert (settled.state, settled.code) == (State.DELIVERED, "2.0.0")
        assert settled.host == f"mx.one.test [127.0.0.1]:{host.port}"
        assert host.taken[0].content == TEXT
        assert "S: 250 2.0.0 OK" in await office.said(name)
        assert [event.name for event in await office.journal.trace(name)] == ["delivered"]


async def test_a_domain_that_does_not_exist_is_told_to_the_sender_at_once() -> None:
    async with outbound(ONE, port=1) as office:
        settled = await office.settled(await office.send("b@nowhere.test"))
        assert (settled.state, settled.code) == (State.FAILED, "5.1.2")
        await office.until(lambda: bool(office.filed))
        [(to, bounce)] = await office.bounces()
        assert to == "a@ours.test"
        assert b"nowhere.test" in bounce


async def test_name_servers_that_do_not_answer_let_it_wait() -> None:
    async with outbound("one.test TRY_LATER", port=1) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, settled.code) == (State.WAITING, "4.4.3")


# Other hosts.


async def test_the_next_host_is_tried_where_the_first_is_not_there() -> None:
    async with sink(address="127.0.0.2") as second, outbound(TWO, port=second.port) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert settled.state is State.DELIVERED
        assert settled.host.startswith("second.one.test ")


@pytest.mark.parametrize("what", ["greeting", "EHLO", "MAIL .*", "RCPT .*", "DATA", "content"])
async def test_the_next_host_is_tried_where_the_first_refuses_for_now(what: str) -> None:
    async with (
        sink(refusing(what, 451, "4.3.0"), keywords=("8BITMIME",)) as first,
        sink(address="127.0.0.2", port=first.port) as second,
        outbound(TWO, port=first.port) as office,
    ):
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, len(first.taken), len(second.taken)) == (State.DELIVERED, 0, 1)


async def test_a_refusal_for_good_is_not_asked_of_the_next_host() -> None:
    async with (
        sink(refusing("RCPT .*", 550, "5.1.1")) as first,
        sink(address="127.0.0.2", port=first.port) as second,
        outbound(TWO, port=first.port) as office,
    ):
        assert (await office.settled(await office.send("b@one.test"))).state is State.FAILED
        assert second.calls == 0


async def test_what_may_have_arrived_is_not_sent_to_the_next_host() -> None:
    script = """
        S: 220 hi
        C: EHLO
        S: 250 hi
        C: MAIL
        S: 250 ok
        C: RCPT
        S: 250 ok
        C: DATA
        S: 354 go
        CONTENT
        CLOSE
    """
    async with (
        scripted(script) as first,
        sink(address="127.0.0.2", port=first.port) as second,
        outbound(TWO, port=first.port) as office,
    ):
        assert (await office.settled(await office.send("b@one.test"))).state is State.WAITING
        assert second.calls == 0


async def test_only_those_refused_for_now_go_to_the_next_host() -> None:
    async with (
        sink(refusing("RCPT b@.*", 450, "4.2.0")) as first,
        sink(address="127.0.0.2", port=first.port) as second,
        outbound(TWO, port=first.port) as office,
    ):
        await office.settled(await office.send("b@one.test", "c@one.test"))
        assert (first.recipients, second.recipients) == (["c@one.test"], ["b@one.test"])


# When again.


async def test_what_is_refused_for_now_is_tried_again_minutes_later_and_arrives_once() -> None:
    refuse = True

    def at_first(what: str) -> Reply | None:
        return Reply(451, "4.3.0", "busy") if refuse and what.startswith("RCPT") else None

    async with sink(at_first) as host, outbound(ONE, port=host.port) as office:
        name = await office.send("b@one.test")
        waiting = await office.settled(name)
        assert (waiting.state, waiting.attempts) == (State.WAITING, 1)
        assert 4 * MINUTE <= waiting.at - office.clock.seconds <= 6 * MINUTE
        refuse = False
        await office.later(waiting.at - office.clock.seconds - 1)
        assert not host.taken
        await office.later(1)
        await office.until(lambda: bool(host.taken))
        await office.later(DAY)
        assert len(host.taken) == 1


async def test_greylisting_is_answered_by_coming_back_soon() -> None:
    async with sink(refusing("RCPT .*", 451, "4.7.1", "Greylisted")) as host, outbound(ONE, port=host.port) as office:
        waiting = await office.settled(await office.send("b@one.test"))
        assert waiting.at - office.clock.seconds <= 2 * MINUTE


async def test_a_message_too_old_is_given_up_and_its_sender_told_why() -> None:
    async with sink(refusing("RCPT .*", 450, "4.2.2", "full")) as host, outbound(ONE, port=host.port) as office:
        name = await office.send("b@one.test")
        await office.settled(name)
        await office.later(6 * DAY)
        await office.until(lambda: bool(office.filed))
        settled = (await office.recipients(name))[0]
        assert (settled.state, settled.code) == (State.FAILED, "4.4.7")
        assert "450 4.2.2 full" in settled.said
        [(_, bounce)] = await office.bounces()
        assert b"Action: failed" in bounce
        assert TEXT.split(b"\r\n\r\n")[1] in bounce


async def test_a_message_is_tried_once_however_old_it_is() -> None:
    async with sink() as host, outbound(ONE, port=host.port) as office:
        settled = await office.settled(await office.send("b@one.test", expires_at=1))
        assert settled.state is State.DELIVERED


async def test_a_sender_is_told_once_that_a_message_waits() -> None:
    async with sink(refusing("RCPT .*", 450)) as host, outbound(ONE, port=host.port) as office:
        name = await office.send("b@one.test")
        await office.settled(name)
        for _ in range(4):
            before = (await office.recipients(name))[0].attempts
            await office.later(5 * HOUR)
            while (await office.recipients(name))[0].attempts == before:
                await asyncio.sleep(0.002)
        assert (await office.recipients(name))[0].warned
        assert [b"Action: delayed" in bounce for _, bounce in await office.bounces()] == [True]


async def test_a_release_time_is_waited_for() -> None:
    async with sink() as host, outbound(ONE, port=host.port) as office:
        to = NewRecipient(address="b@one.test", destination="one.test", at=office.clock.seconds + HOUR)
        await office.send(to)
        await office.settled(await office.send("c@one.test"))
        assert host.recipients == ["c@one.test"]
        await office.later(HOUR)
        await office.until(lambda: "b@one.test" in host.recipients)


# Who is told.


@pytest.mark.parametrize(
    ("fields", "notify", "told"),
    [
        ({}, "", True),
        ({}, "FAILURE", True),
        ({}, "NEVER", False),
        ({}, "SUCCESS", False),
        ({"sender": ""}, "", False),
        ({"accountable": False}, "", False),
    ],
)
async def test_a_failure_is_told_to_whoever_asked_and_can_be_told(fields: dict[str, Any], notify: str, told: bool) -> None:
    async with sink(refusing("RCPT .*", 550, "5.1.1")) as host, outbound(ONE, port=host.port) as office:
        to = NewRecipient(address="b@one.test", destination="one.test", notify=notify)
        name = await office.send(to, **fields)
        assert (await office.settled(name)).state is State.FAILED
        assert bool(await office.bounces()) is told


async def test_notifications_leave_with_our_signature() -> None:
    async def signed(message: bytes) -> bytes:
        return b"DKIM-Signature: ours\r\n" + message

    async with outbound(ONE, port=1, signed=signed) as office:
        await office.settled(await office.send("b@nowhere.test"))
        await office.until(lambda: bool(office.filed))
        assert office.filed[0][1].startswith(b"DKIM-Signature: ours\r\n")
        assert office.filed[0][1].count(b"DKIM-Signature") == 1


@pytest.mark.parametrize("size", [10, 700_000])
async def test_what_was_held_is_signed_when_it_leaves_behind_what_stands_on_top_of_it(size: int) -> None:
    data = TEXT + b"%07d\r\n" % 7 * (size // 9)
    asked: list[tuple[str, bytes]] = []

    async def signatures(message: NewQueued, read: Callable[[], Awaitable[bytes]]) -> bytes:
        asked.append((message.id, await read()))
        return b"DKIM-Signature: d=ours.test\r\n"

    async with sink() as host, outbound(ONE, port=host.port, signatures=signatures) as office:
        top = b"Delivered-To: c@ours.test\r\n"
        name = await office.send("b@one.test", data=b"Return-Path: <>\r\n" + data, skip=17, prefix=top)
        assert (await office.settled(name)).state is State.DELIVERED
        assert asked == [(name, data)]
        assert host.taken[0].content == top + b"DKIM-Signature: d=ours.test\r\n" + data


async def test_several_failures_of_a_message_are_told_in_one_notification() -> None:
    async with sink(refusing("RCPT .*", 550, "5.1.1")) as host, outbound(ONE, port=host.port) as office:
        await office.settled(await office.send(*(f"r{n}@one.test" for n in range(3))))
        await office.until(lambda: bool(office.filed))
        [(_, bounce)] = await office.bounces()
        assert bounce.count(b"Action: failed") == 3


@pytest.mark.parametrize(("keywords", "action"), [(("PIPELINING",), b"Action: relayed"), (("DSN",), None)])
async def test_success_is_told_where_the_next_host_will_not(keywords: Sequence[str], action: bytes | None) -> None:
    async with sink(keywords=keywords) as host, outbound(ONE, port=host.port) as office:
        to = NewRecipient(address="b@one.test", destination="one.test", notify="SUCCESS")
        await office.settled(await office.send(to))
        assert [action in bounce for _, bounce in await office.bounces() if action] == ([True] if action else [])


# Our own.


async def test_mail_of_our_own_is_filed_whole() -> None:
    async with outbound("", port=1) as office:
        settled = await office.settled(await office.send("b@ours.test", prefix=b"X: 1\r\n"))
        assert settled.state is State.DELIVERED
        assert office.filed == [("b@ours.test", b"X: 1\r\n" + TEXT)]


async def test_what_cannot_be_filed_now_waits_as_anything_else_does() -> None:
    async with outbound("", port=1) as office:

        def full(pair: Claimed, content: bytes) -> Sequence[Verdict]:
            return [verdict_of(OverQuota("full")), verdict_of(Unavailable("busy"))]

        office.deliver = full
        name = await office.send("b@ours.test", "c@ours.test")
        await office.settled(name)
        first, second = await office.recipients(name)
        assert (first.code, second.code) == ("4.2.2", "4.3.0")
        assert {first.state, second.state} == {State.WAITING}


async def test_a_bug_of_ours_lets_one_message_wait_and_no_other() -> None:
    async with outbound("", port=1) as office:
        usual = office.deliver

        def buggy(pair: Claimed, content: bytes) -> Sequence[Verdict]:
            if pair.recipients[0].address.startswith("bad"):
                raise ZeroDivisionError
            return usual(pair, content)

        office.deliver = buggy
        bad, good = await office.send("bad@ours.test"), await office.send("good@ours.test")
        assert (await office.settled(good)).state is State.DELIVERED
        waiting = await office.settled(bad)
        assert (waiting.state, waiting.at) == (State.WAITING, office.clock.seconds + 300)


async def test_a_store_that_is_busy_is_asked_again_and_nothing_is_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pillarbox.mta.settling.BUSY_STORE", 0.01)
    async with sink() as host, outbound(ONE, port=host.port) as office:
        settle, refusals = office.queue.settle, 3

        async def busy(*arguments: Any, **named: Any) -> None:
            nonlocal refusals
            refusals -= 1
            if refusals >= 0:
                raise Unavailable("busy")
            await settle(*arguments, **named)

        monkeypatch.setattr(office.queue, "settle", busy)
        assert (await office.settled(await office.send("b@one.test"))).state is State.DELIVERED
        assert len(host.taken) == 1


async def test_a_store_that_failed_ends_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sink() as host, outbound(ONE, port=host.port, run=False) as office:

        async def failing(*_: Any, **__: Any) -> None:
            raise StoreFailed("the disk")

        monkeypatch.setattr(office.queue, "settle", failing)
        await office.send("b@one.test")
        assert office.runner is not None
        with pytest.raises(StoreFailed):
            await asyncio.wait_for(office.runner.run(), 60)


# Nobody waits for others.


def counted(office: Outbound) -> list[Result]:
    """All results that the queue gets from now on."""
    results: list[Result] = []
    settle = office.queue.settle

    async def noting(given: Sequence[Result], **named: Any) -> None:
        results.extend(given)
        await settle(given, **named)

    office.queue.settle = noting  # type: ignore[method-assign, assignment]
    return results


async def test_a_dead_destination_costs_one_attempt_a_pause() -> None:
    async with outbound(ONE, port=unused_port(), connections=4) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(300)]
        settled = counted(office)
        await office.settled(*names)
        assert len(settled) <= 64  # those that were claimed; the others are postponed where they lie
        waiting = [one for name in names for one in await office.recipients(name)]
        assert {one.state for one in waiting} == {State.WAITING}
        assert sum(one.attempts for one in waiting) == 1
        assert max(one.at for one in waiting) - office.clock.seconds <= 7 * MINUTE
        assert len(office.zone.asked) == 2  # MX and address, once
        assert {one.code for one in waiting} == {"4.4.1"}


async def test_what_comes_for_a_dead_destination_meanwhile_waits_with_the_rest() -> None:
    async with outbound(ONE, port=unused_port()) as office:
        await office.settled(await office.send("b@one.test"))
        late = await office.settled(await office.send("c@one.test"))
        assert (late.state, late.attempts, late.code) == (State.WAITING, 0, "4.4.1")
        assert late.at - office.clock.seconds <= MINUTE


async def test_a_person_need_not_wait_for_a_pause_to_end() -> None:
    port = unused_port()
    async with outbound(ONE, port=port) as office:
        name = await office.send("b@one.test")
        await office.settled(name)
        async with sink(port=port) as host:
            await office.queue.change(QueueFilter(ids=[name]), Intervention.RETRY, office.clock.seconds)
            assert office.runner is not None
            office.runner.wake(afresh=True)
            await office.until(lambda: bool(host.taken))


async def test_a_destination_that_is_back_gets_all_that_waits_for_it_at_once() -> None:
    port = unused_port()
    async with outbound(ONE, port=port) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(50)]
        await office.settled(*names)
        async with sink(port=port) as host:
            await office.later(MINUTE)
            await office.until(lambda: len(host.taken) == 50)


async def test_messages_too_old_for_a_dead_destination_are_all_returned_at_once() -> None:
    async with outbound(ONE, port=unused_port()) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(150)]
        await office.settled(*names)
        await office.later(6 * DAY)
        await office.until(lambda: len(office.filed) == 150)
        states = {one.state for name in names for one in await office.recipients(name)}
        assert states == {State.FAILED}


@asynccontextmanager
async def town(healthy: int, slow: int, answer: Answer) -> AsyncIterator[tuple[str, int, list[Sink]]]:
    """Healthy hosts, then slow ones, all on one port: the zone, the port, and the healthy."""
    async with AsyncExitStack() as stack:
        port, hosts, zone = 0, [], ""
        for n in range(healthy + slow):
            address = f"127.0.1.{n + 1}"
            host = await stack.enter_async_context(sink(always if n < healthy else answer, address=address, port=port))
            port = host.port
            hosts.append(host)
            zone += f"d{n}.test MX 10 mx.d{n}.test\nmx.d{n}.test A {address}\n"
        yield zone, port, hosts


async def test_healthy_destinations_are_served_at_once_beside_dead_and_slow_ones() -> None:
    released = asyncio.Event()

    async def slowly(_: str) -> Reply | None:
        await released.wait()
        return None

    async with town(5, 5, lambda what: slowly(what) if what == "MAIL a@ours.test" else None) as (zone, port, hosts):
        for n in range(10, 15):
            zone += f"d{n}.test MX 10 mx.d{n}.test\nmx.d{n}.test A 127.0.2.{n}\n"
        async with outbound(zone, port=port, connections=12, a_destination=4) as office:
            names = [await office.send(f"r{n}@d{n % 15}.test") for n in range(300)]
            await office.until(lambda: all(len(host.taken) == 20 for host in hosts[:5]))
            assert not any(host.taken for host in hosts[5:])
            released.set()
            await office.until(lambda: all(len(host.taken) == 20 for host in hosts))
            assert len(names) == 300


async def test_a_slow_destination_has_little_in_hand_and_the_rest_lies_where_it_is() -> None:
    async with scripted("SILENCE") as host, outbound(ONE, port=host.port) as office:
        for n in range(300):
            await office.send(f"r{n}@one.test")
        for _ in range(5):
            await office.settled(await office.send("b@ours.test"))
        assert 0 < await in_hand(office) <= 64 + 4


async def test_what_a_slow_destination_has_too_much_of_goes_back_when_much_is_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pillarbox.mta.queue.IN_HAND", 20)
    async with scripted("SILENCE") as host, outbound(ONE, port=host.port) as office:
        for n in range(60):
            await office.send(f"r{n}@one.test")
        assert (await office.settled(await office.send("b@ours.test"))).state is State.DELIVERED
        assert await in_hand(office) <= 12


async def test_a_destination_has_no_more_conversations_than_it_may() -> None:
    async with sink() as host, outbound(ONE, port=host.port, a_destination=3) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(200)]
        await office.settled(*names)
        assert len(host.taken) == 200
        assert 1 < host.most <= 3


async def test_all_destinations_together_have_no_more_conversations_than_there_may_be() -> None:
    hosts: list[Sink] = []
    most = 0

    def watch(_: str) -> None:
        nonlocal most
        most = max(most, sum(host.now for host in hosts))

    async with (
        town(0, 6, watch) as (zone, port, there),
        outbound(zone, port=port, connections=2, a_destination=4) as office,
    ):
        hosts += there
        names = [await office.send(f"r{n}@d{n % 6}.test") for n in range(120)]
        await office.settled(*names)
        assert [len(host.taken) for host in hosts] == [20] * 6
        assert 2 <= most <= 6  # two at work, two that are kept, and some that say goodbye


async def test_a_destination_with_much_mail_makes_way_for_one_with_little() -> None:
    async with town(2, 0, always) as (zone, port, hosts), outbound(zone, port=port, connections=1) as office:
        for n in range(200):
            await office.send(f"r{n}@d0.test")
        await office.until(lambda: bool(hosts[0].taken))
        await office.send("b@d1.test")
        await office.until(lambda: bool(hosts[1].taken))
        assert len(hosts[0].taken) < 150


async def test_a_host_that_takes_few_connections_gets_its_mail_over_those() -> None:
    def at_most_two(what: str) -> Reply | None:
        return Reply(421, "4.7.0", "too many connections") if what == "greeting" and host.now > 2 else None

    async with sink(at_most_two) as host, outbound(ONE, port=host.port, a_destination=8) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(200)]
        await office.settled(*names)
        assert len(host.taken) == 200


# Connections.


async def test_one_connection_carries_many_messages() -> None:
    async with sink() as host, outbound(ONE, port=host.port, a_destination=1) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(20)]
        await office.settled(*names)
        assert (len(host.taken), host.calls) == (20, 1)


async def test_a_connection_is_kept_for_a_message_that_comes_later() -> None:
    async with sink() as host, outbound(ONE, port=host.port) as office:
        await office.settled(await office.send("b@one.test"))
        name = await office.send("c@one.test")
        await office.settled(name)
        assert host.calls == 1
        assert "since a message before this one" in await office.said(name)


async def test_a_connection_carries_no_more_messages_than_it_may() -> None:
    limits = replace(SmtpClientLimits(), messages=5)
    async with sink() as host, outbound(ONE, port=host.port, a_destination=1, limits=limits) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(20)]
        await office.settled(*names)
        assert (len(host.taken), host.calls) == (20, 4)


ONE_MESSAGE = """
S: 220 hi
C: EHLO
S: 250-hi
S: 250 PIPELINING
C: MAIL
C: RCPT
C: DATA
S: 250 ok
S: 250 ok
S: 354 go
CONTENT
S: 250 ok
"""
ENDS = {
    "closed": "CLOSE",
    "cut": "RESET",
    "a goodbye": "S: 421 4.4.2 idle for too long\nCLOSE",
    "a goodbye to MAIL": "C: MAIL\nS: 421 4.7.0 enough\nCLOSE",
    "closed at MAIL": "C: MAIL\nCLOSE",
    "cut at MAIL": "C: MAIL\nRESET",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
async def test_a_kept_connection_that_is_gone_costs_no_attempt(end: str) -> None:
    async with scripted(ONE_MESSAGE + end, ONE_MESSAGE + "C: QUIT") as host, outbound(ONE, port=host.port) as office:
        await office.settled(await office.send("b@one.test"))
        settled = await office.settled(await office.send("c@one.test"))
        assert (settled.state, settled.attempts) == (State.DELIVERED, 1)
        assert host.calls == 2


async def test_an_idle_connection_is_given_back_with_a_goodbye() -> None:
    limits = replace(SmtpClientLimits(), kept=0.02)
    async with scripted(ONE_MESSAGE + "C: QUIT\nS: 221 bye") as host, outbound(ONE, port=host.port, limits=limits) as office:
        await office.settled(await office.send("b@one.test"))
        await office.until(lambda: "QUIT" in host.heard)
        assert not host.wrong


async def test_all_mail_by_a_smart_host_shares_its_connections() -> None:
    async with sink() as host:
        smart = SmartHost(LOOPBACK, host.port, None, "none")
        async with outbound("", port=1, smart_host=smart, a_destination=2) as office:
            names = [await office.send(f"r{n}@d{n}.test") for n in range(100)]
            await office.settled(*names)
            assert len(host.taken) == 100
            assert host.most <= 2


async def test_a_dead_smart_host_costs_one_attempt_and_our_own_mail_goes_on() -> None:
    smart = SmartHost(LOOPBACK, unused_port(), None, "none")
    async with outbound("", port=1, smart_host=smart) as office:
        names = [await office.send(f"r{n}@d{n}.test") for n in range(200)]
        own = await office.send("b@ours.test")
        assert (await office.settled(own)).state is State.DELIVERED
        await office.settled(*names)
        waiting = [one for name in names for one in await office.recipients(name)]
        assert sum(one.attempts for one in waiting) == 1


# The end.


async def in_hand(office: Outbound) -> int:
    return len(await office.queue.listed(QueueFilter(state=State.IN_HAND)))


async def test_what_is_under_way_when_it_is_stopped_ends_first() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: str) -> None:
        begun.set()
        await go_on.wait()

    async with (
        sink(lambda what: wait(what) if what == "content" else None) as host,
        outbound(ONE, port=host.port, run=False) as office,
    ):
        names = [await office.send(f"r{n}@one.test") for n in range(10)]
        assert office.runner is not None
        task = asyncio.ensure_future(office.runner.run())
        await begun.wait()
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([task])
        assert task.cancelled()
        states = [one.state for name in names for one in await office.recipients(name)]
        assert states.count(State.DELIVERED) == len(host.taken) >= 1
        assert states.count(State.WAITING) == 10 - len(host.taken)


async def test_what_does_not_end_in_time_goes_back_without_an_attempt() -> None:
    async with scripted("S: 220 hi\nC: EHLO\nSILENCE") as host, outbound(ONE, port=host.port, run=False) as office:
        names = [await office.send(f"r{n}@one.test") for n in range(10)]
        assert office.runner is not None
        task = asyncio.ensure_future(office.runner.run())
        await office.until(lambda: bool(host.heard))
        task.cancel()
        await asyncio.wait([task])
        found = [one for name in names for one in await office.recipients(name)]
        assert {(one.state, one.attempts) for one in found} == {(State.WAITING, 0)}
