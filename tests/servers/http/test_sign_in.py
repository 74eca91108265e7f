"""Signing in and out at a page: cookies, and who may use them."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from browsing import ALICE, BOB, COOKIE, ROOT, Browser, Clock, browsing
from factors import account
from pillarbox.mail.office import Office
from pillarbox.mail.passwords import Passwords
from pillarbox.store.models import Credential
from pillarbox.store.sign_ins import SignIn
from pillarbox.testing.house import PASSWORD


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
