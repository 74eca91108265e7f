"""Asking a zone's own servers: what they say counts, and where they say nothing the resolver does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

from pillarbox.checks.questions import Address, Answer, Asking, Cname, Mx, Ptr, Question, Status, Together, Txt
from pillarbox.limits import DnsLimits
from pillarbox.net.authoritative import Authoritative
from pillarbox.net.dns import Resolver
from pillarbox.testing.dns_server import DROP, REFUSED, DnsServer
from pillarbox.testing.fake_dns import Zone

PATIENT = DnsLimits(query=10.0, check=20.0)
BRIEF = DnsLimits(query=0.05, tries=1, check=20.0)
"""For a server that is silent on purpose."""
NAMES = """
    example.org            NS     ns1.example.net
    example.org            NS     ns2.example.net
    ns1.example.net        A      127.0.0.1
    127.0.0.1              PTR    localhost
    old.example.org        TXT    cached
    away.example.org       A      192.0.2.9
    host.elsewhere.example A      192.0.2.7
"""
ZONE = """
    example.org        TXT    fresh
    example.org        MX     10 mail.example.org
    a.b.example.org    TXT    deep
    old.example.org    TXT    fresh
    www.example.org    CNAME  host.elsewhere.example
    in.example.org     CNAME  mail.example.org
    mail.example.org   A      192.0.2.1
"""


@asynccontextmanager
async def asking(
    zone: DnsServer | None = None, names: str = NAMES
) -> AsyncIterator[tuple[Authoritative, DnsServer, DnsServer]]:
    """Who asks, the zone's server, the resolver."""
    async with zone or DnsServer(Zone(ZONE)) as own, DnsServer(Zone(names)) as known:
        resolver = Resolver([known.address], limits=PATIENT)
        try:
            yield Authoritative(resolver, own.address[1]), own, known
        finally:
            await resolver.close()


def ask(*questions: Question) -> Asking[list[Answer]]:
    answers = []
    for question in questions:
        answers.append((yield question))
    return answers


async def test_what_the_zones_own_server_says_counts() -> None:
    async with asking() as (authoritative, own, known):
        texts, mx, deep, old = await authoritative.answer(
            ask(Txt("example.org"), Mx("example.org"), Txt("a.b.example.org"), Txt("old.example.org"))
        )
        assert texts.records == (b"fresh",)
        assert mx.records[0].host == "mail.example.org"
        assert deep.records == (b"deep",)
        assert old.records == (b"fresh",)
        assert not any(asked.recursive for asked in own.asked)
        assert {asked.kind for asked in known.asked} == {"NS", "A", "AAAA"}


async def test_an_absence_counts_too() -> None:
    async with asking() as (authoritative, _, known):
        (answer,) = await authoritative.answer(ask(Address("away.example.org", 4)))
        assert answer.status is Status.NO_NAME
        assert {asked.kind for asked in known.questions("away.example.org")} == {"NS"}


async def test_the_servers_of_a_zone_are_looked_up_once() -> None:
    async with asking() as (authoritative, _, known):
        await authoritative.answer(ask(Txt("example.org"), Txt("example.org")))
        await authoritative.answer(ask(Mx("example.org")))
        assert len([one for one in known.asked if (one.name, one.kind) == ("example.org", "NS")]) == 1


async def test_an_alias_within_the_zone_is_followed_there_and_out_of_it_by_the_resolver() -> None:
    names = NAMES + "www.example.org CNAME host.elsewhere.example"
    async with asking(names=names) as (authoritative, _, _):
        inside, outside, alias = await authoritative.answer(
            ask(Address("in.example.org", 4), Address("www.example.org", 4), Cname("www.example.org"))
        )
        assert [str(one) for one in inside.records + outside.records] == ["192.0.2.1", "192.0.2.7"]
        assert alias.records == ("host.elsewhere.example",)


async def test_a_server_that_refuses_is_asked_once_and_then_the_resolver() -> None:
    async with asking(DnsServer(Zone(ZONE), behaviours={"*": REFUSED})) as (authoritative, own, _):
        answers = await authoritative.answer(ask(Txt("old.example.org"), Txt("old.example.org"), Mx("old.example.org")))
        assert [one.records for one in answers] == [(b"cached",), (b"cached",), ()]
        assert {asked.kind for asked in own.asked} == {"TXT"}


async def test_a_silent_server_is_waited_for_once() -> None:
    async with DnsServer(Zone(ZONE), behaviours={"*": DROP}) as own, DnsServer(Zone(NAMES)) as known:
        patient, brief = Resolver([known.address], limits=PATIENT), Resolver([known.address], limits=BRIEF)
        patient.ask_at = brief.ask_at  # type: ignore[method-assign]
        authoritative = Authoritative(patient, own.address[1])
        answers = await authoritative.answer(ask(Txt("old.example.org"), Txt("old.example.org"), Mx("old.example.org")))
        await patient.close()
        assert [one.records for one in answers] == [(b"cached",), (b"cached",), ()]
        assert {asked.kind for asked in own.asked} <= {"TXT", "NS"}  # NS: whether it is there at all


async def test_where_no_server_can_be_found_the_resolver_is_asked() -> None:
    async with asking(names="example.org TXT known") as (authoritative, own, _):
        (answer,) = await authoritative.answer(ask(Txt("example.org")))
        assert answer.records == (b"known",)
        assert own.asked == []


async def test_questions_asked_together_are_answered_in_their_order() -> None:
    async with asking() as (authoritative, _, _):
        (answers,) = await authoritative.answer(ask(Together((Mx("example.org"), Txt("example.org")))))
        assert [one.records[0] for one in answers] == [(10, "mail.example.org"), b"fresh"]


async def test_what_an_address_is_called_its_own_zone_says() -> None:
    async with asking() as (authoritative, own, _):
        (answer,) = await authoritative.answer(ask(Ptr(ip_address("127.0.0.1"))))
        assert answer.records == ("localhost",)
        assert own.asked == []
