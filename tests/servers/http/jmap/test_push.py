"""Changes told as they happen, through a real server: EventSource (RFC 8620 §7.3) and WebSocket (RFC 8887)."""

import asyncio
import base64
import imaplib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pillarbox.limits import JmapLimits
from pillarbox.testing.served import HOST, PASSWORD, Served, served

ALICE, BOB = "alice@example.org", "bob@example.org"
CORE, MAIL = "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"
WITHIN = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("push"), accounts=[ALICE, BOB], web=True) as running:
        yield running


def basic(address: str, password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{address}:{password}".encode()).decode()}


def append(server: Served, mailbox: str = "INBOX", address: str = ALICE) -> None:
    """By IMAP, in whichever worker takes it."""
    with imaplib.IMAP4(HOST, server.ports["imap"]) as imap:
        imap.login(address, PASSWORD)
        assert imap.append(mailbox, "", None, b"Subject: x\r\n\r\nhello")[0] == "OK"  # type: ignore[arg-type]


class Stream:
    """The events of one EventSource."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def event(self) -> dict[str, str]:
        """The next one; {} at the end."""
        found: dict[str, str] = {}
        async with asyncio.timeout(WITHIN):
            async for line in self._lines:
                if not line and found:
                    return found
                name, colon, value = line.partition(": ")
                if name and colon:
                    found[name] = value
        return found


@asynccontextmanager
async def events(server: Served, query: str, address: str = ALICE, **headers: str) -> AsyncIterator[Stream]:
    url = f"http://{HOST}:{server.ports['http']}/jmap/eventsource?{query}"
    async with (
        httpx2.AsyncClient(timeout=WITHIN, verify=False) as http,
        http.stream("GET", url, headers={**basic(address), **headers}) as said,
    ):
        assert said.status_code == 200, await said.aread()
        assert said.headers["content-type"] == "text/event-stream"
        lines = aiter(said.aiter_lines())
        assert (await anext(lines)).startswith(":"), "something comes at once"
        yield Stream(lines)


async def changed(stream: Stream) -> dict[str, Any]:
    event = await stream.event()
    assert event["event"] == "state"
    (states,) = json.loads(event["data"])["changed"].values()
    return dict(states)


async def test_an_event_source_tells_of_changes_as_they_happen(server: Served) -> None:
    async with events(server, "types=*&closeafter=no&ping=0") as stream:
        await asyncio.to_thread(append, server)
        assert set(await changed(stream)) == {"Email", "EmailDelivery", "Mailbox", "Thread"}


async def test_an_event_source_tells_only_what_is_asked_for_and_ends_after_it(server: Served) -> None:
    async with events(server, "types=EmailDelivery,Mailbox&closeafter=state&ping=0") as stream:
        await asyncio.to_thread(append, server, "Sent")
        assert set(await changed(stream)) == {"Mailbox"}, "what one has sent is not delivered"
        assert await stream.event() == {}


async def test_who_comes_back_is_told_what_has_happened_meanwhile(server: Served) -> None:
    async with events(server, "types=*&closeafter=state&ping=0") as stream:
        await asyncio.to_thread(append, server)
        last = (await stream.event())["id"]
    await asyncio.to_thread(append, server)
    async with events(server, "types=Email&closeafter=state&ping=0", **{"Last-Event-ID": last}) as stream:
        assert set(await changed(stream)) == {"Email"}


async def test_nobody_is_told_of_what_happens_to_others(server: Served) -> None:
    async with events(server, "types=*&closeafter=no&ping=0", BOB) as stream:
        await asyncio.to_thread(append, server)
        await asyncio.to_thread(append, server, address=BOB)
        (event,) = json.loads((await stream.event())["data"])["changed"]
    async with httpx2.AsyncClient(timeout=WITHIN, verify=False) as http:
        url = f"http://{HOST}:{server.ports['http']}/jmap/session"
        assert event == (await http.get(url, headers=basic(BOB))).json()["primaryAccounts"][MAIL]


async def test_who_asks_only_for_the_head_of_an_event_source_gets_it_and_an_end(server: Served) -> None:
    async with httpx2.AsyncClient(timeout=WITHIN, verify=False) as http:
        root = f"http://{HOST}:{server.ports['http']}/jmap"
        said = await http.head(f"{root}/eventsource", headers=basic(ALICE))
        assert (said.status_code, said.content) == (200, b"")
        assert said.headers["content-type"] == "text/event-stream"
        assert (await http.get(f"{root}/session", headers=basic(ALICE))).status_code == 200, "on the same connection"


@pytest.mark.parametrize("query", ["closeafter=never", "ping=x", "ping=-1", "ping=" + "9" * 5000])
async def test_parameters_that_are_none_are_refused(server: Served, query: str) -> None:
    async with httpx2.AsyncClient(timeout=WITHIN, verify=False) as http:
        url = f"http://{HOST}:{server.ports['http']}/jmap/eventsource?{query}"
        assert (await http.get(url, headers=basic(ALICE))).status_code == 400


# WebSocket.


@asynccontextmanager
async def socket(server: Served, address: str = ALICE, password: str = PASSWORD) -> AsyncIterator[ClientConnection]:
    url = f"ws://{HOST}:{server.ports['http']}/jmap/ws"
    async with connect(url, subprotocols=["jmap"], additional_headers=basic(address, password)) as made:  # type: ignore[list-item]
        assert made.subprotocol == "jmap"
        yield made


async def said(made: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(made.recv(), WITHIN))


def request(name: str = "Core/echo", arguments: Any = None, **more: Any) -> str:
    calls = [[name, arguments or {}, "c1"]]
    return json.dumps({"@type": "Request", "using": [CORE, MAIL], "methodCalls": calls, **more})


async def test_a_request_on_a_web_socket_is_answered_under_its_id(server: Served) -> None:
    async with socket(server) as made:
        await made.send(request(arguments={"a": 1}, id="R1"))
        answer = await said(made)
        assert (answer["@type"], answer["requestId"]) == ("Response", "R1")
        assert answer["methodResponses"] == [["Core/echo", {"a": 1}, "c1"]]
        assert answer["sessionState"]
        await made.send(request())
        assert "requestId" not in await said(made)


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("{", "notJSON"),
        ("[]", "notRequest"),
        ("{}", "notRequest"),
        ('{"@type": "Nonsense"}', "notRequest"),
        (request(using=["urn:x"]), "unknownCapability"),
        (request(methodCalls=[["Core/echo", {}, "c"]] * 33), "limit"),
        ('{"@type": "WebSocketPushEnable", "dataTypes": 1}', "notRequest"),
        ('{"@type": "WebSocketPushEnable", "dataTypes": null, "pushState": 1}', "notRequest"),
    ],
)
async def test_what_is_refused_on_a_web_socket_is_told_why_and_the_talk_goes_on(server: Served, sent: str, kind: str) -> None:
    async with socket(server) as made:
        await made.send(sent)
        answer = await said(made)
        assert (answer["@type"], answer["type"]) == ("RequestError", f"urn:ietf:params:jmap:error:{kind}")
        assert answer["requestId"] is None  # RFC 8887 §4.4
        await made.send(request(id="R2"))
        assert (await said(made))["requestId"] == "R2"


async def test_a_request_that_is_too_big_for_a_web_socket_is_told_so_and_the_talk_goes_on(server: Served) -> None:
    async with socket(server) as made:
        await made.send(request(id="R1").ljust(JmapLimits().request))
        assert (await said(made))["requestId"] == "R1"
        await made.send(request(id="R2").ljust(JmapLimits().request + 1))
        answer = await said(made)
        assert (answer["@type"], answer["limit"]) == ("RequestError", "maxSizeRequest")
        await made.send(request(id="R3"))
        assert (await said(made))["requestId"] == "R3"


async def test_requests_that_come_at_once_are_all_answered(server: Served) -> None:
    async with socket(server) as made:
        for number in range(50):
            await made.send(request(id=f"R{number}"))
        answers = [await said(made) for _ in range(50)]
    assert {answer["requestId"] for answer in answers} == {f"R{number}" for number in range(50)}
    assert {answer["@type"] for answer in answers} == {"Response"}


async def test_a_web_socket_pushes_until_it_is_told_not_to(server: Served) -> None:
    async with socket(server) as made:
        await made.send('{"@type": "WebSocketPushEnable", "dataTypes": ["Email", "Mailbox"]}')
        await made.send(request(id="R1"))
        assert (await said(made))["requestId"] == "R1"
        await asyncio.to_thread(append, server)
        change = await said(made)
        assert change["@type"] == "StateChange"
        (states,) = change["changed"].values()
        assert set(states) == {"Email", "Mailbox"}
        await made.send('{"@type": "WebSocketPushDisable"}')
        await made.send(request(id="R2"))
        while (answer := await said(made))["@type"] == "StateChange":
            change = answer
        assert answer["requestId"] == "R2"
        await asyncio.to_thread(append, server)
        await made.send(request(id="R3"))
        assert (await said(made))["requestId"] == "R3"
        enable = {"@type": "WebSocketPushEnable", "dataTypes": None, "pushState": change["pushState"]}
        await made.send(json.dumps(enable))
        assert (await said(made))["@type"] == "StateChange", "what has happened meanwhile"


async def test_without_the_subprotocol_or_a_log_in_there_is_no_web_socket(server: Served) -> None:
    url = f"ws://{HOST}:{server.ports['http']}/jmap/ws"
    for headers, status in ((basic(ALICE), 400), (basic(ALICE, "wrong"), 401), ({}, 401)):
        names = None if status == 400 else ["jmap"]
        with pytest.raises(InvalidStatus) as caught:
            await connect(url, subprotocols=names, additional_headers=headers)  # type: ignore[arg-type]
        assert caught.value.response.status_code == status


async def test_bytes_that_are_no_text_end_the_talk(server: Served) -> None:
    async with socket(server) as made:
        await made.send(b"\0")
        with pytest.raises(ConnectionClosed) as caught:
            await said(made)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1003


async def test_a_log_in_that_is_taken_back_ends_what_it_opened_within_seconds(server: Served) -> None:
    given = json.loads(server.run("account", "app-password", "add", BOB, "phone", "--json"))
    password, key = given["password"], given["id"]
    async with socket(server, BOB, password) as made:
        await made.send('{"@type": "WebSocketPushEnable"}')
        await made.send(request())
        await said(made)
        await asyncio.to_thread(server.run, "account", "app-password", "remove", BOB, str(key))
        with pytest.raises(ConnectionClosed):
            await said(made)
