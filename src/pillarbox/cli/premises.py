"""What `pillarbox doctor` looks at on this machine: disk, permissions, certificate, doors."""

import os
import shutil
import ssl
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from ..errors import OperatorError
from ..limits import GiB
from ..net.tls import server_context
from ..servers import places
from ..settings import Settings, address
from . import output
from .signs import BAD, UNSURE, WELL, Sign

ROOM: Final = 2 * GiB
SOON: Final = 7
"""Days before its end in which a certificate should have been renewed."""
_OTHERS: Final = 0o077


def disk(settings: Settings) -> Sign:
    free = shutil.disk_usage(settings.data_dir).free
    state = WELL if free > ROOM else BAD
    return Sign("disk", state, f"{output.size(free)} free for {settings.data_dir}", "make room: a full disk takes no mail")


def permissions(settings: Settings) -> Sign:
    """The mail and all secrets are for the server's eyes only."""
    for path in _private(settings):
        if path.exists() and stat.S_IMODE(os.stat(path).st_mode) & _OTHERS:
            return Sign("permissions", BAD, f"others than its owner may use {path}", f"chmod go= {path}")
    return Sign("permissions", WELL, "the mail and the keys are for the server's eyes only")


def _private(settings: Settings) -> Iterator[Path]:
    yield settings.data_dir
    yield from sorted(settings.data_dir.glob("*.db"))
    yield places.certificate(settings)[1]
    if settings.outgoing.smart_host_password_file:
        yield Path(settings.outgoing.smart_host_password_file)


def certificate(settings: Settings, now: datetime) -> Sign:
    """Whether mail programs and other servers will take it."""
    files = places.certificate(settings)
    if not settings.tls.certificate and not files[0].exists():
        return Sign("certificate", UNSURE, "there is none yet", "one of our own is made when the server is started")
    try:
        leaf = x509.load_pem_x509_certificates(files[0].read_bytes())[0]
        server = server_context(*files)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        return Sign("certificate", BAD, f"cannot be used: {error}", "see `pillarbox config check`")
    if wrong := _ended(leaf, now) or _for_others(leaf, settings.hostname.lower()):
        return wrong
    if not settings.tls.certificate:
        return Sign("certificate", UNSURE, "is of our own authority", "programs ask before they trust it: name one in [tls]")
    if wrong := _untrusted(server, settings):
        return wrong
    return Sign("certificate", WELL, f"for {settings.hostname}, {(leaf.not_valid_after_utc - now).days} days left")


def _ended(leaf: x509.Certificate, now: datetime) -> Sign | None:
    hint = "have it renewed, and let the server read it again (SIGHUP)"
    if leaf.not_valid_before_utc > now:
        return Sign("certificate", BAD, f"is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}", "is the clock right?")
    days = (leaf.not_valid_after_utc - now).days
    if days < 0:
        return Sign("certificate", BAD, f"ended on {leaf.not_valid_after_utc:%Y-%m-%d}", hint)
    return Sign("certificate", BAD, f"ends in {days} days", hint) if days < SOON else None


def _for_others(leaf: x509.Certificate, host: str) -> Sign | None:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [name.lower() for name in extension.get_values_for_type(x509.DNSName)]
    except (x509.ExtensionNotFound, ValueError):
        names = []
    if host in names or f"*.{host.partition('.')[2]}" in names:
        return None
    return Sign("certificate", BAD, f"is not for {host} but for {', '.join(names) or 'no name'}", "get one for that name")


def _untrusted(server: ssl.SSLContext, settings: Settings) -> Sign | None:
    """Shake hands with ourselves, in memory, as a mail program would."""
    client = ssl.create_default_context()
    if settings.outgoing.trusted_certificates:
        client.load_verify_locations(settings.outgoing.trusted_certificates)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (
        client.wrap_bio(to_client, to_server, server_hostname=settings.hostname),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return Sign("certificate", UNSURE, f"is not trusted here: {error.verify_message}", _WHOLE_CHAIN)
            except ssl.SSLError as error:
                return Sign("certificate", BAD, f"gives no TLS: {error.reason}", "see `pillarbox config check`")
    return None


_WHOLE_CHAIN: Final = "its file must have the whole chain: first the server's, then those of the authorities between"


def smtp_doors(settings: Settings) -> Iterator[tuple[str, int]]:
    """Where strangers come in, as this machine reaches it itself. Raises OperatorError for settings that are none."""
    for text in settings.listen.smtp:
        try:
            place = address(text)
        except ValueError:
            raise OperatorError(f"{text!r} is no address", "see `pillarbox config check`") from None
        if not isinstance(place, str):
            yield {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(place[0], place[0]), place[1]
