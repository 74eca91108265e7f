"""TLS as a server gives it: one certificate, which may be replaced under running connections.

People may be asked for a certificate of theirs. They need not have one; but OpenSSL ends a handshake in which one is shown that
none of our authorities has signed, or whose time is over.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from ..errors import OperatorError
from ..limits import ConnectionLimits
from .stream import Stream, Tls, Upgrade, tls_of

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!DSS"
"""For TLS 1.2: forward secrecy and authenticated encryption only; TLS 1.3 has no others (RFC 8314 §4, RFC 9325 §4.2)."""

WEB_PROTOCOLS = ("http/1.1",)
"""What is agreed on with a client that names protocols (RFC 7301 §3.1)."""


class ServerTls:
    """The certificate we show, and the contexts made of it. Connections made before a `load` keep the old one."""

    def __init__(
        self,
        certificate: Path,
        key: Path,
        limits: ConnectionLimits = ConnectionLimits(),
        *,
        client_authorities: Path | None = None,
    ) -> None:
        """`client_authorities`: whose certificates people may show (RFC 8446 §4.3.2); None: nobody is asked for one. Raises
        OperatorError where the files are no certificate and its key, and no authorities."""
        self._certificate = certificate
        self._key = key
        self._limits = limits
        self._authorities = client_authorities
        self.load()

    def load(self) -> None:
        """Read the files again. Raises OperatorError, and then everything stays as it was."""
        try:
            end_point = end_point_binding(self._certificate.read_bytes())
            context = asking = server_context(self._certificate, self._key)
            if self._authorities is not None:
                asking = server_context(self._certificate, self._key)
            web = server_context(self._certificate, self._key)
            web.set_alpn_protocols(WEB_PROTOCOLS)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise OperatorError(
                f"the TLS certificate {self._certificate} with key {self._key} cannot be used: {error}",
                "both must be PEM files that the server's user may read, the key that of the first certificate",
            ) from error
        if self._authorities is not None:
            ask_for_certificates(asking, self._authorities)
        self.context, self.asking, self.web, self.end_point = context, asking, web, end_point

    def context_for(self, people: bool, *, web: bool = False) -> ssl.SSLContext:
        """Of a door for people, or of one for other servers, who are asked for nothing; or of one for browsers, who would ask
        their people if they were."""
        return self.web if web else self.asking if people else self.context

    def upgrade_for(self, people: bool) -> Upgrade:
        """What a stream behind such a door does when TLS is to begin."""
        return partial(self.upgrade, people=people)

    async def upgrade(
        self, stream: Stream, transport: asyncio.Transport, people: bool = False
    ) -> tuple[asyncio.Transport, Tls]:
        """Put TLS on a stream's transport. Raises ConnectionError."""
        end_point = self.end_point
        loop = asyncio.get_running_loop()
        try:
            new = await loop.start_tls(
                transport,
                stream,
                self.context_for(people),
                server_side=True,
                ssl_handshake_timeout=self._limits.tls_handshake,
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


def ask_for_certificates(context: ssl.SSLContext, authorities: Path) -> None:
    """Ask clients for a certificate that one of these authorities has signed (PEM; where a revocation list is in the file too,
    every authority needs one). Who shows none is served all the same. Raises OperatorError."""
    try:
        context.load_verify_locations(authorities)
        if not context.cert_store_stats()["x509_ca"]:
            raise ValueError("there is no authority in it")
        if context.cert_store_stats()["crl"]:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    except (OSError, ValueError) as error:
        raise OperatorError(
            f"the authorities {authorities} cannot be used: {error}",
            "[tls] client_authorities names a PEM file with the certificates of authorities that sign those of people",
        ) from error
    context.verify_mode = ssl.CERT_OPTIONAL


def addresses_of(certificate: bytes) -> Sequence[str]:
    """The e-mail addresses in a certificate (DER): its rfc822Names (RFC 5280 §4.2.1.6), or where it has none, those that older
    ones have in their subject (§4.1.2.6)."""
    try:
        found = x509.load_der_x509_certificate(certificate)
        try:
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            addresses = names.get_values_for_type(x509.RFC822Name)
        except x509.ExtensionNotFound:
            addresses = []
        subject = found.subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
        return addresses or [str(each.value) for each in subject]
    except ValueError:  # well signed, and not well formed
        return []


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
