"""Programs that people allow to use their mail: codes and tokens (RFC 6749, 7636, 7009, 8414, 9207, 9728)."""

import asyncio
import contextlib
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from allowing import CHALLENGE, HERE, PAGE, Program, answered, registered
from browsing import ALICE, BOB, ROOT, Clock
from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.accounts import Origin
from pillarbox.mail.office import Office
from pillarbox.servers.http.oauth import scopes
from pillarbox.servers.http.who import staying, who
from pillarbox.store.sign_ins import Found, TokenKind


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
