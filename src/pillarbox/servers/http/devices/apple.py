"""Apple's form: a configuration profile with a Mail payload, signed where our certificate is one that devices believe."""

import plistlib
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from .description import Description, Service

MEDIA_TYPE: Final = "application/x-apple-aspen-config"


class NothingToSetUp(ValueError):
    """Mail is not to be had here by IMAP or POP3, or not to be sent."""


def render(description: Description, address: str, password: str = "") -> bytes:
    """The profile, unsigned. `password`: an app password made for this device; without one it asks for its owner's.

    The same address has the same identifiers: a profile installed anew takes the old one's place. Raises NothingToSetUp.
    """
    incoming = description.best("imap") or description.best("pop3")
    outgoing = description.best("smtp")
    if incoming is None or outgoing is None:
        raise NothingToSetUp("nothing to set up")
    name = f"{description.domain} ({address})"
    identifier = ".".join(reversed(description.domain.split("."))) + ".pillarbox." + _uuid("mail", address)
    mail: dict[str, Any] = {
        **_about(f"{identifier}.mail", _uuid("account", address), "com.apple.mail.managed", name),
        "EmailAccountType": "EmailTypeIMAP" if incoming.protocol == "imap" else "EmailTypePOP",
        "EmailAccountDescription": address,
        "EmailAddress": address,
        "OutgoingPasswordSameAsIncomingPassword": True,
        **_server("Incoming", incoming, address),
        **_server("Outgoing", outgoing, address),
    }
    if password:
        mail["IncomingPassword"] = password
    profile = {
        **_about(identifier, _uuid("profile", address), "Configuration", name),
        "PayloadOrganization": description.domain,
        "PayloadContent": [mail],
    }
    return plistlib.dumps(profile)


def signed(profile: bytes, certificate: Path, key: Path) -> bytes:
    """The profile within a CMS SignedData (RFC 5652 §5). Raises OSError, ValueError where they cannot."""
    chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    private = load_pem_private_key(key.read_bytes(), None)
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("no profile is signed by a key of that kind")
    builder = PKCS7SignatureBuilder().set_data(profile).add_signer(chain[0], private, SHA256())
    for each in chain[1:]:
        builder = builder.add_certificate(each)
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])


def _about(identifier: str, uuid: str, kind: str, name: str) -> dict[str, Any]:
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": uuid.upper(),
        "PayloadDisplayName": name,
    }


def _server(side: str, service: Service, address: str) -> dict[str, Any]:
    return {
        f"{side}MailServerHostName": service.host,
        f"{side}MailServerPortNumber": service.port,
        f"{side}MailServerUseSSL": True,  # STARTTLS is meant, too: the port tells which
        f"{side}MailServerUsername": address,
        f"{side}MailServerAuthentication": "EmailAuthPassword",
    }


def _uuid(what: str, address: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"pillarbox:{what}:{address}"))
