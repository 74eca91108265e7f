"""The DNS records a domain needs so that mail finds it and is believed: what to publish.

`records` makes the list, `zone` writes it for a zone file; `checks.published` looks one of them up and says what is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address
from typing import Final, NamedTuple

from . import keys, mtasts
from .names import is_within
from .questions import IPAddress

TTL: Final = 3600
BACKUP_PREFERENCE: Final = 20
"""Of a server that only stands in for others, which have 10 by custom."""
_WIDTH: Final = 44


class Need(Enum):
    REQUIRED = "required"
    ADVISED = "advised"
    OPTIONAL = "optional"
    """Printed as a comment: for whoever has what it speaks of."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record to publish."""

    name: str
    type: str
    value: str
    """As a zone file has it; of a TXT record the text itself, without quotes."""
    need: Need
    why: str
    """One sentence."""

    def line(self) -> str:
        """As it stands in a zone file."""
        value = " ".join(f'"{part}"' for part in keys.zone_strings(self.value)) if self.type == "TXT" else self.value
        return f"{self.name + '.':<{_WIDTH}} {TTL} IN {self.type:<5} {value}"


class Key(NamedTuple):
    """A key that signs the domain's mail, or will, or did."""

    selector: str
    record: str
    """The text of its TXT record."""
    state: str
    """"pending", "active" or "retired"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the records are about."""

    domain: str
    hostname: str
    keys: Sequence[Key] = ()
    addresses: Sequence[IPAddress] = ()
    """The host's, where they are known."""
    send_from: Sequence[IPAddress] = ()
    """Those that mail leaves from, where they are chosen."""
    smart_host: str = ""
    """By which mail leaves, if by any."""
    doors: frozenset[str] = field(default_factory=frozenset)
    """The doors that are open, by their names in [listen]."""
    tlsa: str = ""
    """The digest of our certificate's key, in hexadecimal."""
    sts: mtasts.Mode = mtasts.Mode.TESTING
    """Of the domain's MTA-STS policy."""
    configuration: str = ""
    """The record that vouches for what programs are told of their settings (draft-ietf-mailmaint-pacc)."""
    is_backup: bool = False
    """We only take the domain's mail while its own servers are away."""

    @property
    def policy(self) -> str:
        """The text of the domain's MTA-STS policy."""
        return mtasts.written(self.hostname, self.sts)

    @property
    def has_web(self) -> bool:
        """Whether this server has pages for others: policies, and the settings of mail programs."""
        return "https" in self.doors

    @property
    def senders(self) -> Sequence[IPAddress]:
        """The addresses that SPF must let send."""
        return self.send_from or self.addresses


_JMAP: Final = "_jmap"
# RFC 6186 §3, RFC 8314 §5.1: (service, door, priority, port). Of several that a program can use it takes the lowest priority.
_SERVICES: Final = (
    ("_submissions", "submissions", 0, 465),
    ("_submission", "submission", 10, 587),
    ("_imaps", "imaps", 0, 993),
    ("_imap", "imap", 10, 143),
    ("_pop3s", "pop3s", 20, 995),
    ("_pop3", "pop3", 30, 110),
    (_JMAP, "https", 0, 443),  # RFC 8620 §2.2
)
_KEYS: Final = {
    "pending": (Need.REQUIRED, "DKIM: a new key, to be published before it is used."),
    "active": (Need.REQUIRED, "DKIM: a key its mail is signed with (RFC 6376)."),
    "retired": (Need.ADVISED, "DKIM: a key laid aside; it stays until mail signed with it has arrived, a week."),
}


def records(plan: Plan) -> Sequence[Record]:
    """Every record, in the order in which one would set them up."""
    if plan.is_backup:
        why = "Where its mail waits while its own servers are away; their preference must be lower."
        return [Record(plan.domain, "MX", f"{BACKUP_PREFERENCE} {plan.hostname}.", Need.REQUIRED, why)]
    return [*_host(plan), *_mail(plan), *_reporting(plan), *_services(plan), *_pages(plan), *_certificates(plan)]


def zone(plan: Plan) -> str:
    """A fragment of a zone file, with a comment before each record that says what it is for. What is optional, or belongs into
    another zone, is commented out."""
    lines = [f"; Records for {plan.domain}; its mail server is {plan.hostname}."]
    if not plan.addresses and not plan.is_backup:
        lines += ["", f"; The address of {plan.hostname} is not known here. Publish it: its A record, and AAAA if it has IPv6."]
    for record in records(plan):
        is_elsewhere = not is_within(record.name, plan.domain)
        lines += ["", f"; {record.why}"]
        if is_elsewhere:
            lines.append(f"; Not of this zone, but of the one that {record.name} is in:")
        lines.append(f"; {record.line()}" if is_elsewhere or record.need is Need.OPTIONAL else record.line())
    if not plan.is_backup and not plan.has_web:
        lines += ["", *(f"; {line}".rstrip() for line in _policy_text(plan))]
    return "\n".join([*lines, ""])


def _host(plan: Plan) -> Iterator[Record]:
    for address in plan.addresses:
        kind = "A" if isinstance(address, IPv4Address) else "AAAA"
        why = "The server's address; the PTR record of the address must name it back."
        yield Record(plan.hostname, kind, str(address), Need.REQUIRED, why)
    if plan.hostname != plan.domain:  # a name has one SPF record (RFC 7208 §3.2)
        why = "SPF of bounces, which are sent in the server's own name (RFC 7208 §2.4)."
        yield Record(plan.hostname, "TXT", _spf(plan, "a", "-all"), Need.ADVISED, why)


def _mail(plan: Plan) -> Iterator[Record]:
    yield Record(plan.domain, "MX", f"10 {plan.hostname}.", Need.REQUIRED, "Where mail for the domain goes (RFC 5321 §5.1).")
    why = "SPF: who may send in its name (RFC 7208). DMARC decides about all others, so that a signature still counts."
    if plan.smart_host:
        why = f"SPF: who may send in its name (RFC 7208). Put in the include: that the owner of {plan.smart_host} tells you."
    yield Record(plan.domain, "TXT", _spf(plan, "mx", "~all"), Need.REQUIRED, why)
    for key in plan.keys:
        need, why = _KEYS[key.state]
        yield Record(f"{key.selector}._domainkey.{plan.domain}", "TXT", key.record, need, why)


def _spf(plan: Plan, names: str, rest: str) -> str:
    """Whoever `names` finds, and the addresses that mail leaves from besides."""
    others = [f"ip{address.version}:{address}" for address in plan.send_from if address not in plan.addresses]
    return " ".join(["v=spf1", names, *others, rest])


def _reporting(plan: Plan) -> Iterator[Record]:
    domain = plan.domain
    dmarc = f"v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@{domain}"
    why = "DMARC: what others do with mail that only claims to be from it, and where they report on it (RFC 9989)."
    yield Record(f"_dmarc.{domain}", "TXT", dmarc, Need.REQUIRED, why)
    tls = f"v=TLSRPTv1; rua=mailto:tls-reports@{domain}"
    why = "TLS-RPT: where others report how TLS with this server went (RFC 8460)."
    yield Record(f"_smtp._tls.{domain}", "TXT", tls, Need.ADVISED, why)


def _services(plan: Plan) -> Iterator[Record]:
    for service, door, priority, port in _SERVICES:
        is_open = door in plan.doors
        value = f"{priority} 1 {port} {plan.hostname}." if is_open else "0 0 0 ."
        name, source = service[1:], "RFC 8620 §2.2" if service == _JMAP else "RFC 6186, RFC 8314"
        why = f"How mail programs find {name} ({source})." if is_open else f"There is no {name} (RFC 6186 §3.4)."
        yield Record(f"{service}._tcp.{plan.domain}", "SRV", value, Need.ADVISED, why)


def _pages(plan: Plan) -> Iterator[Record]:
    """What leads to a web server: of use only where there is one that has the pages."""
    need = Need.ADVISED if plan.has_web else Need.OPTIONAL
    sts = f"v=STSv1; id={mtasts.id_of(plan.policy)}"
    why = "MTA-STS: there is a policy that asks for TLS (RFC 8461); to be published together with the policy below."
    if plan.has_web:
        why = f"MTA-STS: there is a policy that asks for TLS (RFC 8461); its mode is {plan.sts.value}, as `domain set` has it."
    yield Record(f"_mta-sts.{plan.domain}", "TXT", sts, need, why)
    for name, why in (
        ("mta-sts", "MTA-STS: the web server that has the policy."),
        ("autoconfig", "Where Thunderbird and others look for their settings: a web server that has them."),
        ("autodiscover", "Where Outlook looks for its settings: a web server that has them."),
        ("ua-auto-config", "Where programs look for their settings by a standard to come (PACC): a web server that has them."),
    ):
        if f"{name}.{plan.domain}" != plan.hostname:
            yield Record(f"{name}.{plan.domain}", "CNAME", f"{plan.hostname}.", need, why)
    if plan.configuration:
        why = "PACC: what those settings are; another where they change."
        yield Record(f"_ua-auto-config.{plan.domain}", "TXT", plan.configuration, Need.OPTIONAL, why)


def _certificates(plan: Plan) -> Iterator[Record]:
    why = "CAA: who may issue the server's certificates (RFC 8659); name your own authority."
    yield Record(plan.hostname, "CAA", '0 issue "letsencrypt.org"', Need.OPTIONAL, why)
    if plan.tlsa:
        why = (
            "DANE (RFC 7672): only where the zone is signed (DNSSEC) and the key stays when the certificate is renewed; "
            "a new key's record is published before the key is used."
        )
        yield Record(f"_25._tcp.{plan.hostname}", "TLSA", f"3 1 1 {plan.tlsa}", Need.OPTIONAL, why)


def _policy_text(plan: Plan) -> list[str]:
    return [
        f"The policy of MTA-STS, for https://mta-sts.{plan.domain}/.well-known/mta-sts.txt (text/plain):",
        "",
        *(f"  {line}" for line in plan.policy.split("\r\n") if line),
        "",
        "Begin with `mode: testing`; when the reports are clean write `enforce`, and another id into the record.",
    ]
