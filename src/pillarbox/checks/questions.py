"""What a check asks of the world, by yielding it, and what it is sent back.

Names are A-labels in lower case without the last dot, in questions and in answers. The shape of a record is said at its
question.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

IPAddress = IPv4Address | IPv6Address
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Txt:
    """Records: bytes, the strings of one record joined."""

    name: str


@dataclass(frozen=True, slots=True)
class Mx:
    """Records: `MxRecord`, in no order."""

    name: str


@dataclass(frozen=True, slots=True)
class Address:
    """A (4) or AAAA (6). Records: IPv4Address or IPv6Address."""

    name: str
    version: Literal[4, 6]


@dataclass(frozen=True, slots=True)
class Ptr:
    """Records: names."""

    address: IPAddress


@dataclass(frozen=True, slots=True)
class Tlsa:
    """Records: `TlsaRecord`. The name has its port and protocol: _25._tcp.mx.example.org."""

    name: str


@dataclass(frozen=True, slots=True)
class Srv:
    """Records: `SrvRecord`."""

    name: str


@dataclass(frozen=True, slots=True)
class Ns:
    """Records: names."""

    name: str


@dataclass(frozen=True, slots=True)
class Cname:
    """Records: names, of the alias itself; it is not followed."""

    name: str


@dataclass(frozen=True, slots=True)
class Caa:
    """Records: `CaaRecord`."""

    name: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A document by HTTPS: verified, not redirected unless asked for, no longer than `most` bytes. Records: one `Fetched`.

    TRY_LATER says in `reason` why there is none, beginning with what kind of trouble it is: "tls:", "connect:", "timeout:",
    "size:", "http:".
    """

    url: str
    most: int = 64 * 1024
    plain: bool = False
    """By HTTP too, and at the usual ports only."""
    redirects: int = 0
    """So many are followed, each to where its first address might have led."""


@dataclass(frozen=True, slots=True)
class Post:
    """A document handed in by HTTPS, verified and not redirected. Records: one `Fetched`, of which the body is not read.

    TRY_LATER as for `Fetch`; nobody knows then whether it arrived. It is sent whenever it is asked, however often.
    """

    url: str
    content_type: str
    body: bytes = field(repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """More of the header."""


@dataclass(frozen=True, slots=True)
class Together:
    """Several questions at once; what is sent back is a tuple of answers, in their order."""

    questions: tuple["Txt | Mx | Address | Ptr | Tlsa | Srv | Ns | Cname | Caa | Fetch", ...]


@dataclass(frozen=True, slots=True)
class Breath:
    """No question: much has been computed at a stretch, and others may have their turn. The answer means nothing."""


Question = Txt | Mx | Address | Ptr | Tlsa | Srv | Ns | Cname | Caa | Fetch | Post | Together | Breath


class MxRecord(NamedTuple):
    preference: int
    host: str
    """"" is the null MX (RFC 7505)."""


class TlsaRecord(NamedTuple):
    """RFC 6698 §2.1"""

    usage: int
    selector: int
    matching: int
    data: bytes


class SrvRecord(NamedTuple):
    priority: int
    weight: int
    port: int
    host: str


class CaaRecord(NamedTuple):
    flags: int
    tag: str
    value: str


class Fetched(NamedTuple):
    status: int
    content_type: str
    body: bytes


class Status(Enum):
    FOUND = "found"
    NO_DATA = "no data"
    """The name is there, and has no such record."""
    NO_NAME = "no such name"
    TRY_LATER = "try later"
    """Nobody could say: a resolver that fails or does not answer, a signature that does not verify."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one question."""

    status: Status
    records: tuple[Any, ...] = ()
    """Of the question's type; empty unless FOUND."""
    secure: bool = False
    """Proved by DNSSEC, as a resolver says that is to be believed; also of an absence."""
    name: str = ""
    """The name at the end of a chain of aliases, where that is another than was asked for."""
    ttl: int = 0
    """Seconds it may be kept."""
    reason: str = ""
    """Why it is TRY_LATER, for the log."""

    @property
    def is_absent(self) -> bool:
        """Whether it is certain that there is no such record."""
        return self.status in (Status.NO_NAME, Status.NO_DATA)


NO_NAME = Answer(Status.NO_NAME)
NO_DATA = Answer(Status.NO_DATA)
TRY_LATER = Answer(Status.TRY_LATER)

Asking = Generator[Question, Any, T]
"""A check under way: yields questions, is sent an `Answer` (for Together a tuple of them), returns what it found."""


class Answers(Protocol):
    """Who answers: `net.dns.Resolver`, or in tests `pillarbox.testing.fake_dns.Zone`."""

    async def answer(self, asking: Asking[T]) -> T:
        """Run a check to its end. Raises only what the check raises: whatever goes wrong outside is a TRY_LATER to it."""
