"""Commands about the connection itself (RFC 9051 §6.1, §6.2, §6.3.1, §6.3.10, §6.3.13)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .command import ANY, AUTHENTICATED, NOT_AUTHENTICATED, Command


@dataclass(frozen=True, slots=True)
class Capability(Command):
    """RFC 9051 §6.1.1"""

    name = b"CAPABILITY"
    valid_in = ANY


@dataclass(frozen=True, slots=True)
class Noop(Command):
    """RFC 9051 §6.1.2"""

    name = b"NOOP"
    valid_in = ANY


@dataclass(frozen=True, slots=True)
class Logout(Command):
    """RFC 9051 §6.1.3"""

    name = b"LOGOUT"
    valid_in = ANY


@dataclass(frozen=True, slots=True)
class Id(Command):
    """RFC 2971 §3.1; None when the client says NIL."""

    name = b"ID"
    valid_in = ANY

    fields: Sequence[tuple[str, str | None]] | None


@dataclass(frozen=True, slots=True)
class StartTls(Command):
    """RFC 9051 §6.2.1"""

    name = b"STARTTLS"
    valid_in = NOT_AUTHENTICATED


@dataclass(frozen=True, slots=True)
class Authenticate(Command):
    """RFC 9051 §6.2.2. What follows goes by as Continue responses and LineReceived events; a line of `*` cancels."""

    name = b"AUTHENTICATE"
    valid_in = NOT_AUTHENTICATED

    mechanism: str
    """In capitals."""
    initial: bytes | None = field(default=None, repr=False)
    """The initial response, decoded from base64: `=` is b"", None is none."""


@dataclass(frozen=True, slots=True)
class Unauthenticate(Command):
    """RFC 8437 §3; what comes before the answer is as if nobody had logged in yet."""

    name = b"UNAUTHENTICATE"
    valid_in = AUTHENTICATED


@dataclass(frozen=True, slots=True)
class GetJmapAccess(Command):
    """RFC 9698 §3"""

    name = b"GETJMAPACCESS"
    valid_in = AUTHENTICATED


@dataclass(frozen=True, slots=True)
class Compress(Command):
    """RFC 4978 §3; all behind the OK is compressed."""

    name = b"COMPRESS"
    valid_in = AUTHENTICATED

    mechanism: str
    """In capitals."""


@dataclass(frozen=True, slots=True)
class Login(Command):
    """RFC 9051 §6.2.3"""

    name = b"LOGIN"
    valid_in = NOT_AUTHENTICATED

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enable(Command):
    """RFC 9051 §6.3.1; capabilities in capitals."""

    name = b"ENABLE"
    valid_in = AUTHENTICATED

    capabilities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Namespace(Command):
    """RFC 9051 §6.3.10"""

    name = b"NAMESPACE"
    valid_in = AUTHENTICATED


@dataclass(frozen=True, slots=True)
class Idle(Command):
    """RFC 9051 §6.3.13. Answer with a Continue; a LineReceived of DONE ends it."""

    name = b"IDLE"
    valid_in = AUTHENTICATED


@dataclass(frozen=True, slots=True)
class Language(Command):
    """RFC 5255 §3.2; without tags, which are there?"""

    name = b"LANGUAGE"
    valid_in = ANY

    wanted: Sequence[str] = ()
    """Language ranges, the best first."""
