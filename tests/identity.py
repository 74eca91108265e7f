"""Whoever else says who people are: an issuer of tokens, and an authority that signs people's certificates."""

import base64
import json
import ssl
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from joserfc import errors, jwk, jws

warnings.simplefilter("ignore", errors.SecurityWarning)

ALL = ("RS256", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_MADE: dict[str, tuple[str, Any]] = {
    "RS": ("RSA", 2048),
    "PS": ("RSA", 2048),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "Ed": ("OKP", "Ed25519"),
}


class Issuer:
    """One that has a key for each algorithm asked for."""

    def __init__(self, algorithms: Sequence[str] = ("ES256",)) -> None:
        self.keys: dict[str, Any] = {}
        for algorithm in algorithms:
            kind, size = next(made for prefix, made in _MADE.items() if algorithm.startswith(prefix))
            self.keys[algorithm] = jwk.generate_key(kind, size, {"kid": f"key of {algorithm}"})

    def write(self, path: Path) -> Path:
        """Its keys, as anyone may see them."""
        path.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in self.keys.values()]}))
        return path

    def token(self, email: object = "alice@example.org", *, header: dict[str, Any] | None = None, **claims: object) -> str:
        """A good one for an hour; a claim that is None is left out."""
        algorithm = next(iter(self.keys))
        named = {"alg": algorithm, "kid": f"key of {algorithm}", **(header or {})}
        now = int(time.time())
        said = {"email": email, "iss": "https://login.example.org", "aud": "pillarbox", "exp": now + 3600, "nbf": now, **claims}
        text = json.dumps({name: value for name, value in said.items() if value is not None})
        return self.sign({name: value for name, value in named.items() if value is not None}, text.encode(), algorithm)

    def sign(self, header: dict[str, Any], payload: bytes, algorithm: str) -> str:
        said = f"{encoded(json.dumps(header).encode())}.{encoded(payload)}"
        signature = jws.JWSRegistry.algorithms[algorithm].sign(said.encode(), self.keys[algorithm])
        return f"{said}.{encoded(signature)}"


def unsigned(claims: dict[str, Any]) -> str:
    """A token of the algorithm "none"."""
    return ".".join((encoded(b'{"alg":"none"}'), encoded(json.dumps(claims).encode()), ""))


def encoded(data: bytes) -> str:
    """As the parts of a token are written (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class People:
    """An authority, and certificates it has signed."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.path = folder / "people.pem"
        self._authority.cert_pem.write_to_path(self.path)

    def show(self, context: ssl.SSLContext, *addresses: str, ends: datetime | None = None) -> ssl.SSLContext:
        """Have a client show a certificate with these addresses."""
        made = self._authority.issue_cert(*addresses, not_after=ends)
        made.configure_cert(context)
        self.last = x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes())
        return context

    def take_back(self, certificate: x509.Certificate) -> None:
        """Write a revocation list beside the authority (RFC 5280 §5)."""
        key = serialization.load_pem_private_key(self._authority.private_key_pem.bytes(), None)
        issuer = x509.load_pem_x509_certificate(self._authority.cert_pem.bytes())
        now = datetime.now(UTC)
        gone = x509.RevokedCertificateBuilder(certificate.serial_number, now).build()
        made = x509.CertificateRevocationListBuilder(issuer.subject, now, now + timedelta(days=1), [], [gone])
        signed = made.sign(key, hashes.SHA256())  # type: ignore[arg-type]
        with self.path.open("ab") as file:
            file.write(signed.public_bytes(serialization.Encoding.PEM))
