"""The zone that tests ask answers as a resolver would."""

from ipaddress import ip_address
from typing import Any

import pytest

from pillarbox.checks.questions import (
    Address,
    Answer,
    Asking,
    Breath,
    Caa,
    Cname,
    Fetch,
    Fetched,
    Mx,
    MxRecord,
    Ns,
    Post,
    Ptr,
    Question,
    Srv,
    SrvRecord,
    Status,
    Tlsa,
    Together,
    Txt,
)
from pillarbox.testing.fake_dns import Zone

TEXT = """
    # what a name has
    Example.ORG.        TXT    "v=spf1 " "-all"
    example.org         MX     10 Mail.Example.org.
    null.example        MX     0 .
    alias.example       CNAME  mail.example.org
    mail.example.org    A      192.0.2.1
    mail.example.org    AAAA   2001:db8::1
    192.0.2.1           PTR    mail.example.org
    2001:db8::1         PTR    mail.example.org
    *.wild.example      A      192.0.2.9
    a.wild.example      TXT    x
    sick.example        TRY_LATER          # whatever it is
    lame.example        TRY_LATER MX
    lame.example        A      192.0.2.3
    _25._tcp.mail.example.org  TLSA  3 1 0 abcdef
    _imaps._tcp.example.org    SRV   0 1 993 mail.example.org
    example.org         CAA    0 issue "ca.example"
    example.org         NS     ns.example.org
    one.example         CNAME  two.example
    short.example       MX     10 a
    short.example       SRV    0 1 993 a
    brief.example       CNAME  a
    a                   A      192.0.2.4
    two.example         CNAME  one.example
"""
IP = ip_address("192.0.2.1")
FOUND = [
    (Txt("example.org"), b"v=spf1 -all"),
    (Mx("example.org"), MxRecord(10, "mail.example.org")),
    (Mx("null.example"), MxRecord(0, "")),
    (Mx("short.example"), MxRecord(10, "a")),
    (Srv("short.example"), SrvRecord(0, 1, 993, "a")),
    (Cname("brief.example"), "a"),
    (Address("mail.example.org", 4), IP),
    (Address("mail.example.org", 6), ip_address("2001:db8::1")),
    (Address("x.y.wild.example", 4), ip_address("192.0.2.9")),
    (Address("lame.example", 4), ip_address("192.0.2.3")),
    (Ptr(IP), "mail.example.org"),
    (Ptr(ip_address("2001:db8::1")), "mail.example.org"),
    (Tlsa("_25._tcp.mail.example.org"), (3, 1, 0, b"\xab\xcd\xef")),
    (Srv("_imaps._tcp.example.org"), (0, 1, 993, "mail.example.org")),
    (Caa("example.org"), (0, "issue", "ca.example")),
    (Ns("example.org"), "ns.example.org"),
    (Cname("alias.example"), "mail.example.org"),
]


@pytest.mark.parametrize(("question", "record"), FOUND)
def test_what_is_there_is_found(question: Question, record: Any) -> None:
    assert Zone(TEXT).ask(question) == Answer(Status.FOUND, (record,), ttl=300)


OTHERWISE = [
    (Txt("mail.example.org"), Status.NO_DATA),
    (Txt("org"), Status.NO_DATA),
    (Txt("_tcp.example.org"), Status.NO_DATA),
    (Address("a.wild.example", 4), Status.NO_DATA),
    (Address("wild.example", 4), Status.NO_DATA),
    (Address("nowhere.example", 4), Status.NO_NAME),
    (Txt("sick.example"), Status.TRY_LATER),
    (Mx("lame.example"), Status.TRY_LATER),
    (Txt("one.example"), Status.TRY_LATER),
    (Fetch("https://nowhere.example/"), Status.TRY_LATER),
]


@pytest.mark.parametrize(("question", "status"), OTHERWISE)
def test_what_is_not_there_is_told_apart(question: Question, status: Status) -> None:
    assert Zone(TEXT).ask(question).status is status


def test_an_alias_is_followed_and_its_end_told() -> None:
    assert Zone(TEXT).ask(Address("alias.example", 4)) == Answer(Status.FOUND, (IP,), name="mail.example.org", ttl=300)


def test_an_alias_may_have_one_label() -> None:
    assert Zone(TEXT).ask(Address("brief.example", 4)) == Answer(Status.FOUND, (ip_address("192.0.2.4"),), name="a", ttl=300)


def test_what_is_signed_is_secure_if_all_of_the_way_is() -> None:
    zone = Zone(TEXT, secure=["example.org"])
    assert zone.ask(Mx("example.org")).secure
    assert zone.ask(Txt("mail.example.org")).secure
    assert not zone.ask(Address("alias.example", 4)).secure
    assert Zone(TEXT, secure=True).ask(Address("alias.example", 4)).secure


def test_records_are_told_as_a_zone_has_them() -> None:
    zone = Zone(TEXT)
    assert zone.records("example.org", "MX") == ["10 Mail.Example.org."]
    assert zone.records("example.org", "A") == []
    assert zone.records("nowhere.example", "A") is None


def test_what_was_added_can_be_taken_away() -> None:
    zone = Zone(TEXT)
    zone.remove("mail.example.org", "A")
    assert zone.ask(Address("mail.example.org", 4)).status is Status.NO_DATA
    zone.remove("sick.example")
    assert zone.ask(Txt("sick.example")).status is Status.NO_NAME


def test_a_document_is_found_unless_it_is_too_long() -> None:
    zone = Zone()
    zone.document("https://a.example/", "hello")
    assert zone.ask(Fetch("https://a.example/", 5)).records[0].body == b"hello"
    assert zone.ask(Fetch("https://a.example/", 4)).reason.startswith("size:")


def test_what_is_handed_in_is_remembered() -> None:
    zone = Zone()
    zone.document("https://a.example/", "hello", status=201)
    here, gone = Post("https://a.example/", "text/plain", b"one"), Post("https://b.example/", "text/plain", b"two")
    assert zone.ask(here).records == (Fetched(201, "text/plain", b""),)
    assert zone.ask(gone).reason.startswith("connect:")
    assert zone.posted == [here, gone]


def asking() -> Asking[list[Any]]:
    first = yield Txt("example.org")
    yield Breath()
    both = yield Together((Ns("example.org"), Ptr(IP)))
    return [first, *both]


async def test_a_check_is_run_to_its_end_and_its_questions_are_counted() -> None:
    zone = Zone(TEXT)
    assert [answer.status for answer in zone.run(asking())] == [Status.FOUND] * 3
    assert zone.asked == [Txt("example.org"), Breath(), Ns("example.org"), Ptr(IP)]
    assert await zone.answer(asking()) == Zone(TEXT).run(asking())
