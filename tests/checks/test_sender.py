"""Names of addresses, and the name in HELO."""

from ipaddress import ip_address

import pytest

from pillarbox.checks import sender
from pillarbox.limits import CheckLimits
from pillarbox.testing.fake_dns import Zone

ZONE = """
    192.0.2.1           PTR  mail.example.org
    mail.example.org    A    192.0.2.1
    192.0.2.2           PTR  other.example.org
    192.0.2.2           PTR  MAIL2.Example.org
    other.example.org   A    192.0.2.99
    mail2.example.org   A    192.0.2.2
    192.0.2.3           PTR  mail.example.org
    192.0.2.4           PTR  nowhere.example
    192.0.2.5           TRY_LATER
    192.0.2.6           PTR  sick.example
    sick.example        TRY_LATER
    half.example        A    192.0.2.7
    half.example        TRY_LATER AAAA
    192.0.2.8           PTR  .
    2001:db8::1         PTR  six.example.org
    six.example.org     AAAA 2001:db8::1
    six.example.org     A    192.0.2.66
    xn--bcher-kva.example A  192.0.2.10
"""

REVERSE = [
    ("192.0.2.1", "pass", "mail.example.org"),
    ("::ffff:192.0.2.1", "pass", "mail.example.org"),
    ("192.0.2.2", "pass", "mail2.example.org"),
    ("192.0.2.3", "fail", "mail.example.org"),
    ("192.0.2.4", "fail", "nowhere.example"),
    ("192.0.2.5", "temperror", ""),
    ("192.0.2.6", "temperror", "sick.example"),
    ("192.0.2.8", "permerror", ""),
    ("192.0.2.200", "permerror", ""),
    ("2001:db8::1", "pass", "six.example.org"),
    ("2001:db8::2", "permerror", ""),
]


@pytest.mark.parametrize(("ip", "result", "name"), REVERSE)
def test_a_name_leads_back_or_not(ip: str, result: str, name: str) -> None:
    found = Zone(ZONE).run(sender.reverse(ip_address(ip)))
    assert (found.result, found.name) == (result, name)
    assert bool(found.problem) == (result != "pass")


@pytest.mark.parametrize(("place", "result"), [(9, "pass"), (10, "fail")])
def test_only_the_first_names_are_looked_at(place: int, result: str) -> None:
    zone = Zone(f"m{place}.example A 192.0.2.1")
    for number in range(12):
        zone.add("192.0.2.1", "PTR", f"m{number}.example")
    assert zone.run(sender.reverse(ip_address("192.0.2.1"))).result == result
    assert len(zone.asked) == 1 + CheckLimits().spf_names


HELLO = [
    # address, what was said, kind, name, exists, is the peer's
    ("192.0.2.1", "mail.example.org", "domain", "mail.example.org", True, True),
    ("192.0.2.1", "MAIL.example.org.", "domain", "mail.example.org", True, True),
    ("192.0.2.9", "mail.example.org", "domain", "mail.example.org", True, False),
    ("192.0.2.9", "nowhere.example", "domain", "nowhere.example", False, False),
    ("192.0.2.9", "sick.example", "domain", "sick.example", None, None),
    ("192.0.2.9", "half.example", "domain", "half.example", True, None),
    ("192.0.2.7", "half.example", "domain", "half.example", True, True),
    ("2001:db8::1", "six.example.org", "domain", "six.example.org", True, True),
    ("192.0.2.10", "bücher.example", "domain", "xn--bcher-kva.example", True, True),
    ("192.0.2.1", "[192.0.2.1]", "literal", "[192.0.2.1]", True, True),
    ("192.0.2.1", "[192.0.2.2]", "literal", "[192.0.2.2]", True, False),
    ("2001:db8::1", "[IPv6:2001:DB8::1]", "literal", "[IPv6:2001:DB8::1]", True, True),
    ("192.0.2.1", "[IPv6:::ffff:192.0.2.1]", "literal", "[IPv6:::ffff:192.0.2.1]", True, True),
    ("2001:db8::1", "[2001:db8::1]", "neither", "[2001:db8::1]", False, False),
    ("2001:db8::1", "[IPv6:2001:db8::1%eth0]", "neither", "[IPv6:2001:db8::1%eth0]", False, False),
    ("192.0.2.1", "[IPv6:192.0.2.1]", "neither", "[IPv6:192.0.2.1]", False, False),
    ("192.0.2.1", "192.0.2.1", "neither", "192.0.2.1", False, False),
    ("192.0.2.1", "localhost", "neither", "localhost", False, False),
    ("192.0.2.1", "a b.example", "neither", "a b.example", False, False),
    ("192.0.2.1", "", "neither", "", False, False),
    ("192.0.2.1", f"{'a' * 64}.example", "neither", f"{'a' * 64}.example", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("ip", "helo", "kind", "name", "exists", "is_peer"), HELLO)
def test_the_name_in_helo_is_held_against_the_address(
    ip: str, helo: str, kind: str, name: str, exists: bool | None, is_peer: bool | None
) -> None:
    found = Zone(ZONE).run(sender.hello(ip_address(ip), helo))
    assert (found.kind, found.name, found.exists, found.is_peer) == (kind, name if kind == "domain" else helo, exists, is_peer)


def test_what_cannot_be_a_name_is_not_asked_for() -> None:
    zone = Zone()
    zone.run(sender.hello(ip_address("192.0.2.1"), "x" * 5000))
    assert zone.asked == []
