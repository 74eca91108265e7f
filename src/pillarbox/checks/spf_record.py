"""An SPF record, read (RFC 7208 §4.5, §4.6, §12). A mistake anywhere in it is found before anything is evaluated."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from ..errors import Invalid
from . import spf_macros
from .questions import IPAddress
from .spf_macros import Text

VERSION = b"v=spf1"
USUAL = 512
"""Bytes a record should not exceed (RFC 7208 §3.4)."""
Verdict = Literal["pass", "fail", "softfail", "neutral"]
QUALIFIERS: dict[str, Verdict] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

PRINTABLE = re.compile(r"[\x20-\x7e]*\Z")
# modifier = name "=" macro-string, name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*+)=(.*)")
# directive = [ qualifier ] mechanism
MECHANISM = re.compile(r"([-+?~]?)([A-Za-z][A-Za-z0-9_.-]*+)(.*)")
# dual-cidr-length = [ "/" ip4-cidr-length ] [ "/" "/" ip6-cidr-length ]
LENGTHS = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?\Z")
LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One directive."""

    verdict: Verdict
    """What holds if it matches."""
    name: str
    text: str
    """As it stands in the record."""
    domain: Text | None = None
    """None: the domain whose record this is."""
    network: IPAddress | None = None
    """An address of it, for ip4 and ip6."""
    lengths: tuple[int, int] = (32, 128)
    """Bits of an IPv4 and of an IPv6 address that count."""

    def covers(self, candidate: IPAddress, address: IPAddress) -> bool:
        """Whether two addresses are the same, as far as it matters here."""
        if candidate.version != address.version:
            return False
        unused = candidate.max_prefixlen - self.lengths[0 if candidate.version == 4 else 1]
        return int(candidate) >> unused == int(address) >> unused


@dataclass(frozen=True, slots=True)
class Record:
    """Mechanisms in their order, and the modifiers that mean something to us."""

    mechanisms: tuple[Mechanism, ...]
    redirect: Text | None = None
    explanation: Text | None = None


def select(texts: Iterable[bytes]) -> list[bytes]:
    """Which TXT records are SPF records (RFC 7208 §4.5)."""
    return [text for text in texts if text[:6].lower() == VERSION and text[6:7] in (b"", b" ")]


def parse(text: bytes) -> Record:
    """A record that begins with its version → what it says. Raises Invalid with a sentence on what is wrong."""
    return _known(text) if len(text) <= USUAL else _parse(text)


@functools.lru_cache(256)
def _known(text: bytes) -> Record:
    """Those of large senders come with every other message."""
    return _parse(text)


def _parse(text: bytes) -> Record:
    line = text.decode("latin-1")
    if not PRINTABLE.match(line):
        raise Invalid("the record has more than printable ASCII")
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, Text] = {}
    for term in line[len(VERSION) :].split(" "):
        if not term:
            continue
        if found := MODIFIER.fullmatch(term):
            _modifier(found[1].lower(), found[2], modifiers)
        else:
            mechanisms.append(_mechanism(term))
    return Record(tuple(mechanisms), modifiers.get("redirect"), modifiers.get("exp"))


def _modifier(name: str, value: str, known: dict[str, Text]) -> None:
    """RFC 7208 §6: redirect and exp once each; others must only be well formed."""
    if name not in ("redirect", "exp"):
        spf_macros.macro_string(value)
        return
    if name in known:
        raise Invalid(f"{name}= is there twice")
    known[name] = spf_macros.domain_spec(value)


def _mechanism(term: str) -> Mechanism:
    found = MECHANISM.fullmatch(term)
    if found is None:
        raise Invalid(f'"{_shown(term)}" is no mechanism')
    name = found[2].lower()
    if name not in READERS:
        raise Invalid(f'there is no mechanism "{_shown(name)}"')
    return READERS[name](QUALIFIERS[found[1] or "+"], name, term, found[3])


def _all(verdict: Verdict, name: str, term: str, rest: str) -> Mechanism:
    """all = "all" """
    if rest:
        raise Invalid(f'"{_shown(term)}": all takes nothing')
    return Mechanism(verdict, name, term)


def _named(verdict: Verdict, name: str, term: str, rest: str) -> Mechanism:
    """include = "include" ":" domain-spec; exists = "exists" ":" domain-spec"""
    if not rest.startswith(":"):
        raise Invalid(f'"{_shown(term)}" names no domain')
    return Mechanism(verdict, name, term, _domain(rest))


def _ptr(verdict: Verdict, name: str, term: str, rest: str) -> Mechanism:
    """ptr = "ptr" [ ":" domain-spec ]"""
    return Mechanism(verdict, name, term, _domain(rest))


def _host(verdict: Verdict, name: str, term: str, rest: str) -> Mechanism:
    """a = "a" [ ":" domain-spec ] [ dual-cidr-length ]; mx likewise"""
    lengths = LENGTHS.search(rest)
    assert lengths is not None
    four = int(lengths[1] or 32)
    six = int(lengths[2] or 128)
    if four > 32 or six > 128:
        raise Invalid(f'"{_shown(term)}": a prefix longer than the address')
    return Mechanism(verdict, name, term, _domain(rest[: lengths.start()]), lengths=(four, six))


def _network(verdict: Verdict, name: str, term: str, rest: str) -> Mechanism:
    """ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ]; ip6 likewise"""
    written, slash, length = rest.removeprefix(":").partition("/")
    whole = 32 if name == "ip4" else 128
    bits = int(length) if LENGTH.fullmatch(length) else whole + 1 if slash else whole
    if not rest.startswith(":") or bits > whole or "%" in written:  # the library takes a scope
        raise Invalid(f'"{_shown(term)}" is no network')
    try:
        address = IPv4Address(written) if name == "ip4" else IPv6Address(written)
    except ValueError:
        raise Invalid(f'"{_shown(term)}" has no address') from None
    return Mechanism(verdict, name, term, network=address, lengths=(bits, bits))


READERS = {
    "all": _all,
    "include": _named,
    "a": _host,
    "mx": _host,
    "ptr": _ptr,
    "ip4": _network,
    "ip6": _network,
    "exists": _named,
}


def _domain(rest: str) -> Text | None:
    """[ ":" domain-spec ]"""
    if not rest:
        return None
    if not rest.startswith(":"):
        raise Invalid(f'"{_shown(rest)}" after the name of a mechanism')
    return spf_macros.domain_spec(rest[1:])


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
