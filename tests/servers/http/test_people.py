"""What people may do about how they and their devices are let in (`urn:x-pillarbox:people`)."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from browsing import ALICE, BOB, COOKIE, PEOPLE, Browser, Clock, browsing
from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.accounts import Origin
from pillarbox.mail.office import Office
from pillarbox.proto.jmap import ids
from pillarbox.servers.http.jmap.capabilities import FORWARDING
from pillarbox.servers.http.who import staying, who
from pillarbox.testing.house import PASSWORD

NEW = "a much longer sesame"


@pytest.fixture
async def alice(office: Office) -> AsyncIterator[Browser]:
    """Alice's browser, in which she is signed in."""
    async with browsing(office) as found:
        await found.sign_in()
        yield found


async def test_it_is_announced_for_ones_own_account(alice: Browser) -> None:
    session = (await alice.get("/.well-known/jmap")).json()
    assert session["capabilities"][PEOPLE] == {}
    assert session["accounts"]["A1"]["accountCapabilities"][PEOPLE] == {}
    assert session["primaryAccounts"][PEOPLE] == "A1"


async def test_a_new_password_is_good_from_now_on_and_the_old_one_is_not(alice: Browser, office: Office) -> None:
    async with browsing(office) as other, browsing(office) as bob:
        await other.sign_in()
        await bob.sign_in(BOB)
        assert await alice.one("Password/set", current=PASSWORD, new=NEW) == {"accountId": "A1", "ended": 1}
        assert (await other.get("/sign-in")).json() == {"signedIn": False}
        assert (await alice.get("/sign-in")).json()["signedIn"], "whoever has done it stays"
        assert (await bob.get("/sign-in")).json()["signedIn"]
        assert (await other.sign_in()).status_code == 401
        assert (await other.sign_in(password=NEW)).status_code == 200


async def test_a_password_is_changed_by_who_knows_it(alice: Browser, office: Office) -> None:
    assert (await alice.refused("Password/set", current="wrong", new=NEW))["type"] == "wrongPassword"
    assert office.accounts.throttle.failures(ALICE) == 1
    for bad in ("", "1234567"):
        answer = await alice.refused("Password/set", current=PASSWORD, new=bad)
        assert (answer["type"], answer["arguments"]) == ("invalidArguments", ["new"])
    for arguments in (
        {"current": PASSWORD},
        {"new": NEW},
        {"current": 1, "new": NEW},
        {"current": PASSWORD, "new": NEW, "x": 1},
    ):
        assert (await alice.refused("Password/set", **arguments))["type"] == "invalidArguments"
    assert (await alice.refused("Password/set", accountId="A2", current=PASSWORD, new=NEW))["type"] == "accountNotFound"
    assert (await alice.sign_in()).status_code == 200


async def test_who_runs_the_server_ends_all_browsers_by_a_new_password(alice: Browser, office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    assert await office.accounts.set_password(account, NEW) == 1
    assert (await alice.get("/sign-in")).json() == {"signedIn": False}


async def test_an_app_password_is_made_shown_once_used_and_taken_back(alice: Browser, office: Office) -> None:
    made = await alice.one("AppPassword/set", create={"k": {"name": "phone", "protocols": ["imap", "smtp"]}})
    created = made["created"]["k"]
    assert made["oldState"] != made["newState"]
    origin = Origin("192.0.2.9", "imap", "PLAIN")
    await office.accounts.log_in(ALICE, created["secret"], origin)
    await office.accounts.app_passwords.close()
    [kept] = (await alice.one("AppPassword/get"))["list"]
    assert kept == {
        "id": created["id"], "name": "phone", "protocols": ["imap", "smtp"], "createdAt": created["createdAt"],
        "lastUsedAt": created["createdAt"], "lastAddress": "192.0.2.9",
    }  # fmt: skip
    answer = await alice.one("AppPassword/set", destroy=[created["id"], "W999", "W", "N1", "W" + "9" * 30])
    assert answer["destroyed"] == [created["id"]]
    assert {each["type"] for each in answer["notDestroyed"].values()} == {"notFound"}
    with pytest.raises(AuthenticationFailed):
        await office.accounts.log_in(ALICE, created["secret"], origin)


@pytest.mark.parametrize(
    "given",
    [{}, {"name": ""}, {"name": "x" * 101}, {"name": "x", "protocols": ["gopher"]}, {"name": "x", "secret": "y"}, {"name": 5}],
)
async def test_what_is_no_app_password_is_not_made(alice: Browser, given: dict[str, Any]) -> None:
    answer = await alice.one("AppPassword/set", create={"k": given})
    assert answer["notCreated"]["k"]["type"] == "invalidProperties"
    assert (await alice.one("AppPassword/get"))["list"] == []


async def test_an_app_password_does_not_change(alice: Browser) -> None:
    made = (await alice.one("AppPassword/set", create={"k": {"name": "phone"}}))["created"]["k"]
    answer = await alice.one("AppPassword/set", update={made["id"]: {"name": "tablet"}})
    assert answer["notUpdated"][made["id"]]["type"] == "forbidden"


async def test_where_one_is_signed_in_is_shown_and_ended(alice: Browser, office: Office) -> None:
    async with browsing(office, "192.0.2.99") as other:
        other.agent = "Phone/2"
        await other.sign_in()
        here, there = (await alice.one("SignIn/get"))["list"]
        assert (here["isCurrent"], there["isCurrent"]) == (True, False)
        assert (there["kind"], there["userAgent"], there["lastAddress"]) == ("browser", "Phone/2", "192.0.2.99")
        assert (await alice.one("SignIn/set", destroy=[there["id"]]))["destroyed"] == [there["id"]]
        assert (await other.get("/.well-known/jmap")).status_code == 401
    assert (await alice.one("SignIn/set", create={"k": {}}))["notCreated"]["k"]["type"] == "forbidden"


async def test_the_last_use_is_shown(alice: Browser, office: Office, clock: Clock) -> None:
    clock.ahead = timedelta(hours=1)
    alice.agent = "Browser/2"
    await alice.get("/.well-known/jmap")
    await office.accounts.sign_ins.close()
    [here] = (await alice.one("SignIn/get"))["list"]
    assert here["userAgent"] == "Browser/2"
    assert here["lastUsedAt"] > here["createdAt"]


async def test_nothing_of_anybody_elses_can_be_had(alice: Browser, office: Office) -> None:
    async with browsing(office) as bob:
        await bob.sign_in(BOB)
        [his] = (await bob.one("SignIn/get"))["list"]
        assert (await alice.one("SignIn/get", ids=[his["id"]]))["notFound"] == [his["id"]]
        assert (await alice.one("SignIn/set", destroy=[his["id"]]))["notDestroyed"][his["id"]]["type"] == "notFound"
        for name in ("SignIn/get", "AppPassword/get", "Passkey/get", "SecondFactor/get"):
            assert (await alice.refused(name, accountId="A2"))["type"] == "accountNotFound"
        assert (await bob.get("/sign-in")).json()["signedIn"]


SENSITIVE: list[tuple[str, dict[str, Any]]] = [
    ("AppPassword/set", {"create": {"k": {"name": "x"}}}),
    ("Passkey/options", {}),
    ("Passkey/set", {"destroy": ["K1"]}),
    ("SecondFactor/begin", {}),
    ("SecondFactor/confirm", {"code": "123456"}),
    ("SecondFactor/remove", {}),
    ("SecondFactor/renew", {}),
]


@pytest.mark.parametrize(("name", "arguments"), SENSITIVE, ids=[name for name, _ in SENSITIVE])
async def test_what_lets_in_is_changed_by_who_has_just_shown_who_they_are(
    alice: Browser, clock: Clock, name: str, arguments: dict[str, Any]
) -> None:
    clock.ahead = timedelta(seconds=900)
    [(_, answer)] = await alice.jmap((name, arguments))
    assert answer.get("type") != "signInTooOld"
    clock.ahead = timedelta(seconds=901)
    answer = await alice.refused(name, **arguments)
    assert (answer["type"], answer["seconds"]) == ("signInTooOld", 900)


async def by_basic(browser: Browser, password: str, name: str, arguments: dict[str, Any]) -> Any:
    basic = "Basic " + base64.b64encode(f"{ALICE}:{password}".encode()).decode()
    asked = {"using": [PEOPLE, FORWARDING], "methodCalls": [[name, arguments, "c"]]}
    response = await browser.http.post("/jmap/api", json=asked, headers={"authorization": basic})
    [[_, answer, _]] = response.json()["methodResponses"]
    return answer


async def test_a_program_is_let_in_to_the_mail_and_to_nothing_here(alice: Browser, office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    _, words = await office.accounts.app_passwords.add(account, "phone")
    alice.http.cookies.clear()
    others = [("Password/set", {"current": PASSWORD, "new": NEW}), ("SignIn/get", {}), ("AppPassword/get", {})]
    for name, arguments in (*SENSITIVE, *others):
        assert (await by_basic(alice, words, name, arguments))["type"] == "forbidden", name
    onward = {"accountId": ids.account_id(account.id), "update": {"singleton": {"to": ["eve@example.com"]}}}
    assert (await by_basic(alice, words, "Forwarding/set", onward))["type"] == "forbidden"
    assert (await by_basic(alice, PASSWORD, "Forwarding/set", onward))["updated"]
    made = await by_basic(alice, PASSWORD, "AppPassword/set", {"create": {"k": {"name": "script"}}})
    assert made["created"]["k"]["secret"], "who shows the password itself is who they are"


async def test_without_the_capability_none_of_it_is_there(alice: Browser) -> None:
    asked = {"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["SignIn/get", {}, "c"]]}
    [[_, answer, _]] = (await alice.post("/jmap/api", asked)).json()["methodResponses"]
    assert answer == {"type": "unknownMethod"}


class Connection:
    """What a server puts behind an app."""

    is_staying = False
    is_ended = False

    def abort(self) -> None:
        self.is_ended = True


def lasting(browser: Browser, kind: str, connection: Connection, **headers: str) -> dict[str, Any]:
    said = {"cookie": f"{COOKIE}={browser.cookie}", "host": "mail.example.org", **headers}
    return {
        "type": kind,
        "scheme": "wss" if kind == "websocket" else "https",
        "method": "GET",
        "client": ("192.0.2.7", 1),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in said.items()],
        "state": {"connection": connection},
    }


async def test_a_connection_that_lasts_ends_with_the_sign_in(alice: Browser, office: Office) -> None:
    socket, events = Connection(), Connection()
    first = lasting(alice, "websocket", socket, origin="https://mail.example.org")
    second = lasting(alice, "http", events, sec_fetch_site="same-origin")
    with staying(first, office, await who(first, office)), staying(second, office, await who(second, office)):
        await office.presence.look_over()
        assert not socket.is_ended
        await alice.post("/sign-out")
        assert await office.presence.look_over() == 2
        assert socket.is_ended
        assert events.is_ended


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://mail.example.org", "https://x.mail.example.org", ""]
)
async def test_a_websocket_is_not_opened_for_another_page(alice: Browser, office: Office, origin: str) -> None:
    from starlette.exceptions import HTTPException

    for headers in ({"origin": origin}, {"origin": origin, "sec_fetch_site": "same-origin"}, {}):
        with pytest.raises(HTTPException) as found:
            await who(lasting(alice, "websocket", Connection(), **headers), office)
        assert found.value.status_code == 403


async def test_a_connection_does_not_outlast_the_sign_in(
    alice: Browser, office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Connection()
    scope = lasting(alice, "http", connection, sec_fetch_site="same-origin")
    entry = await who(scope, office)
    clock.ahead = timedelta(days=91)
    with staying(scope, office, entry):
        for _ in range(3):
            await asyncio.sleep(0)
        assert connection.is_ended


async def test_a_browser_is_not_kept_out_by_a_hundred_others(alice: Browser, office: Office, clock: Clock) -> None:
    account = await office.kept.account(ALICE)
    assert account
    clock.ahead = timedelta(hours=1)
    for _ in range(office.limits.store.sign_ins):
        await office.accounts.sign_ins.begin(account, "192.0.2.1", "x")
    assert len(await office.accounts.sign_ins.of(account)) == office.limits.store.sign_ins
    assert (await alice.get("/sign-in")).json() == {"signedIn": False}, "the one used least lately has made room"


async def test_a_browser_is_not_kept_out_by_a_hundred_programs(alice: Browser, office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    for number in range(office.limits.store.sign_ins):
        await office.accounts.programs.allow(account, f"c{number}", "reader", ["jmap"], "bound", "192.0.2.1", "x")
    alice.http.cookies.clear()
    assert (await alice.sign_in()).status_code == 200


async def test_two_who_sign_in_at_a_time_where_there_is_no_room_are_both_let_in(alice: Browser, office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    sign_ins = office.accounts.sign_ins
    while len(await sign_ins.of(account)) < office.limits.store.sign_ins:
        await sign_ins.begin(account, "192.0.2.1", "x")
    made = await asyncio.gather(*(sign_ins.begin(account, "192.0.2.1", "y") for _ in range(4)))
    assert {found.id for found, _ in made} <= {each.id for each in await sign_ins.of(account)}
