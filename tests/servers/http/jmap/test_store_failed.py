"""What the disk did not keep ends the process, whoever asked for it, and however."""

import asyncio
import contextlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from pillarbox.limits import ConnectionLimits
from pillarbox.mail.office import Office
from pillarbox.net.bounds import Bounds
from pillarbox.net.http_server import WebServer
from pillarbox.net.listener import Door, Listener, Premises
from pillarbox.net.sockets import listen
from pillarbox.net.stream import Stream
from pillarbox.servers.http.app import application
from pillarbox.servers.http.jmap.api import Api
from pillarbox.servers.http.jmap.push import Listener as PushListener
from pillarbox.store.api import StoreFailed
from pillarbox.testing.house import PASSWORD, house

AUTHORIZATION = {"Authorization": "Basic " + b64encode(f"alice@example.org:{PASSWORD}".encode()).decode()}
REQUEST = {"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Core/echo", {}, "c"]]}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def serving(office: Office) -> "AsyncIterator[tuple[int, asyncio.Future[BaseException]]]":
    """A port, and what is fatal there, once anything is."""
    limits = ConnectionLimits(close=0.5)
    server = WebServer(application(office), office.limits.http, limits)
    fatal: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def noted(error: BaseException) -> None:
        if not fatal.done():
            fatal.set_result(error)

    async def serve(stream: Stream, door: Door) -> None:
        await server.converse(stream)

    sock = listen(("127.0.0.1", 0))
    premises = Premises(bounds=Bounds(100, 0), tls=None, limits=limits, fatal=noted)
    listener = Listener(sock, Door("http", can_start_tls=False, web=True), serve, premises)
    listener.start()
    try:
        yield sock.getsockname()[1], fatal
    finally:
        listener.stop_accepting()
        await listener.drain(0)
        sock.close()


async def fail(*_: Any, **__: Any) -> Any:
    raise StoreFailed("the disk is gone")


async def test_by_a_request(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Api, "run", fail)
    body = json.dumps(REQUEST).encode()
    headers = f"Authorization: {AUTHORIZATION['Authorization']}\r\nContent-Type: application/json\r\n"
    async with serving(office) as (port, fatal):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        said = f"POST /jmap/api HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        writer.write(said.encode() + body)
        assert isinstance(await asyncio.wait_for(fatal, 60), StoreFailed)
        writer.close()


@contextlib.asynccontextmanager
async def talking(port: int) -> AsyncIterator[Any]:
    url = f"ws://127.0.0.1:{port}/jmap/ws"
    with contextlib.suppress(ConnectionClosed):
        async with connect(url, subprotocols=["jmap"], additional_headers=AUTHORIZATION) as made:  # type: ignore[list-item]
            yield made


async def test_by_a_request_on_a_web_socket(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Api, "run", fail)
    async with serving(office) as (port, fatal), talking(port) as made:
        await made.send(json.dumps({"@type": "Request", **REQUEST}))
        assert isinstance(await asyncio.wait_for(fatal, 60), StoreFailed)


async def test_while_changes_are_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PushListener, "changes", fail)
    async with serving(office) as (port, fatal), talking(port) as made:
        await made.send(json.dumps({"@type": "WebSocketPushEnable", "dataTypes": None}))
        assert isinstance(await asyncio.wait_for(fatal, 60), StoreFailed)


async def test_while_an_event_source_waits(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PushListener, "changes", fail)
    async with serving(office) as (port, fatal):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        path = "/jmap/eventsource?types=*&closeafter=no&ping=0"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTHORIZATION['Authorization']}\r\n\r\n".encode())
        assert isinstance(await asyncio.wait_for(fatal, 60), StoreFailed)
        writer.close()
