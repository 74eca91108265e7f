"""How mail finds its way: zones as tables, and the hosts that come of them (RFC 5321 §5)."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from random import Random
from typing import Any

import pytest

from pillarbox.checks.questions import Address, Cname, Fetch, Mx, Tlsa, Txt
from pillarbox.limits import SmtpClientLimits
from pillarbox.mta.hop import Level, Login, NoRoute, Route, SmartHost, TlsFailure, TlsPolicy
from pillarbox.mta.route import RouteOptions, is_null_mx, note_name, route
from pillarbox.testing.fake_dns import Zone

NOW = 1_800_000_000
US = "us.example.net"


def options(**changes: Any) -> RouteOptions:
    own = frozenset({(ip_address("192.0.2.99"), 25), (ip_address("2001:db8::99"), 25)})
    return RouteOptions(**{"hostname": US, "own": own, "limits": SmtpClientLimits(), **changes})


def first(below: int) -> int:
    return 0


def find(
    zone: Zone | str, destination: str = "example.org", *, random: Callable[[int], int] = first, **given: Any
) -> Route | NoRoute:
    net = Zone(zone) if isinstance(zone, str) else zone
    given.setdefault("options", options())
    return net.run(route(destination, now=NOW, random=random, **given))


def found(zone: Zone | str, destination: str = "example.org", **given: Any) -> Route:
    way = find(zone, destination, **given)
    assert isinstance(way, Route), way
    return way


def lost(zone: Zone | str, destination: str = "example.org", **given: Any) -> NoRoute:
    way = find(zone, destination, **given)
    assert isinstance(way, NoRoute), way
    return way


def shown(way: Route) -> list[str]:
    """ "name address address", a line a hop."""
    return [" ".join([hop.name, *map(str, hop.addresses)]) for hop in way.hops]


HOSTS = """
    a.example.org  A     192.0.2.1
    b.example.org  A     192.0.2.2
    c.example.org  A     192.0.2.3
    c.example.org  AAAA  2001:db8::3
"""


def odd(kind: str, *addresses: str) -> str:
    return "example.org MX 10 odd.example\n" + "\n".join(f"odd.example {kind} {address}" for address in addresses)


# Which hosts, in which order (RFC 5321 §5.1).


@pytest.mark.parametrize(
    ("zone", "hops"),
    [
        pytest.param("example.org MX 10 a.example.org", ["a.example.org 192.0.2.1"], id="one host"),
        pytest.param(
            "example.org MX 20 a.example.org\nexample.org MX 10 b.example.org",
            ["b.example.org 192.0.2.2", "a.example.org 192.0.2.1"],
            id="by preference",
        ),
        pytest.param("example.org MX 0 a.example.org", ["a.example.org 192.0.2.1"], id="preference 0 is a preference"),
        pytest.param("example.org MX 65535 a.example.org", ["a.example.org 192.0.2.1"], id="the last preference"),
        pytest.param(
            "example.org MX 10 a.example.org\nexample.org MX 30 a.example.org\nexample.org MX 20 b.example.org",
            ["a.example.org 192.0.2.1", "b.example.org 192.0.2.2"],
            id="a host twice is tried once, at its best",
        ),
        pytest.param("example.org MX 10 c.example.org", ["c.example.org 2001:db8::3 192.0.2.3"], id="IPv6 first"),
        pytest.param("example.org A 192.0.2.9", ["example.org 192.0.2.9"], id="no MX: the domain's own address"),
        pytest.param("example.org AAAA 2001:db8::9", ["example.org 2001:db8::9"], id="of IPv6 too"),
        pytest.param(
            "example.org MX 10 a.example.org\nexample.org A 192.0.2.9",
            ["a.example.org 192.0.2.1"],
            id="not where there is an MX",
        ),
        pytest.param(
            "example.org MX 0 .\nexample.org MX 10 a.example.org",
            ["a.example.org 192.0.2.1"],
            id="a null MX among others says nothing",
        ),
        pytest.param(
            "example.org CNAME other.example\nother.example MX 10 a.example.org",
            ["a.example.org 192.0.2.1"],
            id="a domain by an alias",
        ),
        pytest.param(
            "example.org MX 10 alias.example.org\nalias.example.org CNAME a.example.org",
            ["alias.example.org 192.0.2.1"],
            id="an MX that is an alias is put up with",
        ),
        pytest.param(
            "example.org MX 10 gone.example.org\nexample.org MX 20 a.example.org",
            ["a.example.org 192.0.2.1"],
            id="one has no address",
        ),
        pytest.param(
            "example.org MX 10 sick.example.org\nsick.example.org TRY_LATER\nexample.org MX 20 a.example.org",
            ["a.example.org 192.0.2.1"],
            id="one cannot be looked up",
        ),
        pytest.param(
            "example.org MX 10 half.example.org\nhalf.example.org A 192.0.2.7\nhalf.example.org TRY_LATER AAAA",
            ["half.example.org 192.0.2.7"],
            id="one of two look-ups is enough",
        ),
        pytest.param(
            "example.org MX 10 192.0.2.1\nexample.org MX 20 a.example.org",
            ["a.example.org 192.0.2.1"],
            id="an address is no name",
        ),
        pytest.param(
            odd("A", "0.1.2.3", "224.0.0.1", "255.255.255.255", "169.254.1.1", "192.0.2.8"),
            ["odd.example 192.0.2.8"],
            id="addresses that no server can have",
        ),
        pytest.param(
            odd("AAAA", "::", "ff02::1", "fe80::1", "::ffff:192.0.2.8", "2001:db8::8"),
            ["odd.example 192.0.2.8 2001:db8::8"],
            id="nor of IPv6; and IPv4 in disguise",
        ),
        pytest.param(
            "example.org MX 10 in.example.org\nin.example.org A 10.0.0.1", ["in.example.org 10.0.0.1"], id="a private address"
        ),
    ],
)
def test_hosts_are_tried_as_the_domain_says(zone: str, hops: list[str]) -> None:
    assert shown(found(HOSTS + zone)) == hops


@pytest.mark.parametrize(
    ("zone", "code", "said"),
    [
        pytest.param("example.org CNAME gone.example", "5.1.2", "no domain", id="an alias of nothing"),
        pytest.param("example.org TRY_LATER", "4.4.3", "cannot be asked", id="nobody could say"),
        pytest.param(
            "example.org A 192.0.2.9\nexample.org TRY_LATER MX", "4.4.3", "cannot be asked", id="an address is no answer"
        ),
        pytest.param("example.org MX 0 .", "5.1.10", "takes no mail", id="null MX"),
        pytest.param(
            "example.org MX 0 .\nexample.org A 192.0.2.9", "5.1.10", "takes no mail", id="null MX, in spite of an address"
        ),
        pytest.param("example.org TXT x", "5.1.2", "neither", id="neither MX nor address"),
        pytest.param("example.org TRY_LATER A", "4.4.3", "addresses", id="no MX, and its address unknown"),
        pytest.param("example.org MX 10 gone.example.org", "5.4.4", "gone.example.org", id="its host has no address"),
        pytest.param("example.org MX 10 192.0.2.1", "5.4.4", "is an address", id="its host is an address"),
        pytest.param(
            "example.org MX 10 odd.example\nodd.example A 224.0.0.1",
            "5.4.4",
            "no mail server",
            id="its host has an address of no server",
        ),
        pytest.param(
            "example.org MX 10 sick.example\nsick.example TRY_LATER",
            "4.4.3",
            "cannot be looked up",
            id="its host cannot be looked up",
        ),
        pytest.param(
            "example.org MX 10 gone.example\nexample.org MX 20 sick.example\nsick.example TRY_LATER",
            "4.4.3",
            "sick",
            id="what may pass decides",
        ),
        pytest.param(f"example.org MX 10 {US}", "5.4.6", "loops back", id="we are its host"),
        pytest.param(
            f"example.org MX 10 {US}\nexample.org MX 10 a.example.org", "5.4.6", "loops back", id="we are among the best"
        ),
        pytest.param(f"example.org MX 10 {US}\nexample.org MX 20 a.example.org", "5.4.6", "loops back", id="we are the best"),
        pytest.param(
            "example.org MX 10 x.example\nx.example A 192.0.2.99", "5.4.6", "loops back", id="we are its host, by another name"
        ),
        pytest.param("example.org A 192.0.2.99", "5.4.6", "loops back", id="its address is ours"),
        pytest.param("example.org AAAA 2001:db8::99", "5.4.6", "loops back", id="its address is ours, of IPv6"),
        pytest.param("example.org AAAA ::ffff:192.0.2.99", "5.4.6", "loops back", id="its address is ours, in disguise"),
        pytest.param("example.org A 127.0.0.1", "5.4.6", "loops back", id="this machine is us"),
        pytest.param("example.org AAAA ::1", "5.4.6", "loops back", id="this machine is us, of IPv6"),
        pytest.param("example.org MX 10 example.org", "5.4.4", "has no address", id="it is its own host, without address"),
        pytest.param("example.org A 0.0.0.0\nexample.org TRY_LATER AAAA", "4.4.3", "addresses", id="nowhere, or who knows"),
        pytest.param("example.org A 0.0.0.0", "5.4.4", "no mail server", id="nowhere"),
    ],
)
def test_where_there_is_no_way_a_sender_is_told_why(zone: str, code: str, said: str) -> None:
    end = lost(HOSTS + zone)
    assert (end.code, end.permanent) == (code, code.startswith("5"))
    assert said in end.said


@pytest.mark.parametrize(
    ("zone", "hops"),
    [
        (f"example.org MX 10 a.example.org\nexample.org MX 20 {US}\nexample.org MX 20 b.example.org", ["a.example.org"]),
        (f"example.org MX 10 a.example.org\nexample.org MX 20 {US}\nexample.org MX 30 b.example.org", ["a.example.org"]),
        (
            "example.org MX 10 a.example.org\nexample.org MX 20 z.test\nexample.org MX 20 b.example.org\nz.test A 192.0.2.99",
            ["a.example.org"],
        ),
        (
            f"example.org MX 5 b.example.org\nexample.org MX 10 a.example.org\nexample.org MX 20 {US}\nexample.org MX 10 {US}",
            ["b.example.org"],
        ),
    ],
    ids=["equals", "worse ones", "by our address", "at our best"],
)
def test_a_backup_takes_mail_only_to_hosts_preferred_to_it(zone: str, hops: list[str]) -> None:
    assert [hop.name for hop in found(HOSTS + zone).hops] == hops


def test_on_another_port_this_machine_may_be_someone_else() -> None:
    own = frozenset({(ip_address("127.0.0.1"), 2500)})
    zone = "example.org A 127.0.0.1"
    assert shown(found(zone, options=options(own=own, port=2501))) == ["example.org 127.0.0.1"]
    assert lost(zone, options=options(own=own, port=2500)).code == "5.4.6"
    assert found(zone, options=options(own=own, port=2501)).hops[0].port == 2501


def test_equals_share_the_load_and_preferences_hold() -> None:
    zone = Zone()
    for number in range(8):
        zone.add("example.org", "MX", f"{10 * (number // 4)} h{number}.example")
        zone.add(f"h{number}.example", "A", f"192.0.2.{number + 1}")
    orders = set()
    for seed in range(50):
        names = tuple(hop.name for hop in found(zone, random=Random(seed).randrange).hops)
        assert sorted(names[:4]) == [f"h{number}.example" for number in range(4)]
        orders.add(names)
    assert len(orders) > 40


def test_addresses_of_both_kinds_are_tried_in_turn() -> None:
    net = Zone("example.org MX 1 m.example")
    for kind, address in (("A", "192.0.2.{}"), ("AAAA", "2001:db8::{}")):
        for number in range(1, 4 if kind == "A" else 3):
            net.add("m.example", kind, address.format(number))
    assert shown(found(net)) == ["m.example 2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3"]
    net.asked.clear()
    assert shown(found(net, options=options(ipv6=False))) == ["m.example 192.0.2.1 192.0.2.2 192.0.2.3"]
    assert net.asked == [Mx("example.org"), Address("m.example", 4), Txt("_mta-sts.example.org")]


def test_a_domain_that_is_not_there_is_told_from_one_without_mail() -> None:
    assert lost("").said == "there is no domain example.org"
    assert lost("www.example.org A 192.0.2.1").said == "example.org has neither MX record nor address"


@pytest.mark.parametrize(
    ("hosts", "each", "names", "addresses"), [(1, 50, 1, 20), (2, 50, 2, 20), (30, 1, 20, 20), (30, 5, 10, 20), (3, 2, 3, 6)]
)
def test_only_so_many_addresses_are_tried_of_every_host_some(hosts: int, each: int, names: int, addresses: int) -> None:
    zone = Zone()
    for host in range(hosts):
        zone.add("example.org", "MX", f"{host} h{host}.example")
        for number in range(each):
            zone.add(f"h{host}.example", "A", f"198.18.{host}.{number + 1}")
    way = found(zone)
    assert (len(way.hops), sum(len(hop.addresses) for hop in way.hops)) == (names, addresses)
    assert [hop.name for hop in way.hops] == [f"h{host}.example" for host in range(names)]


def test_a_route_says_how_it_came_about_and_whom_it_leaves_out() -> None:
    way = found(HOSTS + "example.org MX 10 gone.example.org\nexample.org MX 20 a.example.org")
    assert way.hops[0].why == ("MX 20 of example.org",)
    assert way.left_out == ("gone.example.org, which is to take mail for example.org, has no address",)
    assert lost("example.org MX 10 gone.example.org").left_out == (
        "gone.example.org, which is to take mail for example.org, has no address",
    )


@pytest.mark.parametrize(
    ("zone", "is_null"),
    [
        ("example.org MX 0 .", True),
        ("example.org MX 10 .", True),
        ("example.org MX 0 .\nexample.org MX 1 a.example", False),
        ("example.org MX 0 a.example", False),
        ("example.org A 192.0.2.1", False),
        ("example.org TRY_LATER", False),
    ],
)
def test_a_null_mx_is_known(zone: str, is_null: bool) -> None:
    assert is_null_mx(Zone(zone).ask(Mx("example.org"))) is is_null


# Address literals (RFC 5321 §4.1.3).


@pytest.mark.parametrize(
    ("destination", "address"),
    [
        ("[192.0.2.1]", "192.0.2.1"),
        ("[IPv6:2001:db8::1]", "2001:db8::1"),
        ("[ipv6:2001:DB8:0::1]", "2001:db8::1"),
        ("[IPv6:::ffff:192.0.2.1]", "192.0.2.1"),
    ],
)
def test_a_literal_is_where_it_says(destination: str, address: str) -> None:
    net = Zone()
    (hop,) = found(net, destination, options=options(literals=True)).hops
    assert (hop.name, list(map(str, hop.addresses))) == (destination, [address])
    assert (hop.tls.level, hop.tls.server_name, hop.policy) == (Level.OPPORTUNISTIC, "", None)
    assert net.asked == []


@pytest.mark.parametrize(
    ("destination", "allowed", "code"),
    [
        ("[192.0.2.1]", False, "5.1.2"),
        ("[192.0.2]", True, "5.1.2"),
        ("[192.0.2.1", True, "5.1.2"),
        ("[2001:db8::1]", True, "5.1.2"),
        ("[IPv6:192.0.2.1]", True, "5.1.2"),
        ("[IPv6:fe80::1%eth0]", True, "5.1.2"),
        ("[IPv6:" + "1" * 10_000 + "]", True, "5.1.2"),
        ("[]", True, "5.1.2"),
        ("[224.0.0.1]", True, "5.1.2"),
        ("[0.0.0.0]", True, "5.1.2"),
        ("[192.0.2.99]", True, "5.4.6"),
        ("[127.0.0.1]", True, "5.4.6"),
        ("[IPv6:::ffff:127.0.0.1]", True, "5.4.6"),
    ],
)
def test_a_literal_that_leads_nowhere_is_refused(destination: str, allowed: bool, code: str) -> None:
    assert lost("", destination, options=options(literals=allowed)).code == code


# Smart hosts.


LOGIN = Login("u", "secret")
RELAY = "relay.example.net A 192.0.2.50\nrelay.example.net AAAA 2001:db8::50"


@pytest.mark.parametrize(
    ("place", "tls", "login", "level", "implicit"),
    [
        ("relay.example.net:587", "auto", LOGIN, Level.VERIFIED, False),
        ("relay.example.net:587", "auto", None, Level.OPPORTUNISTIC, False),
        ("relay.example.net:587", "verify", LOGIN, Level.VERIFIED, False),
        ("relay.example.net:587", "verify", None, Level.VERIFIED, False),
        ("relay.example.net:25", "none", None, Level.NONE, False),
        ("relay.example.net:465", "auto", LOGIN, Level.VERIFIED, True),
        ("relay.example.net:465", "auto", None, Level.OPPORTUNISTIC, True),
        ("relay.example.net:465", "none", None, Level.ENCRYPTED, True),
        ("192.0.2.50:587", "verify", None, Level.VERIFIED, False),
        ("[2001:db8::50]:587", "auto", None, Level.OPPORTUNISTIC, False),
        ("127.0.0.1:10025", "auto", LOGIN, Level.OPPORTUNISTIC, False),
        ("127.0.0.1:10025", "none", LOGIN, Level.NONE, False),
        ("[::1]:10025", "verify", LOGIN, Level.VERIFIED, False),
    ],
)
def test_a_smart_host_shows_what_the_settings_ask(
    place: str, tls: str, login: Login | None, level: Level, implicit: bool
) -> None:
    smart_host = SmartHost.parse(place, login=login, tls=tls)
    (hop,) = found(RELAY, "anything.example", smart_host=smart_host).hops
    assert (hop.tls.level, hop.tls.implicit, hop.login) == (level, implicit, login)
    assert hop.tls.server_name == hop.name == smart_host.host
    assert hop.policy is None


def test_a_smart_host_is_looked_up_by_address_and_nothing_else_is_asked() -> None:
    net = Zone(RELAY + "\nrelay.example.net MX 10 other.example")
    way = found(net, "[192.0.2.99]", smart_host=SmartHost("relay.example.net", 587, LOGIN))
    assert shown(way) == ["relay.example.net 2001:db8::50 192.0.2.50"]
    assert way.hops[0].why == ("smart host relay.example.net",)
    assert len(net.asked) == 2


@pytest.mark.parametrize(
    ("zone", "smart_host", "code"),
    [
        pytest.param("", SmartHost("gone.example", 25), "4.3.5", id="it has no address"),
        pytest.param("gone.example TRY_LATER", SmartHost("gone.example", 25), "4.4.3", id="it cannot be looked up"),
        pytest.param("", SmartHost("192.0.2.99", 25), "4.4.6", id="it is us"),
        pytest.param("me.example A 192.0.2.99", SmartHost("me.example", 25), "4.4.6", id="it is us, by name"),
        pytest.param(RELAY, SmartHost("relay.example.net", 587, LOGIN, "none"), "4.3.5", id="a password in the clear"),
        pytest.param(RELAY, SmartHost("relay.example.net", 465, LOGIN, "none"), "4.3.5", id="a password to whomever"),
    ],
)
def test_what_is_wrong_with_a_smart_host_returns_nobodys_mail(zone: str, smart_host: SmartHost, code: str) -> None:
    end = lost(zone, smart_host=smart_host)
    assert (end.code, end.permanent) == (code, False)


def test_another_port_of_ours_may_be_a_smart_host() -> None:
    assert shown(found("", smart_host=SmartHost("192.0.2.99", 10025))) == ["192.0.2.99 192.0.2.99"]


@pytest.mark.parametrize("text", ["", "host", "host:", ":25", "host:99999", "host:x", "unix:/x"])
def test_what_is_no_place_is_no_smart_host(text: str) -> None:
    with pytest.raises(ValueError):
        SmartHost.parse(text)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(found(RELAY, smart_host=SmartHost("relay.example.net", 587, LOGIN)))


def test_a_smart_host_with_signed_records_shows_what_they_say() -> None:
    net = Zone(f"{RELAY}\n_587._tcp.relay.example.net TLSA {GOOD}", secure=True)
    (hop,) = found(net, smart_host=SmartHost("relay.example.net", 587)).hops
    assert (hop.tls.level, hop.tls.names, hop.policy) == (Level.DANE, ("relay.example.net",), None)
    net.remove("_587._tcp.relay.example.net")
    net.fails("_587._tcp.relay.example.net")
    assert lost(net, smart_host=SmartHost("relay.example.net", 587)).code == "4.7.5"


# What each must show: DANE (RFC 7672).

GOOD = f"3 1 1 {'AB' * 32}"
PKIX = f"1 1 1 {'AB' * 32}"
TWO = HOSTS + "example.org MX 10 a.example.org\nexample.org MX 20 b.example.org\n"
TLSA_A, TLSA_B = f"_25._tcp.a.example.org TLSA {GOOD}\n", f"_25._tcp.b.example.org TLSA {GOOD}\n"
STS_URL = "https://mta-sts.example.org/.well-known/mta-sts.txt"


def levels(way: Route) -> list[tuple[str, Level]]:
    return [(hop.name, hop.tls.level) for hop in way.hops]


A, B = "a.example.org", "b.example.org"


@pytest.mark.parametrize(
    ("zone", "secure", "hops"),
    [
        pytest.param(TLSA_A + TLSA_B, True, [(A, Level.DANE), (B, Level.DANE)], id="both hosts"),
        pytest.param(TLSA_A, True, [(A, Level.DANE), (B, Level.OPPORTUNISTIC)], id="one of them"),
        pytest.param("", True, [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)], id="none of them"),
        pytest.param(TLSA_A, False, [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)], id="nothing is signed"),
        pytest.param(TLSA_A, [A], [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)], id="the MX records are not signed"),
        pytest.param(
            f"_25._tcp.{A} TLSA {PKIX}", True, [(A, Level.ENCRYPTED), (B, Level.OPPORTUNISTIC)], id="records of no use"
        ),
        pytest.param(f"_25._tcp.{A} TRY_LATER", True, [(B, Level.OPPORTUNISTIC)], id="a host that is kept from us is left out"),
    ],
)
def test_signed_records_say_what_a_host_must_show(zone: str, secure: Any, hops: list[tuple[str, Level]]) -> None:
    assert levels(found(Zone(TWO + zone, secure=secure))) == hops


def test_a_host_by_dane_may_have_the_names_of_its_domain_too() -> None:
    zone = Zone(
        f"""
        example.org               CNAME real.example.com
        real.example.com          MX    10 mx.example.com
        mx.example.com            CNAME host.example.com
        host.example.com          A     192.0.2.1
        _25._tcp.host.example.com TLSA  {GOOD}
        """,
        secure=True,
    )
    (hop,) = found(zone).hops
    assert (hop.name, hop.tls.names) == ("mx.example.com", ("host.example.com", "example.org", "real.example.com"))
    assert hop.policy == TlsPolicy("tlsa", "example.org", (GOOD,))
    assert hop.tls.records[0].data == b"\xab" * 32


def test_a_domain_that_is_its_own_host_may_have_dane() -> None:
    zone = Zone(f"example.org A 192.0.2.1\n_25._tcp.example.org TLSA {GOOD}", secure=True)
    assert levels(found(zone)) == [("example.org", Level.DANE)]


def test_records_are_looked_up_at_the_port_in_use() -> None:
    zone = Zone(TWO + f"_2525._tcp.{A} TLSA {GOOD}", secure=True)
    assert levels(found(zone, options=options(port=2525)))[0] == (A, Level.DANE)


def test_where_every_host_is_kept_from_us_mail_waits() -> None:
    zone = Zone(TWO + f"_25._tcp.{A} TRY_LATER\n_25._tcp.{B} TRY_LATER", secure=True)
    end = lost(zone)
    assert (end.code, end.permanent) == ("4.7.5", False)
    assert [failure.result for failure in end.failures] == ["dnssec-invalid", "dnssec-invalid"]
    assert end.failures[0].policy.type == "tlsa"


def test_an_unsigned_zone_is_asked_for_no_records() -> None:
    net = Zone(TWO + TLSA_A)
    found(net)
    assert not any(isinstance(question, Tlsa | Cname) for question in net.asked)


# MTA-STS (RFC 8461).


def with_policy(zone: str, mode: str, *hosts: str, secure: Any = False) -> Zone:
    net = Zone(zone, secure=secure)
    net.add("_mta-sts.example.org", "TXT", b"v=STSv1; id=7;")
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts), "max_age: 86400"]
    net.document(STS_URL, "\n".join(lines))
    return net


@pytest.mark.parametrize(
    ("mode", "named", "hops", "failures"),
    [
        ("enforce", ["*.example.org"], [(A, Level.VERIFIED), (B, Level.VERIFIED)], []),
        ("enforce", [A], [(A, Level.VERIFIED)], [B]),
        ("testing", [A], [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)], [B]),
        ("testing", [A, B], [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)], []),
        ("none", [A], [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)], []),
    ],
)
def test_a_policy_says_who_may_have_the_mail(
    mode: str, named: Sequence[str], hops: list[tuple[str, Level]], failures: list[str]
) -> None:
    way = found(with_policy(TWO, mode, *named))
    assert levels(way) == hops
    assert [failure.mx for failure in way.failures] == failures
    assert {failure.result for failure in way.failures} <= {"validation-failure"}
    assert [hop.tls.testing for hop in way.hops] == [mode == "testing" and hop.name in named for hop in way.hops]
    assert {hop.policy.type for hop in way.hops if hop.policy} == {"no-policy-found" if mode == "none" else "sts"}


def test_a_policy_that_names_no_host_makes_mail_wait() -> None:
    end = lost(with_policy(TWO, "enforce", "elsewhere.example"))
    assert (end.code, end.permanent) == ("4.7.5", False)
    assert end.failures[0] == TlsFailure(
        TlsPolicy("sts", "example.org", ("version: STSv1", "mode: enforce", "mx: elsewhere.example", "max_age: 86400")),
        A,
        "validation-failure",
        "mtasts-policy-mx-mismatch",
    )
    assert end.notes[0].name == "mta-sts:example.org"


def test_a_policy_is_noted_and_not_fetched_again() -> None:
    net = with_policy(TWO, "enforce", A)
    (note,) = found(net).notes
    assert (note.name, note.until) == (note_name("example.org"), NOW + 86400)
    net.asked.clear()
    net.remove("_mta-sts.example.org")
    again = found(net, remembered=note.value)
    assert levels(again) == [(A, Level.VERIFIED)]
    assert again.notes == ()
    assert not any(isinstance(question, Fetch) for question in net.asked)


def test_a_policy_that_cannot_be_had_is_reported_and_mail_goes() -> None:
    net = with_policy(TWO, "enforce", A)
    net.documents.clear()
    way = found(net)
    assert levels(way) == [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)]
    assert [(failure.mx, failure.result) for failure in way.failures] == [("", "sts-policy-fetch-error")]
    assert len(way.notes) == 1


def test_what_was_remembered_wrongly_is_as_if_it_were_not() -> None:
    assert len(found(with_policy(TWO, "enforce", A), remembered=b"rubbish").hops) == 1


def test_policies_are_not_asked_for_where_the_settings_say_so() -> None:
    net = with_policy(TWO, "enforce", A)
    assert len(found(net, options=options(mta_sts=False)).hops) == 2
    assert not any(isinstance(question, Txt | Fetch) for question in net.asked)


@pytest.mark.parametrize(
    ("tlsa", "named", "hops"),
    [
        pytest.param(TLSA_A + TLSA_B, ["elsewhere.example"], [(A, Level.DANE), (B, Level.DANE)], id="DANE beats MTA-STS"),
        pytest.param(TLSA_A, [A, B], [(A, Level.DANE), (B, Level.VERIFIED)], id="each host by its own"),
        pytest.param(TLSA_A, [A], [(A, Level.DANE)], id="a host with neither"),
        pytest.param(f"_25._tcp.{A} TLSA {PKIX}", [A, B], [(A, Level.VERIFIED), (B, Level.VERIFIED)], id="records of no use"),
        pytest.param(f"_25._tcp.{A} TRY_LATER", [A, B], [(B, Level.VERIFIED)], id="records kept from us"),
    ],
)
def test_where_a_domain_has_both_dane_comes_first(tlsa: str, named: Sequence[str], hops: list[tuple[str, Level]]) -> None:
    assert levels(found(with_policy(TWO + tlsa, "enforce", *named, secure=True))) == hops


def test_where_dane_is_enough_no_policy_is_asked_for() -> None:
    net = with_policy(TWO + TLSA_A + TLSA_B, "enforce", A, secure=True)
    found(net)
    assert not any(isinstance(question, Txt | Fetch) for question in net.asked)


# What a message asks for (RFC 8689).


@pytest.mark.parametrize(
    ("net", "hops"),
    [
        pytest.param(Zone(TWO), None, id="nothing proves the hosts"),
        pytest.param(Zone(TWO, secure=True), [(A, Level.VERIFIED), (B, Level.VERIFIED)], id="DNSSEC does"),
        pytest.param(Zone(TWO + TLSA_A, secure=True), [(A, Level.DANE), (B, Level.VERIFIED)], id="DANE"),
        pytest.param(
            Zone(TWO + f"_25._tcp.{A} TLSA {PKIX}", secure=True), [(A, Level.VERIFIED), (B, Level.VERIFIED)], id="useless"
        ),
        pytest.param(with_policy(TWO, "enforce", A), [(A, Level.VERIFIED)], id="MTA-STS does"),
        pytest.param(with_policy(TWO, "testing", A), [(A, Level.VERIFIED)], id="in testing too"),
        pytest.param(Zone("example.org A 192.0.2.1"), [("example.org", Level.VERIFIED)], id="its own host"),
    ],
)
def test_a_message_that_requires_tls_goes_only_to_hosts_that_can_prove_themselves(
    net: Zone, hops: list[tuple[str, Level]] | None
) -> None:
    way = find(net, require_tls=True)
    if hops is None:
        assert isinstance(way, NoRoute)
        assert (way.code, way.permanent) == ("5.7.30", True)
    else:
        assert isinstance(way, Route)
        assert levels(way) == hops


@pytest.mark.parametrize(
    ("destination", "given", "level"),
    [
        ("[192.0.2.1]", {"options": options(literals=True)}, None),
        ("x.example", {"smart_host": SmartHost("relay.example.net", 587)}, Level.VERIFIED),
        ("x.example", {"smart_host": SmartHost("relay.example.net", 465, LOGIN)}, Level.VERIFIED),
        ("x.example", {"smart_host": SmartHost("relay.example.net", 587, None, "none")}, None),
    ],
)
def test_so_it_is_with_literals_and_smart_hosts(destination: str, given: dict[str, Any], level: Level | None) -> None:
    way = find(RELAY, destination, require_tls=True, **given)
    if isinstance(way, NoRoute):
        assert (way.code, level) == ("5.7.30", None)
    else:
        assert way.hops[0].tls.level is level


def test_what_may_pass_comes_before_what_is_final_for_a_message_that_requires_tls_too() -> None:
    zone = TWO + "example.org MX 30 sick.example\nsick.example TRY_LATER"
    assert lost(zone, require_tls=True).code == "4.4.3"


def test_a_message_that_needs_no_tls_goes_whatever_the_policies() -> None:
    net = with_policy(TWO + f"_25._tcp.{A} TRY_LATER\n" + TLSA_B, "enforce", "elsewhere.example", secure=True)
    way = found(net, tls_optional=True)
    assert levels(way) == [(A, Level.OPPORTUNISTIC), (B, Level.OPPORTUNISTIC)]
    assert not any(isinstance(question, Tlsa | Txt | Fetch) for question in net.asked)


def test_a_message_that_asks_for_both_requires_tls() -> None:
    assert levels(found(with_policy(TWO, "enforce", A), require_tls=True, tls_optional=True)) == [(A, Level.VERIFIED)]


# How it asks.


def test_twenty_hosts_take_as_many_rounds_as_one() -> None:
    def rounds(hosts: int) -> int:
        zone = Zone(secure=True)
        for host in range(hosts):
            zone.add("example.org", "MX", f"10 h{host}.example")
            zone.add(f"h{host}.example", "A", f"192.0.2.{host + 1}")
        asking = route("example.org", now=NOW, random=first, options=options())
        question, count = next(asking), 0
        while True:
            count += 1
            try:
                question = asking.send(zone.ask(question))
            except StopIteration:
                return count

    assert rounds(20) == rounds(1) == 4
