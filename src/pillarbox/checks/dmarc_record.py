"""A DMARC record, read (RFC 9989 §4.7, §4.8). Only its beginning must be right; what else is wrong counts as not there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from urllib.parse import unquote

from .names import ascii_domain, is_domain

# dmarc-version = "v" equals %s"DMARC1"; then a separator, or nothing more
VERSION = re.compile(rb"[vV][ \t]*+=[ \t]*+DMARC1[ \t]*+(?:;|\Z)")
# dmarc-tag = 1*ALPHA equals 1*dmarc-value
TAG = re.compile(r"[ \t]*+([A-Za-z]++)[ \t]*+=([\x20-\x3a\x3c-\x7e\t]++)\Z")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:[!-~]")
SIZE = re.compile(r"([0-9]{1,12})([kmgt]?)\Z", re.IGNORECASE)
MULTIPLES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
PLAIN_LOCAL = re.compile(r"[!-~\x80-\U0010ffff]+\Z")


class Policy(StrEnum):
    """What the owner of a domain wants done with mail that fails; in rising order."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def below(self) -> "Policy":
        """One level below: what a policy under test amounts to (RFC 9989 §4.7, t=)."""
        return Policy.QUARANTINE if self is Policy.REJECT else Policy.NONE


Alignment = Literal["r", "s"]
PublicSuffix = Literal["y", "n", "u"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where reports are wanted: a mailto URI."""

    local: str
    host: str
    """A-labels in lower case."""
    most: int | None = None
    """Bytes a report may have ("!10m"); of old, RFC 9989 has no such thing any more."""

    @property
    def address(self) -> str:
        return f"{self.local}@{self.host}"


@dataclass(frozen=True, slots=True)
class Record:
    """What a domain asks for; None is where a tag is absent or means nothing."""

    text: str
    p: Policy | None = None
    sp: Policy | None = None
    np: Policy | None = None
    psd: PublicSuffix = "u"
    adkim: Alignment = "r"
    aspf: Alignment = "r"
    is_test: bool = False
    fo: tuple[str, ...] = ("0",)
    rua: tuple[Destination, ...] = ()
    ruf: tuple[Destination, ...] = ()
    has_valid_policies: bool = True
    """There is a p, and neither p, sp nor np is something else than a policy."""
    wants_reports: bool = False
    """There is a URI in rua, be it one we know or not."""


def select(texts: Iterable[bytes]) -> list[bytes]:
    """Which TXT records are DMARC records."""
    return [text for text in texts if VERSION.match(text)]


def parse(text: bytes, destinations: int) -> Record:
    """A record that was selected → what it asks for, with no more than so many destinations of each kind; never raises."""
    line = text.decode("latin-1")
    tags = _tags(line)
    policies = {name: _policy(tags[name]) for name in ("p", "sp", "np") if name in tags}
    return Record(
        line,
        **policies,
        psd="y" if _is(tags, "psd", "y") else "n" if _is(tags, "psd", "n") else "u",
        adkim="s" if _is(tags, "adkim", "s") else "r",
        aspf="s" if _is(tags, "aspf", "s") else "r",
        is_test=_is(tags, "t", "y"),
        fo=tuple(option for option in tags.get("fo", "0").lower().split(":") if option in ("0", "1", "d", "s")) or ("0",),
        rua=_destinations(tags.get("rua", ""), destinations),
        ruf=_destinations(tags.get("ruf", ""), destinations),
        has_valid_policies="p" in policies and None not in policies.values(),
        wants_reports=any(SCHEME.match(uri.strip()) for uri in tags.get("rua", "").split(",")),
    )


def _tags(line: str) -> dict[str, str]:
    """Tag → value; of several with one name, the first."""
    tags: dict[str, str] = {}
    for piece in line.split(";")[1:]:
        if found := TAG.match(piece):
            tags.setdefault(found[1].lower(), found[2].strip(" \t"))
    return tags


def _is(tags: dict[str, str], name: str, value: str) -> bool:
    return tags.get(name, "").lower() == value


def _policy(value: str) -> Policy | None:
    try:
        return Policy(value.lower())
    except ValueError:
        return None


def _destinations(uris: str, most: int) -> tuple[Destination, ...]:
    """dmarc-urilist = dmarc-uri *(*WSP "," *WSP dmarc-uri), of which those we can write to, each once."""
    found: dict[str, Destination] = {}
    for uri in uris.split(","):
        destination = _destination(uri.strip())
        if destination and len(found) < most:
            found.setdefault(destination.address, destination)
    return tuple(found.values())


def _destination(uri: str) -> Destination | None:
    """A mailto URI with one address (RFC 6068 §2); header fields in it are not heeded."""
    scheme, colon, rest = uri.partition(":")
    if not colon or scheme.lower() != "mailto":
        return None
    written, _, size = rest.partition("!")
    local, at, host = unquote(written.partition("?")[0]).rpartition("@")
    name = ascii_domain(host)
    if not at or not PLAIN_LOCAL.match(local) or len(local) > 64 or not is_domain(name):
        return None
    limit = SIZE.match(size)
    return Destination(local, name, int(limit[1]) * MULTIPLES[limit[2].lower()] if limit else None)
