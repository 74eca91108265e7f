"""What the DNS records of a domain of ours should say."""

import hashlib
import socket
from collections.abc import Sequence
from dataclasses import fields
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..checks import keys, mtasts
from ..checks.publishing import Key, Plan
from ..checks.questions import IPAddress
from ..mail.directory import BACKUP
from ..mail.office import Office
from ..net.dns import Resolver
from ..servers import places
from ..servers.http.devices import pacc
from ..servers.http.devices.description import describe
from ..settings import NOT_SERVED, Listen, Settings
from ..store.models import Domain


async def plan_of(office: Office, domain: Domain, resolver: Resolver | None = None) -> Plan:
    """From the settings and the store; with a resolver the server's addresses by its name."""
    settings = office.settings
    return Plan(
        domain=domain.name,
        hostname=settings.hostname.lower(),
        keys=[Key(key.selector, keys.record(key.private), key.state) for key in await office.kept.keys(domain.name)],
        addresses=await addresses_of(settings, resolver),
        send_from=[ip_address(text) for text in settings.outgoing.send_from],
        smart_host=domain.settings.get("smart_host") or settings.outgoing.smart_host,
        doors=frozenset(
            door.name for door in fields(Listen) if door.name not in NOT_SERVED and getattr(settings.listen, door.name)
        ),
        tlsa=_tlsa(settings),
        sts=mtasts.mode_of(domain.settings),
        configuration=pacc.record(describe(settings, domain.name)) if settings.listen.https else "",
        is_backup=BACKUP in domain.settings,
    )


async def addresses_of(settings: Settings, resolver: Resolver | None = None) -> Sequence[IPAddress]:
    """Under which others reach this server: those that it is bound to, else those of its name, else those it has towards the
    world. None where it does not know."""
    named = _bound(settings)
    if not named and resolver is not None:
        named = await resolver.addresses(settings.hostname)
    return sorted(named or _outward(), key=lambda address: (address.version, address.packed))


def _bound(settings: Settings) -> Sequence[IPAddress]:
    """The addresses that the smtp door is bound to by name and the world can reach."""
    found = []
    for text in settings.listen.smtp:
        try:
            address = ip_address(text.rpartition(":")[0].strip("[]"))
        except ValueError:
            continue
        if address.is_global:
            found.append(address)
    return found


def _outward() -> Sequence[IPAddress]:
    """The addresses this machine has towards the world; nothing is sent to find them out."""
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                address = ip_address(probe.getsockname()[0])
        except OSError:
            continue
        if address.is_global:
            found.append(address)
    return found


def _tlsa(settings: Settings) -> str:
    """The digest of the key that our certificate is for (RFC 7671 §5.1); "" where it is of our own authority, which makes a new
    key with every certificate."""
    if not settings.tls.certificate:
        return ""
    try:
        key = x509.load_pem_x509_certificates(places.certificate(settings)[0].read_bytes())[0].public_key()
    except (OSError, ValueError):
        return ""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
