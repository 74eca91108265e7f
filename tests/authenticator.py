"""An authenticator in software: makes key pairs and signs with them as Web Authentication wants, or as a thief would."""

import base64
import hashlib
import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def data(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


@dataclass
class Authenticator:
    """One credential, made when it is asked for."""

    host: str = "mail.example.org"
    origin: str = "https://mail.example.org"
    flags: int = PRESENT | VERIFIED
    counter: int = 1
    handle: bytes = b""
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """`PublicKeyCredential.toJSON()` of navigator.credentials.create."""
        self.handle = data(options["user"]["id"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))  # type: ignore[no-untyped-call]
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | ATTESTED) + credential}
        client = self._client("webauthn.create", options["challenge"])
        return self._json({"clientDataJSON": text(client), "attestationObject": text(cbor.encode(attestation))})

    def get(self, options: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
        """`PublicKeyCredential.toJSON()` of navigator.credentials.get."""
        self.counter += 1 if self.counter else 0
        client = self._client(changed.pop("type", "webauthn.get"), options["challenge"])
        signed = self._data(self.flags)
        signature = self.key.sign(signed + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(signed),
            "signature": text(signature),
            "userHandle": text(self.handle),
        }
        return self._json({**response, **changed})

    def _json(self, response: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
            "response": dict(response),
        }

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.counter)
