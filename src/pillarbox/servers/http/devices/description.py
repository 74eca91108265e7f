"""What is served here to mail programs: the one description from which every form of it is made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Final

from pillarbox.settings import Settings, address

from .. import origin


class Tls(Enum):
    IMPLICIT = "implicit"
    """From the first byte (RFC 8314 §3.3)."""
    STARTTLS = "starttls"


@dataclass(frozen=True, slots=True)
class Service:
    """Where one protocol is spoken. One logs in by password, as one's whole address."""

    protocol: str
    """"imap", "pop3" or "smtp"."""
    host: str
    port: int
    tls: Tls
    is_usual: bool
    """Whether the port is the one that every program tries by itself."""


@dataclass(frozen=True, slots=True)
class Description:
    """Of what is there for one domain."""

    domain: str
    services: Sequence[Service]
    """The better of a protocol first."""
    jmap: str = ""
    """The URL of JMAP's session; "" where it is not served."""
    help: str = ""
    """The URL of the page for people."""
    issuer: str = ""
    """Whose tokens are taken beside passwords (RFC 8414 §2); "" where there is no page to allow a program on."""

    def best(self, protocol: str) -> Service | None:
        """The one to take where only one can be."""
        return next((each for each in self.services if each.protocol == protocol), None)


# (door, protocol, TLS, usual port): RFC 8314 §3 prefers TLS from the first byte, and IMAP is what most want.
_DOORS: Final = (
    ("imaps", "imap", Tls.IMPLICIT, 993),
    ("imap", "imap", Tls.STARTTLS, 143),
    ("pop3s", "pop3", Tls.IMPLICIT, 995),
    ("pop3", "pop3", Tls.STARTTLS, 110),
    ("submissions", "smtp", Tls.IMPLICIT, 465),
    ("submission", "smtp", Tls.STARTTLS, 587),
)


def describe(settings: Settings, domain: str) -> Description:
    """What listens, as the settings have it."""
    has_web = bool(settings.listen.https or settings.http.url)
    url = origin.url(settings)
    return Description(
        domain,
        tuple(_services(settings)),
        f"{url}/.well-known/jmap" if has_web else "",
        f"{url}/setup" if has_web else "",
        url if has_web else "",
    )


def _services(settings: Settings) -> Iterator[Service]:
    for door, protocol, tls, usual in _DOORS:
        port = _port(getattr(settings.listen, door), usual)
        if port:
            yield Service(protocol, settings.hostname, port, tls, port == usual)


def _port(texts: Sequence[str], usual: int) -> int:
    """By which the world comes in, rather than only this machine; the usual one if it is among several. 0: by none."""
    places = [where for text in texts if isinstance(where := address(text), tuple)]
    outside = [port for host, port in places if not _is_loopback(host)] or [port for _, port in places]
    return usual if usual in outside else outside[0] if outside else 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
