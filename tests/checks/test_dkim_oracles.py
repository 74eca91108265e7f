"""dkimpy and OpenDKIM sign for us and verify what we signed; each is left out where it is not installed."""

import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from checks.cases import CASES, private_key
from pillarbox.checks import canonical, dkim, dkim_sign, keys
from pillarbox.testing.fake_dns import Zone

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "spamassassin-half.tar.gz"
NOW = 1_795_255_200
MESSAGES = {
    "plain": b"From: Ada <ada@example.org>\r\nTo: bob@example.com\r\nSubject: hello\r\n\r\nHello Bob\r\n",
    "folded": b"From: Ada\r\n\t<ada@example.org>\r\nSubject: a  b \t\r\n c\r\n\r\n x  y \t\r\n\r\n\t\r\n\r\n",
    "eight bits": "From: Ada <ada@example.org>\r\nSubject: Grüße\r\n\r\nÜ\r\n".encode(),
    "no body": b"From: Ada <ada@example.org>\r\nSubject: x\r\n\r\n",
    "two of a name": b"Received: a\r\nReceived: b\r\nFrom: Ada <ada@example.org>\r\nComments: 1\r\nComments: 2\r\n\r\nx\r\n",
    "list": b"From: a@example.org\r\nList-Id: <l.example.org>\r\nList-Unsubscribe: <mailto:u@example.org>\r\n\r\nx\r\n",
}
FORMS = [f"{header}/{body}" for header in ("simple", "relaxed") for body in ("simple", "relaxed")]
RECORD = keys.record(private_key("rsa2048")).encode()
ZONE = Zone()
ZONE.add("s._domainkey.example.org", "TXT", RECORD)
KEY = dkim_sign.SigningKey.load("example.org", "s", private_key("rsa2048"))
PEM = CASES / "dkim" / "keys" / "rsa2048.pem"

needs_opendkim = pytest.mark.skipif(not shutil.which("opendkim"), reason="opendkim is not installed")


def verdicts(message: bytes) -> list[str]:
    return [found.verdict for found in ZONE.run(dkim.verify(message, now=2**40))]


@pytest.fixture(name="dkimpy")
def dkimpy_fixture() -> Any:
    return pytest.importorskip("dkim")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MESSAGES)
def test_what_dkimpy_signs_verifies(dkimpy: Any, name: str, form: str) -> None:
    canonicalize = tuple(form.encode().split(b"/"))
    field = dkimpy.sign(MESSAGES[name], b"s", b"example.org", PEM.read_bytes(), canonicalize=canonicalize)
    assert verdicts(field + MESSAGES[name]) == ["pass"]


@pytest.mark.parametrize("name", MESSAGES)
def test_dkimpy_verifies_what_we_sign(dkimpy: Any, name: str) -> None:
    field = dkim_sign.sign(MESSAGES[name], KEY, now=NOW)
    assert dkimpy.verify(field + MESSAGES[name], dnsfunc=lambda name, timeout=5: RECORD)


@pytest.mark.parametrize("name", MESSAGES)
def test_dkimpy_verifies_ed25519(dkimpy: Any, name: str) -> None:
    pytest.importorskip("nacl")
    private = private_key("ed25519")
    field = dkim_sign.sign(MESSAGES[name], dkim_sign.SigningKey.load("example.org", "s", private), now=NOW)
    assert dkimpy.verify(field + MESSAGES[name], dnsfunc=lambda name, timeout=5: keys.record(private).encode())


def run_opendkim(folder: Path, message: bytes, settings: str) -> str:
    (folder / "settings").write_text(settings)
    (folder / "message").write_bytes(message)
    command = ["opendkim", "-x", str(folder / "settings"), "-t", str(folder / "message"), "-vv"]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).stdout.decode("utf-8", "replace")


@needs_opendkim
@pytest.mark.client
@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
@pytest.mark.parametrize("name", MESSAGES)
def test_opendkim_verifies_what_we_sign(tmp_path: Path, name: str, algorithm: str) -> None:
    private = private_key("rsa2048" if algorithm == "rsa" else algorithm)
    (tmp_path / "keys").write_text(f"s._domainkey.example.org {keys.record(private)}\n")
    field = dkim_sign.sign(MESSAGES[name], dkim_sign.SigningKey.load("example.org", "s", private), now=NOW)
    said = run_opendkim(tmp_path, field + MESSAGES[name], f"Mode v\nTestPublicKeys {tmp_path / 'keys'}\n")
    assert "dkim=pass" in said


@needs_opendkim
@pytest.mark.client
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MESSAGES)
def test_what_opendkim_signs_verifies(tmp_path: Path, name: str, form: str) -> None:
    key = tmp_path / "key.pem"
    shutil.copy(PEM, key)
    key.chmod(0o600)
    settings = f"Canonicalization {form}\nDomain example.org\nSelector s\nKeyFile {key}\nMode s\nRequireSafeKeys no\n"
    found = re.search(r"hvalue='([^']+)'", run_opendkim(tmp_path, MESSAGES[name], settings))
    assert found
    field = "DKIM-Signature: " + found[1].replace("\n", "\r\n") + "\r\n"
    assert verdicts(field.encode() + MESSAGES[name]) == ["pass"]


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real mail is not there")
@pytest.mark.parametrize("form", ["simple", "relaxed"])
def test_canonical_bodies_of_real_mail_are_those_of_dkimpy(dkimpy: Any, form: str) -> None:
    policy = dkimpy.canonicalization.CanonicalizationPolicy.from_c_value(f"{form}/{form}".encode())
    compared = 0
    with tarfile.open(CORPUS) as archive:
        for member in list(archive)[::20]:
            file = archive.extractfile(member) if member.isfile() else None
            if file is None:
                continue
            body = file.read().partition(b"\r\n\r\n")[2]
            if body.endswith(b"\r\n"):
                ours = b"".join(canonical.body(body, 0, relaxed=form == "relaxed"))
                assert ours == policy.canonicalize_body(body), member.name
                compared += 1
    assert compared > 100


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real mail is not there")
def test_real_mail_is_signed_and_verifies() -> None:
    with tarfile.open(CORPUS) as archive:
        for member in list(archive)[::20]:
            file = archive.extractfile(member) if member.isfile() else None
            if file is None:
                continue
            message = file.read()
            assert verdicts(message) == []
            field = dkim_sign.sign(message, KEY, now=NOW)
            assert verdicts(field + message) in (["pass"], ["policy"]), member.name
