"""TLS as a client asks for it of other servers: any at all, or that of the very host (RFC 7435, RFC 8461 §4.1)."""

import asyncio
import ssl
from pathlib import Path
from typing import Any, Final

from ..errors import OperatorError
from ..limits import ConnectionLimits
from .dns_wire import pack_name
from .stream import Stream, Tls, Upgrade, tls_of

_ANY_CIPHERS: Final = "DEFAULT:@SECLEVEL=1"
"""Weak keys too, where the server's name proves nothing anyway: refused, the mail would go in the clear."""

_EXPIRED: Final = frozenset({10})
_NAMES: Final = frozenset({62, 63, 64})
_NOT_TRUSTED: Final = frozenset({2, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 32, 79})
"""OpenSSL's X509_V_ERR_… numbers."""


class TlsFailed(ConnectionError):
    """There is no TLS, or not the TLS that was asked for; the connection is gone."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        """As reports have it (RFC 8460 §4.3): "certificate-expired", "certificate-host-mismatch", "certificate-not-trusted",
        or else "validation-failure"."""
        self.detail = detail


class ClientTls:
    """Whom we believe, and the contexts made of it."""

    def __init__(self, trusted: Path | None = None, limits: ConnectionLimits = ConnectionLimits()) -> None:
        """`trusted` is a PEM file of authorities believed besides the system's. Raises OperatorError where it is none."""
        self._trusted = trusted
        self._limits = limits
        self._any = any_context()
        self._verified: ssl.SSLContext | None = None
        if trusted is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(trusted)
            except OSError as error:  # ssl.SSLError is one
                raise OperatorError(
                    f"the trusted certificates {trusted} cannot be used: {error}",
                    "it must be a PEM file of certificates that the server's user may read",
                ) from error

    def upgrade(self, server_name: str, *, verify: bool) -> Upgrade:
        """For `dial`. The server is told `server_name` (SNI) in any case; `verify`: its certificate must be for that name, and
        of an authority we believe. Its `start_tls` raises TlsFailed. Without `verify`, whoever compares certificates with what
        DNS says of them (RFC 7672) finds them in `Stream.tls`.
        """
        name = _host(server_name)

        async def start(stream: Stream, transport: asyncio.Transport) -> tuple[asyncio.Transport, Tls]:
            if verify and name is None:  # an empty one would pass for no name to verify
                transport.abort()
                raise TlsFailed("certificate-host-mismatch", f"{server_name!r} cannot be a host's name")
            context = self._verifying() if verify else self._any
            new = await self._start(context, stream, transport, name)
            return new, _seen(new)

        return start

    async def _start(
        self, context: ssl.SSLContext, stream: Stream, transport: asyncio.Transport, name: str | None
    ) -> asyncio.Transport:
        within = self._limits.tls_handshake
        try:
            new = await asyncio.get_running_loop().start_tls(
                transport, stream, context, server_hostname=name, ssl_handshake_timeout=within
            )
        except (OSError, ValueError) as error:  # ValueError: a name the library takes for none
            transport.abort()
            raise failure(error) from error
        if new is None:
            raise TlsFailed("validation-failure", "the peer is gone")
        return new

    def _verifying(self) -> ssl.SSLContext:
        """Made when first wanted: the system's authorities take a moment to load."""
        if self._verified is None:
            self._verified = verifying_context(self._trusted)
        return self._verified


def any_context() -> ssl.SSLContext:
    """TLS 1.2 or later with whoever it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(_ANY_CIPHERS)
    return context


def verifying_context(trusted: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or later with the host itself: its alternative names count, its common name does not (RFC 8461 §4.1)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.load_default_certs()
    if trusted is not None:
        context.load_verify_locations(trusted)
    return context


def failure(error: Exception) -> TlsFailed:
    """What kept a handshake from its end, in the words of TLS reports."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(_kind(error.verify_code), error.verify_message.rstrip("."))
    if isinstance(error, ssl.SSLError):
        return TlsFailed("validation-failure", (error.reason or str(error)).replace("_", " ").lower())
    return TlsFailed("validation-failure", str(error) or "the connection was lost")


def _host(server_name: str) -> str | None:
    """A host's name or address, as it stands in certificates; None where it cannot be one."""
    name = server_name.removesuffix(".")
    if " " in name or not name.isprintable():
        return None
    return name if pack_name(name) is not None or ":" in name else None


def _kind(code: int) -> str:
    if code in _EXPIRED:
        return "certificate-expired"
    if code in _NAMES:
        return "certificate-host-mismatch"
    return "certificate-not-trusted" if code in _NOT_TRUSTED else "validation-failure"


def _seen(transport: asyncio.Transport) -> Tls:
    """What protects the connection, and the certificates the server showed."""
    connection: ssl.SSLObject = transport.get_extra_info("ssl_object")
    tls = tls_of(transport, None)
    leaf = connection.getpeercert(binary_form=True) or b""
    return Tls(tls.version, tls.cipher, tls.channel_bindings, leaf, _chain(connection) or (leaf,))


def _chain(connection: Any) -> tuple[bytes, ...]:
    """In DER, as it was sent. Public from Python 3.13 on; before, only what stands behind it has it."""
    if hasattr(connection, "get_unverified_chain"):
        return tuple(connection.get_unverified_chain())
    get = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    return tuple(ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in get() or ()) if get else ()
