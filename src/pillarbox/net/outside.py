"""What is outside: whether a host or an address that a stranger names is on the internet, however it is written.

The one rule for all that is fetched or handed in where others say (policies, push, pictures, unsubscribing): `named` reads a
host as browsers and C libraries do, so that no spelling of an address passes for a name, and `is_public` judges every address
that is connected to, after it has been looked up; it is then connected to by number.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from ..checks.questions import IPAddress

_GLOBAL: Final = IPv6Network("2000::/3")
"""Global unicast (RFC 4291 §2.4): what lies elsewhere is not routed, or something else in disguise."""
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052 §2.1): an IPv4 address at its end."""
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""RFC 5214 §6.1: before an IPv4 address at its end."""
_TUNNELLED: Final = IPv6Network("2001::/23")
"""Teredo, ORCHID, benchmarks (RFC 2928): nobody's web server."""
_EXAMPLES: Final = IPv6Network("3fff::/20")
"""RFC 9637; not every Python knows it."""
_NEAREST: Final = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
"""Answered by whatever is next to us: gateways and relays (RFC 7723, RFC 8155, RFC 7526), and what clouds tell their machines.
Not every Python knows them, or for what they are."""
_INSIDE: Final = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion",
)  # fmt: skip
"""Names that mean something only within (RFC 6761, RFC 6762, RFC 8375, RFC 7686), and what is in them."""


class Inside(ValueError):
    """A host that no stranger may have us turn to; its text says why."""


def named(host: str) -> IPAddress | None:
    """The address that a URL's host is, in whatever spelling; None: it is a name. Raises Inside for what is neither, and for a
    name that is nowhere on the internet. Whether the address is public, `is_public` says."""
    host = host.rstrip(".").lower()
    if not host or not host.isascii() or "%" in host:
        raise Inside("no host")
    if ":" in host or host.startswith("["):
        return _version_6(host)
    labels = host.split(".")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return _version_4(labels)
    if len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in _INSIDE):
        raise Inside("a name of this machine, or of a network within")
    return None


def is_public(address: IPAddress) -> bool:
    """Whether it is on the internet: not within this machine, a private or a provider's network, and no group of hosts."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in each for each in _NEAREST)
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _TRANSLATED:
        return is_public(last)
    if within := address.ipv4_mapped or address.sixtofour:
        return is_public(within)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP and not is_public(last):
        return False
    return address in _GLOBAL and address not in _TUNNELLED and address not in _EXAMPLES and address.is_global


def _version_6(host: str) -> IPv6Address:
    try:
        return IPv6Address(host.strip("[]"))
    except ValueError:
        raise Inside("no address") from None


def _version_4(labels: Sequence[str]) -> IPv4Address:
    """As inet_aton has it: one to four numbers, decimal, octal or hexadecimal, the last one for all bytes that are left."""
    try:
        numbers = [_number(label) for label in labels]
        if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
            raise ValueError
        found = numbers[-1] + sum(number << (24 - 8 * place) for place, number in enumerate(numbers[:-1]))
        return IPv4Address(found)
    except ValueError:
        raise Inside("no address") from None


def _number(label: str) -> int:
    if not label or len(label) > 20 or not label.isalnum():
        raise ValueError
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)
