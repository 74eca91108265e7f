"""Messages to push services (RFC 8188, RFC 8291, RFC 8292)."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pillarbox.proto.jmap import webpush
from pillarbox.proto.jmap.webpush import Recipient, safe, unsafe

PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"


def test_the_example_of_the_rfc_comes_out() -> None:
    """RFC 8291 §5 and appendix A."""
    own = ec.derive_private_key(int.from_bytes(unsafe("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1())
    made = webpush.encrypted(
        b"When I grow up, I want to be a watermelon", Recipient.parse(PUBLIC, SECRET), own, unsafe("DGv6ra1nlYgDCS1FRnbzlw")
    )
    assert safe(made) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6"
        "cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("size", [0, 1, webpush.MOST])
def test_whom_a_message_is_for_reads_it(size: int) -> None:
    theirs, ours = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    secret, salt = b"s" * 16, b"t" * 16
    to = Recipient(theirs.public_key(), secret)
    made = webpush.encrypted(b"x" * size, to, ours, salt)
    assert len(made) <= 4096
    point = made[21 : 21 + made[20]]
    shared = theirs.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    seed = HKDF(hashes.SHA256(), 32, secret, b"WebPush: info\0" + webpush.raw(theirs.public_key()) + point).derive(shared)
    key = HKDF(hashes.SHA256(), 16, made[:16], b"Content-Encoding: aes128gcm\0").derive(seed)
    nonce = HKDF(hashes.SHA256(), 12, made[:16], b"Content-Encoding: nonce\0").derive(seed)
    assert AESGCM(key).decrypt(nonce, made[86:], None) == b"x" * size + b"\2"


@pytest.mark.parametrize(
    ("public", "secret"),
    [
        ("", SECRET),
        (PUBLIC, ""),
        (PUBLIC[:-2], SECRET),
        (PUBLIC, SECRET + "AA"),
        ("B" + "A" * 86, SECRET),
        ("A" + PUBLIC[1:], SECRET),
        (PUBLIC.replace("_", "/"), SECRET),
        ("A" * 1_000_000, SECRET),
        ("ä" * 87, SECRET),
    ],
)
def test_keys_that_are_none_are_refused(public: str, secret: str) -> None:
    with pytest.raises(ValueError):
        Recipient.parse(public, secret)


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32, bytes(range(32))])
def test_any_secret_stands_for_a_key_and_always_for_the_same(secret: bytes) -> None:
    key = webpush.signing_key(secret)
    assert webpush.application_key(key) == webpush.application_key(webpush.signing_key(secret))
    assert len(unsafe(webpush.application_key(key))) == 65


def test_who_we_are_is_signed() -> None:
    key = webpush.signing_key(b"k" * 32)
    scheme, token, shown = webpush.authorization(key, "https://push.example", "mailto:postmaster@example.org", 1000).split(" ")
    assert (scheme, shown) == ("vapid", f"k={webpush.application_key(key)}")
    head, claims, signature = token.removeprefix("t=").removesuffix(",").split(".")
    assert json.loads(unsafe(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(unsafe(claims)) == {"aud": "https://push.example", "exp": 1000, "sub": "mailto:postmaster@example.org"}
    r, s = unsafe(signature)[:32], unsafe(signature)[32:]
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    key.public_key().verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
