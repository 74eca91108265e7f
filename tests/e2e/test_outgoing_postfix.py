"""A Postfix next door with OpenDKIM: mail in all directions, with TLS, notifications, and signatures both sides verify."""

import base64
import hashlib
import re
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import opendkim
import postfix
from pillarbox.net import authority
from pillarbox.testing.neighbourhood import House, Neighbourhood, eventually, neighbourhood
from street import Notification, field, letter, said, told, way

POST, HOST = "post.example", "127.0.0.4"
TESTER = f"tester@{POST}"
ABSENCE = postfix.absence() or opendkim.absence()
pytestmark = [pytest.mark.client, pytest.mark.skipif(ABSENCE is not None, reason=ABSENCE or "")]
MAIN = """
transport_maps = inline:{{ {{ here.example = smtp:[127.0.0.2]:{port} }} {{ there.example = smtp:[127.0.0.3]:{port} }} }}
smtpd_tls_cert_file = {tls}/server.pem
smtpd_tls_key_file = {tls}/server.key
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtp_tls_security_level = encrypt
smtp_tls_loglevel = 1
smtp_tls_CAfile = {authorities}
smtpd_milters = inet:127.0.0.1:{milter}
milter_default_action = tempfail
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ nobody@post.example = 550 5.1.1 nobody }} }},
  permit_mynetworks, reject_unauth_destination
"""


@dataclass(frozen=True)
class Village:
    street: Neighbourhood
    postfix: postfix.Postfix

    def house(self, domain: str) -> House:
        return self.street.here if domain == "here.example" else self.street.there

    def send(self, to: str, message: bytes, *rcpt: str, mail: tuple[str, ...] = ()) -> None:
        """As someone at Postfix's would."""
        with smtplib.SMTP(HOST, self.street.port, timeout=90) as client:
            client.sendmail(TESTER, [to], message, mail, rcpt)

    def awaits(self, token: str, kind: str = "") -> bytes:
        """What has come to Postfix, with CRLF."""

        def look() -> bytes | None:
            return next((one for one in self.postfix.messages() if token.encode() in one and kind.encode() in one), None)

        return eventually(look, f"{token} at Postfix").replace(b"\n", b"\r\n")

    def names(self) -> dict[str, str]:
        return _texts((self.street.folder / "zone").read_text())


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder, milter = tmp_path_factory.mktemp("village"), tmp_path_factory.mktemp("milter")
    made = authority.ensure(folder / "tls", f"mx.{POST}", datetime.now(UTC))
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with neighbourhood(folder, zone="\n".join(_records(made.certificate, key))) as street:
        names = _texts((folder / "zone").read_text())
        with opendkim.running(milter, POST, private, names) as port:
            authorities = folder / "authorities.pem"
            main = MAIN.format(port=street.port, tls=folder / "tls", authorities=authorities, milter=port)
            with postfix.running(HOST, street.port, domain=POST, main=main) as mta:
                yield Village(street, mta)


def _records(certificate: Path, key: rsa.RSAPrivateKey) -> Iterator[str]:
    shown = x509.load_pem_x509_certificates(certificate.read_bytes())[0].public_key()
    digest = hashlib.sha256(shown.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    yield f"{POST} MX 10 mx.{POST}"
    yield f'{POST} TXT "v=spf1 ip4:{HOST} -all"'
    yield f'_dmarc.{POST} TXT "v=DMARC1; p=none"'
    yield f'{opendkim.SELECTOR}._domainkey.{POST} TXT "v=DKIM1; k=rsa; p={public[:200]}" "{public[200:]}"'
    yield f"mx.{POST} A {HOST}"
    yield f"{HOST} PTR mx.{POST}"
    yield f"_{{port}}._tcp.mx.{POST} TLSA 3 1 1 {digest}"


def _texts(zone: str) -> dict[str, str]:
    """Every TXT record of keys, by name."""
    found = re.findall(r"^(\S+\._domainkey\S+) TXT (.*)$", zone, re.MULTILINE)
    return {name: "".join(re.findall(r'"([^"]*)"', strings)) for name, strings in found}


def _dns(names: dict[str, str]) -> Callable[..., bytes | None]:
    """As dkimpy asks it."""

    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        text = names.get(name.decode().rstrip("."))
        return text.encode() if text else None

    return look_up


HOUSES = pytest.mark.parametrize("domain", ["here.example", "there.example"])


@HOUSES
def test_what_we_send_it_came_by_tls_and_both_signatures_hold(village: Village, domain: str) -> None:
    house = village.house(domain)
    token, message = letter(house.person, TESTER, "Äpfel\r\n.\r\n..", fields="Content-Type: text/plain; charset=utf-8\r\n")
    house.submit([TESTER], message, ["BODY=8BITMIME"])
    got = village.awaits(token)
    assert "using TLSv1.3" in field(got, "Received")
    assert got.endswith(message)
    verifier = dkim.DKIM(got)
    algorithms = []
    for number in range(2):
        assert verifier.verify(number, dnsfunc=_dns(village.names())), number
        algorithms.append(verifier.signature_fields[b"a"])
    assert sorted(algorithms) == [b"ed25519-sha256", b"rsa-sha256"]
    results = field(got, "Authentication-Results")
    assert f"mx.{POST}; dkim=pass" in results
    assert f"header.d={domain}" in results


def test_we_know_its_certificate_by_dane(village: Village) -> None:
    token, message = letter("alice@here.example", TESTER)
    village.street.here.submit([TESTER], message, ["RET=HDRS"])
    village.awaits(token)
    words = said(village.street.here, way(village.street.here, token)[0].id)
    assert "the certificate of its TLSA records" in words


@HOUSES
def test_what_it_sends_us_came_by_tls_and_its_signature_holds(village: Village, domain: str) -> None:
    house = village.house(domain)
    token, message = letter(TESTER, house.person)
    village.send(house.person, message)
    got = house.awaits(token.encode())
    assert f"from mx.{POST} (mx.{POST} [{HOST}]) by mx.{domain} with ESMTPS (TLSv1.3 " in field(got, "Received")
    results = field(got, "Authentication-Results").split("\n")[0]
    assert f"dkim=pass header.d={POST}" in results
    assert f"spf=pass smtp.mailfrom={TESTER}" in results
    assert f"dmarc=pass header.from={POST}" in results
    assert "Trusted TLS connection established to 127.0.0." in village.postfix.log


def test_what_it_forwards_of_ours_to_ours_still_proves_its_author(village: Village) -> None:
    """Through a relay that adds what it adds."""
    token, message = letter("alice@here.example", "bob@there.example")
    village.street.here.submit([TESTER], message)
    passed_on = village.awaits(token)
    village.send("bob@there.example", passed_on)
    results = field(village.street.there.awaits(token.encode()), "Authentication-Results").split("\n")[0]
    assert "dkim=pass header.d=here.example" in results
    assert "dmarc=pass header.from=here.example" in results


# Notifications.


def test_it_tells_us_of_a_delivery_and_what_was_asked_went_along(village: Village) -> None:
    token, message = letter("alice@here.example", TESTER)
    village.street.here.submit(
        [TESTER], message, ["ENVID=asked+2Bfor", "RET=HDRS"], ["NOTIFY=SUCCESS", f"ORCPT=rfc822;{TESTER}"]
    )
    got = told(village.street.here, token)
    assert got.message["Reporting-MTA"] == f"dns; mx.{POST}"
    assert got.message["Original-Envelope-Id"] == "asked+for"
    assert (got["Original-Recipient"], got["Action"]) == (f"rfc822;{TESTER}", "delivered")


def test_we_tell_it_of_a_delivery(village: Village) -> None:
    token, message = letter(TESTER, "alice@here.example")
    village.send("alice@here.example", message, "NOTIFY=SUCCESS", mail=("ENVID=asked", "RET=HDRS"))
    got = Notification(village.awaits(token, "multipart/report"))
    assert got.message["Reporting-MTA"] == "dns; mx.here.example"
    assert got.message["Original-Envelope-Id"] == "asked"
    assert (got["Final-Recipient"], got["Action"]) == ("rfc822; alice@here.example", "delivered")
    assert dkim.DKIM(got.raw).verify(dnsfunc=_dns(village.names()))


def test_it_refuses_one_of_ours_and_we_tell_its_sender(village: Village) -> None:
    nobody = f"nobody@{POST}"
    token, message = letter("alice@here.example", nobody)
    village.street.here.submit([nobody, TESTER], message)
    got = told(village.street.here, token)
    assert [(one["Final-Recipient"], one["Status"]) for one in got.recipients] == [(f"rfc822; {nobody}", "5.1.1")]
    assert got["Diagnostic-Code"].startswith("smtp; 550 5.1.1 ")
    assert village.awaits(token).endswith(message)


def test_we_refuse_one_of_its_and_it_tells_its_sender(village: Village) -> None:
    token, message = letter(TESTER, "nobody@there.example")
    village.send("nobody@there.example", message)
    got = Notification(village.awaits(token, "multipart/report"))
    assert (got["Action"], got["Status"]) == ("failed", "5.1.1")
    assert got["Diagnostic-Code"].startswith("smtp; 550 5.1.1 ")


def test_what_it_forwards_to_us_and_fails_comes_back_to_it(village: Village) -> None:
    """An alias of ours that leads to one of its addresses that is none: the bounce goes back by us to the author."""
    village.street.there.served.run("alias", "add", "away@there.example", f"nobody@{POST}")
    token, message = letter(TESTER, "away@there.example")
    village.send("away@there.example", message)
    got = Notification(village.awaits(token, "multipart/report"))
    assert got.message["Reporting-MTA"] == "dns; mx.there.example"
    assert (got["Final-Recipient"], got["Status"]) == (f"rfc822; nobody@{POST}", "5.1.1")
