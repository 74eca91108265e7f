"""TLS as a server gives it: one certificate, which may be replaced under running connections."""

import asyncio
import hashlib
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from ..errors import OperatorError
from ..limits import ConnectionLimits
from .stream import Stream, Tls, tls_of

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!DSS"
"""For TLS 1.2: forward secrecy and authenticated encryption only; TLS 1.3 has no others (RFC 8314 §4, RFC 9325 §4.2)."""


class ServerTls:
    """The certificate we show, and the context made of it. Connections made before a `load` keep the old one."""

    def __init__(self, certificate: Path, key: Path, limits: ConnectionLimits = ConnectionLimits()) -> None:
        """Raises OperatorError where the files are no certificate and its key."""
        self._certificate = certificate
        self._key = key
        self._limits = limits
        self.load()

    def load(self) -> None:
        """Read the files again. Raises OperatorError, and then everything stays as it was."""
        try:
            end_point = end_point_binding(self._certificate.read_bytes())
            context = server_context(self._certificate, self._key)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise OperatorError(
                f"the TLS certificate {self._certificate} with key {self._key} cannot be used: {error}",
                "both must be PEM files that the server's user may read, the key that of the first certificate",
            ) from error
        self.context, self.end_point = context, end_point

    async def upgrade(self, stream: Stream, transport: asyncio.Transport) -> tuple[asyncio.Transport, Tls]:
        """Put TLS on a stream's transport. Raises ConnectionError."""
        end_point = self.end_point
        loop = asyncio.get_running_loop()
        try:
            new = await loop.start_tls(
                transport, stream, self.context, server_side=True, ssl_handshake_timeout=self._limits.tls_handshake
            )
        except (OSError, TimeoutError) as error:
            transport.abort()
            raise ConnectionResetError(f"no TLS: {error}") from error
        if new is None:
            raise ConnectionResetError("the peer is gone")
        return new, tls_of(new, end_point)


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or later, no ALPN, no renegotiation, no compression. Raises OSError, ValueError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.load_cert_chain(certificate, key)
    return context


def end_point_binding(pem: bytes) -> bytes | None:
    """tls-server-end-point of the first certificate in a PEM file (RFC 5929 §4.1): its hash, by the hash of its signature.

    None where the signature uses none (Ed25519): the binding is undefined. Raises ValueError.
    """
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    if algorithm is None:
        return None
    name = "sha256" if algorithm.name in ("md5", "sha1") else algorithm.name
    return hashlib.new(name, certificate.public_bytes(Encoding.DER)).digest()
