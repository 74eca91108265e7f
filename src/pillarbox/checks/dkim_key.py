"""A domain's public key: its record, getting it, verifying with it (RFC 6376 §3.6, RFC 8301 §3.2, RFC 8463 §4)."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ..limits import CheckLimits
from .dkim_signature import Signer, Tags, Unusable, malformed, read_tags
from .questions import Answer, Asking, Status, Together, Txt

PublicKey = RSAPublicKey | Ed25519PublicKey

SMALLEST_RSA = 1024
"""Bits; fewer are no signature (RFC 8301 §3.2)."""
LARGEST_EXPONENT = 64
"""Bits; larger ones are used by nobody, and cost as much as signing does."""
READ_KEYS = 512
"""Keys kept ready: most mail is signed by a few domains, and reading a record costs as much as verifying with it."""
PADDING = PKCS1v15()
DIGEST = Prehashed(SHA256())


@dataclass(frozen=True, slots=True)
class Key:
    """One key that may be used."""

    public: PublicKey
    bits: int
    is_testing: bool = False
    """t=y: the domain only tries DKIM out."""
    is_strict: bool = False
    """t=s: i= is of the domain itself, not of one below."""

    def verifies(self, digest: bytes, signature: bytes) -> bool:
        """Whether it is this key's signature of a SHA-256 digest."""
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(signature, digest, PADDING, DIGEST)
            else:
                self.public.verify(signature, digest)
        except InvalidSignature:
            return False
        return True


Keys = Sequence[Key] | Unusable
"""The keys of a name, or why there are none."""


def ask(signers: Sequence[Signer], limits: CheckLimits) -> Asking[list[Keys]]:
    """The keys of each signer, asked for together; a name no more than once."""
    names = tuple({signer.key_name: Txt(signer.key_name) for signer in signers}.values())
    answers = dict(zip(names, (yield Together(names)) if names else (), strict=True))
    return [select(answers[Txt(signer.key_name)], signer.key_type, limits) for signer in signers]


def select(answer: Answer, key_type: str, limits: CheckLimits) -> Keys:
    """The keys that an answer has for a type of signature.

    A name should have one record (RFC 6376 §3.6.2.2). Where it has more, as in the middle of a change, each may be the one.
    """
    if answer.status is Status.TRY_LATER:
        return Unusable("temperror", "the key cannot be had now")
    if answer.is_absent:
        return malformed("there is no key")
    keys = []
    trouble: Unusable | None = None
    for record in answer.records[: limits.signature_keys]:
        try:
            keys.append(read(record, key_type, limits))
        except Unusable as problem:
            trouble = trouble or problem
    return keys or trouble or malformed("there is no key")


@functools.lru_cache(READ_KEYS)
def read(record: bytes, key_type: str, limits: CheckLimits) -> Key:
    """A key record, for a type of signature. Raises Unusable."""
    try:
        tags = read_tags(record)
    except Unusable as problem:
        raise malformed(f"the key record is malformed: {problem.reason}") from None
    if "v" in tags and (tags["v"].value != b"DKIM1" or next(iter(tags)) != "v"):
        raise malformed("the key record is of an unknown version")
    if tags.given("k", b"rsa").lower() != key_type.encode("ascii"):
        raise malformed("the key is of another type")
    if b"sha256" not in tags.words("h", b"sha256"):
        raise malformed("the key does not allow SHA-256")
    if not {b"*", b"email"}.intersection(tags.words("s", b"*")):
        raise malformed("the key is not for email")
    flags = set(tags.words("t"))
    public, bits = _public(tags, key_type, limits)
    return Key(public, bits, b"y" in flags, b"s" in flags)


def _public(tags: Tags, key_type: str, limits: CheckLimits) -> tuple[PublicKey, int]:
    if not tags.needed("p"):
        raise malformed("the key is revoked")
    data = tags.binary("p")
    try:
        public = load_der_public_key(data) if key_type == "rsa" else Ed25519PublicKey.from_public_bytes(data)
    except (ValueError, UnsupportedAlgorithm):
        raise malformed("the key cannot be read") from None
    if isinstance(public, Ed25519PublicKey):
        return public, 256
    if not isinstance(public, RSAPublicKey):
        raise malformed("the key is of another type")
    if public.key_size < SMALLEST_RSA:
        raise malformed("the key is too small")
    if public.key_size > limits.key_bits or public.public_numbers().e.bit_length() > LARGEST_EXPONENT:
        raise Unusable("policy", "the key is too large")
    return public, public.key_size
