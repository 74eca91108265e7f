"""HTTP on our own connections: what is answered, what is refused, and how long anything may take."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.limits import ConnectionLimits, HttpLimits
from pillarbox.net.bounds import Bounds
from pillarbox.net.http_requests import Requests
from pillarbox.net.http_server import Line, WebServer
from pillarbox.net.http_socket import PIECE
from pillarbox.net.listener import Door, Listener, Premises
from pillarbox.net.sockets import listen
from pillarbox.net.stream import Stream

DOOR = Door("http", can_start_tls=False, web=True)
CLOSE = 0.5
PATIENCE = 60
"""Seconds after which whatever a test waits for does not come."""


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says what it was asked: method, path, host, and the body."""
    if scope["type"] == "websocket":
        await sociable(receive, send)
        return
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message["more_body"]:
            break
    host = dict(scope["headers"]).get(b"host", b"-").decode("latin-1")
    said = f"{scope['method']} {scope['path']} {host} ".encode() + body
    await answer(send, said)


async def sociable(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def answer(send: Any, body: bytes, status: int = 200) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(
    app: Callable[..., Awaitable[None]] = echo, limits: HttpLimits = HttpLimits(), connection: ConnectionLimits | None = None
) -> AsyncIterator[tuple[int, Listener]]:
    shared = connection or ConnectionLimits(close=CLOSE)
    server = WebServer(app, limits, shared)

    async def serve(stream: Stream, door: Door) -> None:
        await server.converse(stream)

    sock = listen(("127.0.0.1", 0))
    listener = Listener(sock, DOOR, serve, Premises(bounds=Bounds(100, 0), tls=None, limits=shared))
    listener.start()
    try:
        async with asyncio.timeout(PATIENCE):
            yield sock.getsockname()[1], listener
    finally:
        listener.stop_accepting()
        async with asyncio.timeout(PATIENCE):
            await listener.drain(0)
        sock.close()


async def say(port: int, said: bytes, *, eof: bool = False) -> bytes:
    """Everything that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    if eof:
        writer.write_eof()
    async with asyncio.timeout(60):
        try:
            return await reader.read()
        finally:
            writer.close()


def statuses(said: bytes) -> list[int]:
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


HOST = b"Host: h\r\n"
LAST = HOST + b"Connection: close\r\n\r\n"

REFUSED: Mapping[str, bytes] = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS where there is none": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/3.7": b"GET / HTTP/3.7\r\n" + HOST + b"\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "a Host with a path": b"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n",
    "a Host with a user": b"GET / HTTP/1.1\r\nHost: a@h\r\n\r\n",
    "a Host with a space": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "both lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, the other way round": b"POST / HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    "two lengths that agree": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4, 4\r\n\r\nabcd",
    "a negative length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a signed length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +4\r\n\r\nabcd",
    "a length in hexadecimal": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0x4\r\n\r\nabcd",
    "a length of no number": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: \r\n\r\n",
    "a length beyond counting": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "another coding": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\nabcd",
    "chunked not last": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "nearly chunked": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk of no size": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "a chunk beyond counting": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n",
    "a chunk longer than it says": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "a chunk with a bare LF": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
    "a chunk behind a space": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n",
    "a bare LF behind the request line": b"GET / HTTP/1.1\n" + HOST + b"\r\n",
    "a bare LF behind a field": b"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
    "a bare LF at the end of the head": b"GET / HTTP/1.1\r\n" + HOST + b"\n",
    "a bare CR in a field": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n",
    "a NUL in a field": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n",
    "a folded field": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a field folded first of all": b"GET / HTTP/1.1\r\n " + HOST + b"\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length : 4\r\n\r\nabcd",
    "a field without a name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a field without a colon": b"GET / HTTP/1.1\r\n" + HOST + b"X\r\n\r\n",
    "a NUL in the target": b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in disguise": b"GET /a%00b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a line end in disguise": b"GET /a%0d%0aX:%20y HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "letters beyond ASCII in the target": b"GET /\xc3\xa4 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a backslash in the target": b"GET /a\\b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target without a slash": b"GET a HTTP/1.1\r\n" + HOST + b"\r\n",
    "another scheme": b"GET ftp://h/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_two_servers_could_read_in_two_ways_is_refused(name: str) -> None:
    """And what is behind it is not read: it may be a request that somebody else's proxy took for a body."""
    async with serving() as (port, _):
        assert statuses(await say(port, REFUSED[name] + b"GET /smuggled HTTP/1.1\r\n" + LAST)) == [400]


@pytest.mark.parametrize("name", REFUSED)
async def test_how_the_bytes_are_cut_changes_nothing(name: str) -> None:
    async with serving() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(0, len(REFUSED[name]), 7):
            writer.write(REFUSED[name][at : at + 7])
            await asyncio.sleep(0)
        writer.write(b"GET /smuggled HTTP/1.1\r\n" + LAST)
        async with asyncio.timeout(60):
            assert statuses(await reader.read()) == [400]
        writer.close()


ANSWERED: Mapping[str, tuple[bytes, bytes]] = {
    "a path": (b"GET /a/b?c=d HTTP/1.1\r\n" + LAST, b"GET /a/b h "),
    "a body": (b"POST / HTTP/1.1\r\nContent-Length: 4\r\n" + LAST + b"abcd", b"POST / h abcd"),
    "chunks": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n",
        b"POST / h abcd",
    ),
    "fields behind the body, which nobody is asked by": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"2\r\nab\r\n0\r\nHost: other\r\n\r\n",
        b"POST / h ab",
    ),
    "an encoded slash": (b"GET /a%2Fb HTTP/1.1\r\n" + LAST, b"GET /a/b h "),
    "an absolute target": (b"GET http://other/a?b HTTP/1.1\r\n" + LAST, b"GET /a other "),
    "an absolute target without a path": (b"GET https://other HTTP/1.1\r\n" + LAST, b"GET / other "),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", b"GET / - "),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\n" + LAST, b"OPTIONS * h "),
    "an address of IPv6": (b"GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n", b"GET / [::1]:80 "),
    "empty lines before": (b"\r\n\r\nGET / HTTP/1.1\r\n" + LAST, b"GET / h "),
    "spaces around a value": (b"GET / HTTP/1.1\r\nHost: \t h \t\r\nConnection: close\r\n\r\n", b"GET / h "),
}


@pytest.mark.parametrize("step", [1, 1 << 20])
@pytest.mark.parametrize("name", ANSWERED)
async def test_what_is_well_said_is_answered(name: str, step: int) -> None:
    said, wanted = ANSWERED[name]
    async with serving() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(0, len(said), step):
            writer.write(said[at : at + step])
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            found = await reader.read()
        writer.close()
        assert statuses(found) == [200]
        assert found.partition(b"\r\n\r\n")[2] == wanted
        assert b"\r\ndate: " in found


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    async with serving() as (port, _):
        found = await say(
            port, b"".join(b"GET /%d HTTP/1.1\r\n%b\r\n" % (at, HOST) for at in range(9)) + b"GET /9 HTTP/1.1\r\n" + LAST
        )
        assert [f"GET /{at} h ".encode() in found for at in range(10)] == [True] * 10
        assert found.index(b"GET /3 ") < found.index(b"GET /4 ")


NOTED: ContextVar[str] = ContextVar("noted", default="nothing")


async def test_what_one_request_notes_down_is_none_of_the_next_ones_business() -> None:
    async def noting(scope: Any, receive: Any, send: Any) -> None:
        before = NOTED.get()
        NOTED.set(scope["path"])
        await answer(send, before.encode())

    async with serving(noting) as (port, _):
        found = await say(port, b"GET /1 HTTP/1.1\r\n" + HOST + b"\r\nGET /2 HTTP/1.1\r\n" + LAST)
        assert found.count(b"\r\n\r\nnothing") == 2


async def test_a_bad_request_behind_good_ones_is_refused_behind_their_answers() -> None:
    async with serving() as (port, _):
        good = b"GET /good HTTP/1.1\r\n" + HOST + b"\r\n"
        assert statuses(await say(port, good + good + b"BAD\r\n\r\n" + good)) == [200, 200, 400]


async def test_a_body_that_goes_wrong_behind_good_requests_is_refused_behind_their_answers() -> None:
    async with serving() as (port, _):
        good = b"GET /good HTTP/1.1\r\n" + HOST + b"\r\n"
        bad = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
        assert statuses(await say(port, good + bad)) == [200, 400]


async def test_nothing_behind_a_request_to_close_is_answered() -> None:
    async with serving() as (port, _):
        assert statuses(await say(port, (b"GET / HTTP/1.1\r\n" + LAST) * 2)) == [200]


async def test_a_client_that_has_said_all_still_hears_the_answer() -> None:
    async with serving() as (port, _):
        assert statuses(await say(port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", eof=True)) == [200]


async def test_a_client_that_goes_in_the_middle_of_a_body_is_noticed() -> None:
    async with serving() as (port, _):
        assert await say(port, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\nab", eof=True) == b""


SMALL = HttpLimits(head=1000, target=100, fields=10, pipelined=3, requests=4)


def sized(head: int) -> bytes:
    """A request whose head has just so many bytes."""
    rest = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\nX: %b\r\n\r\n"
    return rest % (b"x" * (head - len(rest) + 2))


AT_LIMITS: Mapping[str, tuple[bytes, int]] = {
    "a head at its limit": (sized(1000), 200),
    "a head beyond it": (sized(1001), 431),
    "a target at its limit": (b"GET /" + b"x" * 99 + b" HTTP/1.1\r\n" + LAST, 200),
    "a target beyond it": (b"GET /" + b"x" * 100 + b" HTTP/1.1\r\n" + LAST, 414),
    "as many fields as may be": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 8 + LAST, 200),
    "one field more": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9 + LAST, 431),
}


@pytest.mark.parametrize("name", AT_LIMITS)
@pytest.mark.parametrize("step", [1, 1 << 20])
async def test_a_request_is_bounded(name: str, step: int) -> None:
    said, status = AT_LIMITS[name]
    async with serving(limits=SMALL) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(0, len(said), step):
            writer.write(said[at : at + step])
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            assert statuses(await reader.read()) == [status]
        writer.close()


@pytest.mark.parametrize("endless", [b"X: " + b"y" * 4000, b"X: y\r\n" * 600, b"y" * 4000])
async def test_a_head_without_an_end_is_not_kept(endless: bytes) -> None:
    async with serving(limits=replace(SMALL, fields=10_000)) as (port, _):
        assert statuses(await say(port, b"GET / HTTP/1.1\r\n" + endless)) in ([431], [400])


@pytest.mark.parametrize("endless", [b"0\r\nX: " + b"y" * 8000, b"0\r\n" + b"X: y\r\n" * 2000, b"1;x=" + b"y" * 8000])
async def test_what_stands_around_a_body_is_not_kept_without_an_end(endless: bytes) -> None:
    async with serving(limits=SMALL) as (port, _):
        head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        assert statuses(await say(port, head + b"2\r\nab\r\n" + endless)) == [431]


async def test_no_more_requests_wait_than_may() -> None:
    async with serving(limits=replace(SMALL, requests=100)) as (port, _):
        found = await say(port, b"".join(b"GET /%d HTTP/1.1\r\n%b\r\n" % (at, HOST) for at in range(9)))
        assert statuses(found) == [200] * 4  # one is being answered, and three wait


async def test_a_connection_ends_with_the_last_request_it_may_bring() -> None:
    async with serving(limits=SMALL) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b"GET / h " in await reader.readuntil(b"GET / h ")
        writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert b"connection: close" in await reader.read()
        writer.close()


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


HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def masked(opcode: int, text: bytes) -> bytes:
    """A frame of a client's (RFC 6455 §5.2), under a mask of zeros."""
    return bytes([0x80 | opcode, 0x80 | len(text)]) + bytes(4) + text


async def test_a_websocket_takes_the_place_of_http() -> None:
    async with serving() as (port, listener):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        assert statuses(await reader.readuntil(b"\r\n\r\n")) == [101]
        writer.write(masked(1, b"hello"))
        assert await reader.readexactly(7) == b"\x81\x05hello"
        listener.stop_accepting()
        await listener.drain(5)
        assert await reader.read() == b"\x88\x02\x03\xf4"  # 1012: the service restarts
        writer.close()


async def test_a_websocket_outlives_every_time_that_a_request_has() -> None:
    async with serving(limits=replace(TIMES, idle=0.05, body_time=0.05)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.readexactly(1)
        writer.write(masked(1, b"hello"))
        assert await reader.readexactly(7) == b"\x81\x05hello"
        writer.close()


async def test_a_message_of_a_websocket_is_bounded() -> None:
    async with serving(limits=replace(HttpLimits(), socket_message=5)) as (port, _):
        for text, wanted in ((b"hello", b"\x81\x05hello"), (b"hello!", b"\x88")):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HANDSHAKE + b"")
            await reader.readuntil(b"\r\n\r\n")
            writer.write(masked(1, text))
            assert await reader.readexactly(len(wanted)) == wanted
            writer.close()


@pytest.mark.parametrize(
    "field",
    [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Cookie: " + b"x" * 9000 + b"\r\n"],
    ids=["length", "chunked", "long field"],
)
async def test_a_websocket_that_cannot_be_opened_does_not_keep_its_connection(field: bytes) -> None:
    said = HANDSHAKE.replace(b"Upgrade: websocket\r\n", b"Upgrade: websocket\r\n" + field)
    async with serving() as (port, _):
        assert statuses(await say(port, said)) in ([400], [431])
        assert statuses(await say(port, HANDSHAKE.replace(b"GET", b"POST"))) == [405]


EMPTY = masked(0, b"")[1:]
BESIDE = {
    "pings": (b"", b"\x89" + EMPTY, b"", b"\x8a\0"),
    "pongs": (b"", b"\x8a" + EMPTY, b"", b""),
    "parts": (b"\x01" + EMPTY, b"\0" + EMPTY, b"\x80" + EMPTY, b""),
}
"""Frames that end no message: what stands before them, one of them, what stands behind, and what one is answered with."""


@pytest.mark.parametrize("kind", BESIDE)
async def test_frames_that_end_no_message_are_so_many_a_minute(kind: str) -> None:
    before, frame, behind, answered = BESIDE[kind]
    async with serving(limits=replace(HttpLimits(), socket_frames=5)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(before + frame * 5 + behind + masked(1, b"hello"))
        wanted = answered * 5 + (b"\x81\0" if before else b"") + b"\x81\x05hello"
        assert await reader.readexactly(len(wanted)) == wanted
        writer.write(before + frame)
        assert await reader.read() == answered + b"\x88\x11\x03\xf0too many frames"  # 1008: a policy
        writer.close()


async def test_what_comes_on_a_websocket_is_read_a_piece_a_turn_and_all_of_it_in_order() -> None:
    texts = [f"{number}".encode() for number in range(10_000)]
    longest = 0

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        nonlocal longest
        await receive()
        await send({"type": "websocket.accept"})
        line = scope["state"]["connection"]
        while (message := await receive())["type"] == "websocket.receive":
            longest = max(longest, line.get_protocol().queue.qsize())
            await send({"type": "websocket.send", "text": message["text"]})

    async with serving(counting) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"".join(masked(1, text) for text in texts))
        for text in texts:
            assert await reader.readexactly(2 + len(text)) == bytes([0x81, len(text)]) + text
        writer.close()
    assert longest <= PIECE // 7


async def test_an_upgrade_to_something_else_is_passed_over_and_nothing_is_behind_it() -> None:
    said = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n"
    async with serving() as (port, _):
        assert statuses(await say(port, said + b"GET /behind HTTP/1.1\r\n" + LAST)) == [200]


async def test_a_tunnel_is_not_dug() -> None:
    async with serving() as (port, _):
        assert statuses(await say(port, b"CONNECT other:25 HTTP/1.1\r\n" + HOST + b"\r\n")) == [501]


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
