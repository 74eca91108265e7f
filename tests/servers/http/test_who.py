"""Who asks: passwords, app passwords and tokens, as everywhere; and what becomes of a request that lasts."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from pillarbox.errors import Unavailable
from pillarbox.mail.accounts import Entry, Origin
from pillarbox.mail.office import Office
from pillarbox.servers.http.app import application
from pillarbox.servers.http.who import SAID_FOR, staying, who
from pillarbox.testing.house import house

ALICE = "alice@example.org"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as found:
        yield found


def scope(*authorization: bytes, scheme: str = "https", client: str | None = "192.0.2.7") -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": scheme,
        "client": (client, 1) if client else None,
        "headers": [(b"authorization", value) for value in authorization],
    }


def basic(identity: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{identity}:{password}".encode())


async def refused(office: Office, asked: dict[str, Any]) -> HTTPException:
    with pytest.raises(HTTPException) as found:
        await who(asked, office)
    return found.value


class Line:
    """A connection."""


async def test_a_password_said_again_on_a_connection_is_not_looked_at_again_at_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    now, log_in = 100.0, office.accounts.log_in

    async def looking(identity: str, password: str, origin: Origin) -> Entry:
        looked.append(password)
        return await log_in(identity, password, origin)

    monkeypatch.setattr(office.accounts, "log_in", looking)
    monkeypatch.setattr(office.clock, "monotonic", lambda: now)
    first, second = Line(), Line()

    async def ask(line: Line, password: str, host: bytes = b"here") -> Entry:
        asked = {**scope(basic(ALICE, password)), "state": {"connection": line}}
        return await who({**asked, "headers": [*asked["headers"], (b"host", host)]}, office)

    entry = await ask(first, "sesame")
    assert await ask(first, "sesame") is entry
    assert len(looked) == 1
    await ask(second, "sesame")
    await ask(first, "sesame", b"elsewhere")
    assert len(looked) == 3
    now += SAID_FOR
    await ask(second, "sesame")
    assert len(looked) == 4
    with pytest.raises(HTTPException):
        await ask(second, "wrong")
    await office.accounts.set_password(entry.account, "open")
    with pytest.raises(HTTPException):
        await ask(second, "sesame")
    assert (await ask(second, "open")).account.address == ALICE


GOOD = [
    basic(ALICE, "sesame"),
    basic("Alice@EXAMPLE.org", "sesame"),
    basic(ALICE, "sesame").replace(b"Basic", b"bAsIC"),
    basic(ALICE, "sesame").replace(b" ", b"   "),
]


@pytest.mark.parametrize("value", GOOD)
async def test_a_password_lets_in(office: Office, value: bytes) -> None:
    asked = scope(value)
    entry = await who(asked, office)
    assert entry.account.address == ALICE
    assert asked["state"]["account"] == entry.account.id


async def test_a_colon_may_be_in_a_password_and_letters_beyond_ascii(office: Office) -> None:
    """RFC 7617 §2, §2.1"""
    account = await office.accounts.add("carol@example.org", "a:b:ä😀")
    assert (await who(scope(basic("carol@example.org", "a:b:ä😀")), office)).account.id == account.id


BAD = [
    (),
    (b"",),
    (b"Basic",),
    (b"Basic ",),
    (b"Basic !!!!",),
    (b"Basic YWxpY2U",),
    (b"Basic " + base64.b64encode(b"no colon"),),
    (b"Basic " + base64.b64encode(b"\xff\xfe:x"),),
    (b"Basic " + base64.b64encode(b"a" * 5000 + b":x"),),
    (b"Basic " + b"A" * 60_000,),
    (basic(ALICE, "wrong"),),
    (basic(ALICE, ""),),
    (basic(ALICE, "x" * 1025),),
    (basic("", "sesame"),),
    (basic("nobody@example.org", "sesame"),),
    (basic(ALICE, "sesame"), basic(ALICE, "sesame")),
    (b"Digest username=alice",),
    (b"Bearer abc",),
    (b"Negotiate YII=",),
]


@pytest.mark.parametrize("values", BAD)
async def test_nothing_else_does_and_all_are_told_alike(office: Office, values: tuple[bytes, ...]) -> None:
    error = await refused(office, scope(*values))
    assert error.status_code == 401
    assert error.headers
    challenge = error.headers["www-authenticate"].replace(', error="invalid_token"', "")
    where = "https://mail.example.org/.well-known/oauth-protected-resource"
    assert challenge == f'Basic realm="Pillarbox", charset="UTF-8", Bearer realm="Pillarbox", resource_metadata="{where}"'
    assert error.detail in ("log in, please", "wrong name or password")


async def test_whoever_exists_is_not_told_from_whoever_does_not(office: Office) -> None:
    errors = [await refused(office, scope(basic(name, "wrong"))) for name in (ALICE, "nobody@example.org", "x@y.example")]
    assert len({(error.status_code, error.detail) for error in errors}) == 1


@pytest.mark.parametrize(
    ("scheme", "client", "is_taken"),
    [
        ("http", "192.0.2.7", False),
        ("http", "127.0.0.1", True),
        ("http", "::1", True),
        ("http", None, True),
        ("ws", "192.0.2.7", False),
        ("wss", "192.0.2.7", True),
    ],
)
async def test_no_password_is_taken_in_the_clear_from_elsewhere(
    office: Office, scheme: str, client: str | None, is_taken: bool
) -> None:
    asked = scope(basic(ALICE, "sesame"), scheme=scheme, client=client)
    if is_taken:
        assert await who(asked, office)
    else:
        assert (await refused(office, asked)).status_code == 403


async def test_an_app_password_lets_in_where_it_is_for_jmap(office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    for protocols, is_taken in (((), True), (("jmap",), True), (("imap", "smtp"), False)):
        kept, words = await office.accounts.app_passwords.add(account, "phone", protocols)
        asked = scope(basic(ALICE, words))
        if is_taken:
            assert (await who(asked, office)).app_password == kept.id
        else:
            assert (await refused(office, asked)).status_code == 401


async def test_an_accounts_own_password_may_be_barred_from_jmap(office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    for protocols, is_taken in (("imap", False), ("jmap", True), ("none", False)):
        await office.kept.change_account(replace(account, settings={"password_protocols": protocols}))
        asked = scope(basic(ALICE, "sesame"))
        if is_taken:
            await who(asked, office)
        else:
            assert (await refused(office, asked)).status_code == 401


async def test_failures_count_together_with_those_by_other_protocols(office: Office) -> None:
    for _ in range(5):
        await refused(office, scope(basic("bob@example.org", "wrong")))
    assert office.accounts.throttle.delay("bob@example.org", "192.0.2.7") > 0


async def test_a_client_that_logs_in_with_every_request_costs_one_hash(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = 0
    hash_ = office.passwords._verify

    def counting(*given: Any) -> bool:
        nonlocal hashed
        hashed += 1
        return hash_(*given)

    monkeypatch.setattr(office.passwords, "_verify", counting)
    for _ in range(50):
        await who(scope(basic(ALICE, "sesame")), office)
    assert hashed == 1


async def test_too_many_log_ins_at_once_are_told_to_come_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object) -> None:
        raise Unavailable("too many log-ins at once; try again in a minute")

    monkeypatch.setattr(office.accounts, "log_in", busy)
    error = await refused(office, scope(basic(ALICE, "sesame")))
    assert (error.status_code, error.headers) == (503, {"retry-after": "60"})


class Connection:
    """What a server puts behind an app."""

    is_staying = False
    is_ended = False

    def abort(self) -> None:
        self.is_ended = True


@pytest.mark.parametrize(
    ("headers", "is_opened"),
    [
        ({}, True),
        ({"origin": "https://here"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
    ],
)
async def test_a_password_that_a_browser_has_kept_opens_no_websocket_to_another_page(
    office: Office, headers: dict[str, str], is_opened: bool
) -> None:
    said = [(b"host", b"here"), *((name.encode(), value.encode()) for name, value in headers.items())]
    asked = scope(basic(ALICE, "sesame")) | {"type": "websocket", "scheme": "wss"}
    asked["headers"] += said
    if is_opened:
        assert (await who(asked, office)).account.address == ALICE
    else:
        assert (await refused(office, asked)).status_code == 403


async def test_a_request_that_lasts_ends_when_its_log_in_is_taken_back(office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    kept, words = await office.accounts.app_passwords.add(account, "phone")
    connection = Connection()
    asked = scope(basic(ALICE, words)) | {"state": {"connection": connection}}
    entry = await who(asked, office)
    with staying(asked, office, entry):
        assert connection.is_staying
        await office.presence.look_over()
        assert not connection.is_ended
        await office.accounts.app_passwords.remove(account, kept.id)
        await office.presence.look_over()
        assert connection.is_ended


@pytest.mark.parametrize("path", ["/jmap/api", "/jmap/upload/A{}/"])
async def test_nothing_is_done_of_what_comes_so_slowly_that_its_log_in_was_taken_back_meanwhile(
    office: Office, path: str
) -> None:
    account = await office.kept.account(ALICE)
    assert account
    kept, words = await office.accounts.app_passwords.add(account, "phone")
    connection, statuses = Connection(), []
    where = path.format(account.id)
    asked = scope(basic(ALICE, words)) | {"state": {"connection": connection}, "method": "POST", "path": where}
    asked |= {"raw_path": where.encode(), "query_string": b"", "root_path": ""}
    asked["headers"].append((b"content-type", b"application/json"))

    async def receive() -> dict[str, Any]:
        if not await office.accounts.app_passwords.of(account):
            return {"type": "http.disconnect"}
        await office.accounts.app_passwords.remove(account, kept.id)
        await office.presence.look_over()
        assert connection.is_ended
        return {"type": "http.request", "body": b'{"using":', "more_body": True}

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))  # nobody hears it

    await application(office)(asked, receive, send)
    assert not {200, 201} & set(statuses)


async def test_a_connection_on_which_nothing_lasts_any_more_is_nobodys(office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    connection = Connection()
    asked = scope() | {"state": {"connection": connection}}
    with staying(asked, office, Entry(account)):
        pass
    assert not connection.is_staying
    await office.kept.change_account(replace(account, enabled=False))
    await office.presence.look_over()
    assert not connection.is_ended


async def test_a_token_of_another_server_lets_in(tmp_path: Path) -> None:
    from joserfc import jwk, jwt

    from pillarbox.settings import OAuth, Settings

    key = jwk.ECKey.generate_key("P-256", {"kid": "1"})
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    settings = Settings(hostname="mail.example.org", oauth=OAuth(keys=str(keys)))
    async with house(tmp_path / "data", settings) as office:
        until = int(office.clock.now().timestamp()) + 600
        token = jwt.encode({"alg": "ES256", "kid": "1"}, {"email": ALICE, "exp": until}, key)
        assert (await who(scope(b"Bearer " + token.encode()), office)).account.address == ALICE
        for value, wanted in (
            (b"Bearer " + token.encode()[:-4], 'error="invalid_token"'),
            (b"", 'Bearer realm="Pillarbox", resource_metadata='),
        ):
            error = await refused(office, scope(value))
            assert error.headers
            assert wanted in error.headers["www-authenticate"]
