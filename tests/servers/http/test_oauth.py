"""Programs that people allow to use their mail (RFC 6749, 7636, 7591, 7009, 8414, 9207, 9728)."""

import asyncio
import base64
import contextlib
import hashlib
import html
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pyotp
import pytest

from browsing import ALICE, BOB, ROOT, Browser, Clock, browsing
from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.accounts import Origin
from pillarbox.mail.office import Office
from pillarbox.servers.http.oauth import redirection, scopes
from pillarbox.servers.http.who import staying, who
from pillarbox.store.sign_ins import Found, TokenKind
from pillarbox.testing.house import PASSWORD

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
HERE = "http://127.0.0.1/callback"
PAGE = "https://reader.example/callback?x=1"
APP = "example.reader.app:/callback"


class Program:
    """One that has registered, and a person whose browser it sends on its way."""

    def __init__(self, browser: Browser, id_: str) -> None:
        self.browser = browser
        self.http = browser.http
        self.id = id_

    def request(self, **changed: str | None) -> str:
        asked = {
            "response_type": "code", "client_id": self.id, "redirect_uri": HERE, "state": "st&te", "scope": "jmap",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", **changed,
        }  # fmt: skip
        return urlencode({name: value for name, value in asked.items() if value is not None})

    async def page(self, **changed: str | None) -> httpx2.Response:
        return await self.browser.get(f"/oauth/authorize?{self.request(**changed)}", sec_fetch_site="none")

    async def answer(self, page: httpx2.Response, said: str = "allow", **headers: str | None) -> httpx2.Response:
        return await self.form("/oauth/authorize", {**fields(page), "answer": said}, **headers)

    async def form(self, path: str, value: Mapping[str, str], **headers: str | None) -> httpx2.Response:
        said = self.browser.headers(x_pillarbox_token=None, **headers)
        return await self.http.post(path, data=dict(value), headers=said)

    async def code(self, **changed: str | None) -> str:
        response = await self.answer(await self.page(**changed))
        assert response.status_code == 303, response.text
        return str(answered(response)["code"])

    async def token(self, **given: str | None) -> httpx2.Response:
        form = {"client_id": self.id, **given}
        return await self.http.post("/oauth/token", data={name: value for name, value in form.items() if value is not None})

    async def redeem(self, code: str, **changed: str | None) -> httpx2.Response:
        given: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": HERE, "code_verifier": VERIFIER, **changed,
        }  # fmt: skip
        return await self.token(**given)

    async def refresh(self, token: str, **changed: str | None) -> httpx2.Response:
        return await self.token(**{"grant_type": "refresh_token", "refresh_token": token, **changed})

    async def allowed(self, **changed: str | None) -> dict[str, Any]:
        return dict((await self.redeem(await self.code(**changed))).json())

    async def mail(self, token: str) -> httpx2.Response:
        return await self.http.get("/jmap/session", headers={"authorization": f"Bearer {token}"})


def fields(page: httpx2.Response) -> dict[str, str]:
    """Of the page's first form."""
    form = page.text.partition("<form")[2].partition("</form>")[0]
    return {name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


def answered(response: httpx2.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


async def registered(browser: Browser, **changed: Any) -> httpx2.Response:
    given = {"client_name": "Reader", "redirect_uris": [HERE, PAGE, APP], **changed}
    return await browser.http.post("/oauth/register", json=given, headers={"origin": "https://reader.example"})


@pytest.fixture
async def program(office: Office) -> AsyncIterator[Program]:
    async with browsing(office) as browser:
        id_ = (await registered(browser)).json()["client_id"]
        await browser.sign_in()
        yield Program(browser, id_)


async def test_a_program_finds_out_by_itself_where_to_ask(program: Program) -> None:
    refused = await program.http.get("/jmap/session", headers={"authorization": "Bearer x"})
    assert refused.status_code == 401
    found = re.search(r'Bearer .*error="invalid_token".*resource_metadata="([^"]+)"', refused.headers["www-authenticate"])
    assert found
    resource = (await program.http.get(found[1])).json()
    assert resource["resource"] == ROOT
    [issuer] = resource["authorization_servers"]
    server = await program.http.get(f"{issuer}/.well-known/oauth-authorization-server")
    assert server.headers["access-control-allow-origin"] == "*"
    said = server.json()
    assert said["issuer"] == issuer
    assert said["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "registration_endpoint"):
        path = said[name].removeprefix(ROOT)
        assert (await program.http.get(path)).status_code in (400, 405), name


async def test_from_the_question_to_the_mail(program: Program) -> None:
    page = await program.page()
    assert page.status_code == 200
    assert "Reader" in page.text
    assert ALICE in page.text
    response = await program.answer(page)
    assert response.headers["location"].startswith(HERE + "?")
    answer = answered(response)
    assert (answer["state"], answer["iss"]) == ("st&te", ROOT)
    response = await program.redeem(answer["code"])
    assert response.headers["cache-control"] == "no-store"
    issued = response.json()
    assert (issued["token_type"], issued["expires_in"], issued["scope"]) == ("Bearer", 3600, "jmap")
    assert (await program.mail(issued["access_token"])).json()["username"] == ALICE


async def test_a_program_may_say_more_of_itself_and_of_what_it_wants_than_we_ask(program: Program) -> None:
    """RFC 7591 §2, RFC 8707 §2: as a JMAP client that knows other servers does."""
    said = {
        "client_uri": "https://reader.example/", "logo_uri": "https://reader.example/logo.svg", "scope": scopes.MAIL,
        "software_id": "4a1c3d2e", "grant_types": ["authorization_code", "refresh_token"], "application_type": "native",
    }  # fmt: skip
    answer = await registered(program.browser, **said)
    assert answer.status_code == 201
    program.id = answer.json()["client_id"]
    more = {"scope": f"{scopes.MAIL} offline_access", "resource": f"{ROOT}/.well-known/jmap", "prompt": "consent"}
    issued = await program.allowed(**more)
    assert issued["scope"].split()[0] == scopes.MAIL
    assert (await program.mail(issued["access_token"])).json()["username"] == ALICE


async def test_nothing_of_a_token_is_kept_but_a_digest(program: Program, tmp_path: Path) -> None:
    code = await program.code()
    issued = (await program.redeem(code)).json()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("system.db*"))
    for secret in (code, issued["access_token"], issued["refresh_token"]):
        assert secret.encode() not in kept


async def test_a_program_is_among_the_devices_and_ended_there(program: Program) -> None:
    issued = await program.allowed()
    _, device = (await program.browser.one("SignIn/get"))["list"]
    assert (device["kind"], device["name"], device["protocols"]) == ("program", "Reader", ["jmap"])
    assert device["lastAddress"] == "192.0.2.7"
    await program.browser.one("SignIn/set", destroy=[device["id"]])
    assert (await program.mail(issued["access_token"])).status_code == 401
    assert (await program.refresh(issued["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_program_may_what_it_was_allowed_and_no_more(program: Program, office: Office) -> None:
    issued = await program.allowed(scope="imap")
    assert (await program.mail(issued["access_token"])).status_code == 401
    entry = await office.accounts.token_log_in(issued["access_token"], ALICE, Origin("", "imap", "OAUTHBEARER"))
    assert entry.account.address == ALICE
    assert entry.sign_in_id is not None
    for service, identity in (("submission", ALICE), ("pop3", ALICE), ("imap", BOB)):
        with pytest.raises(AuthenticationFailed):
            await office.accounts.token_log_in(issued["access_token"], identity, Origin("", service, "OAUTHBEARER"))


async def test_a_program_makes_no_keys(program: Program) -> None:
    issued = await program.allowed()
    asked = {"using": ["urn:x-pillarbox:people"], "methodCalls": [["AppPassword/set", {"create": {"k": {"name": "x"}}}, "c"]]}
    headers = {"authorization": f"Bearer {issued['access_token']}"}
    answer = (await program.http.post("/jmap/api", json=asked, headers=headers)).json()
    assert answer["methodResponses"][0][1]["type"] == "forbidden"


async def test_a_code_is_good_once_and_a_second_time_is_the_end(program: Program) -> None:
    code = await program.code()
    issued = (await program.redeem(code)).json()
    assert (await program.mail(issued["access_token"])).status_code == 200
    assert (await program.redeem(code)).json()["error"] == "invalid_grant"
    assert (await program.mail(issued["access_token"])).status_code == 401
    assert (await program.refresh(issued["refresh_token"])).status_code == 400


async def test_a_code_that_comes_twice_at_a_time_is_good_for_nobody(program: Program) -> None:
    code = await program.code()
    answers = await asyncio.gather(program.redeem(code), program.redeem(code))
    assert 400 in {answer.status_code for answer in answers}
    for answer in answers:
        if answer.status_code == 200:
            assert (await program.mail(answer.json()["access_token"])).status_code == 401


async def test_a_code_does_not_last(program: Program, clock: Clock) -> None:
    code = await program.code()
    clock.ahead = timedelta(seconds=60)
    assert (await program.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "v" * 42}, "invalid_request"),
        ({"code_verifier": "v" * 129}, "invalid_request"),
        ({"code_verifier": "v" * 42 + "é"}, "invalid_request"),
        ({"redirect_uri": PAGE}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8000/callback"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "x"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"code": "x"}, "invalid_grant"),
        ({"code": None}, "invalid_grant"),
    ],
)
async def test_a_code_is_for_who_asked_for_it(program: Program, changed: dict[str, str | None], error: str) -> None:
    code = await program.code()
    answer = await program.redeem(**{"code": code, **changed})  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_code_is_not_good_for_another_program(program: Program) -> None:
    code = await program.code()
    other = (await registered(program.browser, client_name="Thief")).json()["client_id"]
    assert (await program.redeem(code, client_id=other)).json()["error"] == "invalid_grant"
    assert (await program.redeem(code)).json()["error"] == "invalid_grant", "it is in other hands"


async def test_a_refresh_token_is_exchanged_and_an_old_one_ends_all_that_came_of_it(program: Program) -> None:
    first = await program.allowed()
    second = (await program.refresh(first["refresh_token"])).json()
    third = (await program.refresh(second["refresh_token"])).json()
    assert (await program.mail(third["access_token"])).status_code == 200
    assert (await program.mail(first["access_token"])).status_code == 200, "what it has asked with may be under way"
    assert (await program.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    for issued in (first, second, third):
        assert (await program.mail(issued["access_token"])).status_code == 401
        assert (await program.refresh(issued["refresh_token"])).status_code == 400
    assert len((await program.browser.one("SignIn/get"))["list"]) == 1


async def test_a_refresh_token_is_one_programs(program: Program) -> None:
    issued = await program.allowed()
    other = (await registered(program.browser, client_name="Thief")).json()["client_id"]
    assert (await program.refresh(issued["refresh_token"], client_id=other)).json()["error"] == "invalid_grant"
    assert (await program.refresh(issued["access_token"])).json()["error"] == "invalid_grant"
    assert (await program.refresh(issued["refresh_token"])).status_code == 200


async def test_tokens_are_over_when_they_say_so(program: Program, clock: Clock) -> None:
    issued = await program.allowed()
    clock.ahead = timedelta(seconds=3599)
    assert (await program.mail(issued["access_token"])).status_code == 200
    clock.ahead = timedelta(seconds=3600)
    assert (await program.mail(issued["access_token"])).status_code == 401
    clock.ahead = timedelta(days=29)
    issued = (await program.refresh(issued["refresh_token"])).json()
    clock.ahead = timedelta(days=59)
    assert (await program.refresh(issued["refresh_token"])).json()["error"] == "invalid_grant"


async def test_an_access_token_that_is_over_counts_as_no_attempt_to_break_in(program: Program, office: Office) -> None:
    for _ in range(20):
        assert (await program.mail("pba_" + "A" * 43)).status_code == 401
    assert office.accounts.throttle.delay("", "192.0.2.7") == 0


async def test_a_program_of_who_is_barred_gets_nothing(program: Program, office: Office) -> None:
    issued, code = await program.allowed(), await program.code()
    account = await office.kept.account(ALICE)
    assert account
    await office.kept.change_account(replace(account, enabled=False))
    assert (await program.mail(issued["access_token"])).status_code == 401
    assert (await program.refresh(issued["refresh_token"])).status_code == 400
    assert (await program.redeem(code)).status_code == 400


async def test_a_token_is_revoked_by_its_program(program: Program) -> None:
    """RFC 7009 §2.1"""
    issued = await program.allowed()
    form = {"client_id": program.id, "token": issued["access_token"]}
    other = (await registered(program.browser, client_name="Thief")).json()["client_id"]
    for given in ({**form, "client_id": other}, {**form, "token": "x"}, {**form, "token": issued["refresh_token"] + "x"}):
        assert (await program.http.post("/oauth/revoke", data=given)).status_code == 200
        assert (await program.mail(issued["access_token"])).status_code == 200
    assert (await program.http.post("/oauth/revoke", data=form)).status_code == 200
    assert (await program.mail(issued["access_token"])).status_code == 401
    issued = (await program.refresh(issued["refresh_token"])).json()
    await program.http.post("/oauth/revoke", data={**form, "token": issued["refresh_token"], "token_type_hint": "access_token"})
    assert (await program.mail(issued["access_token"])).status_code == 401
    assert (await program.refresh(issued["refresh_token"])).status_code == 400
    assert (await program.http.post("/oauth/revoke", data={"client_id": "x"})).json()["error"] == "invalid_request"


def ended_meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a token is found to be of is ended by somebody else right after that."""
    sign_ins = office.accounts.sign_ins
    found = sign_ins.found

    async def too_late(kind: TokenKind, text: str) -> Found | None:
        if result := await found(kind, text):
            await sign_ins.end_all(result.sign_in.account, "program")
        return result

    monkeypatch.setattr(sign_ins, "found", too_late)


@pytest.mark.parametrize("is_spent", [True, False])
async def test_a_sign_in_that_ends_while_its_token_is_looked_at_has_ended(
    program: Program, office: Office, monkeypatch: pytest.MonkeyPatch, *, is_spent: bool
) -> None:
    issued = await program.allowed()
    if is_spent:
        await program.refresh(issued["refresh_token"])
    ended_meanwhile(office, monkeypatch)
    answer = await program.refresh(issued["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_sign_in_that_ends_while_it_is_revoked_has_ended(
    program: Program, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"client_id": program.id, "token": (await program.allowed())["refresh_token"]}
    ended_meanwhile(office, monkeypatch)
    assert (await program.http.post("/oauth/revoke", data=form)).status_code == 200


@pytest.mark.parametrize(
    ("scope", "error"),
    [("jmap", None), ("", None), ("jmap offline_access", None), ("jmap imap", "invalid_scope"), ("profile", "invalid_scope")],
)
async def test_a_refresh_token_grants_no_more_than_was_granted(program: Program, scope: str, error: str | None) -> None:
    """RFC 6749 §6"""
    issued = await program.allowed()
    answer = (await program.refresh(issued["refresh_token"], scope=scope)).json()
    assert answer.get("error") == error
    if error:
        assert (await program.refresh(issued["refresh_token"])).status_code == 200, "nothing has been spent"
    else:
        assert answer["scope"] == "jmap"


@pytest.mark.parametrize(
    ("path", "error"), [("token", "invalid_request"), ("revoke", "invalid_request"), ("register", "invalid_client_metadata")]
)
async def test_what_is_too_long_is_refused_in_the_form_of_the_rest(program: Program, path: str, error: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await program.http.post(f"/oauth/{path}", content=b"a=" + b"x" * 2_000_000, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


class Connection:
    """What a server puts behind an app."""

    is_staying = False

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def abort(self) -> None:
        self.ended.set()


def lasting(kind: str, token: str, connection: Connection) -> dict[str, Any]:
    return {
        "type": kind,
        "scheme": "wss" if kind == "websocket" else "https",
        "method": "GET",
        "client": ("192.0.2.7", 1),
        "headers": [(b"host", b"mail.example.org"), (b"authorization", f"Bearer {token}".encode())],
        "state": {"connection": connection},
    }


@pytest.mark.parametrize("kind", ["websocket", "http"])
async def test_a_connection_ends_when_the_token_that_opened_it_is_revoked(program: Program, office: Office, kind: str) -> None:
    issued = await program.allowed()
    again = (await program.refresh(issued["refresh_token"])).json()
    first, second = Connection(), Connection()
    with contextlib.ExitStack() as stack:
        for connection, token in ((first, issued["access_token"]), (second, again["access_token"])):
            scope = lasting(kind, token, connection)
            stack.enter_context(staying(scope, office, await who(scope, office)))
        assert await office.presence.look_over() == 0
        form = {"client_id": program.id, "token": issued["access_token"]}
        await program.http.post("/oauth/revoke", data=form)
        assert await office.presence.look_over() == 1
        assert first.ended.is_set()
        assert not second.ended.is_set(), "the program is signed in still, and has come by another"


@pytest.mark.parametrize("kind", ["websocket", "http"])
async def test_a_connection_does_not_outlast_the_token_that_opened_it(
    program: Program, office: Office, clock: Clock, kind: str
) -> None:
    connection = Connection()
    scope = lasting(kind, (await program.allowed())["access_token"], connection)
    entry = await who(scope, office)
    clock.ahead = timedelta(seconds=3600)
    with staying(scope, office, entry):
        await asyncio.wait_for(connection.ended.wait(), 60)


async def test_a_token_that_is_over_and_forgotten_ends_no_mail_program(program: Program, office: Office, clock: Clock) -> None:
    token = (await program.allowed(scope="imap"))["access_token"]
    entry = await office.accounts.token_log_in(token, ALICE, Origin("", "imap", "OAUTHBEARER"))
    connection = Connection()
    office.presence.enter(connection, entry)
    clock.ahead = timedelta(seconds=3600)
    await office.kept.forget_sign_ins(office.accounts.sign_ins.now())
    assert await office.presence.look_over() == 0


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


# The page.


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


# Registering.


async def test_a_program_registers_and_nothing_is_kept_of_it(program: Program, office: Office) -> None:
    before = await office.kept.version()
    response = await registered(program.browser)
    assert response.status_code == 201
    said = response.json()
    assert said["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in said
    assert said["redirect_uris"] == [HERE, PAGE, APP]
    assert said["client_id"] == program.id, "the same, and so the same id"
    assert await office.kept.version() == before


async def test_no_client_id_can_be_made_up(program: Program) -> None:
    raw = base64.urlsafe_b64decode(program.id + "=" * (-len(program.id) % 4))
    forged = raw.replace(b"reader.example", b"thieve.example")
    for data in (forged, raw[:-1], raw + b"x", b"", b"x" * 16, raw[:-16] + b"0" * 16):
        id_ = base64.urlsafe_b64encode(data).decode().rstrip("=")
        assert (await program.page(client_id=id_)).status_code == 400
    for id_ in (program.id + "=", program.id + "A", "é", program.id.lower()):
        assert (await program.page(client_id=id_)).status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://x.example/"}, "invalid_redirect_uri"),
        ({"redirect_uris": [5]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://x.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [HERE] * 9}, "invalid_redirect_uri"),
        ({"redirect_uris": [HERE, "javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"client_name": 5}, "invalid_client_metadata"),
        ({"client_name": "x" * 101}, "invalid_client_metadata"),
        ({"client_name": "x\ny"}, "invalid_client_metadata"),
        ({"client_name": "Bank\u202egnihsihp"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": 5}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
    ],
)
async def test_what_is_no_program_does_not_register(program: Program, changed: dict[str, Any], error: str) -> None:
    response = await registered(program.browser, **changed)
    assert (response.status_code, response.json()["error"]) == (400, error)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 30_000])
async def test_noise_does_not_register(program: Program, data: bytes) -> None:
    assert (await program.http.post("/oauth/register", content=data)).json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize(
    ("uri", "is_safe"),
    [
        ("https://a.example", True),
        ("https://a.example/", True),
        ("https://a.example:8443/x?y=z", True),
        ("https://a.example/x#y", False),
        ("https://a@b.example/", False),
        ("https:///x", False),
        ("https://a.example\\@b.example/", False),
        ("https://a.example/ x", False),
        ("https://a.example/\u00e9", False),
        ("http://a.example/", False),
        ("http://127.0.0.1:5000/x", True),
        ("http://[::1]:5000/x", True),
        ("http://localhost", True),
        ("http://127.0.0.2/", False),
        ("http://localhost.evil.example/", False),
        ("com.example.app:/x", True),
        ("com.example.app://x", True),
        ("app:/x", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("urn:ietf:wg:oauth:2.0:oob", False),
        ("", False),
        ("https://a.example/" + "x" * 500, False),
    ],
)
def test_an_answer_goes_only_where_the_program_alone_can_be(uri: str, is_safe: bool) -> None:
    assert redirection.is_safe(uri) is is_safe


def test_a_port_of_this_machine_is_free_and_nothing_else_is() -> None:
    assert redirection.fits("http://127.0.0.1:51234/callback", [HERE])
    assert redirection.fits("http://[::1]:51234/callback", ["http://[::1]/callback"])
    assert not redirection.fits("http://127.0.0.1:51234/other", [HERE])
    assert not redirection.fits("https://reader.example:8443/callback?x=1", [PAGE])


def test_scopes_are_protocols() -> None:
    assert scopes.protocols("") == {"jmap"}
    assert scopes.protocols("urn:ietf:params:oauth:scope:mail offline_access") == {"imap", "pop3", "smtp", "jmap"}
    assert scopes.protocols("smtp imap") == {"imap", "smtp"}
    assert scopes.protocols("openid profile") == frozenset()
    assert scopes.written(("smtp", "imap")) == "imap smtp"
    assert scopes.written(scopes.TABLE[scopes.MAIL]).startswith(scopes.MAIL)


async def test_answers_go_into_a_question_that_is_there_already(program: Program) -> None:
    response = await program.answer(await program.page(redirect_uri=PAGE))
    assert response.headers["location"].startswith(PAGE + "&code=")
    assert parse_qs(urlsplit(response.headers["location"]).query)["x"] == ["1"]
