"""A connection as the servers want it: bytes in, bytes out, each within a time.

An `asyncio.Protocol` of our own and never asyncio's streams, because `StreamWriter.start_tls` keeps plaintext that arrived
behind STARTTLS and hands it over as if it had come under TLS (the command injection of 2011, CVE-2011-0411, out of the box).

What waits, waits on at most one future a direction, and one timer guards both. The timer is armed lazily: while deadlines only
move away it is left alone, and looks again when it fires. So a `receive` costs a future, and neither a task nor a timer.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, cast

from ..limits import ConnectionLimits, KiB
from .compression import Compression

READ_AHEAD: Final = 256 * KiB
"""Bytes that may wait to be received before the peer is no longer read."""
WRITE_HIGH: Final = 256 * KiB
"""Bytes that may wait to be taken by the peer before `send` waits; also the most it hands over at once."""
WRITE_LOW: Final = 64 * KiB
TIMER_GRAIN: Final = 0.002
"""Loops count milliseconds: a deadline this near has come."""


class PlaintextBehindTls(ConnectionError):
    """The peer sent something in the clear behind its request for TLS; it was thrown away, and the connection dropped."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end."""

    address: IPv4Address | IPv6Address | None
    """None: a Unix socket."""
    port: int = 0

    @property
    def is_local(self) -> bool:
        """Whether what is said stays within this machine: loopback or a Unix socket."""
        return self.address is None or self.address.is_loopback

    def __str__(self) -> str:
        return "unix" if self.address is None else str(self.address)


@dataclass(frozen=True, slots=True)
class Tls:
    """What protects a connection."""

    version: str
    """"TLSv1.3" or "TLSv1.2"."""
    cipher: str
    channel_bindings: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """By name: "tls-server-end-point" (RFC 5929 §4), and "tls-unique" with TLS 1.2 (§3)."""
    certificate: bytes = field(default=b"", repr=False)
    """What the peer showed, in DER; b"" where it showed none. A client's has been checked."""
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    """All the certificates it sent, that one first."""


class Borrower(asyncio.Protocol):
    """What speaks on a stream's transport in its place (`Stream.lend`). It passes on to the stream what the transport tells of
    the connection's end and of writing."""

    def quiet_for(self) -> float:
        """Seconds for which it has only waited for its peer; 0 while it is at work."""
        raise NotImplementedError


Upgrade = Callable[["Stream", asyncio.Transport], Awaitable[tuple[asyncio.Transport, Tls]]]
"""Puts TLS on a transport whose protocol is the stream: the new transport, and what it is. Raises ConnectionError."""


def peer_of(name: object) -> Peer:
    """A Peer from a socket's name: (host, port, …), or anything else for a Unix socket."""
    if not isinstance(name, tuple):
        return Peer(None)
    address = ip_address(name[0])
    return Peer(getattr(address, "ipv4_mapped", None) or address, name[1])


class Stream(asyncio.Protocol):
    """One connection. Made by a listener or by `dial` (or `pillarbox.testing.memory_stream`), used by one conversation."""

    __slots__ = (
        "__weakref__", "_borrower", "_chunks", "_closing", "_compression", "_encrypted", "_eof", "_loop", "_lost",
        "_reading_paused", "_receive_by", "_receiver", "_send_by", "_sender", "_since", "_timer", "_timer_at", "_transport",
        "_unpacked", "_unread", "_upgrade", "_upgrading",
        "_wakeable", "_woken", "_writing_paused", "is_leaving", "limits", "local", "peer", "tls",
    )  # fmt: skip

    def __init__(
        self,
        peer: Peer,
        local: tuple[str, int] = ("", 0),
        *,
        limits: ConnectionLimits = ConnectionLimits(),
        upgrade: Upgrade | None = None,
    ) -> None:
        """Without `upgrade` there is no `start_tls`."""
        self.peer = peer
        self.local = local
        self.limits = limits
        self.tls: Tls | None = None
        self.is_leaving = False
        """The server is about to stop: nothing new is to be begun."""
        self._upgrade = upgrade
        self._borrower: Borrower | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._unread = 0
        self._eof = False
        self._lost = False
        self._closing = False
        self._encrypted = False
        self._compression: Compression | None = None
        self._unpacked = 0
        self._upgrading = False
        self._reading_paused = False
        self._writing_paused = False
        self._wakeable = False
        self._woken = False
        self._receiver: asyncio.Future[None] | None = None
        self._sender: asyncio.Future[None] | None = None
        self._receive_by = 0.0
        self._send_by = 0.0
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # What a conversation uses.

    @property
    def secure(self) -> bool:
        """Whether a password may be taken: under TLS, or from this very machine."""
        return self.tls is not None or self.peer.is_local

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._lost or self._transport is None or self._transport.is_closing()

    @property
    def has_news(self) -> bool:
        """Whether `receive` would not wait: bytes, or the end, have come."""
        return bool(self._chunks) or self._eof or self._lost

    async def receive(self, within: float, *, wakeable: bool = False) -> bytes | None:
        """The next bytes, however many there are; b"" when the peer has closed or is gone.

        None only with `wakeable`, after `wake` (which stays set until it is told here; bytes that wait come first).
        Raises TimeoutError when nothing comes within so many seconds; ConnectionError where the peer breaks its compression.
        """
        if self._compression is not None:
            return await self._receive_packed(self._compression, within, wakeable)
        return await self._receive(within, wakeable)

    async def _receive(self, within: float, wakeable: bool) -> bytes | None:
        while not self._chunks:
            if self._eof or self._lost:
                return b""
            if wakeable and self._woken:
                self._woken = False
                return None
            await self._wait_to_receive(within, wakeable)
        return self._take()

    async def _receive_packed(self, compression: Compression, within: float, wakeable: bool) -> bytes | None:
        """The same under compression. A peer that says much with little gives others a turn, too."""
        while not (data := self._unpack(compression)):
            self._unpacked = 0
            if compression.ended:
                return b""
            compression.unlearn()  # what is asked for next may be another's secret than what has been told
            raw = await self._receive(within, wakeable)
            if not raw:
                return raw
            compression.feed(raw)
        self._unpacked += len(data)
        if self._unpacked >= READ_AHEAD:
            self._unpacked = 0
            await asyncio.sleep(0)
        return data

    def _unpack(self, compression: Compression) -> bytes:
        try:
            return compression.unpack()
        except ConnectionError:
            self.abort()
            raise

    def wake(self) -> None:
        """Let a wakeable `receive`, the present or the next one, return None."""
        self._woken = True
        if self._wakeable:
            self._release_receiver()

    async def send(self, data: bytes, within: float) -> None:
        """Hand over `data`: at once while the peer keeps up, else when it has taken most of what waits.

        Raises ConnectionError when the peer is gone, and TimeoutError when it took too little for so many seconds; then the
        connection is dropped, for there is nothing left to say to it.
        """
        transport = self._open_transport()
        if not data:
            return
        compression = self._compression
        if len(data) <= WRITE_HIGH:
            transport.write(data if compression is None else compression.pack(data))
            if self._writing_paused:
                await self._drained(within)
            return
        view = memoryview(data)
        for start in range(0, len(data), WRITE_HIGH):
            piece = view[start : start + WRITE_HIGH]
            self._open_transport().write(piece if compression is None else compression.pack(piece))
            if self._writing_paused:
                await self._drained(within)

    async def start_tls(self) -> None:
        """Put TLS on the connection, as its server or its client, whichever `upgrade` is; `tls` is set afterwards.

        Raises PlaintextBehindTls (the connection is dropped) where the peer did not wait, ConnectionError where the handshake
        fails or takes too long. RFC 3207 §4.2, RFC 9051 §6.2.1: what came before is forgotten by whoever asks for this.
        """
        transport = self._open_transport()
        if self._upgrade is None or self._encrypted:
            raise RuntimeError("no TLS to start here")
        if self._chunks:
            self._forget()
            self.abort()
            raise PlaintextBehindTls("plaintext behind the request for TLS")
        self._encrypted = self._upgrading = True
        try:
            self._transport, self.tls = await self._upgrade(self, transport)
        finally:
            self._upgrading = False
        self._tune()
        self._pause_if_full()

    def mention(self, data: bytes) -> None:
        """Hand over `data` at once, beside what somebody else may be sending; not where the peer does not keep up."""
        if self._transport is not None and not self._lost and not self._closing and not self._writing_paused:
            self._transport.write(data if self._compression is None else self._compression.pack(data))

    # Compression (RFC 4978).

    @property
    def compressed(self) -> bool:
        return self._compression is not None

    def start_compression(self, received: bytes = b"") -> None:
        """From now on everything is compressed, both ways; `received` has been received already, and is, too."""
        if self._compression is not None:
            raise RuntimeError("the connection is compressed already")
        self._compression = Compression()
        self._compression.feed(received)

    def stop_compression(self) -> None:
        """From now on nothing is. Raises ConnectionError (the connection is dropped) where the peer has not waited for that."""
        compression, self._compression = self._compression, None
        if compression is not None and (self._unpack(compression) or compression.unread):
            self.abort()
            raise ConnectionResetError("the peer did not wait for the end of its compression")

    def unlearn(self) -> None:
        """What has been sent till now no longer helps to compress what comes: it is another's secret."""
        if self._compression is not None:
            self._compression.unlearn()

    async def close(self) -> None:
        """Send what waits to be sent, within limits.send, then close within limits.close. Raises nothing but CancelledError."""
        if self._transport is None or self._lost or self._closing:
            return
        self._closing = True
        self._take()
        try:
            await self._flush()
            if not self._encrypted and not self._eof and self._transport.can_write_eof():
                # Closing while bytes of the peer's are unread resets the connection, and takes our last words along.
                self._transport.write_eof()
                await self._until(lambda: self._eof or self._lost)
            self._transport.close()
            await self._until(lambda: self._lost)
        except (OSError, RuntimeError):
            pass  # gone, or (TimeoutError) not worth waiting for any longer
        finally:
            self.abort()

    def abort(self) -> None:
        """Close at once; what was not sent is lost."""
        if self._transport is not None and not self._lost:
            self._transport.abort()

    def quiet_for(self) -> float:
        """Seconds for which a `receive` has waited and nothing come; 0 while the conversation is at work."""
        if self._borrower is not None:
            return self._borrower.quiet_for()
        return self._loop.time() - self._since if self._receiver is not None else 0.0

    # Another protocol in its place.

    def lend(self, borrower: Borrower) -> None:
        """Let `borrower` be the transport's protocol until `take_back`: it is told at once what has come already.

        Raises ConnectionError when the peer is gone.
        """
        transport = self._open_transport()
        self._borrower = borrower
        transport.set_protocol(borrower)
        borrower.connection_made(transport)
        if self._chunks:
            borrower.data_received(self._take())
        if self._eof:
            borrower.eof_received()

    def take_back(self) -> None:
        """The stream is the transport's protocol again."""
        self._borrower = None
        if self._transport is not None and not self._lost:
            self._transport.set_protocol(self)

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._tune()

    def secured(self, tls: Tls) -> None:
        """The transport was under TLS from its first byte."""
        self._encrypted = True
        self.tls = tls

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        self._chunks.append(data)
        self._unread += len(data)
        if self._unread >= READ_AHEAD:
            self._pause_if_full()
        self._release_receiver()

    def eof_received(self) -> bool:
        """True: the other direction stays open, so that a peer that has said all it wants still hears the answers."""
        self._eof = True
        self._release_receiver()
        return not self._encrypted

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._release_receiver()
        self._release_sender()

    def pause_writing(self) -> None:
        self._writing_paused = True

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._release_sender()

    # What is between the two.

    def _open_transport(self) -> asyncio.Transport:
        if self._transport is None or self._lost:
            raise ConnectionResetError("the peer is gone")
        return self._transport

    def _tune(self) -> None:
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high=WRITE_HIGH, low=WRITE_LOW)

    def _pause_if_full(self) -> None:
        if self._unread < READ_AHEAD or self._reading_paused or self._upgrading or self._transport is None:
            return
        self._reading_paused = True
        self._transport.pause_reading()

    def _take(self) -> bytes:
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._forget()
        if self._reading_paused:
            self._reading_paused = False
            if self._transport is not None and not self._lost:
                self._transport.resume_reading()
        return data

    def _forget(self) -> None:
        self._chunks.clear()
        self._unread = 0

    async def _wait_to_receive(self, within: float, wakeable: bool) -> None:
        if self._receiver is not None:
            raise RuntimeError("two receive at once")
        self._since = self._loop.time()
        self._receive_by = self._since + within
        self._receiver = self._loop.create_future()
        self._wakeable = wakeable
        self._arm(self._receive_by)
        try:
            await self._receiver
        finally:
            self._receiver = None
            self._wakeable = False

    async def _drained(self, within: float) -> None:
        """Wait until the peer has taken most of what waits."""
        while self._writing_paused and not self._lost:
            await self._wait_to_send(within)
        if self._lost:
            raise ConnectionResetError("the peer is gone")

    async def _wait_to_send(self, within: float) -> None:
        if self._sender is not None:
            raise RuntimeError("two send at once")
        self._send_by = self._loop.time() + within
        self._sender = self._loop.create_future()
        self._arm(self._send_by)
        try:
            await self._sender
        except TimeoutError:
            self.abort()
            raise
        finally:
            self._sender = None

    async def _flush(self) -> None:
        """Wait until nothing waits to be sent."""
        transport = self._open_transport()
        transport.set_write_buffer_limits(high=1, low=0)  # asyncio under TLS takes 0 for "always full"
        while self._writing_paused and not self._lost:
            await self._wait_to_send(self.limits.send)

    async def _until(self, done: Callable[[], bool]) -> None:
        by = self._loop.time() + self.limits.close
        while not done():
            await self._wait_to_receive(by - self._loop.time(), False)

    def _release_receiver(self) -> None:
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)

    def _release_sender(self) -> None:
        if self._sender is not None and not self._sender.done():
            self._sender.set_result(None)

    def _arm(self, deadline: float) -> None:
        if self._timer is not None:
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        due = self._loop.time() + TIMER_GRAIN
        later = []
        for waiter, deadline in ((self._receiver, self._receive_by), (self._sender, self._send_by)):
            if waiter is None or waiter.done():
                continue
            if deadline <= due:
                waiter.set_exception(TimeoutError())
            else:
                later.append(deadline)
        if later:
            self._arm(min(later))


def tls_of(transport: asyncio.BaseTransport, end_point: bytes | None) -> Tls:
    """What protects an encrypted transport; `end_point` is the binding to the certificate it showed."""
    connection: ssl.SSLObject = transport.get_extra_info("ssl_object")
    cipher = connection.cipher()
    bindings = {"tls-server-end-point": end_point} if end_point else {}
    if connection.version() == "TLSv1.2" and (unique := connection.get_channel_binding("tls-unique")):
        bindings["tls-unique"] = unique
    certificate = connection.getpeercert(binary_form=True) if connection.context.verify_mode is ssl.CERT_OPTIONAL else None
    return Tls(connection.version() or "", cipher[0] if cipher else "", bindings, certificate or b"")
