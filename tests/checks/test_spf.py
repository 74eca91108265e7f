"""SPF beyond the published suite: limits on either side, what is told, hostile records, and pyspf as a second opinion."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
import spf as pyspf
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.checks.questions import Address, Mx, Ptr, Txt
from pillarbox.checks.spf import Result, SpfResult, check_helo, check_host, check_sender
from pillarbox.limits import CheckLimits
from pillarbox.testing.fake_dns import Zone

PEER = "192.0.2.1"


def check(
    zone: Zone,
    *,
    ip: str = PEER,
    sender: str = "alice@example.org",
    helo: str = "mx.example.org",
    limits: CheckLimits | None = None,
) -> SpfResult:
    limits = limits or CheckLimits()
    return zone.run(check_sender(ip_address(ip), sender, helo=helo, receiver="mx.example.net", limits=limits, now=1234))


def zone(record: str, *lines: str) -> Zone:
    return Zone("\n".join([f'example.org TXT "{record}"', *lines]))


TWO_HOSTS = ("example.org MX 1 a.example", "example.org MX 2 b.example")
RECORDS = [
    # record, further lines, result, the term that decided
    ("v=spf1 ip4:192.0.2.0/24 -all", (), "pass", "ip4:192.0.2.0/24"),
    ("v=spf1 ip4:192.0.2.1/32 -all", (), "pass", "ip4:192.0.2.1/32"),
    ("v=spf1 ip4:192.0.2.7/29 -all", (), "pass", "ip4:192.0.2.7/29"),
    ("v=spf1 ip4:192.0.2.8/29 -all", (), "fail", "-all"),
    ("v=spf1 ip4:0.0.0.0/0", (), "pass", "ip4:0.0.0.0/0"),
    ("V=SPF1 IP4:192.0.2.1 -ALL", (), "pass", "IP4:192.0.2.1"),
    ("v=spf1 ~all", (), "softfail", "~all"),
    ("v=spf1 ?all", (), "neutral", "?all"),
    ("v=spf1", (), "neutral", "default"),
    ("v=spf1 a -all", ("example.org A 192.0.2.1",), "pass", "a"),
    ("v=spf1 a/24 -all", ("example.org A 192.0.2.99",), "pass", "a/24"),
    ("v=spf1 a:mail.example.org//64 -all", ("mail.example.org A 192.0.2.1",), "pass", "a:mail.example.org//64"),
    ("v=spf1 a:a.example.org -all", ("a.example.org CNAME x.example", "x.example A 192.0.2.1"), "pass", "a:a.example.org"),
    ("v=spf1 mx -all", ("example.org MX 10 x.example", "x.example A 192.0.2.1"), "pass", "mx"),
    ("v=spf1 mx -all", ("example.org MX 0 .",), "fail", "-all"),
    ("v=spf1 mx -all", (*TWO_HOSTS, "a.example TRY_LATER", "b.example A 192.0.2.1"), "pass", "mx"),
    ("v=spf1 mx -all", (*TWO_HOSTS, "a.example TRY_LATER", "b.example A 192.0.2.2"), "temperror", ""),
    ("v=spf1 a -all", ("example.org TRY_LATER A",), "temperror", ""),
    ("v=spf1 ptr -all", ("192.0.2.1 PTR mail.example.org", "mail.example.org A 192.0.2.1"), "pass", "ptr"),
    ("v=spf1 ptr -all", ("192.0.2.1 PTR mail.badexample.org", "mail.badexample.org A 192.0.2.1"), "fail", "-all"),
    ("v=spf1 ptr -all", ("192.0.2.1 TRY_LATER",), "fail", "-all"),
    ("v=spf1 exists:%{ir}.x.example -all", ("1.2.0.192.x.example A 127.0.0.2",), "pass", "exists:%{ir}.x.example"),
    ("v=spf1 include:x.example -all", ('x.example TXT "v=spf1 ip4:192.0.2.1 -all"',), "pass", "include:x.example"),
    ("v=spf1 include:x.example -all", ('x.example TXT "v=spf1 -all"',), "fail", "-all"),
    ("v=spf1 ?include:x.example -all", ('x.example TXT "v=spf1 +all"',), "neutral", "?include:x.example"),
    ("v=spf1 include:x.example -all", (), "permerror", ""),
    ("v=spf1 include:x.example -all", ("x.example TRY_LATER",), "temperror", ""),
    ("v=spf1 redirect=x.example", ('x.example TXT "v=spf1 ip4:192.0.2.1 -all"',), "pass", "ip4:192.0.2.1"),
    ("v=spf1 redirect=x.example", (), "permerror", ""),
    ("v=spf1 redirect=%{d}", (), "permerror", ""),
    ("v=spf1 ip4:192.0.2.1/33", (), "permerror", ""),
    ("v=spf1 ip4:192.0.2.1/024", (), "permerror", ""),
    ("v=spf1 ip4:192.0.2.1/", (), "permerror", ""),
    ("v=spf1 ip6:fe80::1%eth0 -all", (), "permerror", ""),
    ("v=spf1 ip6:2001:db8::/129 -all", (), "permerror", ""),
    ("v=spf1 -all ip4:nonsense", (), "permerror", ""),
    ("v=spf1 all:x.example", (), "permerror", ""),
    ("v=spf1 ip5:1 -all", (), "permerror", ""),
    ("v=spf1 a:%{d0} -all", (), "permerror", ""),
    ("v=spf1 a:%{x}.example -all", (), "permerror", ""),
    ("v=spf1 a:%{c}.example -all", (), "permerror", ""),
    ("v=spf1 exp=x.example exp=x.example -all", (), "permerror", ""),
    ("v=spf1 unknown=%{s}/%{l}%% -all", (), "fail", "-all"),
    ("v=spf10 -all", (), "none", ""),
]  # fmt: skip


@pytest.mark.parametrize(("record", "lines", "result", "mechanism"), RECORDS)
def test_a_record_says_who_may_send(record: str, lines: tuple[str, ...], result: str, mechanism: str) -> None:
    found = check(zone(record, *lines))
    assert (found.result, found.mechanism) == (result, mechanism), found
    assert bool(found.problem) == (result in ("none", "temperror", "permerror"))


DOMAINS = [
    "localhost",
    "[192.0.2.1]",
    "1.2.3.4",
    "a..example",
    f"{'a' * 64}.example",
    f"{'a.' * 140}example",
    "a b.example",
    "a@",
    ".",
    "x.example\x00",
]


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_no_domain_has_no_policy_and_is_not_asked_for(domain: str) -> None:
    asked = Zone()
    found = asked.run(check_host(ip_address(PEER), domain, f"x@{domain}", helo="h.example"))
    assert found.result is Result.NONE
    assert asked.asked == []


@pytest.mark.parametrize("record", [b"v=spf1 x=\xff -all", b"v=spf1\t -all", b"v=spf1 -all\n", b"v=spf1 a\0 -all"])
def test_a_record_of_more_than_printable_ascii_is_an_error(record: bytes) -> None:
    names = Zone()
    names.add("example.org", "TXT", record)
    assert check(names).result == ("none" if record[6:7] == b"\t" else "permerror")


def test_an_empty_sender_is_the_postmaster_of_helo() -> None:
    found = check(Zone('mx.example.org TXT "v=spf1 ip4:192.0.2.1 -all"'), sender="")
    assert (found.result, found.identity, found.domain, found.sender) == (
        "pass",
        "helo",
        "mx.example.org",
        "postmaster@mx.example.org",
    )


def test_the_name_in_helo_is_checked_by_itself() -> None:
    found = Zone('mx.example.org TXT "v=spf1 -all"').run(check_helo(ip_address(PEER), "mx.example.org"))
    assert (found.result, found.identity) == ("fail", "helo")


@pytest.mark.parametrize(("count", "result"), [(10, "neutral"), (11, "permerror")])
def test_only_so_many_terms_may_ask(count: int, result: str) -> None:
    names = [f"a{number}.example" for number in range(count)]
    record = "v=spf1 " + " ".join(f"a:{name}" for name in names)
    assert check(zone(record, *(f"{name} A 203.0.113.1" for name in names))).result == result


@pytest.mark.parametrize(("count", "result"), [(2, "neutral"), (3, "permerror")])
def test_only_so_many_terms_may_find_nothing(count: int, result: str) -> None:
    assert check(zone("v=spf1 " + " ".join(f"a:a{number}.example" for number in range(count)))).result == result


def test_hosts_of_an_mx_without_an_address_of_the_family_are_no_void_look_ups() -> None:
    hosts = [f"mx{number}.example" for number in range(5)]
    lines = [line for host in hosts for line in (f"example.org MX 1 {host}", f"{host} A 203.0.113.1")]
    assert check(zone("v=spf1 mx -all", *lines), ip="2001:db8::1").result == "fail"


@pytest.mark.parametrize(("count", "result"), [(10, "pass"), (11, "permerror")])
def test_only_so_many_hosts_of_an_mx_are_looked_at(count: int, result: str) -> None:
    lines = [f"example.org MX {number} m{number}.example" for number in range(count)]
    assert check(zone("v=spf1 mx -all", *lines, "m9.example A 192.0.2.1")).result == result


def test_names_of_an_address_beyond_the_first_few_are_not_seen() -> None:
    names = [f"m{number}.example.org" for number in range(11)]
    lines = [
        line
        for name in names
        for line in (f"{PEER} PTR {name}", f"{name} A {'192.0.2.1' if name == names[-1] else '192.0.2.2'}")
    ]
    assert check(zone("v=spf1 ptr -all", *lines)).result == "fail"


def test_a_record_may_be_as_long_as_the_limit_and_no_longer() -> None:
    record = "v=spf1 ip4:192.0.2.1 " + "a" * 40
    for length, result in ((len(record), "pass"), (len(record) - 1, "permerror")):
        names = Zone()
        names.add("example.org", "TXT", record.replace("a" * 40, "x=" + "a" * 38).encode())
        assert check(names, limits=CheckLimits(spf_record=length)).result == result


@pytest.mark.parametrize("text", ["+all", "include:example.org", "redirect=example.org", "exists:%{p}.%{d}", "a:%{p4}.example"])
def test_a_record_that_goes_in_a_circle_ends(text: str) -> None:
    names = zone(f"v=spf1 {text}")
    check(names)
    assert len(names.asked) < 30


def test_what_is_asked_is_counted_over_includes() -> None:
    names = Zone("\n".join(f'i{number}.example TXT "v=spf1 include:i{number + 1}.example"' for number in range(30)))
    names.add("example.org", "TXT", '"v=spf1 include:i0.example"')
    assert check(names).result == "permerror"
    assert len([question for question in names.asked if isinstance(question, Txt)]) == 11


def test_a_big_record_of_macros_costs_little() -> None:
    names = Zone()
    names.add("example.org", "TXT", b"v=spf1 exists:" + b"%{S1234567890R-+,/_=}" * 700 + b"%{d} -all")
    assert check(names, sender=f"{'a-+,/_=' * 40}@example.org").result in ("fail", "neutral")


def test_the_first_labels_of_a_long_name_are_left_out() -> None:
    names = zone("v=spf1 exists:%{l}.%{l}.%{l}.%{l}.%{l}.x.example -all")
    label = "a" * 60
    check(names, sender=f"{label}@example.org")
    assert names.asked[-1] == Address(".".join([label] * 4) + ".x.example", 4)


@pytest.mark.parametrize("macro", ["%{l}", "%{L}", "%{S}", "%{lr-}"])
def test_a_local_part_beyond_ascii_matches_nothing_that_names_it(macro: str) -> None:
    names = zone(f"v=spf1 exists:{macro}.x.example -all", "*.x.example A 127.0.0.2")
    assert check(names, sender="böb@example.org").result == "fail"
    assert check(names, sender="bob@example.org").result == "pass"


def test_a_domain_beyond_ascii_is_asked_for_by_its_a_labels() -> None:
    found = check(
        Zone('xn--bcher-kva.example TXT "v=spf1 exists:%{o}.x.example -all"\nxn--bcher-kva.example.x.example A 127.0.0.2'),
        sender="a@Bücher.example",
    )
    assert (found.result, found.domain) == ("pass", "xn--bcher-kva.example")


def test_an_ipv4_address_in_the_form_of_ipv6_is_one_of_ipv4() -> None:
    assert check(zone("v=spf1 ip4:192.0.2.1 -all"), ip="::ffff:192.0.2.1").result == "pass"


EXPLANATIONS = [
    ("see https://example.org/?i=%{C}&s=%{S}&t=%{t}&r=%{r}", "see https://example.org/?i=192.0.2.1&s=alice%40example.org&t=1234&r=mx.example.net"),
    ("%{d2} %{d1r} %{h} %{v} 100%%", "example.org example mx.example.org in-addr 100%"),
    ("%{", ""),
    ("caf\u00e9", ""),
    ("x" * 1025, ""),
    ("x" * 1024, "x" * 1024),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), EXPLANATIONS)
def test_the_words_of_a_domain_are_told_on_a_fail(text: str, said: str) -> None:
    names = zone("v=spf1 exp=why.example.org -all")
    names.add("why.example.org", "TXT", text.encode())
    assert check(names).explanation == said


def test_the_words_of_a_domain_are_not_looked_for_unless_it_is_a_fail() -> None:
    names = zone("v=spf1 exp=why.example.org ~all")
    check(names)
    assert names.asked == [Txt("example.org")]


def test_the_names_of_an_address_are_asked_for_once() -> None:
    names = zone(
        "v=spf1 exists:%{p}.x.example a:%{p}.y.example ptr mx -all",
        "192.0.2.1 PTR a.other.example",
        "a.other.example A 192.0.2.1",
    )
    check(names)
    assert len([question for question in names.asked if isinstance(question, Ptr)]) == 1
    assert not any(isinstance(question, Mx) and question.name != "example.org" for question in names.asked)


# A second opinion.

NAMES = ["example.org", "a.example.org", "b.example", "mail.b.example", "nowhere.example", "late.example"]
DOMAIN_SPECS = st.sampled_from(
    [*NAMES, "%{d}", "%{l}.b.example", "%{ir}.b.example", "%{d1}.example", "bad", "%{z}", "%{h}", "%{o2}"]
)
OTHERS = st.sampled_from(["third.example", "nowhere.example", "late.example", "%{z}", "bad"])
"""For include and redirect: in these, not in what is asked, pyspf takes a domain's own name for a mistake."""
LENGTHS = st.sampled_from(["", "", "/24", "/31", "//64", "/24//64", "/33", "/0"])
TERMS = st.one_of(
    st.builds("{}a:{}{}".format, st.sampled_from(["", "-", "~", "?"]), DOMAIN_SPECS, LENGTHS),
    st.builds("{}mx:{}{}".format, st.sampled_from(["", "-", "?"]), DOMAIN_SPECS, LENGTHS),
    st.builds("{}include:{}".format, st.sampled_from(["", "-", "~"]), OTHERS),
    st.builds("exists:{}".format, DOMAIN_SPECS),
    st.builds(
        "ip4:{}{}".format,
        st.sampled_from(["192.0.2.0", "192.0.2.1", "203.0.113.9", "1.2.3"]),
        st.sampled_from(["", "/24", "/32"]),
    ),
    st.builds("redirect={}".format, OTHERS),
    st.sampled_from(["a", "mx", "ptr", "-all", "~all", "ip6:2001:db8::/32", "x=%{d}", "exp=why.example", "nonsense:x"]),
)
RECORD = st.builds(lambda terms: " ".join(["v=spf1", *terms]), st.lists(TERMS, max_size=4, unique=True))


def second_opinion(names: Zone, ip: str, sender: str) -> str:
    """What pyspf makes of it, asking the same zone."""

    def look_up(name: str, kind: str, *_: Any, **__: Any) -> Iterator[tuple[tuple[str, str], Any]]:
        name = name.rstrip(".").lower()
        if names.is_failing(name, kind):
            raise pyspf.TempError("late")
        for text in names.records(name, kind) or []:
            yield (name, kind), as_pyspf_has_it(kind, text)

    old, pyspf.DNSLookup = pyspf.DNSLookup, look_up
    try:
        query = pyspf.query(i=ip, s=sender, h="mx.example.org", receiver="mx.example.net", strict=True)
        return str(query.check()[0])
    finally:
        pyspf.DNSLookup = old


def as_pyspf_has_it(kind: str, text: str) -> Any:
    if kind == "MX":
        preference, host = text.split()
        return int(preference), host.rstrip(".")
    if kind == "TXT":
        return (text.strip('"').encode(),)
    return socket.inet_pton(socket.AF_INET6, text) if kind == "AAAA" else text.rstrip(".")


def is_void_by_another_count(names: Zone) -> bool:
    """pyspf counts every look-up that finds nothing, we a term once: where any did, the two may end differently."""
    return any(names.ask(question).is_absent for question in names.asked.copy())


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORD, min_size=2, max_size=2), st.sampled_from(["192.0.2.1", "203.0.113.9", "2001:db8::1"]))
def test_pyspf_agrees(records: list[str], ip: str) -> None:
    names = Zone(
        """
        a.example.org   A     192.0.2.1
        b.example       A     203.0.113.9
        b.example       MX    10 mail.b.example
        mail.b.example  A     192.0.2.77
        mail.b.example  AAAA  2001:db8::1
        192.0.2.1       PTR   a.example.org
        late.example    TRY_LATER
        """
    )
    for name, record in zip(("example.org", "third.example"), records, strict=True):
        names.add(name, "TXT", f'"{record}"')
    ours = check(names, ip=ip)
    if not is_void_by_another_count(names):
        assert ours.result == second_opinion(names, ip, "alice@example.org"), (records, ours)
