"""Tokens of another server's: which are believed, and whose they are."""

import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk

from identity import ALL, Issuer, encoded, unsigned
from pillarbox.clock import SystemClock
from pillarbox.errors import OperatorError
from pillarbox.mail.tokens import LEEWAY, Tokens, fault, read_keys
from pillarbox.settings import OAuth

ALICE = "alice@example.org"
STRICT: dict[str, str] = {"issuer": "https://login.example.org", "audience": "pillarbox"}


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def tokens(issuer: Issuer, folder: Path, **policy: str) -> Tokens:
    return Tokens(OAuth(keys=str(issuer.write(folder / "jwks.json")), **{**STRICT, **policy}), SystemClock())


class At(float):
    """A time of a claim, seconds from when the test runs."""


def at(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: time.time() + value if isinstance(value, At) else value for name, value in claims.items()}


@pytest.mark.parametrize("algorithm", ALL)
def test_every_asymmetric_algorithm_is_taken(tmp_path: Path, algorithm: str) -> None:
    issuer = Issuer([algorithm])
    assert tokens(issuer, tmp_path).owner(issuer.token()) == ALICE


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "Alice@EXAMPLE.org"},
        {"aud": ["other", "pillarbox"]},
        {"nbf": None},
        {"nbf": At(LEEWAY - 20)},
        {"exp": At(20 - LEEWAY)},
        {"exp": At(0.5)},
        {"email_verified": True},
        {"unheard": "of"},
    ],
)
def test_a_good_token_is_of_whom_it_names(issuer: Issuer, tmp_path: Path, claims: dict[str, Any]) -> None:
    assert tokens(issuer, tmp_path).owner(issuer.token(**at(claims))) == ALICE


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": At(-LEEWAY - 1)},
        {"exp": "4000000000"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": [1]},
        {"nbf": At(LEEWAY + 60)},
        {"nbf": "soon"},
        {"iss": None},
        {"iss": "https://login.example.org/"},
        {"iss": ["https://login.example.org"]},
        {"aud": None},
        {"aud": "pillarboxes"},
        {"aud": "pillarbox other"},
        {"aud": ["other"]},
        {"aud": {"pillarbox": 1}},
        {"email": None},
        {"email": ""},
        {"email": "alice"},
        {"email": 17},
        {"email": [ALICE]},
        {"email": "a b@example.org"},
        {"email": "x@y@example.org"},
        {"email": "x" * 10_000 + "@example.org"},
        {"email_verified": False},
        {"email_verified": "false"},
    ],
)
def test_any_other_is_nobodys(issuer: Issuer, tmp_path: Path, claims: dict[str, Any]) -> None:
    assert tokens(issuer, tmp_path).owner(issuer.token(**at(claims))) is None


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({"scope": "openid mail"}, True),
        ({"scope": ["mail"]}, True),
        ({"scp": "mail"}, True),
        ({"scope": "email"}, False),
        ({"scope": None}, False),
        ({"scope": 1}, False),
    ],
)
def test_the_scope_must_be_there_if_the_settings_want_one(
    issuer: Issuer, tmp_path: Path, claims: dict[str, Any], good: bool
) -> None:
    assert (tokens(issuer, tmp_path, scope="mail").owner(issuer.token(**claims)) is not None) is good


def test_another_claim_may_name_the_account(issuer: Issuer, tmp_path: Path) -> None:
    taken = tokens(issuer, tmp_path, claim="preferred_username")
    assert taken.owner(issuer.token("x@example.org", preferred_username=ALICE, email_verified=False)) == ALICE
    assert taken.owner(issuer.token()) is None


@pytest.mark.parametrize("header", [{"kid": None}, {"typ": "at+jwt"}, {"x5t": "abc"}])
def test_what_a_header_may_say(issuer: Issuer, tmp_path: Path, header: dict[str, Any]) -> None:
    assert tokens(issuer, tmp_path).owner(issuer.token(header=header)) == ALICE


def test_a_key_that_a_token_brings_along_is_not_looked_at(issuer: Issuer, tmp_path: Path) -> None:
    stranger = Issuer()
    own = {"jwk": stranger.keys["ES256"].as_dict(private=False)}
    for header in ({}, own, {"kid": None}, {**own, "kid": None}, {"kid": "another"}):
        assert tokens(issuer, tmp_path).owner(stranger.token(header=header)) is None
    assert tokens(issuer, tmp_path).owner(issuer.token(header={"kid": "another"})) is None


@pytest.mark.parametrize("crit", [["exp"], ["b64"], ["unheard"], "b64", 7, [[]], {"b64": 1}])
def test_a_header_that_must_be_understood_and_is_not_spoils_the_token(issuer: Issuer, tmp_path: Path, crit: object) -> None:
    """RFC 7515 §4.1.11"""
    token = issuer.token(header={"crit": crit, "exp": 1, "b64": False, "unheard": "of"})
    assert tokens(issuer, tmp_path).owner(token) is None


def test_a_public_key_is_no_secret_to_sign_by(tmp_path: Path) -> None:
    """RFC 8725 §2.1: neither "none", nor a symmetric algorithm over what everybody knows."""
    issuer = Issuer(["RS256"])
    taken = tokens(issuer, tmp_path)
    good = issuer.token()
    claims = {"email": ALICE, "iss": STRICT["issuer"], "aud": "pillarbox", "exp": int(time.time()) + 99}
    for known in (issuer.keys["RS256"].as_pem(private=False), json.dumps(issuer.keys["RS256"].as_dict(private=False)).encode()):
        for algorithm in ("HS256", "RS256"):
            said = f"{encoded(json.dumps({'alg': algorithm}).encode())}.{encoded(json.dumps(claims).encode())}"
            assert taken.owner(f"{said}.{encoded(hmac.digest(known, said.encode(), 'sha256'))}") is None
    head, body, signature = good.split(".")
    for wrong in (
        unsigned(claims),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}..{signature}",
        f"{head}.{body}",
    ):
        assert taken.owner(wrong) is None
    assert taken.owner(good) == ALICE


def test_an_algorithm_of_another_kind_of_key_is_not_tried(tmp_path: Path) -> None:
    issuer = Issuer(["ES256", "RS256"])
    path = issuer.write(tmp_path / "jwks.json")
    found = json.loads(path.read_text())
    found["keys"][0]["alg"] = "ES384"
    path.write_text(json.dumps(found))
    assert [key.algorithms[:1] for key in read_keys(path)] == [("RS256",)]


NOISE = [
    b"",
    b".",
    b"..",
    b"...",
    b"a.b.c",
    b"W10.W10.W10",
    b"e30.e30.e30",
    b"\x7b.\x7b.\x7b",
    b"=.=.=",
    b"." * 9000,
    b"A" * 16_000,
]


@pytest.mark.parametrize("noise", NOISE)
def test_what_is_no_token_is_nobodys(issuer: Issuer, tmp_path: Path, noise: bytes) -> None:
    assert tokens(issuer, tmp_path).owner(noise.decode("ascii")) is None


def test_a_token_whose_header_or_claims_are_a_trap_is_nobodys(issuer: Issuer, tmp_path: Path) -> None:
    import base64

    taken = tokens(issuer, tmp_path)
    for text in (
        "[" * 3000,
        '{"alg":' + "[" * 2900,
        '{"alg":"ES256","kid":' + "9" * 2900 + "}",
        '{"alg":["ES256"]}',
        "[]",
        "1",
    ):
        head = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        assert taken.owner(f"{head}.e30.e30") is None
    for payload in (
        b"[" * 5000,
        b"[]",
        b"1",
        b'"x"',
        b"\xff",
        b"",
        b'{"exp":' + b"9" * 9000 + b"}",
        b'{"exp":NaN}',
        b'{"exp":1e999}',
    ):
        assert taken.owner(issuer.sign({"alg": "ES256"}, payload, "ES256")) is None


def test_too_long_a_token_is_not_looked_at(issuer: Issuer, tmp_path: Path) -> None:
    taken = tokens(issuer, tmp_path)
    assert taken.owner(issuer.token(filling="x" * 10_000)) == ALICE
    assert taken.owner(issuer.token(filling="x" * 16_000)) is None


def test_keys_are_read_again_when_told_and_stay_where_that_fails(tmp_path: Path) -> None:
    before, after = Issuer(), Issuer()
    taken = tokens(before, tmp_path)
    policy = OAuth(keys=str(tmp_path / "jwks.json"), **STRICT)
    assert taken.owner(before.token()) == ALICE
    after.write(tmp_path / "jwks.json")
    assert taken.owner(after.token()) is None
    taken.load(policy)
    assert taken.owner(after.token()) == ALICE
    assert taken.owner(before.token()) is None
    (tmp_path / "jwks.json").write_text("{")
    with pytest.raises(OperatorError):
        taken.load(policy)
    assert taken.owner(after.token()) == ALICE
    taken.load(OAuth())
    assert not taken.are_taken
    assert taken.owner(after.token()) is None


WEAK = [
    jwk.generate_key("oct", 256),
    jwk.generate_key("RSA", 1024),
    jwk.generate_key("EC", "secp256k1"),
    jwk.generate_key("OKP", "X25519"),
    jwk.generate_key("EC", "P-256", {"use": "enc"}),
    jwk.generate_key("EC", "P-256", {"alg": "ECDH-ES"}),
]


def test_keys_that_are_for_something_else_or_too_weak_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    good = jwk.generate_key("EC", "P-256", {"kid": "good", "use": "sig"})
    path.write_text(json.dumps({"keys": [key.as_dict(private=key.key_type == "oct") for key in [*WEAK, good]]}))
    assert [key.id for key in read_keys(path)] == ["good"]


@pytest.mark.parametrize(
    "text",
    [
     "", "{", "[]", "{}", '{"keys": 1}', '{"keys": []}', '{"keys": [{}]}', '{"keys": ["x"]}',
     '{"keys": [{"kty": "EC", "crv": "P-256"}]}',
     '{"keys": [{"kty": "EC", "crv": "P-256", "x": "!", "y": 1}]}', '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}',
     '{"keys": [{"kty": "EC", "crv": []}]}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_set_of_keys_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(text)
    with pytest.raises(OperatorError) as problem:
        read_keys(path)
    assert "JWK set" in problem.value.hint


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="No such file"):
        read_keys(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("now", "good"), [(1000 + LEEWAY - 1, True), (1000 + LEEWAY, False), (500 - LEEWAY, True), (499 - LEEWAY, False)]
)
def test_the_time_is_kept_to_with_a_minutes_leeway(now: int, good: bool) -> None:
    assert (fault({"exp": 1000, "nbf": 500}, OAuth(), now) is None) is good


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, -(10**400), True, "1000", None, [1000]])
def test_a_time_is_a_number(value: object) -> None:
    assert fault({"exp": value}, OAuth(), 0) is not None
    assert (fault({"exp": 1000, "nbf": value}, OAuth(), 500) is None) is False


def test_a_key_that_is_for_one_algorithm_is_for_no_other_of_its_kind(tmp_path: Path) -> None:
    issuer = Issuer(["PS256"])
    path = issuer.write(tmp_path / "jwks.json")
    taken = tokens(issuer, tmp_path)
    issuer.keys["RS256"] = issuer.keys["PS256"]
    claims = json.dumps({"email": ALICE, "iss": STRICT["issuer"], "aud": "pillarbox", "exp": int(time.time()) + 99}).encode()
    token = issuer.sign({"alg": "RS256"}, claims, "RS256")
    assert taken.owner(token) == ALICE
    found = json.loads(path.read_text())
    found["keys"][0]["alg"] = "PS256"
    path.write_text(json.dumps(found))
    taken.load(OAuth(keys=str(path), **STRICT))
    assert taken.owner(token) is None
    assert taken.owner(issuer.sign({"alg": "PS256"}, claims, "PS256")) == ALICE
