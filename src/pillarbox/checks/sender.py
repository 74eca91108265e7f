"""Who connects: whether the name of an address leads back to it, and what there is to the name in HELO. Facts, no judgement."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Literal

from ..limits import CheckLimits
from .names import ascii_domain, is_domain
from .questions import Address, Answer, Asking, IPAddress, Ptr, Status, Together

DEFAULT_LIMITS = CheckLimits()
IPV6_LITERAL = "ipv6:"


class Reverse(StrEnum):
    """RFC 8601 §2.7.3"""

    PASS = "pass"
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class ReverseResult:
    """What the names of an address say of it ("iprev")."""

    result: Reverse
    address: IPAddress
    name: str = ""
    """The name that is confirmed; where none is, one that only claims to be its name, or ""."""
    problem: str = ""


def reverse(ip: IPAddress, *, limits: CheckLimits = DEFAULT_LIMITS) -> Asking[ReverseResult]:
    """Forward-confirmed reverse DNS (RFC 8601 §3): a name of the address that has the address; the first few are tried.

    pass: there is one; fail: there are names and none leads back; permerror: there is no name; temperror: nobody can say now.
    """
    ip = plain(ip)
    answer: Answer = yield Ptr(ip)
    if answer.status is Status.TRY_LATER:
        return ReverseResult(Reverse.TEMPERROR, ip, problem="the name of the address cannot be looked up now")
    names = [name.lower() for name in answer.records[: limits.spf_names] if is_domain(name)]
    if not names:
        return ReverseResult(Reverse.PERMERROR, ip, problem="the address has no name")
    answers = yield Together(tuple(Address(name, 4 if ip.version == 4 else 6) for name in names))
    for name, found in zip(names, answers, strict=True):
        if ip in found.records:
            return ReverseResult(Reverse.PASS, ip, name)
    if any(found.status is Status.TRY_LATER for found in answers):
        return ReverseResult(Reverse.TEMPERROR, ip, names[0], f"{names[0]} cannot be looked up now")
    return ReverseResult(Reverse.FAIL, ip, names[0], f"{names[0]} has other addresses, or none")


def plain(ip: IPAddress) -> IPAddress:
    """An IPv4 address that came in the form of IPv6 is one of IPv4 (RFC 4291 §2.5.5.2)."""
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


@dataclass(frozen=True, slots=True)
class HeloResult:
    """What there is to the name a client gives itself (RFC 5321 §4.1.1.1)."""

    kind: Literal["domain", "literal", "neither"]
    name: str
    """The domain in A-labels, or what was said."""
    exists: bool | None = None
    """It has an address, of either family; a literal is one. None: nobody can say now."""
    is_peer: bool | None = None
    """One of its addresses is the client's. None: nobody can say now."""


def hello(ip: IPAddress, helo: str) -> Asking[HeloResult]:
    """What HELO or EHLO said, held against the address it came from."""
    ip = plain(ip)
    if literal := address_literal(helo):
        return HeloResult("literal", helo, True, plain(literal) == ip)
    name = ascii_domain(helo)
    if "." not in name or not is_domain(name):
        return HeloResult("neither", helo, False, False)
    answers = yield Together((Address(name, 4), Address(name, 6)))
    is_known = all(answer.status is not Status.TRY_LATER for answer in answers)
    found = {address for answer in answers for address in answer.records}
    return HeloResult("domain", name, _unless(bool(found), is_known), _unless(ip in found, is_known))


def _unless(is_true: bool, is_known: bool) -> bool | None:
    """What was found is true whatever is missing; what was not found may be among it."""
    return is_true if is_true or is_known else None


def address_literal(text: str) -> IPAddress | None:
    """ "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 §4.1.3)"""
    if not (text.startswith("[") and text.endswith("]")) or len(text) > 64 or "%" in text:
        return None
    inside = text[1:-1]
    is_six = inside[: len(IPV6_LITERAL)].lower() == IPV6_LITERAL
    try:
        address = ip_address(inside[len(IPV6_LITERAL) :] if is_six else inside)
    except ValueError:
        return None
    return address if (address.version == 6) == is_six else None
