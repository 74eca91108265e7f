"""A server of HTTP with a toy behind it, and what may be said to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pillarbox.limits import ConnectionLimits, HttpLimits
from pillarbox.net.bounds import Bounds
from pillarbox.net.http_server import WebServer
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
