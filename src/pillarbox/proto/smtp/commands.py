"""What a client can ask, one frozen dataclass a command (RFC 5321 §4.1.1), named for its verb."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Body(Enum):
    """What the content is made of (RFC 6152 §3, RFC 3030 §3)."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


class Return(Enum):
    """How much of the message a failure report shall carry (RFC 3461 §4.3)."""

    FULL = "FULL"
    HEADERS = "HDRS"


class Notify(Enum):
    """When the sender wants to hear of a recipient (RFC 3461 §4.1)."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


@dataclass(frozen=True, slots=True)
class Path:
    """A mailbox of the envelope; its source route, if it had one, has been read and dropped (RFC 5321 appendix C)."""

    local: str
    """Without quotes and backslashes: `"a\\ b"@x` and `"a b"@x` are one mailbox. Its case is kept."""
    domain: str
    """As sent; an address literal with its brackets; empty for the null path and for `<Postmaster>`."""
    original: str
    """The mailbox as the client spelled it."""

    @classmethod
    def of(cls, address: str) -> "Path":
        """Of an address as it is kept, without brackets; "" is the null path. What is no address is found out by `envelope`."""
        local, at, domain = address.rpartition("@")
        if not at:
            local, domain = address, ""
        elif len(local) > 1 and local[0] == local[-1] == '"':
            local = re.sub(r"\\(.)", r"\1", local[1:-1])
        return cls(local, domain, address)

    @property
    def is_null(self) -> bool:
        return not self.original

    @property
    def is_ascii(self) -> bool:
        return self.original.isascii()

    @property
    def is_literal(self) -> bool:
        """Whether the domain is an address literal (§4.1.3)."""
        return self.domain.startswith("[")

    def __str__(self) -> str:
        return self.original


NULL_PATH = Path("", "", "")
"""`<>`, the sender of what must never be answered (RFC 5321 §4.5.5)."""


@dataclass(frozen=True, slots=True)
class OriginalRecipient:
    """Whom the sender first wrote to (RFC 3461 §4.2), decoded."""

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Ehlo:
    """RFC 5321 §4.1.1.1"""

    name: str


@dataclass(frozen=True, slots=True)
class Helo:
    """RFC 5321 §4.1.1.1"""

    name: str


@dataclass(frozen=True, slots=True)
class Lhlo:
    """RFC 2033 §4.1: EHLO, said to an LMTP server."""

    name: str


Hello = Ehlo | Helo | Lhlo


@dataclass(frozen=True, slots=True)
class Mail:
    """RFC 5321 §4.1.1.2"""

    reverse_path: Path
    size: int | None = None
    body: Body = Body.SEVEN_BIT
    smtputf8: bool = False
    ret: Return | None = None
    envid: str | None = None
    auth: str | None = None
    """Who first submitted the message (RFC 4954 §5), decoded; `<>` when nobody vouches. Believe it of a trusted peer only."""
    require_tls: bool = False
    """Whether it may only ever travel under TLS that has been verified (RFC 8689 §2)."""
    hold_for: int | None = None
    """Seconds to hold it before it is released (RFC 4865 §4.1)."""
    hold_until: datetime | None = None
    """In UTC; never given along with `hold_for`. It may have passed already."""


@dataclass(frozen=True, slots=True)
class Rcpt:
    """RFC 5321 §4.1.1.3"""

    forward_path: Path
    notify: frozenset[Notify] | None = None
    orcpt: OriginalRecipient | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """RFC 5321 §4.1.1.4: answer 354 and the content follows."""


@dataclass(frozen=True, slots=True)
class Bdat:
    """RFC 3030 §2. The engine sees to it; no driver ever does."""

    size: int
    last: bool


@dataclass(frozen=True, slots=True)
class Rset:
    """RFC 5321 §4.1.1.5"""


@dataclass(frozen=True, slots=True)
class Vrfy:
    """RFC 5321 §4.1.1.6"""

    who: str


@dataclass(frozen=True, slots=True)
class Expn:
    """RFC 5321 §4.1.1.7"""

    what: str


@dataclass(frozen=True, slots=True)
class Help:
    """RFC 5321 §4.1.1.8"""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class Noop:
    """RFC 5321 §4.1.1.9"""


@dataclass(frozen=True, slots=True)
class Quit:
    """RFC 5321 §4.1.1.10"""


@dataclass(frozen=True, slots=True)
class StartTls:
    """RFC 3207 §4: answer 220, then take the connection to TLS and say `tls_started()`."""


@dataclass(frozen=True, slots=True)
class Auth:
    """RFC 4954 §4: answer with a challenge, or with the outcome."""

    mechanism: str
    """In upper case."""
    initial: bytes | None = field(default=None, repr=False)
    """The initial response as the client wrote it, in base64 or `=`; None where it wrote none."""


Command = Hello | Mail | Rcpt | Data | Bdat | Rset | Vrfy | Expn | Help | Noop | Quit | StartTls | Auth
