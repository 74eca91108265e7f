"""The authority of our own, the contexts made of certificates, and the binding of a log-in to one."""

import hashlib
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from pillarbox.errors import OperatorError
from pillarbox.net import authority
from pillarbox.net.tls import ServerTls, end_point_binding, server_context

NOW = datetime.now(UTC)


def leaf(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_certificate_is_made_once_and_kept(tmp_path: Path) -> None:
    first = authority.ensure(tmp_path / "tls", "mail.example.org", NOW)
    again = authority.ensure(tmp_path / "tls", "mail.example.org", NOW + timedelta(days=300))
    assert first.made
    assert not again.made


def test_keys_are_for_nobody_else_to_read(tmp_path: Path) -> None:
    made = authority.ensure(tmp_path, "mail.example.org", NOW)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made.key, tmp_path / "ca.key")] == [0o600, 0o600]


def test_a_certificate_near_its_end_is_renewed_by_the_same_authority(tmp_path: Path) -> None:
    made = authority.ensure(tmp_path, "mail.example.org", NOW)
    before = made.authority.read_bytes()
    renewed = authority.ensure(tmp_path, "mail.example.org", NOW + timedelta(days=370))
    assert renewed.made
    assert made.authority.read_bytes() == before
    assert leaf(renewed.certificate).not_valid_after_utc > NOW + timedelta(days=700)


def test_an_authority_near_its_end_is_made_anew(tmp_path: Path) -> None:
    before = authority.ensure(tmp_path, "mail.example.org", NOW).authority.read_bytes()
    later = authority.ensure(tmp_path, "mail.example.org", NOW + timedelta(days=3400))
    assert later.made
    assert later.authority.read_bytes() != before


def test_another_host_name_gets_another_certificate(tmp_path: Path) -> None:
    authority.ensure(tmp_path, "mail.example.org", NOW)
    assert authority.ensure(tmp_path, "mx.example.org", NOW).made


def test_a_client_that_trusts_the_authority_trusts_the_server(tmp_path: Path) -> None:
    made = authority.ensure(tmp_path, "mail.example.org", NOW)
    server = server_context(made.certificate, made.key)
    trusting = ssl.create_default_context(cafile=str(made.authority))
    for name in ("mail.example.org", "localhost", "127.0.0.1", "::1"):
        assert shake_hands(server, trusting, name) == "TLSv1.3"


def test_tls_1_1_is_refused_and_1_2_is_not(tmp_path: Path) -> None:
    made = authority.ensure(tmp_path, "localhost", NOW)
    server = server_context(made.certificate, made.key)
    old = ssl.create_default_context(cafile=str(made.authority))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shake_hands(server, old, "localhost") == "TLSv1.2"
    assert server.minimum_version == ssl.TLSVersion.TLSv1_2


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str | None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(4):
        for side in (theirs, ours):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    return theirs.version()


def signed(
    key: CertificateIssuerPrivateKeyTypes, algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None
) -> x509.Certificate:
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=1))
    return builder.sign(key, algorithm)


@pytest.mark.parametrize(
    ("algorithm", "name"), [(hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (hashes.SHA512(), "sha512")]
)
def test_the_binding_hashes_as_the_signature_does(algorithm: hashes.SHA256, name: str) -> None:
    for key in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        certificate = signed(key, algorithm)
        expected = hashlib.new(name, certificate.public_bytes(Encoding.DER)).digest()
        assert end_point_binding(certificate.public_bytes(Encoding.PEM)) == expected


def test_a_signature_without_a_hash_binds_nothing() -> None:
    certificate = signed(ed25519.Ed25519PrivateKey.generate(), None)
    assert end_point_binding(certificate.public_bytes(Encoding.PEM)) is None


def test_files_that_cannot_be_used_are_said_so_and_the_old_ones_stay(tmp_path: Path) -> None:
    made = authority.ensure(tmp_path, "localhost", NOW)
    tls = ServerTls(made.certificate, made.key)
    context = tls.context
    made.key.write_text("no key")
    with pytest.raises(OperatorError, match="cannot be used"):
        tls.load()
    assert tls.context is context


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as caught:
        ServerTls(tmp_path / "none.pem", tmp_path / "none.key")
    assert "PEM" in caught.value.hint
