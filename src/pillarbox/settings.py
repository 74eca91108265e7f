"""Every setting of pillarbox.toml, what it means, and reading them: what is needed to start.

Domains, accounts and policies live in the store. `docs/settings.md` is written from these tables.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from .limits import SendingLimits

ENVIRONMENT = "PILLARBOX_CONFIG"
PLACES = (Path("pillarbox.toml"), Path("/etc/pillarbox/pillarbox.toml"))
CAPABILITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9+=.:_-]*")
PAGES = re.compile(r"https://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?/?")
NOT_SERVED = ("managesieve",)
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
    http: Sequence[str] = setting(
        (),
        says="HTTP without TLS: leads to https and says whether the server lives; all of it only to this very machine, "
        "where a proxy of yours may stand",
        example='["0.0.0.0:80"]',
    )
    https: Sequence[str] = setting(
        (), says="JMAP, the settings of mail programs, policies for other servers", example='["0.0.0.0:443"]'
    )
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
    account_hour: int = setting(
        SendingLimits().hour,
        says="recipients one account may send to in an hour, by all doors, and have mail sent on to; 0: no bound; one that "
        "sends newsletters may have more: `pillarbox account set ADDRESS send_hour=…`",
        example="500",
    )
    account_day: int = setting(SendingLimits().day, says="the same in 24 hours; `send_day` of an account", example="2000")
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
    trusted_results: Sequence[str] = setting(
        (),
        says="authserv-ids of servers of ours in front: what their Authentication-Results say (RFC 8601) is believed of mail "
        "that comes by LMTP or from the networks of `exempt`, and taken out of all other; what strangers write in their name "
        "they must take out themselves",
        example='["mx.example.org"]',
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
    client_authorities: str = setting(
        "",
        says="PEM file of authorities whose certificates people may log in with (SASL EXTERNAL), by the e-mail address in "
        "them; absent: nobody is asked for one",
        example='"/etc/pillarbox/people-ca.pem"',
    )


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
class Imap:
    """An account's own switch is `pillarbox account set ADDRESS disabled_capabilities=…`."""

    disabled: Sequence[str] = setting((), says="capabilities that nobody is offered", example='["COMPRESS", "NOTIFY"]')
    disabled_for: Sequence[str] = setting(
        ("outlook: UIDONLY",),
        says='"word: CAPABILITY, CAPABILITY": what is not offered to clients whose ID (RFC 2971) has that word in their name '
        "or vendor",
        example='["outlook: UIDONLY", "acme mail: IMAP4rev2, QRESYNC"]',
    )
    message_limit: int = setting(
        1_000_000, says="messages one command works on at most (RFC 9738 MESSAGELIMIT); 0: no bound", example="10000"
    )
    admin: str = setting(
        "",
        says="whom people may turn to, a URI (RFC 5464 /shared/admin); absent: the postmaster",
        example='"mailto:help@example.org"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """Log-in with tokens that another server has issued (RFC 7628), by OAUTHBEARER, XOAUTH2 and JMAP, beside our own."""

    keys: str = setting(
        "",
        says="file with the issuer's public keys, a JWK set (RFC 7517); relative to this file",
        example='"/etc/pillarbox/jwks.json"',
    )
    issuer: str = setting("", says='what "iss" must be; empty: not asked', example='"https://login.example.org"')
    audience: str = setting("", says='what must be in "aud"; empty: not asked', example='"pillarbox"')
    scope: str = setting("", says='a word that must be in "scope"; empty: not asked', example='"mail"')
    claim: str = setting("email", says="the claim that names the account", example='"preferred_username"')
    configuration: str = setting(
        "",
        says="where clients find the issuer, told to those that fail (RFC 7628 §3.2.2)",
        example='"https://login.example.org/.well-known/openid-configuration"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    url: str = setting(
        "",
        says="how people reach this server's pages, where that is not https at `hostname` and the port it listens at: "
        "through a proxy, say",
        example='"https://mail.example.org"',
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
    imap: Imap = Imap()
    oauth: OAuth = OAuth()
    http: Http = Http()
    connections: Connections = Connections()
    log: Log = Log()


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


def disabled_for(text: str) -> tuple[str, Sequence[str]]:
    """ "word: NAME, NAME" as the word, in small letters, and the names, in capitals. Raises ValueError."""
    word, separator, rest = text.partition(":")
    names = [name.strip().upper() for name in rest.split(",")]
    if not separator or not word.strip() or not all(map(CAPABILITY.fullmatch, names)):
        raise ValueError(text)
    return word.strip().lower(), names
