"""The page that asks a person whether a program may use their mail, and where its answer goes (RFC 6749 §4.1.1)."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest

from allowing import APP, HERE, PAGE, VERIFIER, Program, answered, fields, registered
from browsing import ALICE, BOB, ROOT, Clock, browsing
from pillarbox.mail.office import Office
from pillarbox.servers.http.oauth import redirection
from pillarbox.testing.house import PASSWORD


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        (HERE, "http://127.0.0.1"),
        ("http://localhost:8000/x", "http://localhost:8000"),
        ("http://[::1]:8000/x", "http:"),
        (PAGE, "https://reader.example"),
        (APP, "example.reader.app:"),
    ],
)
def test_a_browser_lets_the_form_go_where_the_answer_does(uri: str, source: str) -> None:
    """CSP Level 3 §2.3.1: no IPv6 address is a source."""
    assert redirection.source(uri) == source


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "https://reader.example/callback"},
        {"redirect_uri": "https://reader.example/callback?x=1&y"},
        {"redirect_uri": "https://reader.example/callback/../x?x=1"},
        {"redirect_uri": "https://reader.example@evil.example/callback?x=1"},
        {"redirect_uri": "https://READER.example/callback?x=1"},
        {"redirect_uri": "http://127.0.0.1/callback/"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
        {"redirect_uri": "http://localhost/callback"},
        {"redirect_uri": "http://127.0.0.1:8000@evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1/callback#x"},
        {"redirect_uri": "http://127.0.0.1/callback\r\nSet-Cookie: x=y"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "example.reader.app://callback"},
        {"client_id": None},
        {"client_id": "x"},
        {"client_id": "A" * 5000},
        {"state": "x" * 1025},
        {"state": "x\ny"},
    ],
)
async def test_nobody_is_sent_where_a_program_has_not_said_it_would_be(
    program: Program, changed: dict[str, str | None]
) -> None:
    for page in (
        await program.page(**changed),
        await program.form("/oauth/authorize", {"request": program.request(**changed), "answer": "deny"}),
        await program.form("/oauth/sign-in", {"request": program.request(**changed), "address": ALICE, "password": PASSWORD}),
    ):
        assert page.status_code == 400
        assert "location" not in page.headers
        assert "evil" not in page.text


async def test_what_is_asked_twice_is_not_asked(program: Program) -> None:
    query = program.request() + "&" + urlencode({"redirect_uri": HERE})
    assert (await program.browser.get(f"/oauth/authorize?{query}", sec_fetch_site="none")).status_code == 400
    assert (await program.browser.get(f"/oauth/authorize?{'a&' * 100}", sec_fetch_site="none")).status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
async def test_a_program_is_told_what_was_wrong(program: Program, changed: dict[str, str], error: str) -> None:
    response = await program.page(**changed)
    assert response.status_code == 303
    assert response.headers["location"].startswith(HERE + "?")
    answer = answered(response)
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "st&te", ROOT)


async def test_a_link_to_us_leads_to_no_page_of_anybodys_unseen(program: Program) -> None:
    response = await program.page(redirect_uri=PAGE, scope="everything")
    assert (response.status_code, response.headers.get("location")) == (400, None)
    [target] = re.findall(r'href="(https:[^"]*)"', response.text)
    assert html.unescape(target).startswith(PAGE + "&error=invalid_scope&")
    assert "reader.example" in re.sub("<[^>]*>", "", response.text)
    assert "refresh" not in response.text


async def test_who_does_not_allow_it_has_not(program: Program) -> None:
    for answer in ("deny", "", "ALLOW"):
        response = await program.answer(await program.page(), answer)
        assert answered(response) == {"error": "access_denied", "state": "st&te", "iss": ROOT}
    assert len((await program.browser.one("SignIn/get"))["list"]) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
        {"origin": "null", "sec_fetch_site": None},
        {"origin": None, "sec_fetch_site": None},
    ],
)
async def test_nobody_says_yes_for_another(program: Program, headers: dict[str, str | None]) -> None:
    page = await program.page()
    response = await program.answer(page, "allow", **headers)
    assert response.status_code == 400
    assert "location" not in response.headers


async def test_a_yes_needs_the_token_of_the_page(program: Program, office: Office) -> None:
    async with browsing(office) as bob:
        await bob.sign_in(BOB)
        for token in ("", "x", bob.token):
            form = {**fields(await program.page()), "answer": "allow", "token": token}
            assert (await program.form("/oauth/authorize", form)).status_code == 400


async def test_the_page_has_no_script_and_cannot_be_framed(program: Program) -> None:
    for uri, source in ((HERE, "http://127.0.0.1"), (PAGE, "https://reader.example"), (APP, "example.reader.app:")):
        page = await program.page(redirect_uri=uri)
        assert page.headers["content-security-policy"] == (
            f"default-src 'none'; style-src 'self'; form-action 'self' {source}; base-uri 'none'; frame-ancestors 'none'"
        )
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "same-origin", "or its own form would come from nowhere"
        assert "<script" not in page.text


async def test_what_a_program_calls_itself_is_no_markup(program: Program) -> None:
    name = "<script>alert(1)</script> {address} \"'&"
    program.id = (await registered(program.browser, client_name=name)).json()["client_id"]
    page = await program.page(state='"><script>x</script>', login_hint='"><b>')
    assert html.escape(name) in page.text
    assert "<script" not in page.text
    program.http.cookies.clear()
    page = await program.page(login_hint='"><b>', state="<i>")
    assert "<b>" not in page.text
    assert "<i>" not in page.text


async def test_the_page_speaks_german(program: Program) -> None:
    page = await program.browser.get(
        f"/oauth/authorize?{program.request()}", sec_fetch_site="none", accept_language="de-AT, en;q=0.5"
    )
    assert page.headers["content-language"] == "de"
    assert "Erlauben" in page.text


async def test_who_comes_by_a_link_of_another_site_goes_round_by_our_own(program: Program) -> None:
    """Their cookie does not come with them (SameSite=Strict)."""
    page = await program.browser.get(f"/oauth/authorize?{program.request()}", sec_fetch_site="cross-site")
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found
    target = html.unescape(found[1])
    assert target.startswith("/oauth/authorize?")
    page = await program.browser.get(target, sec_fetch_site="same-origin")
    assert ALICE in page.text
    assert (await program.answer(page)).status_code == 303


async def test_who_is_not_signed_in_does_so_on_the_way(program: Program) -> None:
    program.http.cookies.clear()
    page = await program.page(login_hint=ALICE)
    assert f'value="{ALICE}"' in page.text
    form = {**fields(page), "address": ALICE, "password": "wrong", "code": ""}
    wrong = await program.form("/oauth/sign-in", form)
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    right = await program.form("/oauth/sign-in", {**fields(wrong), "address": ALICE, "password": PASSWORD, "code": ""})
    assert right.status_code == 303
    assert right.headers["location"].startswith("/oauth/authorize?")
    assert "Max-Age" not in right.headers["set-cookie"]
    page = await program.browser.get(right.headers["location"], sec_fetch_site="same-origin")
    assert (await program.answer(page)).status_code == 303


async def test_who_has_not_shown_lately_who_they_are_does_so_before_a_program_is_let_in(program: Program, clock: Clock) -> None:
    page, cookie = await program.page(), program.browser.cookie
    clock.ahead = timedelta(seconds=901)
    assert (await program.answer(page)).status_code == 200, "a form to sign in, and no code"
    form = {**fields(await program.page()), "address": ALICE, "password": PASSWORD, "code": ""}
    right = await program.form("/oauth/sign-in", form)
    assert program.browser.cookie != cookie
    page = await program.browser.get(right.headers["location"], sec_fetch_site="same-origin")
    assert (await program.answer(page)).status_code == 303
    kinds = [each["kind"] for each in (await program.browser.one("SignIn/get"))["list"]]
    assert kinds == ["browser", "program"]


async def test_the_page_to_sign_in_has_our_script_and_no_other(program: Program) -> None:
    program.http.cookies.clear()
    page = await program.page(login_hint='"><b>')
    assert page.headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src"
    )
    assert re.findall("<script[^>]*>[^<]*", page.text) == ['<script src="/oauth/passkey.js" defer>']
    script = await program.browser.get("/oauth/passkey.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "/sign-in/passkey/options" in script.text


async def test_nobody_is_signed_in_by_a_form_of_anothers(program: Program) -> None:
    program.http.cookies.clear()
    form = {"request": program.request(), "address": BOB, "password": PASSWORD}
    for origin in ("https://evil.example", "null", None):
        response = await program.form("/oauth/sign-in", form, origin=origin, sec_fetch_site=None)
        assert response.status_code == 400
        assert "set-cookie" not in response.headers


async def test_the_way_round_asks_for_a_second_factor_too(program: Program, clock: Clock) -> None:
    begun = await program.browser.one("SecondFactor/begin")
    app = pyotp.TOTP(begun["secret"])
    codes = (await program.browser.one("SecondFactor/confirm", code=app.at(clock.now())))["recoveryCodes"]
    program.http.cookies.clear()
    clock.ahead = timedelta(minutes=2)
    form = {**fields(await program.page()), "address": ALICE, "password": PASSWORD}
    for shown, status in (("", 401), ("000000", 401), (app.at(clock.now()), 303), (codes[0], 303), (codes[0], 401)):
        assert (await program.form("/oauth/sign-in", {**form, "code": shown})).status_code == status, shown


async def test_somebody_else_may_sign_in(program: Program) -> None:
    page = await program.page()
    asked = fields(page)["request"]
    other = await program.browser.get(f"/oauth/sign-in?{urlencode({'request': asked})}")
    form = {**fields(other), "address": BOB, "password": PASSWORD, "code": ""}
    answer = await program.form("/oauth/sign-in", form)
    assert BOB in (await program.browser.get(answer.headers["location"], sec_fetch_site="same-origin")).text


async def test_answers_go_into_a_question_that_is_there_already(program: Program) -> None:
    response = await program.answer(await program.page(redirect_uri=PAGE))
    assert response.headers["location"].startswith(PAGE + "&code=")
    assert parse_qs(urlsplit(response.headers["location"]).query)["x"] == ["1"]
