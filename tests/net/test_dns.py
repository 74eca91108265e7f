"""Resolving for real over loopback: both ways to ask, whom to believe, whom to wait for, what is shared, and checks run."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest

from pillarbox.checks.questions import (
    Address,
    Answer,
    Asking,
    Breath,
    Fetch,
    Fetched,
    Mx,
    MxRecord,
    Post,
    Ptr,
    Question,
    Status,
    Together,
    Txt,
)
from pillarbox.errors import OperatorError
from pillarbox.limits import DnsLimits
from pillarbox.net.dns import Resolver, system_servers
from pillarbox.net.http import Fetcher
from pillarbox.testing.dns_server import DROP, REFUSED, SERVFAIL, TRUNCATE, Behaviour, DnsServer
from pillarbox.testing.fake_dns import Zone

BRIEF = DnsLimits(query=0.5, resting=0.1, check=2.0)
"""For servers that are silent on purpose."""
PATIENT = DnsLimits(query=10.0, check=20.0)
ZONE = """
    example.org       TXT    "v=spf1 mx -all"
    example.org       MX     10 mail.example.org
    mail.example.org  A      192.0.2.1
    mail.example.org  AAAA   2001:db8::1
    www.example.org   CNAME  mail.example.org
    gone.example.org  CNAME  nowhere.example
    192.0.2.1         PTR    mail.example.org
    slow.example      TXT    slow
"""
FOUND = Answer(Status.FOUND, (b"v=spf1 mx -all",), ttl=300)


@asynccontextmanager
async def resolving(
    server: DnsServer | None = None, limits: DnsLimits = PATIENT, **more: Any
) -> AsyncIterator[tuple[Resolver, DnsServer]]:
    async with server or DnsServer(Zone(ZONE)) as running:
        resolver = Resolver([running.address], limits=limits, **more)
        try:
            yield resolver, running
        finally:
            await resolver.close()


@asynccontextmanager
async def unheard() -> AsyncIterator[tuple[str, int]]:
    """An address where a server would be, that takes everything and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()


class Forger(asyncio.DatagramProtocol):
    """A server that says what it likes, in as many datagrams as it likes, and from wherever."""

    def __init__(self, forge: Callable[[bytes], list[bytes]], elsewhere: bool = False) -> None:
        self._forge = forge
        self._elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if elsewhere else None
        self._last: bytes | None = None

    async def __aenter__(self) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        name = self._transport.get_extra_info("sockname")
        return name[0], name[1]

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()
        if self._elsewhere is not None:
            self._elsewhere.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        *forged, last = self._forge(data)
        for each in forged:
            if self._elsewhere is not None:
                self._elsewhere.sendto(each, addr)
            else:
                self._transport.sendto(each, addr)
        self._transport.sendto(last, addr)


def reply(query: bytes, text: str, *, name: str = "", number: int | None = None) -> bytes:
    message = dns.message.from_wire(query)
    if name:
        message = dns.message.make_query(name, "TXT", id=message.id)
    answer = dns.message.make_response(message)
    answer.answer.append(dns.rrset.from_text(message.question[0].name, 60, "IN", "TXT", text))
    answer.id = message.id if number is None else number
    return answer.to_wire()


# One question.


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (Txt("example.org"), FOUND),
        (Txt("EXAMPLE.org"), FOUND),
        (Mx("example.org"), Answer(Status.FOUND, (MxRecord(10, "mail.example.org"),), ttl=300)),
        (Address("mail.example.org", 4), Answer(Status.FOUND, (ip_address("192.0.2.1"),), ttl=300)),
        (Address("mail.example.org", 6), Answer(Status.FOUND, (ip_address("2001:db8::1"),), ttl=300)),
        (Address("www.example.org", 4), Answer(Status.FOUND, (ip_address("192.0.2.1"),), name="mail.example.org", ttl=300)),
        (Ptr(ip_address("192.0.2.1")), Answer(Status.FOUND, ("mail.example.org",), ttl=300)),
        (Txt("mail.example.org"), Answer(Status.NO_DATA, ttl=60)),
        (Txt("nothing.example.org"), Answer(Status.NO_NAME, ttl=60)),
        (Txt("gone.example.org"), Answer(Status.NO_NAME, name="nowhere.example", ttl=60)),
    ],
)
async def test_a_question_is_answered(question: Any, answer: Answer) -> None:
    async with resolving() as (resolver, _):
        assert await resolver.ask(question) == answer


@pytest.mark.parametrize("name", ["", "a..b", "a" * 64 + ".example", "bücher.example", ".".join("a" * 200)])
async def test_what_cannot_be_a_name_is_no_name_and_not_asked_for(name: str) -> None:
    async with resolving() as (resolver, server):
        assert await resolver.ask(Txt(name)) == Answer(Status.NO_NAME)
        assert server.asked == []


async def test_a_server_with_an_address_of_version_6_is_asked() -> None:
    async with resolving(DnsServer(Zone(ZONE), host="::1")) as (resolver, _):
        assert await resolver.ask(Txt("example.org")) == FOUND


async def test_what_does_not_fit_into_a_datagram_comes_over_tcp() -> None:
    zone = Zone()
    zone.add("long.example", "TXT", b"x" * 5000)
    async with resolving(DnsServer(zone)) as (resolver, server):
        assert (await resolver.ask(Txt("long.example"))).records == (b"x" * 5000,)
        assert [asked.over for asked in server.asked] == ["udp", "tcp"]


async def test_what_fits_into_1232_bytes_comes_by_udp() -> None:
    zone = Zone()
    zone.add("long.example", "TXT", b"x" * 1100)
    async with resolving(DnsServer(zone)) as (resolver, server):
        await resolver.ask(Txt("long.example"))
        assert [asked.over for asked in server.asked] == ["udp"]


async def test_a_server_that_takes_no_connections_is_there_all_the_same() -> None:
    async with Forger(lambda query: [query[:2] + b"\x83\x80" + query[4:]]) as address:
        resolver = Resolver([address], limits=PATIENT)
        assert (await resolver.ask(Txt("example.org"))).status is Status.TRY_LATER
        assert "no resolver answers" not in (await resolver.ask(Txt("another.example"))).reason


# Whom to believe.


@pytest.mark.parametrize(("secure", "validating", "believed"), [(True, True, True), (True, False, False), (False, True, False)])
async def test_what_is_proved_is_said_to_be_so_of_a_validating_resolver(secure: bool, validating: bool, believed: bool) -> None:
    async with resolving(DnsServer(Zone(ZONE, secure=secure)), validating=validating) as (resolver, _):
        assert (await resolver.ask(Txt("example.org"))).secure is believed
        assert (await resolver.ask(Txt("nothing.example.org"))).secure is believed


async def test_a_right_answer_from_elsewhere_never_arrives() -> None:
    async with Forger(lambda query: [reply(query, "forged"), reply(query, "right")], elsewhere=True) as address:
        assert (await Resolver([address], limits=PATIENT).ask(Txt("example.org"))).records == (b"right",)


@pytest.mark.parametrize(
    "forge",
    [
        lambda query: reply(query, "forged", number=int.from_bytes(query[:2]) ^ 1),
        lambda query: reply(query, "forged", name="another.example"),
        lambda query: query,
        lambda query: query[:2],
        lambda query: b"",
    ],
)
async def test_what_answers_another_question_is_passed_over(forge: Callable[[bytes], bytes]) -> None:
    async with Forger(lambda query: [forge(query), forge(query), reply(query, "right")]) as address:
        assert (await Resolver([address], limits=PATIENT).ask(Txt("example.org"))).records == (b"right",)


async def test_every_query_has_an_id_and_a_port_of_its_own() -> None:
    seen = set()

    class Noting(Forger):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            seen.add((data[:2], addr[1]))
            super().datagram_received(data, addr)

    async with Noting(lambda query: [reply(query, "x")]) as address:
        resolver = Resolver([address], limits=PATIENT)
        for number in range(20):
            await resolver.ask(Txt(f"n{number}.example"))
    assert len({port for _, port in seen}) > 15
    assert len({number for number, _ in seen}) > 15


# Whom to wait for.


@pytest.mark.parametrize("behaviour", [SERVFAIL, REFUSED])
async def test_a_server_that_refuses_is_not_asked_again_but_the_next_is(behaviour: Behaviour) -> None:
    async with DnsServer(Zone(), behaviours={"*": behaviour}) as first, DnsServer(Zone(ZONE)) as second:
        resolver = Resolver([first.address, second.address], limits=PATIENT)
        assert await resolver.ask(Txt("example.org")) == FOUND
        assert len(first.asked) == 1


@pytest.mark.parametrize(("behaviour", "reason"), [(SERVFAIL, "SERVFAIL"), (REFUSED, "REFUSED"), (TRUNCATE, "")])
async def test_where_all_refuse_the_answer_is_to_try_later_and_why(behaviour: Behaviour, reason: str) -> None:
    async with resolving(DnsServer(Zone(ZONE), behaviours={"*": behaviour})) as (resolver, server):
        answer = await resolver.ask(Txt("example.org"))
        if reason:
            assert (answer.status, answer.reason) == (Status.TRY_LATER, f"127.0.0.1:{server.address[1]}: {reason}")
            assert len(server.asked) == 1
        else:
            assert answer == FOUND  # by TCP


async def test_where_one_server_is_silent_the_next_one_answers() -> None:
    async with DnsServer(Zone(), behaviours={"*": DROP}) as silent, DnsServer(Zone(ZONE)) as second:
        resolver = Resolver([silent.address, second.address], limits=BRIEF)
        assert await resolver.ask(Txt("example.org")) == FOUND
        assert len(silent.questions("example.org")) == 1
        await resolver.close()


async def test_a_lost_datagram_is_sent_again() -> None:
    lost: list[bytes] = []

    class Losing(Forger):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            if lost:
                super().datagram_received(data, addr)
            lost.append(data)

    async with Losing(lambda query: [reply(query, "again")]) as address:
        resolver = Resolver([address], limits=DnsLimits(query=0.5))
        assert (await resolver.ask(Txt("example.org"))).records == (b"again",)
        await resolver.close()


async def test_a_slow_name_says_nothing_about_the_server() -> None:
    async with resolving(DnsServer(Zone(ZONE), behaviours={"slow.example": DROP}), BRIEF) as (resolver, _):
        answer = await resolver.ask(Txt("slow.example"))
        assert (answer.status, "no answer" in answer.reason) == (Status.TRY_LATER, True)
        assert await resolver.ask(Txt("example.org")) == FOUND


async def test_nobody_waits_for_a_server_that_is_silent_to_everything() -> None:
    async with unheard() as address:
        resolver = Resolver([address], limits=replace(BRIEF, resting=60.0))
        await resolver.ask(Txt("example.org"))
        await until(lambda: resolver.is_cut_off)
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = [await resolver.ask(Txt(f"n{number}.example")) for number in range(100)]
        assert loop.time() - began < 50 * BRIEF.query
        assert all("no resolver answers" in answer.reason for answer in answers)
        await resolver.close()


async def test_a_server_that_refuses_connections_rests_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        address = sock.getsockname()
    resolver = Resolver([address], limits=PATIENT)
    assert (await resolver.ask(Txt("example.org"))).status is Status.TRY_LATER
    assert resolver.is_cut_off
    await resolver.close()


async def test_a_server_that_answers_again_is_asked_again() -> None:
    async with DnsServer(Zone(ZONE), behaviours={"*": DROP}) as server:
        resolver = Resolver([server.address], limits=BRIEF)
        await resolver.ask(Txt("mail.example.org"))
        await until(lambda: resolver.is_cut_off)
        server.behaviours.clear()
        await until(lambda: not resolver.is_cut_off)
        assert await resolver.ask(Txt("example.org")) == FOUND
        await resolver.close()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():
            await asyncio.sleep(0.005)


# What is kept, and shared.


async def test_an_answer_is_kept() -> None:
    async with resolving() as (resolver, server):
        for _ in range(3):
            await resolver.ask(Txt("example.org"))
            await resolver.ask(Txt("nothing.example.org"))
        assert len(server.asked) == 2


async def test_a_failure_is_kept_a_little_while() -> None:
    async with resolving(DnsServer(Zone("sick.example TRY_LATER"))) as (resolver, server):
        assert [(await resolver.ask(Txt("sick.example"))).status for _ in range(3)] == [Status.TRY_LATER] * 3
        assert len(server.asked) == 1


async def test_types_of_one_name_are_different_questions() -> None:
    async with resolving() as (resolver, _):
        assert (await resolver.ask(Txt("example.org"))).records != (await resolver.ask(Mx("example.org"))).records


async def test_who_asks_at_the_same_time_shares_a_look_up() -> None:
    async with resolving() as (resolver, server):
        answers = await asyncio.gather(*(resolver.ask(Txt("example.org")) for _ in range(50)))
        assert answers == [FOUND] * 50
        assert len(server.asked) == 1


async def test_a_look_up_goes_on_for_others_when_one_stops_waiting() -> None:
    async with resolving(DnsServer(Zone(ZONE), behaviours={"*": Behaviour(delay=0.02)})) as (resolver, server):
        first = asyncio.ensure_future(resolver.ask(Txt("example.org")))
        second = asyncio.ensure_future(resolver.ask(Txt("example.org")))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == FOUND
        assert len(server.asked) == 1


async def test_no_more_questions_are_under_way_than_the_limit() -> None:
    under_way: list[int] = []

    class Counting(DnsServer):
        now = 0

        async def answer(self, data: bytes, over: str) -> bytes | None:
            self.now += 1
            under_way.append(self.now)
            try:
                await asyncio.sleep(0.002)
                return await super().answer(data, over)
            finally:
                self.now -= 1

    async with resolving(Counting(Zone()), DnsLimits(query=5, outstanding=3)) as (resolver, _):
        await asyncio.gather(*(resolver.ask(Txt(f"n{number}.example")) for number in range(20)))
    assert max(under_way) <= 3


async def test_while_too_many_questions_wait_others_are_not_asked_but_what_is_known_or_under_way_is_told() -> None:
    async with resolving(limits=DnsLimits(query=5, outstanding=1, waiting=2)) as (resolver, _):
        assert await resolver.ask(Txt("slow.example"))
        begun = [asyncio.ensure_future(resolver.ask(Txt(f"n{number}.example"))) for number in range(2)]
        await asyncio.sleep(0)
        assert (await resolver.ask(Txt("n2.example"))).reason == "too many questions are waiting"
        assert (await resolver.ask(Txt("slow.example"))).status is Status.FOUND
        assert (await resolver.ask(Txt("n1.example"))).status is Status.NO_NAME
        await asyncio.gather(*begun)
        assert (await resolver.ask(Txt("n2.example"))).status is Status.NO_NAME


# Checks.


def asking(*questions: Question) -> Asking[list[Any]]:
    answers = []
    for question in questions:
        answers.append((yield question))
    return answers


async def test_a_check_is_run_to_its_end() -> None:
    async with resolving() as (resolver, _):
        first, breath, both = await resolver.answer(
            asking(Txt("example.org"), Breath(), Together((Mx("example.org"), Txt("nothing.example.org"))))
        )
        assert first == FOUND
        assert breath is not None
        assert [answer.status for answer in both] == [Status.FOUND, Status.NO_NAME]


async def test_a_check_that_asks_nothing_is_done_at_once() -> None:
    assert await Resolver([]).answer(asking()) == []


async def test_what_a_check_raises_is_raised() -> None:
    def failing() -> Asking[None]:
        yield Breath()
        raise RuntimeError("of its own")

    with pytest.raises(RuntimeError, match="of its own"):
        await Resolver([]).answer(failing())


async def test_questions_together_are_asked_at_the_same_time() -> None:
    arrived = asyncio.Event()

    class Waiting(DnsServer):
        """Answers nobody before all have asked."""

        async def answer(self, data: bytes, over: str) -> bytes | None:
            reply = await super().answer(data, over)
            if len(self.asked) == 5:
                arrived.set()
            await arrived.wait()
            return reply

    async with resolving(Waiting(Zone())) as (resolver, _):
        (answers,) = await resolver.answer(asking(Together(tuple(Txt(f"n{number}.example") for number in range(5)))))
        assert [answer.status for answer in answers] == [Status.NO_NAME] * 5


@pytest.mark.parametrize("check", [0.02 + part / 10_000 for part in range(10)])
async def test_a_check_that_takes_too_long_hears_try_later_at_once(check: float) -> None:
    """Whatever part of a millisecond its time ends in: a timer may go off a little early."""
    limits = DnsLimits(query=5.0, check=check)
    async with resolving(DnsServer(Zone(ZONE), behaviours={"slow.example": DROP}), limits) as (resolver, server):
        await resolver.ask(Mx("example.org"))
        answers = await resolver.answer(
            asking(Txt("slow.example"), Together((Mx("example.org"), Txt("b.example"))), Txt("example.org"))
        )
        flat = [answers[0], *answers[1], answers[2]]
        assert [answer.status for answer in flat] == [Status.TRY_LATER] * 4
        assert server.questions("b.example") == []


class SlowFetcher(Fetcher):
    async def fetch(self, question: Fetch | Post, addresses: Any = None) -> Answer:
        await asyncio.sleep(0.05)
        return Answer(Status.FOUND, (Fetched(200, "text/plain", b"policy"),))


@pytest.mark.parametrize("question", [Fetch("https://example.org/"), Post("https://example.org/", "text/plain", b"x")])
async def test_time_spent_on_a_document_is_not_the_check_s(question: Question) -> None:
    async with resolving(limits=DnsLimits(query=5.0, check=0.04), fetch=SlowFetcher()) as (resolver, _):
        document, answer = await resolver.answer(asking(question, Txt("example.org")))
        assert document.records[0].body == b"policy"
        assert answer == FOUND


async def test_where_nothing_is_fetched_a_document_is_for_later() -> None:
    assert (await Resolver([]).ask(Fetch("https://example.org/"))).reason.startswith("http:")


async def test_a_fault_of_ours_is_a_try_later() -> None:
    class Broken(Fetcher):
        async def fetch(self, question: Fetch, addresses: Any = None) -> Answer:
            raise ZeroDivisionError

    assert (await Resolver([], fetch=Broken()).ask(Fetch("https://example.org/"))).status is Status.TRY_LATER


# Around it.


async def test_closing_tells_those_who_wait() -> None:
    async with resolving(DnsServer(Zone(), behaviours={"*": DROP})) as (resolver, _):
        waiting = asyncio.ensure_future(resolver.ask(Txt("example.org")))
        await asyncio.sleep(0.01)
        await resolver.close()
        assert (await waiting).status is Status.TRY_LATER
        assert (await resolver.ask(Txt("b.example"))).status is Status.TRY_LATER


async def test_an_authority_is_asked_for_what_it_knows_itself() -> None:
    async with resolving() as (resolver, server):
        host, port = server.address
        for _ in range(2):
            assert await resolver.ask_at(ip_address(host), Txt("example.org"), port) == FOUND
        assert [asked.recursive for asked in server.asked] == [False, False]


async def test_who_is_no_authority_is_not_believed() -> None:
    async with Forger(lambda query: [reply(query, "not mine to say")]) as (host, port):
        answer = await Resolver([], limits=PATIENT).ask_at(ip_address(host), Txt("example.org"), port)
        assert answer == Answer(Status.TRY_LATER, reason=f"{host}:{port}: it is no authority for this name")


async def test_both_kinds_of_addresses_of_a_host() -> None:
    async with resolving() as (resolver, _):
        assert list(map(str, await resolver.addresses("mail.example.org"))) == ["2001:db8::1", "192.0.2.1"]
        assert await resolver.addresses("nothing.example.org") == []


def test_the_system_s_servers(tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        "# local\nnameserver 192.0.2.53\nsearch example.org\nnameserver fe80::1%eth0\nnameserver nonsense\nnameserver\n"
    )
    assert system_servers(conf) == [("192.0.2.53", 53), ("fe80::1%eth0", 53)]
    assert system_servers(tmp_path / "none") == [("127.0.0.1", 53)]


def test_a_server_s_name_is_no_address() -> None:
    with pytest.raises(OperatorError, match=r"resolver\.example"):
        Resolver([("resolver.example", 53)])


async def test_the_server_for_tests_serves_other_processes(tmp_path: Path) -> None:
    import sys

    (tmp_path / "zone").write_text(ZONE)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pillarbox.testing.dns_server", str(tmp_path / "zone"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        host, port = (await process.stdout.readline()).decode().split()
        assert await Resolver([(host, int(port))], limits=PATIENT).ask(Txt("example.org")) == FOUND
    finally:
        process.terminate()
        await process.wait()
