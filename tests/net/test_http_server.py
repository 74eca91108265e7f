"""HTTP on our own connections: how long anything may take, how it ends, and how an answer is written."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.limits import ConnectionLimits, HttpLimits
from pillarbox.net.http_requests import Requests
from pillarbox.net.http_server import Line
from toyweb import CLOSE, HOST, LAST, answer, say, serving, statuses

FIRST, HEAD, BODY, IDLE, ANSWER = 20.0, 20.0, 30.0, 75.0, float("inf")
TIMES = HttpLimits(head_time=HEAD, idle=IDLE, body_time=BODY, body_least=3)
WHOLE = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
POSTED = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\n"
ONCE = [HEAD, BODY, ANSWER, IDLE]
"""What one request is given, until the next."""
SLOW: Mapping[str, tuple[bytes, list[float], list[int]]] = {
    "nothing at all": (b"", [], []),
    "half a head": (b"GET / HTTP/1.1\r\nX: ", [HEAD], [408]),
    "half a body": (POSTED + b"ab", [HEAD, BODY], [408]),
    "half a chunk": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n9\r\nab", [HEAD, BODY], [408]),
    "nothing after the first request": (WHOLE, ONCE, [200]),
    "half a head after the first request": (WHOLE + b"GET /", [HEAD, BODY, ANSWER, HEAD], [200, 408]),
    "half a body after the first request": (WHOLE + POSTED + b"ab", [HEAD, BODY, ANSWER, HEAD, BODY], [200, 408]),
}


class Clockwork:
    """What time a connection was given; it passes when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[float] = []
        self.line: Line | None = None
        monkeypatch.setattr(Line, "allow", lambda line, seconds: self._allow(line, seconds))

    def _allow(self, line: Line, seconds: float) -> None:
        self.line = line
        self.given.append(seconds)

    async def until(self, wanted: list[float]) -> None:
        """It has been given that much, one after another."""
        async with asyncio.timeout(60):
            while self.given != wanted:
                await asyncio.sleep(0)

    def is_over(self) -> None:
        assert self.line is not None
        inner = self.line.get_protocol()
        assert isinstance(inner, Requests)
        inner.overdue()


@pytest.mark.parametrize("name", SLOW)
async def test_whoever_falls_silent_is_left(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said, given, wanted = SLOW[name]
    clockwork = Clockwork(monkeypatch)
    async with serving(limits=TIMES) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        await clockwork.until([FIRST, *given])
        async with asyncio.timeout(60):
            answered = b""
            while len(statuses(answered)) < wanted.count(200):
                answered += await reader.read(1000)
            clockwork.is_over()
            assert statuses(answered + await reader.read()) == wanted
        writer.close()


async def test_a_body_that_comes_slowly_but_surely_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """In each stretch of time as much as must be, though all of it takes several."""
    clockwork, heard = Clockwork(monkeypatch), 0

    async def hearing(scope: Any, receive: Any, send: Any) -> None:
        nonlocal heard
        while (message := await receive()).get("more_body"):
            heard += len(message["body"])
        await answer(send, message["body"])

    async with serving(hearing, limits=TIMES) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POSTED)
        for stretch in range(3):
            await clockwork.until([FIRST, HEAD] + [BODY] * (stretch + 1))
            writer.write(b"abc")
            async with asyncio.timeout(60):
                while heard < 3 * (stretch + 1) and stretch < 2:
                    await asyncio.sleep(0)
            if stretch < 2:
                clockwork.is_over()
        assert b"abc" in await reader.readuntil(b"abc")
        writer.close()


async def test_time_passes_by_itself() -> None:
    async with serving(limits=replace(TIMES, head_time=0.05)) as (port, _):
        assert await say(port, b"") == b""


async def test_an_answer_may_take_its_time() -> None:
    gate = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await gate.wait()
        await answer(send, b"at last")

    async with serving(slow, limits=replace(TIMES, idle=0.05, body_time=0.05)) as (port, _):
        asyncio.get_running_loop().call_later(0.2, gate.set)
        assert b"at last" in await say(port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")


async def test_who_is_refused_before_the_body_has_come_hears_why() -> None:
    """Also if he goes on talking: the connection is not torn down over his words."""

    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"no", 413)

    async with serving(refuse) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10000000\r\n\r\n" + b"x" * 1_000_000)
        found = await reader.read()
        assert statuses(found) == [413]
        assert b"connection: close" in found
        writer.close()


async def test_a_client_that_takes_nothing_is_left() -> None:
    ended = asyncio.Event()

    async def much(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        ended.set()

    async with serving(much, connection=ConnectionLimits(close=CLOSE, send=0.1)) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        async with asyncio.timeout(60):
            await ended.wait()
        writer.close()


async def test_what_a_client_that_goes_has_asked_for_is_done() -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        gate.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        done.set()

    async with serving(slow) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await gate.wait()
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)  # cut off, not closed
        writer.transport.abort()
        async with asyncio.timeout(60):
            await done.wait()


async def test_the_server_waits_for_an_answer_when_it_stops_and_for_nobody_who_is_idle() -> None:
    gate, asked = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            asked.set()
            await gate.wait()
        await answer(send, b"done")

    async with serving(slow) as (port, listener):
        idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", port)
        idle_writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await idle_reader.readuntil(b"done")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
        await asked.wait()
        listener.stop_accepting()
        draining = asyncio.ensure_future(listener.drain(5))
        assert await idle_reader.read() == b""
        assert not draining.done()
        gate.set()
        assert b"done" in await reader.read()
        await draining
        for each in (idle_writer, writer):
            each.close()


async def test_whatever_lasts_is_told_when_the_server_stops() -> None:
    told = asyncio.Event()

    async def lasting(scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["connection"].is_staying = True
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        told.set()

    async with serving(lasting) as (port, listener):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await reader.readuntil(b"hello")
        listener.stop_accepting()
        await listener.drain(5)
        assert told.is_set()
        writer.close()


class Recorder:
    """A transport, and each of the writes to it."""

    def __init__(self, transport: Any, written: list[bytes]) -> None:
        self._transport = transport
        self._written = written

    def write(self, data: bytes) -> None:
        self._written.append(bytes(data))
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def test_the_head_of_an_answer_and_what_follows_at_once_are_one_write() -> None:
    written: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        line = scope["state"]["connection"]
        line._transport = Recorder(line._transport, written)
        await answer(send, b"the body")

    async with serving(app) as (port, _):
        said = await say(port, b"GET / HTTP/1.1\r\n" + LAST)
    assert written == [said]
    assert said.endswith(b"\r\n\r\nthe body")


async def test_a_head_does_not_wait_for_a_body_that_takes_its_time() -> None:
    heard = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await heard.wait()
        await send({"type": "http.response.body", "body": b"late"})

    async with serving(app) as (port, _), asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n" + LAST)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        heard.set()
        assert await reader.read() == b"late"
        writer.close()


@pytest.mark.parametrize("method", [b"HEAD", b"GET"])
async def test_an_answer_without_a_body_is_told_before_the_connection_ends(method: bytes) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"", 204)

    async with serving(app) as (port, _):
        assert statuses(await say(port, method + b" / HTTP/1.1\r\n" + LAST)) == [204]
