"""A certificate authority of our own, for whoever has no certificate yet: made at the first start, kept, renewed.

`folder/ca.pem` is what a mail program may be told to trust; `ca.key` never leaves the folder.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=397)
"""No longer than the strictest mail programs take."""
RENEW_BEFORE = timedelta(days=30)
_ALWAYS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    certificate: Path
    """The leaf, then the authority's."""
    key: Path
    authority: Path
    made: bool
    """Whether it was made or renewed just now."""


def ensure(folder: Path, hostname: str, now: datetime) -> OwnCertificate:
    """A certificate for `hostname` and this machine's own names that is good for a while. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = _authority(folder, now)
    leaf, key = folder / "server.pem", folder / "server.key"
    made = not (key.exists() and _is_good(leaf, authority, hostname, now))
    if made:
        _issue(leaf, key, authority, authority_key, hostname, now)
    return OwnCertificate(leaf, key, folder / "ca.pem", made)


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, CertificateIssuerPrivateKeyTypes]:
    certificate_path, key_path = folder / "ca.pem", folder / "ca.key"
    if certificate_path.exists() and key_path.exists():
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        if certificate.not_valid_after_utc - now > LEAF_LIFE:
            kept = serialization.load_pem_private_key(key_path.read_bytes(), None)
            assert isinstance(kept, ec.EllipticCurvePrivateKey)
            return certificate, kept
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Pillarbox CA {now:%Y-%m-%d}")
    certificate = (
        _builder(name, name, key, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_path, _pem_of(key), 0o600)
    _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return certificate, key


def _issue(
    leaf: Path,
    key_path: Path,
    authority: x509.Certificate,
    authority_key: CertificateIssuerPrivateKeyTypes,
    hostname: str,
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    )
    certificate = (
        _builder(_name(hostname[:64]), authority.subject, key, now, LEAF_LIFE)
        .add_extension(x509.SubjectAlternativeName(_alternatives(hostname)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(issued_by, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    _write(key_path, _pem_of(key), 0o600)
    _write(leaf, certificate.public_bytes(pem) + authority.public_bytes(pem), 0o644)


def _is_good(leaf: Path, authority: x509.Certificate, hostname: str, now: datetime) -> bool:
    if not leaf.exists():
        return False
    certificate = x509.load_pem_x509_certificate(leaf.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # whatever is wrong with it, another is made
        return False
    return list(names) == _alternatives(hostname) and certificate.not_valid_after_utc - now > RENEW_BEFORE


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _alternatives(hostname: str) -> list[x509.GeneralName]:
    return [_alternative(name) for name in dict.fromkeys((hostname.lower(), *_ALWAYS))]


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others for a moment."""
    new = path.with_suffix(path.suffix + ".new")
    new.unlink(missing_ok=True)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)
    new.replace(path)
