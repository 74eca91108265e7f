"""A route, as values: the hosts to try in turn, and what each must show."""

from dataclasses import dataclass, field
from enum import Enum

from ..checks.questions import IPAddress, TlsaRecord
from ..settings import address

SUBMISSIONS = 465
"""Under TLS from the first byte (RFC 8314 §3.3)."""


class Level(Enum):
    """How much TLS a host must show, in order of strength."""

    NONE = "none"
    """It is not even asked for."""
    OPPORTUNISTIC = "opportunistic"
    """Used where offered, whatever the certificate; where it fails, mail goes in the clear (RFC 7435)."""
    ENCRYPTED = "encrypted"
    """Mail does not go without, whatever the certificate."""
    VERIFIED = "verified"
    """A certificate of an authority we trust, for one of `names`."""
    DANE = "dane"
    """A certificate that `records` match (`checks.dane.judge`)."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """The TLS a host must show before it is given mail."""

    level: Level
    names: tuple[str, ...] = ()
    """What a certificate may be for; the first is what SNI says. Empty: no name is known (an address literal)."""
    records: tuple[TlsaRecord, ...] = ()
    """Where `level` is DANE."""
    implicit: bool = False
    """From the first byte, without STARTTLS."""
    testing: bool = False
    """OPPORTUNISTIC, but a domain wants to know whether VERIFIED for `names` would have held (RFC 8461 §5)."""

    @property
    def server_name(self) -> str:
        return self.names[0] if self.names else ""

    @property
    def is_authenticated(self) -> bool:
        return self.level in (Level.VERIFIED, Level.DANE)


@dataclass(frozen=True, slots=True)
class TlsPolicy:
    """By what policy of the recipient's domain a host is judged, as TLS reports have it (RFC 8460 §4.4)."""

    type: str
    """"tlsa", "sts" or "no-policy-found"."""
    domain: str
    strings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsFailure:
    """What went wrong before any host was spoken to: a TLS report counts it as a failed session."""

    policy: TlsPolicy
    mx: str
    """"" where it concerns the whole domain."""
    result: str
    """RFC 8460 §4.3's word."""
    detail: str


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hop:
    """One host to hand mail to."""

    name: str
    """Its name, or its address in brackets."""
    addresses: tuple[IPAddress, ...]
    """To be tried in this order."""
    port: int
    tls: Requirement
    policy: TlsPolicy | None = None
    """None: not by a policy of the recipient's domain, and nothing to report to it (a smart host, an address literal)."""
    login: Login | None = None
    why: tuple[str, ...] = ()
    """How it came to be on the route, a sentence each."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be remembered (`Queue.remember`) and handed back at the next route to the same destination."""

    name: str
    value: bytes
    until: int


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail for a destination goes: the first of `hops` that takes it."""

    hops: tuple[Hop, ...]
    notes: tuple[Note, ...] = ()
    failures: tuple[TlsFailure, ...] = ()
    left_out: tuple[str, ...] = ()
    """Hosts that are not tried, and why: a sentence each."""


@dataclass(frozen=True, slots=True)
class NoRoute:
    """There is nowhere to take it."""

    code: str
    """Enhanced: "5.1.2"."""
    said: str
    """A sentence for the sender."""
    notes: tuple[Note, ...] = ()
    failures: tuple[TlsFailure, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def permanent(self) -> bool:
        return self.code.startswith("5")


@dataclass(frozen=True, slots=True)
class SmartHost:
    """A host that all mail is given to, to take it further."""

    host: str
    """A name, or an address without brackets."""
    port: int
    login: Login | None = None
    tls: str = "auto"
    """As settings have it: "verify", "auto" or "none"."""

    @classmethod
    def parse(cls, text: str, *, login: Login | None = None, tls: str = "auto") -> "SmartHost":
        """ "host:port" or "[address]:port". Raises ValueError."""
        place = address(text)
        if isinstance(place, str) or not place[0]:
            raise ValueError(text)
        return cls(place[0].lower().rstrip("."), place[1], login, tls)
