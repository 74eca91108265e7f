import base64
import hashlib
import hmac

import pytest

from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.passwords import SCRAM, Salting, prepared, scram_keys, scram_of, scram_read, scram_written
from pillarbox.store.models import Credential
from pillarbox.testing.house import cheap_passwords


async def test_a_right_password_is_right_twice_and_a_wrong_one_never() -> None:
    passwords = cheap_passwords()
    kept = passwords.credentials("sesame", Salting(b"salt", 4096))
    assert await passwords.check(kept, "sesame")
    assert await passwords.check(kept, "sesame")  # from memory
    assert not await passwords.check(kept, "Sesame")
    assert not await passwords.check(kept, "")


async def test_whoever_has_no_password_is_not_let_in() -> None:
    passwords = cheap_passwords()
    assert not await passwords.check((), "sesame")


async def test_a_changed_password_is_not_remembered() -> None:
    passwords = cheap_passwords()
    assert await passwords.check(passwords.credentials("old", None), "old")
    assert not await passwords.check(passwords.credentials("new", None), "old")


def test_scram_keys_sign_as_in_rfc_7677_section_3() -> None:
    keys = scram_keys("pencil", Salting(base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096))
    nonce = b"rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    said = b"n=user,r=rOprNGfwEbeRWgbNEkqO,r=%b,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=%b" % (nonce, nonce)
    assert base64.b64encode(hmac.digest(keys.server_key, said, "sha256")) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    client_key = bytes(a ^ b for a, b in zip(proof, hmac.digest(keys.stored_key, said, "sha256"), strict=True))
    assert hashlib.sha256(client_key).digest() == keys.stored_key


def test_scram_keys_survive_being_kept() -> None:
    keys = scram_keys("pencil", Salting(b"salt", 4096))
    assert scram_of([Credential("argon2", "x"), Credential(SCRAM, scram_written(keys))]) == keys
    assert scram_of([Credential("argon2", "x")]) is None


@pytest.mark.parametrize("kept", ["", "4096", "4096:AA==:AA==", "x:AA==:AA==:AA==", "1:A:AA==:AA==", "1:\u00e9:AA==:AA=="])
def test_scram_keys_that_cannot_be_read_are_none(kept: str) -> None:
    assert scram_read(kept) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("pass\u00a0word", "pass word"), ("I\u00adX", "IX"), ("\u2168", "IX"), ("\u00e9", "e\u0301")],
)
def test_spellings_that_look_alike_are_one_password(one: str, other: str) -> None:
    assert prepared(one) == prepared(other)


def test_a_password_is_bounded_before_it_is_normalised() -> None:
    assert prepared("x" * 1024) == b"x" * 1024
    with pytest.raises(AuthenticationFailed):
        prepared("x" * 1025)
    with pytest.raises(AuthenticationFailed):
        prepared("\u0301" * 600)


async def test_no_password_shows_in_a_repr() -> None:
    kept = cheap_passwords().credentials("sesame", Salting(b"salt", 4096))
    assert "argon2id" not in repr(kept)
