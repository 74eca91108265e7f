"""Signing in by a passkey."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from authenticator import PRESENT, Authenticator, text
from browsing import ALICE, BOB, Browser, Clock, browsing
from factors import by_passkey, code, with_passkey
from pillarbox.mail.office import Office


async def test_a_browser_is_asked_for_a_key_that_knows_its_owner(alice: Browser) -> None:
    await alice.sign_in()
    made = (await alice.one("Passkey/options"))["publicKey"]
    assert made["rp"] == {"id": "mail.example.org", "name": "Pillarbox"}
    assert made["user"]["name"] == ALICE
    assert made["attestation"] == "none"
    assert made["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert [each["alg"] for each in made["pubKeyCredParams"]] == [-8, -7, -257]
    asked = (await alice.post("/sign-in/passkey/options")).json()["publicKey"]
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "mail.example.org"
    assert not asked.get("allowCredentials"), "whoever exists is told to nobody"


async def test_who_has_a_passkey_signs_in_by_it_alone(alice: Browser, office: Office) -> None:
    await alice.sign_in()
    key = await with_passkey(alice)
    async with browsing(office) as other:
        assert (await other.sign_in()).json() == {"error": "code-needed", "methods": ["passkey", "recovery"]}
        assert (await by_passkey(other, key, userHandle=None)).status_code == 200
        response = await by_passkey(other, key)
        assert response.json()["address"] == ALICE
        assert (await other.get("/.well-known/jmap")).status_code == 200
        again = (await other.one("Passkey/options"))["publicKey"]
        assert [each["id"] for each in again["excludeCredentials"]] == [key.get(again)["id"]]
    [kept] = (await alice.one("Passkey/get"))["list"]
    assert kept["name"] == "laptop"
    assert kept["lastUsedAt"]


async def test_who_is_asked_anew_shows_a_passkey_of_their_own(alice: Browser, office: Office) -> None:
    async with browsing(office) as bob:
        await bob.sign_in(BOB)
        his = await with_passkey(bob)
    await alice.sign_in()
    hers = await with_passkey(alice)
    asked = (await alice.post("/sign-in/passkey/options", {"again": True})).json()["publicKey"]
    assert [each["id"] for each in asked["allowCredentials"]] == [text(hers.id)]
    response = await alice.post("/sign-in/passkey", {"credential": his.get(asked), "again": True})
    assert (response.status_code, response.json()) == (401, {"error": "another"})
    assert "set-cookie" not in response.headers
    assert (await alice.get("/sign-in")).json()["address"] == ALICE
    asked = (await alice.post("/sign-in/passkey/options", {"again": True})).json()["publicKey"]
    assert (await alice.post("/sign-in/passkey", {"credential": hers.get(asked), "again": True})).json()["address"] == ALICE


async def test_nobody_is_asked_anew_who_is_not_signed_in(alice: Browser, office: Office) -> None:
    async with browsing(office) as bob:
        await bob.sign_in(BOB)
        his = await with_passkey(bob)
    assert (await alice.post("/sign-in/passkey/options", {"again": True})).json() == {"error": "wrong"}
    asked = (await alice.post("/sign-in/passkey/options")).json()["publicKey"]
    response = await alice.post("/sign-in/passkey", {"credential": his.get(asked), "again": True})
    assert (response.status_code, response.json()) == (401, {"error": "wrong"})


@pytest.mark.parametrize("guard", ["codes", "passkey"])
async def test_what_guards_an_account_puts_out_whoever_came_by_the_password(alice: Browser, office: Office, guard: str) -> None:
    async with browsing(office) as thief:
        await thief.sign_in()
        await alice.sign_in()
        if guard == "codes":
            begun = await alice.one("SecondFactor/begin")
            app = pyotp.TOTP(begun["secret"])
            assert (await alice.one("SecondFactor/confirm", code=code(alice, app)))["ended"] == 1
        else:
            options = (await alice.one("Passkey/options"))["publicKey"]
            asked = {"k": {"name": "x", "credential": Authenticator().create(options)}}
            assert (await alice.one("Passkey/set", create=asked))["created"]["k"]["ended"] == 1
        assert (await thief.get("/sign-in")).json() == {"signedIn": False}
        assert (await alice.get("/sign-in")).json()["address"] == ALICE


async def test_a_second_guard_puts_nobody_out(alice: Browser, office: Office) -> None:
    await alice.sign_in()
    key = await with_passkey(alice)
    async with browsing(office) as other:
        await by_passkey(other, key)
        options = (await alice.one("Passkey/options"))["publicKey"]
        asked = {"k": {"name": "x", "credential": Authenticator().create(options)}}
        assert (await alice.one("Passkey/set", create=asked))["created"]["k"]["ended"] == 0
        assert (await other.get("/sign-in")).json()["address"] == ALICE


async def test_an_answer_is_taken_once(alice: Browser) -> None:
    """Also of an authenticator that does not count."""
    await alice.sign_in()
    key = await with_passkey(alice, Authenticator(counter=0))
    options = (await alice.post("/sign-in/passkey/options")).json()["publicKey"]
    answer = {"credential": key.get(options)}
    answers = await asyncio.gather(*(alice.post("/sign-in/passkey", answer) for _ in range(2)))
    assert sorted(each.status_code for each in answers) == [200, 401]
    assert (await alice.post("/sign-in/passkey", answer)).status_code == 401


THEFTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("another origin", {"origin": "https://evil.example"}, {}),
    ("another port", {"origin": "https://mail.example.org:8443"}, {}),
    ("in the clear", {"origin": "http://mail.example.org"}, {}),
    ("another host", {"host": "evil.example"}, {}),
    ("nobody has looked at it", {"flags": PRESENT}, {}),
    ("nobody was there", {"flags": 4}, {}),
    ("it counts backwards", {"counter": -1}, {}),
    ("another account's", {"handle": b"x" * 32}, {}),
    ("another key", {"key": None}, {}),
    ("made, not got", {}, {"type": "webauthn.create"}),
    ("no signature", {}, {"signature": ""}),
    ("noise", {}, {"clientDataJSON": "AAAA"}),
    ("no data", {}, {"authenticatorData": "AAAA"}),
    ("not even text", {}, {"authenticatorData": 5}),
]


@pytest.mark.parametrize(("what", "changes", "changed"), THEFTS, ids=[theft[0] for theft in THEFTS])
async def test_no_other_answer_is_taken(alice: Browser, what: str, changes: dict[str, Any], changed: dict[str, Any]) -> None:
    await alice.sign_in()
    key = await with_passkey(alice, Authenticator(counter=10))
    assert (await by_passkey(alice, key)).status_code == 200
    if "counter" in changes:
        changes = {"counter": 5}
    if "key" in changes:
        changes = {"key": Authenticator().key}
    response = await by_passkey(alice, replace(key, **changes), **changed)
    assert (response.status_code, response.json()) == (401, {"error": "wrong"})
    key.counter = 100
    assert (await by_passkey(alice, key)).status_code == 200


async def test_a_challenge_is_ours_fresh_and_for_its_purpose(alice: Browser, clock: Clock) -> None:
    await alice.sign_in()
    key = await with_passkey(alice)
    options = (await alice.post("/sign-in/passkey/options")).json()["publicKey"]
    to_make = (await alice.one("Passkey/options"))["publicKey"]
    for challenge in ("A" * 64, "", options["challenge"][:-2] + "AA", to_make["challenge"]):
        answer = key.get({"challenge": challenge})
        assert (await alice.post("/sign-in/passkey", {"credential": answer})).status_code == 401, challenge
    clock.ahead = timedelta(seconds=301)
    assert (await alice.post("/sign-in/passkey", {"credential": key.get(options)})).status_code == 401


@pytest.mark.parametrize(
    "changes", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"flags": PRESENT}, {"id": b"x" * 1024}]
)
async def test_no_passkey_is_kept_that_would_not_be_taken(alice: Browser, changes: dict[str, Any]) -> None:
    await alice.sign_in()
    options = (await alice.one("Passkey/options"))["publicKey"]
    answer = Authenticator(**changes).create(options)
    said = await alice.one("Passkey/set", create={"k": {"name": "x", "credential": answer}})
    assert said["notCreated"]["k"]["type"] == "invalidProperties"
    assert (await alice.one("Passkey/get"))["list"] == []


async def test_a_challenge_to_make_one_is_for_one_account_and_once(alice: Browser, office: Office) -> None:
    async with browsing(office) as bob:
        await alice.sign_in()
        await bob.sign_in(BOB)
        options = (await bob.one("Passkey/options"))["publicKey"]
        asked = {"k": {"name": "x", "credential": Authenticator().create(options)}}
        assert (await alice.one("Passkey/set", create=asked))["notCreated"]
        assert (await bob.one("Passkey/set", create=asked))["created"]
        again = {"k": {"name": "x", "credential": Authenticator().create(options)}}
        assert (await bob.one("Passkey/set", create=again))["notCreated"]


async def test_a_passkey_is_renamed_and_removed(alice: Browser) -> None:
    await alice.sign_in()
    key = await with_passkey(alice)
    [kept] = (await alice.one("Passkey/get"))["list"]
    answer = await alice.one("Passkey/set", update={kept["id"]: {"name": "phone"}, "K99": {"name": "x"}})
    assert answer["updated"] == {kept["id"]: None}
    assert answer["notUpdated"]["K99"]["type"] == "notFound"
    assert (await alice.one("Passkey/get", properties=["name"]))["list"] == [{"id": kept["id"], "name": "phone"}]
    assert (await alice.one("Passkey/set", destroy=[kept["id"]]))["destroyed"] == [kept["id"]]
    assert (await by_passkey(alice, key)).status_code == 401
    assert (await alice.sign_in()).status_code == 200
