"""IP addresses, as a route sees them."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from ..checks.questions import IPAddress


def parsed(text: str) -> IPAddress | None:
    """An IP address, if that is what it is; without a scope."""
    if ":" not in text and not text[-1:].isdigit():
        return None
    try:
        return ip_address(text) if len(text) < 64 and "%" not in text else None
    except ValueError:
        return None


def literal(text: str) -> IPAddress | None:
    """The address in an address literal; None where it is none, or of another kind (RFC 5321 §4.1.3)."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    inner = text[1:-1]
    is_tagged = inner[:5].lower() == "ipv6:"
    address = parsed(inner[5:] if is_tagged else inner)
    return address if address is not None and (address.version == 6) == is_tagged else None


def bare(address: IPAddress) -> IPAddress:
    """An IPv4 address in the dress of an IPv6 one as what it is (RFC 4291 §2.5.5.2)."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@lru_cache(4096)
def is_suitable(address: IPAddress) -> bool:
    """Whether a server can be there: not for nowhere, many, nobody yet, or whoever is on the same wire (RFC 6890 §2.2)."""
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    return address.version == 6 or not (address.is_reserved or address.packed[0] == 0)
