"""Keys that a domain signs its mail with: making them, and what to publish of them (RFC 6376 §3.6.1, RFC 8463 §4)."""

import base64

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from ..errors import Invalid

ALGORITHMS = ("rsa", "ed25519")
RSA_BITS = 2048
"""RFC 8301 §3.2. More do not fit the packets of many name servers, and cost four times as much."""
PUBLIC_EXPONENT = 65537
LONGEST_STRING = 255
"""Bytes of one string of a TXT record (RFC 1035 §3.3)."""


def generate(algorithm: str) -> bytes:
    """A new private key, PKCS #8 in DER. RSA takes a tenth of a second or more. Raises Invalid for another algorithm."""
    if algorithm not in ALGORITHMS:
        raise Invalid("keys are of rsa or ed25519")
    private = Ed25519PrivateKey.generate() if algorithm == "ed25519" else rsa.generate_private_key(PUBLIC_EXPONENT, RSA_BITS)
    return private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def load(private: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    """A key that we made. Raises Invalid.

    The primes are not examined: that costs 67 ms where signing costs 0.4, and they are our own.
    """
    try:
        key = serialization.load_der_private_key(private, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Invalid("that is not a private key") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise Invalid("keys are of rsa or ed25519")
    return key


def record(private: bytes) -> str:
    """The text of the TXT record to publish at selector._domainkey.domain. Raises Invalid."""
    key = load(private)
    if isinstance(key, Ed25519PrivateKey):
        kind, public = "ed25519", key.public_key().public_bytes_raw()
    else:
        kind = "rsa"
        public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"


def zone_strings(text: str) -> list[str]:
    """A TXT record's text in strings that a zone file can hold, without their quotes."""
    return [text[at : at + LONGEST_STRING] for at in range(0, len(text), LONGEST_STRING)]
