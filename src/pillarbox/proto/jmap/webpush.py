"""Messages to a push service: encrypted to whom they are for, and signed by who we are (RFC 8188, RFC 8291, RFC 8292)."""

import binascii
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .ijson import encode

MOST: Final = 3992
"""Bytes of a message that fit the one record every push service takes (RFC 8291 §4)."""
_RECORD: Final = 4096
_LAST: Final = b"\x02"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class Recipient:
    """A program's public key and secret (RFC 8291 §2)."""

    public: ec.EllipticCurvePublicKey
    secret: bytes

    @classmethod
    def parse(cls, public_key: str, secret: str) -> "Recipient":
        """Raises ValueError for what are none."""
        point, auth = unsafe(public_key), unsafe(secret)
        if len(auth) != 16 or len(point) != 65:
            raise ValueError("no such key, or no such secret")
        return cls(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point), auth)


def encrypted(data: bytes, to: Recipient, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """A whole message, `aes128gcm`; `own` and the 16 bytes of `salt` are made for this message and never used again."""
    point = raw(own.public_key())
    about = b"WebPush: info\0" + raw(to.public) + point
    shared = HKDF(hashes.SHA256(), 32, to.secret, about).derive(own.exchange(ec.ECDH(), to.public))
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(shared)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(shared)
    head = salt + _RECORD.to_bytes(4, "big") + bytes((len(point),)) + point
    return head + AESGCM(key).encrypt(nonce, data + _LAST, None)


def signing_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The key that a secret of 32 bytes stands for."""
    return ec.derive_private_key(int.from_bytes(secret, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def application_key(key: ec.EllipticCurvePrivateKey) -> str:
    """What a program tells its push service to take messages from (RFC 8292 §4.1)."""
    return safe(raw(key.public_key()))


def authorization(key: ec.EllipticCurvePrivateKey, audience: str, contact: str, expires_at: int) -> str:
    """The value of Authorization to a push service of that origin (RFC 8292 §2, §3)."""
    claims = (
        safe(encode({"typ": "JWT", "alg": "ES256"})) + "." + safe(encode({"aud": audience, "exp": expires_at, "sub": contact}))
    )
    r, s = decode_dss_signature(key.sign(claims.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={claims}.{safe(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={application_key(key)}"


def raw(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def safe(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return binascii.b2a_base64(data, newline=False).decode().translate({43: 45, 47: 95}).rstrip("=")


def unsafe(text: str) -> bytes:
    """Raises ValueError."""
    bare = text.rstrip("=")
    if len(text) > 200 or not _SAFE.match(bare):
        raise ValueError("no URL-safe base64")
    return binascii.a2b_base64(bare.translate({45: 43, 95: 47}) + "=" * (-len(bare) % 4))
