"""What a POP3 server says, each reply knowing its own bytes (RFC 1939 §3, RFC 2449 §6 and §8)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from .stuffing import stuff

LONGEST_REPLY = 512
"""Octets of a reply's first line, with its CRLF (RFC 2449 §4)."""


class Code(Enum):
    """Extended response codes: why, in words a program can read (RFC 2449 §8.1, RFC 3206 §4, RFC 6856 §5)."""

    IN_USE = "[IN-USE]"
    LOGIN_DELAY = "[LOGIN-DELAY]"
    SYS_TEMP = "[SYS/TEMP]"
    SYS_PERM = "[SYS/PERM]"
    AUTH = "[AUTH]"
    UTF8 = "[UTF8]"


@dataclass(frozen=True, slots=True)
class Ok:
    """Yes; `text` may be empty, and is data for STAT, LIST n and UIDL n."""

    text: str = ""

    def encode(self) -> bytes:
        return _line("+OK", self.text)


@dataclass(frozen=True, slots=True)
class Err:
    """No, and why."""

    text: str
    code: Code | None = None

    def encode(self) -> bytes:
        return _line("-ERR", f"{self.code.value} {self.text}" if self.code else self.text)


@dataclass(frozen=True, slots=True)
class Listing:
    """Yes, and a list: a line each, without its CRLF."""

    text: str
    lines: Iterable[bytes] = field(repr=False)

    def encode(self) -> bytes:
        body = b"".join([line + b"\r\n" for line in self.lines])
        return b"%b%b.\r\n" % (_line("+OK", self.text), stuff(body))


@dataclass(frozen=True, slots=True)
class Content:
    """Yes, and a message, or the top of one, as it is kept."""

    text: str
    data: bytes = field(repr=False)

    def encode(self) -> bytes:
        return b"%b%b.\r\n" % (_line("+OK", self.text), stuff(self.data))


@dataclass(frozen=True, slots=True)
class ContentStart:
    """Yes, and a message in parts: ContentPart each, then ContentEnd."""

    text: str

    def encode(self) -> bytes:
        return _line("+OK", self.text)


@dataclass(frozen=True, slots=True)
class ContentPart:
    """Some of that message, in order, as it is kept."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContentEnd:
    """The message is whole."""


@dataclass(frozen=True, slots=True)
class Continue:
    """More is wanted of the client for its AUTH: `challenge` as it stands on the line, in base64 (RFC 5034 §4)."""

    challenge: bytes = b""

    def encode(self) -> bytes:
        return b"+ %b\r\n" % self.challenge


Reply = Ok | Err | Listing | Content | ContentStart | ContentPart | ContentEnd | Continue

_BREAKS = dict.fromkeys((*range(32), 127), " ")


def _line(status: str, text: str) -> bytes:
    """One line: what could break it is a space, what is not ASCII is UTF-8 (RFC 6856 §2.1), what is too long is cut."""
    if not text:
        return status.encode("ascii") + b"\r\n"
    if not text.isprintable():
        text = text.translate(_BREAKS)
    encoded = f"{status} {text}".encode("utf-8", "replace")
    if len(encoded) > LONGEST_REPLY - 2:
        encoded = encoded[: LONGEST_REPLY - 2].decode("utf-8", "ignore").encode("utf-8")
    return encoded + b"\r\n"
