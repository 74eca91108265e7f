"""WebSockets on our own connections (RFC 6455)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.limits import HttpLimits
from pillarbox.net import http_socket
from pillarbox.net.http_socket import PIECE
from toyweb import HOST, say, serving, statuses

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
    async with serving(limits=HttpLimits(idle=0.05, body_time=0.05, body_least=3)) as (port, _):
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


async def test_a_message_comes_in_so_many_parts_however_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bytes each, for hours: a part costs more memory than it has bytes."""
    monkeypatch.setattr(http_socket, "_WINDOW", -1.0)  # a minute is over at once
    begin, part, end = b"\x01" + masked(1, b"a")[1:], b"\0" + masked(0, b"b")[1:], masked(0, b"c")
    async with serving(limits=replace(HttpLimits(), socket_frames=5)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(2):
            writer.write(begin + part * 5 + end)
            assert await reader.readexactly(9) == b"\x81\x07abbbbbc"
        writer.write(begin + part * 6 + end)
        assert await reader.read() == b"\x88\x11\x03\xf0too many frames"
        writer.close()


async def test_no_text_and_a_goodbye_at_once_are_no_fault_of_ours() -> None:
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: raised.append(context))
    async with serving() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(masked(1, b"hello") + masked(1, b"\xff") + masked(8, b"\x03\xe8"))
        assert (await reader.read()).endswith(b"\x88\x02\x03\xe8")  # 1000, as it was said
        writer.close()
    assert not raised
