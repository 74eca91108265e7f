"""Every setting of pillarbox.toml, what it means, and reading them: what is needed to start.

Domains, accounts and policies live in the store. `docs/settings.md` is written from these tables.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from .errors import OperatorError

ENVIRONMENT = "PILLARBOX_CONFIG"
PLACES = (Path("pillarbox.toml"), Path("/etc/pillarbox/pillarbox.toml"))
NOT_SERVED = ("managesieve", "http", "https")
"""Doors that may be named and are not opened yet."""
Network = IPv4Network | IPv6Network


def setting(default: Any = MISSING, *, says: str, example: str = "") -> Any:
    """A setting's field: what it means, and what a value looks like."""
    metadata = {"says": says, "example": example}
    if default is MISSING:
        return field(metadata=metadata)
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Each a list of "address:port" ("[::1]:25" for IPv6) or "unix:/path"; an absent one is not opened."""

    smtp: Sequence[str] = setting((), says="from other servers; STARTTLS; never relays", example='["0.0.0.0:25", "[::]:25"]')
    submission: Sequence[str] = setting((), says="from people: STARTTLS, then AUTH", example='["0.0.0.0:587"]')
    submissions: Sequence[str] = setting((), says="the same under TLS from the first byte", example='["0.0.0.0:465"]')
    lmtp: Sequence[str] = setting((), says="from a mail transfer agent of ours", example='["unix:/run/pillarbox/lmtp"]')
    imap: Sequence[str] = setting((), says="IMAP with STARTTLS", example='["0.0.0.0:143"]')
    imaps: Sequence[str] = setting((), says="IMAP under TLS from the first byte", example='["0.0.0.0:993"]')
    pop3: Sequence[str] = setting((), says="POP3 with STLS", example='["0.0.0.0:110"]')
    pop3s: Sequence[str] = setting((), says="POP3 under TLS from the first byte", example='["0.0.0.0:995"]')
    managesieve: Sequence[str] = setting((), says="not served by this release: not opened, and a warning says so", example="[]")
    http: Sequence[str] = setting((), says="not served by this release: not opened, and a warning says so", example="[]")
    https: Sequence[str] = setting((), says="not served by this release: not opened, and a warning says so", example="[]")
    proxy_from: Sequence[str] = setting(
        (),
        says="networks whose connections begin with a PROXY header, version 1 or 2; no others may",
        example='["10.0.0.5/32"]',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    servers: Sequence[str] = setting((), says='"address:port" of resolvers; absent: the system\'s', example='["127.0.0.1:53"]')
    validating: bool = setting(False, says="whether their AD bit is to be believed (DANE)", example="true")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A domain may have a smart host of its own: `pillarbox domain set NAME smart_host=…`."""

    smart_host: str = setting(
        "", says='"host:port" all outgoing mail goes to; empty: by MX, port 25', example='"smtp.example.net:587"'
    )
    smart_host_user: str = setting("", says="whom to log in as there; empty: no log-in", example='"example"')
    smart_host_password_file: str = setting(
        "", says="a file with the password; relative to this file", example='"/etc/pillarbox/smart_host.password"'
    )
    smart_host_tls: str = setting(
        "auto",
        says='"verify": TLS with a right certificate, or no mail goes; "auto": that with a log-in, else TLS if offered; '
        '"none". Port 465 is under TLS from its first byte',
        example='"verify"',
    )
    port: int = setting(25, says="of other domains' servers; another than 25 only for tests", example="25")
    send_from: Sequence[str] = setting(
        (), says="own addresses to send from, one of IPv4 and one of IPv6; absent: the system's choice", example='["192.0.2.1"]'
    )
    ipv6: bool = setting(True, says="whether other servers are reached over IPv6 too", example="false")
    warn_after: int = setting(
        4 * 3600, says="seconds after which a sender is told that a message waits; 0: never", example="14400"
    )
    give_up_after: int = setting(5 * 86400, says="seconds after which an undelivered message is returned", example="432000")
    connections: int = setting(200, says="conversations a worker holds with other servers at a time", example="200")
    a_destination: int = setting(8, says="and with one destination", example="8")
    keep_finished: int = setting(
        7 * 86400, says="seconds for which the queue and `trace` remember what is over", example="604800"
    )
    hide_client: bool = setting(
        False, says="whether mail that people submit leaves without the address of their computer or phone", example="true"
    )
    mta_sts: bool = setting(True, says="whether other domains' MTA-STS policies are kept to (RFC 8461)", example="true")
    reports: bool = setting(
        True, says="whether DMARC and TLS reports are sent to those who ask for them, daily", example="true"
    )
    trusted_certificates: str = setting(
        "",
        says="PEM file of authorities believed besides the system's; relative to this file",
        example='"/etc/pillarbox/ca.pem"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Who really sent what comes in by the smtp door."""

    dmarc: str = setting(
        "reject",
        says='how far DMARC policies are followed: "reject": as published; "quarantine": what fails goes to Junk '
        'at worst; "none": only marked',
        example='"quarantine"',
    )
    forged: str = setting(
        "quarantine",
        says='a domain of ours in From, from outside, unauthenticated: "reject", "quarantine" (to Junk) or "none"',
        example='"reject"',
    )
    inside: Sequence[str] = setting(
        ("127.0.0.0/8", "::1/128"),
        says="networks that are not outside: what they send with a domain of ours in From is not judged as forged",
        example='["127.0.0.0/8", "::1/128", "10.0.0.0/8"]',
    )
    exempt: Sequence[str] = setting(
        (),
        says="networks of servers of ours whose mail is believed, and not checked: it was where it came in",
        example='["10.0.0.5/32"]',
    )
    trusted_sealers: Sequence[str] = setting(
        (), says="domains whose ARC seals are believed when DMARC fails (RFC 8617)", example='["lists.example.net"]'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Absent: a certificate of our own CA is made at the first start, and said so."""

    certificate: str = setting(
        "", says="PEM file: certificate and chain; relative to this file", example='"/etc/pillarbox/cert.pem"'
    )
    key: str = setting("", says="PEM file: its private key", example='"/etc/pillarbox/key.pem"')


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPolicy:
    message_size: int = setting(50 * 1024 * 1024, says="bytes a message may have, by any door", example="52428800")
    full_mailbox: str = setting(
        "defer", says='"defer": a full mailbox answers 452 4.2.2; "reject": 552 5.2.2', example='"reject"'
    )
    detail_separators: str = setting("+", says="what divides a local part from its detail", example='"+-"')
    scram_iterations: int = setting(
        4096,
        says="PBKDF2 rounds of the SCRAM keys kept beside each password's hash; 0: none are kept, and no SCRAM",
        example="4096",
    )
    quota: int = setting(
        0, says="bytes an account may hold unless it has a quota of its own; 0: no bound", example="10737418240"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    an_address: int = setting(200, says="connections a worker takes from one address (/32, /64); 0: no bound", example="50")
    exempt: Sequence[str] = setting(
        (), says="networks that bound does not count for; loopback never counts", example='["10.0.0.0/8"]'
    )
    drain: int = setting(10, says="seconds that conversations have to end when the server stops", example="10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    level: str = setting("info", says='"debug", "info", "warning" or "error"', example='"info"')
    form: str = setting("auto", says='"json" lines, "console", or "auto": console on a terminal', example='"json"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    hostname: str = setting(
        "localhost", says="the name we greet with, in MX records and in the certificate", example='"mail.example.org"'
    )
    data_dir: Path = setting(  # noqa: RUF009
        Path("data"), says="where everything is kept; relative to this file", example='"/var/lib/pillarbox"'
    )
    workers: int = setting(0, says="processes that serve; 0: one a core", example="2")
    user: str = setting("", says="the user to become once the ports are bound, when started as root", example='"pillarbox"')
    listen: Listen = Listen()
    dns: Dns = Dns()
    outgoing: Outgoing = Outgoing()
    checks: Checks = Checks()
    tls: TlsFiles = TlsFiles()
    mail: MailPolicy = MailPolicy()
    connections: Connections = Connections()
    log: Log = Log()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a settings file."""

    line: int
    """From 1; 0 where no line is to blame."""
    key: str
    problem: str
    hint: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key}: {self.problem}"


def find(explicit: str | None = None) -> Path:
    """The settings file to use. Raises OperatorError where there is none."""
    if explicit:
        return _existing(Path(explicit), "check the path given with --config")
    if named := os.environ.get(ENVIRONMENT):
        return _existing(Path(named), f"check the path in {ENVIRONMENT}")
    for place in PLACES:
        if place.exists():
            return place
    places = " or ".join(map(str, PLACES))
    raise OperatorError(
        f"there is no settings file {places}", "name one with --config FILE, or start `pillarbox try` to look around"
    )


def load(path: Path) -> Settings:
    """The settings in a file, paths in it made absolute. Raises OperatorError that names every fault."""
    settings, faults = read(path)
    if settings is None or faults:
        said = "\n".join(f"  {fault}\n    {fault.hint}" for fault in faults)
        raise OperatorError(f"{path} cannot be used:\n{said}", "mend it, then run `pillarbox config check`")
    return settings


def read(path: Path) -> tuple[Settings | None, Sequence[Fault]]:
    """The settings, or None where they cannot be used, and every fault found."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [
            Fault(0, str(path), f"cannot be read: {error}", "it must be a text file in UTF-8 that this user may read")
        ]
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))  # else it is "at end of document"
        return None, [
            Fault(
                int(found[1]) if found else text.count("\n") + 1,
                "TOML",
                str(error),
                'a setting looks like: hostname = "mail.example.org"',
            )
        ]
    reader = _Reader(text)
    settings = reader.table(Settings, raw, "")
    reader.check(settings)
    if reader.faults:
        return None, reader.faults
    return _anchored(settings, path.resolve().parent), []


def describe() -> Iterator[tuple[str, Field[Any]]]:
    """Every setting as (dotted name, field), in the order of the file."""
    for item in fields(Settings):
        if is_dataclass(item.default):
            for inner in fields(item.default):
                yield f"{item.name}.{inner.name}", inner
        else:
            yield item.name, item


def networks(texts: Sequence[str]) -> Sequence[Network]:
    return [ip_network(text, strict=False) for text in texts]


def address(text: str) -> tuple[str, int] | str:
    """ "host:port" as a pair, "unix:/path" as the path. Raises ValueError."""
    if text.startswith("unix:/"):
        return text[5:]
    host, separator, port = text.rpartition(":")
    if not separator or not port.isascii() or not port.isdigit() or len(port) > 5 or int(port) > 65535:
        raise ValueError(text)
    return host.removeprefix("[").removesuffix("]"), int(port)


def _existing(path: Path, hint: str) -> Path:
    if not path.exists():
        raise OperatorError(f"there is no settings file {path}", hint)
    return path


def _anchored(settings: Settings, folder: Path) -> Settings:
    tls = settings.tls
    if tls.certificate:
        tls = replace(tls, certificate=str(folder / tls.certificate), key=str(folder / tls.key))
    outgoing = settings.outgoing
    if outgoing.smart_host_password_file:
        outgoing = replace(outgoing, smart_host_password_file=str(folder / outgoing.smart_host_password_file))
    if outgoing.trusted_certificates:
        outgoing = replace(outgoing, trusted_certificates=str(folder / outgoing.trusted_certificates))
    return replace(settings, data_dir=folder / settings.data_dir, tls=tls, outgoing=outgoing)


class _Reader:
    """Reads tables into dataclasses, and remembers what did not fit."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self.faults: list[Fault] = []

    def table(self, kind: type[Any], raw: Mapping[str, Any], prefix: str) -> Any:
        known = {item.name: item for item in fields(kind)}
        hints = get_type_hints(kind)
        values: dict[str, Any] = {}
        for name, value in raw.items():
            if name not in known:
                self._fault(prefix + name, "there is no such setting", f"the settings here are: {', '.join(sorted(known))}")
            elif is_dataclass(hints[name]):
                if isinstance(value, dict):
                    values[name] = self.table(hints[name], value, f"{prefix}{name}.")
                else:
                    self._fault(prefix + name, "must be a table", f"write [{name}] on a line of its own, its settings below")
            else:
                try:
                    values[name] = _fit(value, hints[name])
                except TypeError as error:
                    self._fault(prefix + name, str(error), f"for example: {name} = {known[name].metadata['example']}")
        return kind(**values)

    def check(self, settings: Settings) -> None:
        for name in (item.name for item in fields(Listen)):
            for text in getattr(settings.listen, name):
                self._check_listen(name, text)
        for key, texts in (
            ("listen.proxy_from", settings.listen.proxy_from),
            ("connections.exempt", settings.connections.exempt),
            ("checks.inside", settings.checks.inside),
            ("checks.exempt", settings.checks.exempt),
        ):
            for text in texts:
                try:
                    ip_network(text, strict=False)
                except ValueError:
                    self._fault(key, f"{text!r} is not a network", 'for example: "192.0.2.0/24"')
        if bool(settings.tls.certificate) != bool(settings.tls.key):
            self._fault(
                "tls", "certificate and key go together", "name both files, or leave [tls] out for a certificate of our own"
            )
        self._one_of("mail.full_mailbox", settings.mail.full_mailbox, ("defer", "reject"))
        self._one_of("checks.dmarc", settings.checks.dmarc, ("reject", "quarantine", "none"))
        self._one_of("checks.forged", settings.checks.forged, ("reject", "quarantine", "none"))
        self._one_of("outgoing.smart_host_tls", settings.outgoing.smart_host_tls, ("verify", "auto", "none"))
        self._check_outgoing(settings)
        self._one_of("log.level", settings.log.level, ("debug", "info", "warning", "error"))
        self._one_of("log.form", settings.log.form, ("auto", "json", "console"))
        if not re.fullmatch(
            r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*", settings.hostname
        ):
            self._fault("hostname", f"{settings.hostname!r} is not a host name", 'for example: hostname = "mail.example.org"')
        self._at_least("workers", settings.workers, 0)
        self._at_least("mail.message_size", settings.mail.message_size, 64 * 1024)
        if settings.mail.scram_iterations:
            self._at_least("mail.scram_iterations", settings.mail.scram_iterations, 4096)

    def _check_listen(self, name: str, text: str) -> None:
        if name == "proxy_from":
            return
        try:
            address(text)
        except ValueError:
            self._fault(f"listen.{name}", f"{text!r} is no address", f'for example: {name} = ["0.0.0.0:2525"]')

    def _check_outgoing(self, settings: Settings) -> None:
        outgoing = settings.outgoing
        for key, texts, hint in (
            ("outgoing.smart_host", [outgoing.smart_host] if outgoing.smart_host else [], '"smtp.example.net:587"'),
            ("dns.servers", settings.dns.servers, '["127.0.0.1:53"]'),
        ):
            for text in texts:
                try:
                    fits = not isinstance(address(text), str)
                except ValueError:
                    fits = False
                if not fits:
                    self._fault(key, f"{text!r} is no address with a port", f"for example: {hint}")
        for text in outgoing.send_from:
            try:
                ip_address(text)
            except ValueError:
                self._fault("outgoing.send_from", f"{text!r} is not an IP address", 'for example: ["192.0.2.1"]')
        if bool(outgoing.smart_host_user) != bool(outgoing.smart_host_password_file):
            self._fault("outgoing.smart_host_user", "a user and a password file go together", "name both, or leave both out")
        for name in ("connections", "a_destination", "give_up_after", "port"):
            self._at_least(f"outgoing.{name}", getattr(outgoing, name), 1)
        for name in ("warn_after", "keep_finished"):
            self._at_least(f"outgoing.{name}", getattr(outgoing, name), 0)

    def _one_of(self, key: str, value: str, allowed: Sequence[str]) -> None:
        if value not in allowed:
            self._fault(key, f"{value!r} is not known", f"write one of: {', '.join(repr(word) for word in allowed)}")

    def _at_least(self, key: str, value: int, floor: int) -> None:
        if value < floor:
            self._fault(key, f"{value} is too small", f"write {floor} or more")

    def _fault(self, key: str, problem: str, hint: str) -> None:
        self.faults.append(Fault(self._line_of(key), key, problem, hint))

    def _line_of(self, key: str) -> int:
        table, _, name = key.rpartition(".")
        inside = not table
        for number, line in enumerate(self._lines, 1):
            stripped = line.strip()
            if stripped.startswith("["):
                inside = stripped.strip("[] ") == table
                if inside and not name:
                    return number
            elif (inside and re.match(rf"{re.escape(name)}\s*=", stripped)) or re.match(rf"{re.escape(key)}\s*=", stripped):
                return number
        return 0


def _fit(value: Any, kind: Any) -> Any:
    """A TOML value as a setting's type. Raises TypeError with a sentence."""
    if kind is Path:
        if isinstance(value, str) and value:
            return Path(value)
        raise TypeError("must be a path in quotes")
    if get_origin(kind) is not None and get_args(kind) == (str,):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise TypeError("must be a list of texts in quotes")
    if type(value) is not kind:
        raise TypeError({int: "must be a whole number", bool: "must be true or false", str: "must be a text in quotes"}[kind])
    return value
