"""Signing in and out at a page: cookies, who may use them, second factors and passkeys."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from structlog.testing import capture_logs

from authenticator import PRESENT, Authenticator
from browsing import ALICE, BOB, COOKIE, ROOT, Browser, Clock, browsing
from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.office import Office
from pillarbox.mail.passwords import Passwords
from pillarbox.mail.second_factors import TooManyCodes
from pillarbox.store.factors import Totp
from pillarbox.store.models import Account, Credential
from pillarbox.store.sign_ins import SignIn
from pillarbox.testing.house import PASSWORD


@pytest.fixture
async def alice(office: Office) -> AsyncIterator[Browser]:
    """Alice's browser, in which nobody is signed in yet."""
    async with browsing(office) as found:
        yield found


async def account(office: Office, address: str = ALICE) -> Account:
    found = await office.kept.account(address)
    assert found is not None
    return found


async def test_who_signs_in_is_signed_in_and_jmap_works(alice: Browser) -> None:
    assert (await alice.get("/sign-in")).json() == {"signedIn": False}
    response = await alice.sign_in()
    assert response.status_code == 200
    assert response.json()["address"] == ALICE
    state = (await alice.get("/sign-in")).json()
    assert state == response.json() == {"signedIn": True, "address": ALICE, "accountId": "A1", "token": alice.token}
    assert (await alice.get("/.well-known/jmap")).json()["username"] == ALICE
    assert await alice.jmap(("Core/echo", {"a": 1})) == [("Core/echo", {"a": 1})]


async def test_the_cookie_is_of_this_host_alone_and_not_for_scripts(alice: Browser) -> None:
    field = (await alice.sign_in()).headers["set-cookie"]
    value, *attributes = field.split("; ")
    assert re.fullmatch(COOKIE + r"=pbs_[A-Za-z0-9_-]{43}", value)
    assert set(attributes) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=7776000"}


async def test_who_does_not_want_to_stay_is_gone_with_the_browser_or_in_hours(alice: Browser, clock: Clock) -> None:
    field = (await alice.sign_in(stay=False)).headers["set-cookie"]
    assert "Max-Age" not in field
    clock.ahead = timedelta(hours=3)
    assert (await alice.get("/sign-in")).json() == {"signedIn": False}


async def test_what_is_kept_of_a_cookie_is_not_the_cookie(alice: Browser, office: Office, tmp_path: Path) -> None:
    await alice.sign_in()
    secret = alice.cookie.encode()
    await office.kept.version()
    assert not [path for path in tmp_path.rglob("system.db*") if secret in path.read_bytes()]


@pytest.mark.parametrize(
    "given",
    [
        {"address": ALICE, "password": "wrong"},
        {"address": "nobody@example.org", "password": PASSWORD},
        {"address": "no address", "password": PASSWORD},
        {"address": "", "password": ""},
        {"address": ALICE, "password": "x" * 5000},
        {"address": ALICE, "password": "wrong", "code": "123456"},
        {"address": "nobody@example.org", "password": PASSWORD, "recovery": "aaaa-aaaa-aaaa-aaaa"},
    ],
)
async def test_whoever_is_wrong_is_told_the_same(alice: Browser, given: dict[str, str]) -> None:
    response = await alice.post("/sign-in", given)
    assert (response.status_code, response.json()) == (401, {"error": "wrong"})
    assert "set-cookie" not in response.headers
    assert "www-authenticate" not in response.headers, "no window of the browser's own"


async def test_whoever_is_not_here_costs_as_much_work(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    hash_one = Passwords._hash

    async def counted(self: Passwords, verifier: Credential, raw: bytes) -> bool:
        hashed.append(verifier.data)
        return await hash_one(self, verifier, raw)

    monkeypatch.setattr(Passwords, "_hash", counted)
    for address in (ALICE, "nobody@example.org", "no address"):
        hashed.clear()
        await alice.sign_in(address, "wrong")
        assert len(hashed) == 1, address


async def test_an_app_password_is_for_programs(alice: Browser, office: Office) -> None:
    _, words = await office.accounts.app_passwords.add(await account(office), "phone")
    assert (await alice.sign_in(password=words)).json() == {"error": "wrong"}


async def test_failures_count_together_with_those_of_other_protocols(alice: Browser, office: Office) -> None:
    for _ in range(5):
        await alice.sign_in(password="wrong")
    assert office.accounts.throttle.delay(ALICE, "192.0.2.7") > 0


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
        {"origin": "https://evil.example", "sec_fetch_site": None},
        {"origin": "https://other.example.org", "sec_fetch_site": "same-site"},
        {"origin": ROOT, "sec_fetch_site": "cross-site"},
        {"origin": "http://mail.example.org", "sec_fetch_site": None},
        {"origin": "https://mail.example.org:8443", "sec_fetch_site": None},
        {"origin": "https://mail.example.org.evil.example", "sec_fetch_site": None},
        {"origin": "null", "sec_fetch_site": None},
        {"origin": "null", "sec_fetch_site": "same-origin"},
        {"origin": None, "sec_fetch_site": None},
        {"origin": None, "sec_fetch_site": "none"},
        {"origin": "", "sec_fetch_site": None},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/passkey", "/sign-in/passkey/options", "/sign-out", "/jmap/api"])
async def test_nothing_is_done_for_a_page_that_is_not_ours(alice: Browser, path: str, headers: dict[str, str | None]) -> None:
    await alice.sign_in()
    response = await alice.post(path, {"address": BOB, "password": PASSWORD}, **headers)
    assert response.status_code == 403
    assert "set-cookie" not in response.headers
    assert (await alice.get("/sign-in")).json()["address"] == ALICE


@pytest.mark.parametrize(("origin", "site"), [(ROOT, "same-origin"), (ROOT, None), (None, "same-origin")])
async def test_our_own_page_may_say_it_in_either_way(alice: Browser, origin: str | None, site: str | None) -> None:
    response = await alice.post("/sign-in", {"address": ALICE, "password": PASSWORD}, origin=origin, sec_fetch_site=site)
    assert response.status_code == 200


@pytest.mark.parametrize("token", [None, "", "wrong", "0" * 64, "of Bob"])
async def test_without_the_pages_token_nothing_is_changed(alice: Browser, office: Office, token: str | None) -> None:
    async with browsing(office) as bob:
        await bob.sign_in(BOB)
        await alice.sign_in()
        value = bob.token if token == "of Bob" else token
        for path in ("/jmap/api", "/jmap/upload/A1/", "/sign-out"):
            assert (await alice.post(path, x_pillarbox_token=value)).status_code == 403, path
    assert (await alice.get("/sign-in")).json()["signedIn"]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
@pytest.mark.parametrize("path", ["/.well-known/jmap", "/jmap/download/A1/G0/x", "/jmap/eventsource", "/sign-in"])
async def test_nothing_is_shown_to_another_site(alice: Browser, path: str, site: str) -> None:
    await alice.sign_in()
    response = await alice.get(path, sec_fetch_site=site)
    assert response.status_code == 403 or response.json() == {"signedIn": False}
    response = await alice.get(path, sec_fetch_site=None, origin="https://evil.example")
    assert response.status_code == 403 or response.json() == {"signedIn": False}


async def test_a_person_may_open_a_link_by_hand(alice: Browser) -> None:
    await alice.sign_in()
    assert (await alice.get("/.well-known/jmap", sec_fetch_site="none")).status_code == 200


async def test_a_form_of_a_stranger_is_not_read_even_if_a_browser_said_nothing(alice: Browser) -> None:
    body = b'{"address": "alice@example.org", "password": "sesame", "x": "="}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        response = await alice.http.post("/sign-in", content=body, headers=alice.headers(content_type=kind))
        assert response.status_code == 415


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"address": 1, "password": "x"}', b"[" * 30_000, b"\xff", b"x" * 70_000]
)
async def test_what_is_no_form_is_refused(alice: Browser, body: bytes) -> None:
    headers = alice.headers(content_type="application/json")
    for path in ("/sign-in", "/sign-in/passkey"):
        assert (await alice.http.post(path, content=body, headers=headers)).status_code in (400, 413)


@pytest.mark.parametrize(
    "cookie",
    [
        "", "x", "pbs_", "pbs_" + "A" * 43, "pbs_" + "A" * 42, "pbs_" + "A" * 44, "pba_" + "A" * 43, '"quoted"',
        "pbs_" + "A" * 10_000, "=", "a=b",
    ],
)  # fmt: skip
async def test_no_cookie_that_we_did_not_make_is_taken(alice: Browser, cookie: str) -> None:
    headers = alice.headers(cookie=f"{COOKIE}={cookie}", origin=None)
    assert (await alice.http.get("/sign-in", headers=headers)).json() == {"signedIn": False}
    assert (await alice.http.get("/.well-known/jmap", headers=headers)).status_code == 401


async def test_a_planted_cookie_is_never_anybodys(alice: Browser, office: Office) -> None:
    """Who signs in gets another one, whatever was there before; and two of a name are none."""
    async with browsing(office) as mallory:
        await mallory.sign_in(BOB)
        planted = mallory.cookie
        alice.http.cookies.set(COOKIE, planted, domain="mail.example.org", path="/")
        await alice.sign_in()
        assert alice.cookie != planted
        assert (await alice.get("/sign-in")).json()["address"] == ALICE
        both = f"{COOKIE}={planted}; {COOKIE}={alice.cookie}"
        answer = await alice.http.get("/sign-in", headers={"cookie": both, "sec-fetch-site": "same-origin"})
        assert answer.json() == {"signedIn": False}


async def test_who_signs_in_is_noted_without_what_they_have_shown(alice: Browser) -> None:
    with capture_logs() as noted:
        await alice.sign_in()
    [event] = [each for each in noted if each["event"] == "logged in"]
    assert (event["service"], event["origin"], event["mechanism"]) == ("web", "192.0.2.7", "PASSWORD")
    assert PASSWORD not in str(noted)
    assert alice.cookie not in str(noted)
    assert alice.token not in str(noted)


async def test_who_signs_in_again_has_another_cookie_and_stays_who_they_are(alice: Browser, clock: Clock) -> None:
    await alice.sign_in()
    before, token = alice.cookie, alice.token
    clock.ahead = timedelta(minutes=20)
    assert (await alice.refused("AppPassword/set", create={"k": {"name": "phone"}}))["type"] == "signInTooOld"
    await alice.sign_in()
    assert alice.cookie != before
    assert alice.token == token, "other tabs go on"
    assert (await alice.one("AppPassword/set", create={"k": {"name": "phone"}}))["created"]["k"]["secret"]
    assert len((await alice.one("SignIn/get"))["list"]) == 1
    stale = alice.headers(cookie=f"{COOKIE}={before}", origin=None)
    alice.http.cookies.clear()
    assert (await alice.http.get("/sign-in", headers=stale)).json() == {"signedIn": False}


async def test_who_signs_in_as_another_is_nobody_else_any_more(alice: Browser, office: Office) -> None:
    await alice.sign_in()
    await alice.sign_in(BOB)
    assert (await alice.get("/sign-in")).json()["address"] == BOB
    assert await office.accounts.sign_ins.of(await account(office)) == []


async def test_who_signs_out_is_out_everywhere(alice: Browser, office: Office) -> None:
    await alice.sign_in()
    cookie = alice.cookie
    response = await alice.post("/sign-out")
    assert response.json() == {"signedIn": False}
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    headers = alice.headers(cookie=f"{COOKIE}={cookie}", origin=None)
    assert (await alice.http.get("/sign-in", headers=headers)).json() == {"signedIn": False}
    assert (await alice.post("/sign-out")).status_code == 200, "a second time does nothing"


async def test_who_is_ended_while_signing_out_is_out(alice: Browser, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await alice.sign_in()
    sign_ins = office.accounts.sign_ins
    of_cookie = sign_ins.of_cookie

    async def too_late(text: str) -> SignIn | None:
        found = await of_cookie(text)
        await sign_ins.end_all((await account(office)).id, "browser")
        return found

    monkeypatch.setattr(sign_ins, "of_cookie", too_late)
    assert (await alice.post("/sign-out")).json() == {"signedIn": False}


async def test_who_was_put_out_keeps_no_mail_in_the_browser(alice: Browser, office: Office) -> None:
    assert "clear-site-data" not in (await alice.get("/sign-in")).headers, "nobody was here"
    assert "clear-site-data" not in (await alice.get("/.well-known/jmap")).headers
    await alice.sign_in()
    assert "clear-site-data" not in (await alice.get("/sign-in")).headers
    await office.accounts.sign_ins.end_all((await account(office)).id, "browser")
    for answer in (await alice.get("/sign-in"), await alice.get("/.well-known/jmap"), await alice.post("/jmap/api")):
        assert answer.headers["clear-site-data"] == '"cache"'


async def test_who_is_ended_while_signing_in_again_is_signed_in(
    alice: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.sign_in()
    me = await account(office)
    renew = office.accounts.sign_ins.renew

    async def too_late(sign_in: SignIn) -> tuple[SignIn, str]:
        await office.accounts.sign_ins.end_all(me.id, "browser")
        return await renew(sign_in)

    monkeypatch.setattr(office.accounts.sign_ins, "renew", too_late)
    assert (await alice.sign_in()).status_code == 200
    assert (await alice.get("/sign-in")).json()["signedIn"]


async def test_it_is_over_when_it_is_not_used_and_at_last_anyway(alice: Browser, office: Office, clock: Clock) -> None:
    await alice.sign_in()
    for day in range(0, 90, 10):
        clock.ahead = timedelta(days=day)
        assert (await alice.get("/.well-known/jmap")).status_code == 200, day
        await office.accounts.sign_ins.close()
    clock.ahead = timedelta(days=90)
    assert (await alice.get("/.well-known/jmap")).status_code == 401
    assert await office.kept.forget_sign_ins(office.accounts.sign_ins.now()) == 1


async def test_it_is_over_when_it_was_not_used_for_a_fortnight(alice: Browser, clock: Clock) -> None:
    await alice.sign_in()
    clock.ahead = timedelta(days=14, seconds=-5)
    assert (await alice.get("/sign-in")).json()["signedIn"]
    clock.ahead = timedelta(days=14, seconds=5)
    assert (await alice.get("/sign-in")).json() == {"signedIn": False}


async def test_who_is_barred_is_signed_out(alice: Browser, office: Office) -> None:
    await alice.sign_in()
    await office.kept.change_account(replace(await account(office), enabled=False))
    assert (await alice.get("/sign-in")).json() == {"signedIn": False}
    assert (await alice.get("/.well-known/jmap")).status_code == 401


async def test_a_browser_is_not_told_to_ask_for_a_password_itself(alice: Browser) -> None:
    response = await alice.get("/.well-known/jmap")
    assert response.status_code == 401
    assert "Basic" not in response.headers["www-authenticate"]


async def test_a_page_of_another_name_of_ours_is_our_page_there_and_nowhere_else(office: Office) -> None:
    async with browsing(office) as browser:
        browser.http.base_url = "https://webmail.example.org"
        given = {"address": ALICE, "password": PASSWORD}
        answer = await browser.post("/sign-in", given, origin="https://webmail.example.org")
        assert answer.status_code == 200
        assert (await browser.post("/sign-in", given, origin=ROOT, sec_fetch_site=None)).status_code == 403


# Second factors.


async def with_codes(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Whoever is signed in sets up a code app."""
    begun = await browser.one("SecondFactor/begin")
    app = pyotp.parse_uri(begun["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == begun["secret"]
    codes = (await browser.one("SecondFactor/confirm", code=code(browser, app)))["recoveryCodes"]
    return app, codes


def code(browser: Browser, app: pyotp.TOTP, steps: int = 0) -> str:
    now = int(browser.office.clock.now().timestamp())
    return app.at(now, counter_offset=steps)


async def test_with_a_code_app_the_password_alone_is_not_enough(alice: Browser, office: Office, clock: Clock) -> None:
    await alice.sign_in()
    app, codes = await with_codes(alice)
    assert len(codes) == len(set(codes)) == 10
    async with browsing(office) as other:
        clock.ahead = timedelta(minutes=5)
        response = await other.sign_in()
        assert (response.status_code, response.json()) == (401, {"error": "code-needed", "methods": ["totp", "recovery"]})
        assert "set-cookie" not in response.headers
        assert (await other.sign_in(code="000000")).json() == {"error": "wrong", "methods": ["totp", "recovery"]}
        right = code(other, app)
        assert (await other.sign_in(password="wrong", code=right)).json() == {"error": "wrong"}
        assert (await other.sign_in(code=right)).status_code == 200


async def test_a_code_app_is_set_up_once_however_often_that_is_asked_at_a_time(alice: Browser) -> None:
    await alice.sign_in()
    app = pyotp.parse_uri((await alice.one("SecondFactor/begin"))["uri"])
    assert isinstance(app, pyotp.TOTP)
    shown = [code(alice, app, steps) for steps in (-1, 0, 1, 0)]
    answers = await asyncio.gather(*(alice.jmap(("SecondFactor/confirm", {"code": each})) for each in shown))
    right = [answer for [(name, answer)] in answers if name != "error"]
    assert len(right) == 1
    recovery = right[0]["recoveryCodes"]
    alice.http.cookies.clear()
    assert (await alice.sign_in(recovery=recovery[0])).status_code == 200


async def test_a_code_of_one_app_does_not_confirm_another_begun_meanwhile(
    alice: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.sign_in()
    factors, me = office.accounts.second_factors, await account(office)
    first = pyotp.TOTP((await factors.begin(me, "here")).secret)
    step_of = factors._step_of

    async def slowly(kept: Totp, given: str) -> int | None:
        await factors.begin(me, "there")
        return await step_of(kept, given)

    monkeypatch.setattr(factors, "_step_of", slowly)
    with pytest.raises(AuthenticationFailed):
        await factors.confirm(me, code(alice, first))
    assert not await factors.are_asked(me.id)


async def test_the_first_recovery_codes_are_shown_to_one_and_are_good(office: Office) -> None:
    """A passkey and a code app may be set up at a time."""
    factors, me = office.accounts.second_factors, await account(office)
    shown = [codes for codes in await asyncio.gather(*(factors.first_recovery_codes(me) for _ in range(3))) if codes]
    assert len(shown) == 1
    assert await factors.takes_recovery_code(me, shown[0][0])


async def test_the_code_that_set_it_up_signs_nobody_in(alice: Browser) -> None:
    """RFC 6238 §5.2"""
    await alice.sign_in()
    app, _ = await with_codes(alice)
    assert (await alice.sign_in(code=code(alice, app))).json()["error"] == "wrong"
    assert (await alice.sign_in(code=code(alice, app, 1))).status_code == 200


async def test_a_code_is_good_once_and_for_a_clock_that_is_a_little_off(alice: Browser, office: Office, clock: Clock) -> None:
    await alice.sign_in()
    app, _ = await with_codes(alice)
    assert (await alice.sign_in(code=code(alice, app))).status_code == 401, "it has set up the app"
    for minutes, steps, is_taken in ((10, -2, False), (20, -1, True), (30, 0, True), (40, 1, True), (50, 2, False)):
        clock.ahead = timedelta(minutes=minutes)
        shown = code(alice, app, steps)
        assert (await alice.sign_in(code=shown)).status_code == (200 if is_taken else 401), steps
        assert (await alice.sign_in(code=shown)).status_code == 401, "a second time"
    clock.ahead = timedelta(minutes=60)
    assert (await alice.sign_in(code=code(alice, app, 1))).status_code == 200
    assert (await alice.sign_in(code=code(alice, app))).status_code == 401, "one before it"


@pytest.mark.parametrize("shown", ["0", "12345", "1234567", "１２３４５６", "abcdef", " ", "\x00" * 6, "9" * 4000])
async def test_what_is_no_code_is_wrong(alice: Browser, shown: str) -> None:
    await alice.sign_in()
    await with_codes(alice)
    for name in ("code", "recovery"):
        assert (await alice.sign_in(**{name: shown})).json() == {"error": "wrong", "methods": ["totp", "recovery"]}


async def test_a_recovery_code_is_good_once_in_any_spelling(alice: Browser) -> None:
    await alice.sign_in()
    _, codes = await with_codes(alice)
    assert (await alice.sign_in(recovery=codes[0])).status_code == 200
    assert (await alice.sign_in(recovery=codes[0])).status_code == 401
    assert (await alice.sign_in(recovery=codes[1].replace("-", " ").upper())).status_code == 200
    assert (await alice.one("SecondFactor/get"))["list"] == [
        {"id": "singleton", "totp": True, "passkeys": 0, "recoveryCodes": 8}
    ]


async def test_wrong_codes_are_counted_whoever_sends_them_and_how_many_at_a_time(
    alice: Browser, office: Office, clock: Clock
) -> None:
    await alice.sign_in()
    app, _ = await with_codes(alice)
    clock.ahead = timedelta(minutes=2)
    alice_account = await account(office)
    factors = office.accounts.second_factors
    at_once = (factors.takes_code(alice_account, f"{number}") for number in range(30))
    found = await asyncio.gather(*at_once, return_exceptions=True)
    assert found[:10] == [False] * 10
    assert all(isinstance(each, TooManyCodes) for each in found[10:])
    answer = await alice.sign_in(code=code(alice, app))
    assert (answer.status_code, answer.json()) == (429, {"error": "locked", "retryAfter": 900})
    assert answer.headers["retry-after"] == "900"
    assert (await alice.one("Password/set", current=PASSWORD, new="sesame sesame"))["ended"] == 0
    answer = await alice.sign_in(password="sesame sesame", code=code(alice, app))
    assert answer.status_code == 429, "the password alone forgives nothing"


async def test_a_guarded_account_takes_no_password_by_any_other_door(alice: Browser, office: Office) -> None:
    from pillarbox.errors import AuthenticationFailed
    from pillarbox.mail.accounts import Origin
    from proving import proves

    await alice.sign_in()
    basic = "Basic " + base64.b64encode(f"{ALICE}:{PASSWORD}".encode()).decode()
    assert (await alice.http.get("/jmap/session", headers={"authorization": basic})).status_code == 200
    assert await proves(office, ALICE, PASSWORD)
    _, words = await office.accounts.app_passwords.add(await account(office), "phone")
    await with_codes(alice)
    alice.http.cookies.clear()
    assert (await alice.http.get("/jmap/session", headers={"authorization": basic})).status_code == 401
    for service in ("imap", "pop3", "submission", "jmap"):
        origin = Origin("", service, "PLAIN")
        with pytest.raises(AuthenticationFailed, match=r"^wrong name or password$"):
            await office.accounts.log_in(ALICE, PASSWORD, origin)
        assert (await office.accounts.log_in(ALICE, words, origin)).app_password
        if service != "jmap":
            assert not await proves(office, ALICE, PASSWORD, service)
            assert await proves(office, ALICE, words, service)


async def test_removing_the_code_app_makes_the_password_enough_again(alice: Browser) -> None:
    await alice.sign_in()
    _, codes = await with_codes(alice)
    await alice.one("SecondFactor/remove")
    assert (await alice.one("SecondFactor/get"))["list"][0]["recoveryCodes"] == 0
    assert (await alice.sign_in(recovery=codes[0])).status_code == 200, "nothing is asked for beside the password"


# Passkeys.


async def with_passkey(browser: Browser, key: Authenticator | None = None, name: str = "laptop") -> Authenticator:
    key = key or Authenticator()
    options = (await browser.one("Passkey/options"))["publicKey"]
    answer = await browser.one("Passkey/set", create={"k": {"name": name, "credential": key.create(options)}})
    assert answer["created"], answer
    return key


async def by_passkey(browser: Browser, key: Authenticator, **changed: Any) -> Any:
    options = (await browser.post("/sign-in/passkey/options")).json()["publicKey"]
    return await browser.post("/sign-in/passkey", {"credential": key.get(options, **changed)})


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
