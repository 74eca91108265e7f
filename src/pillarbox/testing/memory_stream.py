"""A stream without a network: the server's end is the real `Stream`, only its transport is made of memory.

    server, client = pair()
    await client.write(b"NOOP\\r\\n")
    assert await server.receive(1) == b"NOOP\\r\\n"

STARTTLS is played: nothing is encrypted, and the plaintext check is the real one.
"""

import asyncio
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from ..limits import ConnectionLimits, KiB
from ..net.stream import Peer, Stream, Tls

PLAYED_TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384", {"tls-server-end-point": bytes(range(32))})
OLDER_TLS = Tls("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", {"tls-server-end-point": bytes(range(32)), "tls-unique": b"finished"})


def pair(
    *,
    peer: str | None = "127.0.0.1",
    tls: Tls | bool = False,
    can_start_tls: bool = True,
    limits: ConnectionLimits = ConnectionLimits(),
    window: int = 64 * KiB,
) -> tuple[Stream, "MemoryClient"]:
    """Both ends of a connection, in a running loop. `tls`: from the first byte on; `peer` None: a Unix socket; `window` bytes
    may lie unread by the client."""
    who = Peer(None) if peer is None else Peer(ip_address(peer), 40_000)
    stream = Stream(who, ("127.0.0.1", 0), limits=limits, upgrade=_play_tls if can_start_tls else None)
    transport = MemoryTransport(stream, window)
    if tls:
        stream.secured(PLAYED_TLS if tls is True else tls)
    stream.connection_made(transport)
    return stream, MemoryClient(transport)


async def _play_tls(stream: Stream, transport: asyncio.Transport) -> tuple[asyncio.Transport, Tls]:
    await asyncio.sleep(0)
    return transport, PLAYED_TLS


class MemoryTransport(asyncio.Transport):
    """The server's transport: what is written lands in a buffer that the client reads; what the client writes, arrives."""

    def __init__(self, protocol: asyncio.Protocol, window: int) -> None:
        super().__init__()
        self.protocol = protocol
        self.window = window
        self.sent = bytearray()
        self.written = 0
        self.changed = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.ended = False
        self.peer_ended = False
        self.closed = False
        self._paused = False
        self._loop = asyncio.get_running_loop()

    # asyncio.Transport, as a stream uses it.

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        if self.closed:
            return
        self.sent += data
        self.written += len(data)
        self._changed()

    def writelines(self, list_of_data: Iterable["bytes | bytearray | memoryview[Any]"]) -> None:
        for data in list_of_data:
            self.write(data)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The window plays the system's own buffers; beyond it the client is slow at once."""

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True
        self._changed()

    def pause_reading(self) -> None:
        self.reading.clear()

    def resume_reading(self) -> None:
        self.reading.set()

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self._end()

    def abort(self) -> None:
        self._end()

    # The client's side.

    def deliver(self, data: bytes) -> None:
        if not self.closed:
            self.protocol.data_received(data)

    def deliver_eof(self) -> None:
        if self.closed or self.peer_ended:
            return
        self.peer_ended = True
        if not self.protocol.eof_received() or self.ended:
            self._end()

    def taken(self, count: int) -> bytes:
        data = bytes(self.sent[:count])
        del self.sent[:count]
        self._changed()
        return data

    def _changed(self) -> None:
        self.changed.set()
        waiting = len(self.sent)
        if not self._paused and waiting > self.window:
            self._paused = True
            self.protocol.pause_writing()
        elif self._paused and waiting <= self.window // 4:
            self._paused = False
            self.protocol.resume_writing()

    def _end(self) -> None:
        if not self.closed:
            self.closed = self.ended = True
            self.reading.set()
            self.changed.set()
            self._loop.call_soon(self.protocol.connection_lost, None)


class MemoryClient:
    """The client's end. Every method that waits raises TimeoutError after `within` seconds."""

    def __init__(self, transport: MemoryTransport, within: float = 60.0) -> None:
        self._transport = transport
        self.within = within

    async def write(self, data: bytes) -> None:
        """Raises ConnectionError when the server has closed; waits while the server reads nothing."""
        async with asyncio.timeout(self.within):
            await self._transport.reading.wait()
        if self._transport.closed:
            raise ConnectionResetError("the server has closed")
        self._transport.deliver(data)
        await asyncio.sleep(0)

    async def read(self, most: int = 1 << 30) -> bytes:
        """What has arrived, at least a byte; b"" at the end."""
        while not self._transport.sent and not self._transport.ended:
            await self._change()
        return self._transport.taken(most)

    async def read_exactly(self, count: int) -> bytes:
        """Raises EOFError when the end comes first."""
        while len(self._transport.sent) < count:
            await self._more(b"%d bytes" % count)
        return self._transport.taken(count)

    async def read_until(self, mark: bytes) -> bytes:
        """Up to and with `mark`. Raises EOFError when the end comes first."""
        while (found := self._transport.sent.find(mark)) < 0:
            await self._more(mark)
        return self._transport.taken(found + len(mark))

    async def read_line(self) -> bytes:
        """A line, its CRLF included."""
        return await self.read_until(b"\r\n")

    async def read_all(self) -> bytes:
        """Everything until the server closes."""
        while not self._transport.ended:
            await self._change()
        return self._transport.taken(len(self._transport.sent))

    def end(self) -> None:
        """Close our direction, and go on listening."""
        self._transport.deliver_eof()

    def close(self) -> None:
        """Go away."""
        self._transport.deliver_eof()
        self._transport.abort()

    @property
    def arrived(self) -> int:
        """Bytes that the server has sent, read or not."""
        return self._transport.written

    @property
    def closed(self) -> bool:
        """Whether the server has closed its direction."""
        return self._transport.ended

    async def _more(self, wanted: bytes) -> None:
        if self._transport.ended:
            raise EOFError(f"closed before {wanted!r}; left: {bytes(self._transport.sent)!r}")
        await self._change()

    async def _change(self) -> None:
        self._transport.changed.clear()
        async with asyncio.timeout(self.within):
            await self._transport.changed.wait()
