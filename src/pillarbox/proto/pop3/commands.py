"""What a POP3 client may ask (RFC 1939 §5 to §7, RFC 2449 §5, RFC 2595 §4, RFC 5034 §4, RFC 6856 §2 and §3)."""

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar


class State(Enum):
    """RFC 1939 §3: what the session is about. UPDATE is entered by a QUIT after log-in, and ends with the connection."""

    AUTHORIZATION = "before log-in"
    TRANSACTION = "after log-in"
    UPDATE = "after QUIT"


AUTHORIZATION = (State.AUTHORIZATION,)
TRANSACTION = (State.TRANSACTION,)
ANY = AUTHORIZATION + TRANSACTION


@dataclass(frozen=True, slots=True)
class Capa:
    """RFC 2449 §5: what the server can do; answered with a Listing."""

    name: ClassVar[bytes] = b"CAPA"
    valid_in: ClassVar[tuple[State, ...]] = ANY


@dataclass(frozen=True, slots=True)
class Stls:
    """RFC 2595 §4: go on under TLS, from the end of the Ok."""

    name: ClassVar[bytes] = b"STLS"
    valid_in: ClassVar[tuple[State, ...]] = AUTHORIZATION


@dataclass(frozen=True, slots=True)
class User:
    """RFC 1939 §7: who logs in; answer Ok whether they exist or not."""

    name: ClassVar[bytes] = b"USER"
    valid_in: ClassVar[tuple[State, ...]] = AUTHORIZATION

    user: str


@dataclass(frozen=True, slots=True)
class Pass:
    """RFC 1939 §7: the password, and the user whose USER was the command before."""

    name: ClassVar[bytes] = b"PASS"
    valid_in: ClassVar[tuple[State, ...]] = AUTHORIZATION

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Auth:
    """RFC 5034 §4: log in by SASL. Answer with Continue, which brings a LineReceived, and at last with Ok or Err."""

    name: ClassVar[bytes] = b"AUTH"
    valid_in: ClassVar[tuple[State, ...]] = AUTHORIZATION

    mechanism: str
    """In upper case."""
    initial: bytes | None = field(default=None, repr=False)
    """The initial response as it came, in base64 or `=`; None where there was none."""


@dataclass(frozen=True, slots=True)
class ListMechanisms:
    """AUTH without an argument: which mechanisms there are, as clients asked before CAPA; answered with a Listing."""

    name: ClassVar[bytes] = b"AUTH"
    valid_in: ClassVar[tuple[State, ...]] = AUTHORIZATION


@dataclass(frozen=True, slots=True)
class Utf8:
    """RFC 6856 §2.1: the client understands UTF-8 in header fields and in what we say."""

    name: ClassVar[bytes] = b"UTF8"
    valid_in: ClassVar[tuple[State, ...]] = AUTHORIZATION


@dataclass(frozen=True, slots=True)
class Lang:
    """RFC 6856 §3.1: speak that language; `*` the default, None to be told which there are in a Listing."""

    name: ClassVar[bytes] = b"LANG"
    valid_in: ClassVar[tuple[State, ...]] = ANY

    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Quit:
    """RFC 1939 §4 and §6: goodbye; after log-in, first delete what was marked. Any answer closes the connection."""

    name: ClassVar[bytes] = b"QUIT"
    valid_in: ClassVar[tuple[State, ...]] = ANY


@dataclass(frozen=True, slots=True)
class Stat:
    """RFC 1939 §5: how many messages, and how many octets together."""

    name: ClassVar[bytes] = b"STAT"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION


@dataclass(frozen=True, slots=True)
class List:
    """RFC 1939 §5: the size of one message, or of each in a Listing."""

    name: ClassVar[bytes] = b"LIST"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION

    message: int | None = None


@dataclass(frozen=True, slots=True)
class Retr:
    """RFC 1939 §5: a whole message, in a Content, or in parts."""

    name: ClassVar[bytes] = b"RETR"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION

    message: int


@dataclass(frozen=True, slots=True)
class Dele:
    """RFC 1939 §5: mark a message, to be deleted by QUIT."""

    name: ClassVar[bytes] = b"DELE"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION

    message: int


@dataclass(frozen=True, slots=True)
class Noop:
    """RFC 1939 §5"""

    name: ClassVar[bytes] = b"NOOP"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION


@dataclass(frozen=True, slots=True)
class Rset:
    """RFC 1939 §5: unmark what was marked to be deleted."""

    name: ClassVar[bytes] = b"RSET"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION


@dataclass(frozen=True, slots=True)
class Top:
    """RFC 1939 §7: the header, the blank line, and so many lines of the body."""

    name: ClassVar[bytes] = b"TOP"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION

    message: int
    lines: int


@dataclass(frozen=True, slots=True)
class Uidl:
    """RFC 1939 §7: the lasting name of one message, or of each in a Listing."""

    name: ClassVar[bytes] = b"UIDL"
    valid_in: ClassVar[tuple[State, ...]] = TRANSACTION

    message: int | None = None


Command = (
    Capa
    | Stls
    | User
    | Pass
    | Auth
    | ListMechanisms
    | Utf8
    | Lang
    | Quit
    | Stat
    | List
    | Retr
    | Dele
    | Noop
    | Rset
    | Top
    | Uidl
)
