"""Addresses that lead inside, in every spelling: none is taken for a name, and none for the internet."""

from ipaddress import ip_address

import pytest

from pillarbox.net.outside import Inside, is_public, named

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "127.255.255.254", "2130706433", "0x7f000001", "0x7F.1", "0x7f.0.0.0x1",
    "0177.0.0.1", "017700000001", "00000177.0.0.01", "0", "0.0.0.0", "0x0", "00", "[::1]", "::1", "0:0:0:0:0:0:0:1", "::",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::", "2001:0:7f00:1::",
    "fe80::5efe:7f00:1", "2a00:1450::5efe:127.0.0.1", "2a00:1450::200:5efe:127.0.0.1",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "0xa000001", "012.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "3232235777", "169.254.169.254",
    "0xa9fea9fe", "2852039166", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "fe80::1", "fec0::1", "fc00::1",
    "fd12:3456::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1", "64:ff9b:1::1", "64:ff9b::10.0.0.1",
    "192.0.0.9", "192.0.0.10", "192.0.0.192", "192.88.99.1", "168.63.129.16", "0.1.2.3", "::ffff:0:127.0.0.1",
    "64:ff9b::192.0.0.9", "2001:1::1",
    "::ffff:10.0.0.1", "::10.0.0.1", "2002:a00:1::1", "2001::1", "2001:2::1", "2001:10::1", "4000::1",
]  # fmt: skip
PUBLIC = [
    "9.9.9.9", "0x09.011.9.9", "151587081", "9.591113", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::9.9.9.9", "2002:909:909::1",
    "2a00:1450::5efe:9.9.9.9", "[2620:fe::9]",
]  # fmt: skip
NOWHERE = [
    "", ".", "localhost", "LOCALHOST", "localhost.", "a.localhost", "printer", "printer.local", "router.lan", "x.internal",
    "x.home.arpa", "intranet", "a.corp", "x.onion", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "0x100000000", "08.1",
    "1..2", "0xzz", "127.0.0.1x.1", "fe80::1%eth0", "::1::", "１２７.0.0.1", "127。0。0。1", "0xdeadbeefdeadbeefdeadbeef",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK + PRIVATE)
def test_an_inside_address_is_known_for_one(host: str) -> None:
    address = named(host)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_one_is_public_in_every_spelling(host: str) -> None:
    address = named(host)
    assert address is not None
    assert is_public(address)


@pytest.mark.parametrize("host", NOWHERE)
def test_what_is_neither_a_name_nor_an_address_is_nothing(host: str) -> None:
    with pytest.raises(Inside):
        named(host)


@pytest.mark.parametrize(
    "host", ["example.org", "example.org.", "EXAMPLE.org", "1.example", "0x1.example", "localhost.example", "xn--p1ai.xn--p1ai"]
)
def test_names_are_names(host: str) -> None:
    assert named(host) is None


@pytest.mark.parametrize("text", ["127.0.0.1", "10.0.0.1", "::1", "169.254.169.254"])
def test_what_a_name_leads_to_is_judged_as_well(text: str) -> None:
    assert not is_public(ip_address(text))
