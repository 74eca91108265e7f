"""A stream over memory and over sockets: time, back-pressure, ends, and the upgrade to TLS."""

import asyncio
import socket
import ssl
from collections.abc import Coroutine
from typing import TypeVar

import pytest
import trustme

from pillarbox.limits import ConnectionLimits
from pillarbox.net.stream import READ_AHEAD, PlaintextBehindTls, Stream, Tls, peer_of, tls_of
from pillarbox.testing.memory_stream import pair

SOON = 0.02
T = TypeVar("T")


async def begun(waiting: Coroutine[object, object, T]) -> "asyncio.Task[T]":
    """Something that has come to the point where it waits."""
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    return task


async def test_bytes_come_as_they_arrive() -> None:
    server, client = pair()
    await client.write(b"one")
    await client.write(b"two")
    assert await server.receive(1) == b"onetwo"


async def test_a_receive_that_waits_is_woken_by_bytes() -> None:
    server, client = pair()
    waiting = await begun(server.receive(1))
    await client.write(b"late")
    assert await waiting == b"late"


async def test_nothing_within_the_time_is_a_timeout_and_the_stream_lives_on() -> None:
    server, client = pair()
    with pytest.raises(TimeoutError):
        await server.receive(SOON)
    await client.write(b"x")
    assert await server.receive(1) == b"x"


async def test_a_shorter_time_after_a_longer_one_is_kept() -> None:
    server, client = pair()
    first = await begun(server.receive(1000))
    await client.write(b"y")
    assert await first == b"y"
    with pytest.raises(TimeoutError):
        await server.receive(SOON)


async def test_a_timer_armed_for_an_earlier_wait_does_not_end_a_later_one() -> None:
    server, client = pair()
    first = await begun(server.receive(SOON))
    await client.write(b"x")
    assert await first == b"x"
    second = asyncio.ensure_future(server.receive(1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(second), 3 * SOON)
    await client.write(b"y")
    assert await second == b"y"


async def test_what_was_sent_before_the_end_is_read_before_it() -> None:
    server, client = pair()
    await client.write(b"last")
    client.end()
    assert await server.receive(1) == b"last"
    assert await server.receive(1) == b""
    assert await server.receive(1) == b""


async def test_a_peer_that_has_ended_still_hears_answers() -> None:
    server, client = pair()
    client.end()
    assert await server.receive(1) == b""
    await server.send(b"heard\r\n", 1)
    assert await client.read_line() == b"heard\r\n"


async def test_a_wake_is_told_once_even_if_it_came_first() -> None:
    server, client = pair()
    server.wake()
    assert await server.receive(1, wakeable=True) is None
    waiting = await begun(server.receive(1, wakeable=True))
    server.wake()
    assert await waiting is None
    await client.write(b"x")
    assert await server.receive(1, wakeable=True) == b"x"


async def test_a_wake_waits_for_a_receive_that_may_be_woken() -> None:
    server, client = pair()
    server.wake()
    await client.write(b"x")
    assert await server.receive(1) == b"x"
    assert await server.receive(1, wakeable=True) is None


async def test_a_peer_is_not_read_while_nobody_receives() -> None:
    server, client = pair()
    client.within = SOON
    await client.write(bytes(READ_AHEAD))
    with pytest.raises(TimeoutError):
        await client.write(b"more")
    assert len(await server.receive(1) or b"") == READ_AHEAD
    await client.write(b"more")
    assert await server.receive(1) == b"more"


async def test_send_returns_at_once_while_the_client_keeps_up() -> None:
    server, client = pair(window=1000)
    for _ in range(100):
        await server.send(bytes(500), 1)
        assert await client.read_exactly(500) == bytes(500)


async def test_send_waits_for_a_client_that_reads_slowly() -> None:
    server, client = pair(window=1000)
    sending = await begun(server.send(bytes(2000), 1))
    assert not sending.done()
    await client.read_exactly(1900)
    await sending


async def test_a_client_that_reads_nothing_is_dropped() -> None:
    server, client = pair(window=1000)
    with pytest.raises(TimeoutError):
        await server.send(bytes(2000), SOON)
    await asyncio.sleep(0)
    assert client.closed
    with pytest.raises(ConnectionError):
        await server.send(b"x", SOON)


async def test_a_send_that_waits_ends_when_the_client_goes() -> None:
    server, client = pair(window=1000)
    sending = await begun(server.send(bytes(2000), 10))
    client.close()
    with pytest.raises(ConnectionError):
        await sending


async def test_plaintext_behind_starttls_drops_the_connection() -> None:
    server, client = pair(peer="192.0.2.7")
    await client.write(b"STARTTLS\r\n")
    assert await server.receive(1) == b"STARTTLS\r\n"
    await client.write(b"MAIL FROM:<>\r\n")
    with pytest.raises(PlaintextBehindTls):
        await server.start_tls()
    assert client.closed
    assert await server.receive(1) == b""
    assert not server.secure


async def test_a_stranger_is_secure_only_after_starttls() -> None:
    server, _ = pair(peer="192.0.2.7")
    assert not server.secure
    await server.start_tls()
    assert server.secure
    assert server.tls is not None


@pytest.mark.parametrize(("peer", "secure"), [("127.0.0.1", True), ("::1", True), (None, True), ("192.0.2.7", False)])
async def test_what_stays_within_the_machine_is_secure(peer: str | None, secure: bool) -> None:
    server, _ = pair(peer=peer)
    assert server.secure is secure


def test_an_ipv4_address_in_ipv6_clothes_is_ipv4() -> None:
    assert peer_of(("::ffff:127.0.0.1", 25, 0, 0)) == peer_of(("127.0.0.1", 25))
    assert peer_of("").address is None


async def test_closing_gives_up_on_a_client_that_never_closes() -> None:
    server, client = pair(limits=ConnectionLimits(close=SOON, send=SOON))
    await server.send(b"bye\r\n", 1)
    await server.close()
    assert await client.read_all() == b"bye\r\n"
    assert server.closed


async def test_closing_gives_up_on_a_client_that_never_reads() -> None:
    server, client = pair(window=10, limits=ConnectionLimits(close=10, send=SOON))
    sending = await begun(server.send(bytes(50), 1))
    sending.cancel()
    await server.close()
    assert client.closed


# Over sockets.


class Wire:
    """A stream on one end of a socket pair, a plain asyncio connection on the other."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.context = context

    async def __aenter__(self) -> "Wire":
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.theirs = socket.create_connection(listening.getsockname())
            ours, _ = listening.accept()
        loop = asyncio.get_running_loop()
        self.server = Stream(peer_of(""), upgrade=self.upgrade if self.context else None)
        await loop.connect_accepted_socket(lambda: self.server, ours)
        self.reader, self.writer = await asyncio.open_connection(sock=self.theirs)
        return self

    async def upgrade(self, stream: Stream, transport: asyncio.Transport) -> tuple[asyncio.Transport, Tls]:
        assert self.context is not None
        loop = asyncio.get_running_loop()
        new = await loop.start_tls(transport, stream, self.context, server_side=True)
        assert new is not None
        return new, tls_of(new, b"end point")

    async def __aexit__(self, *_: object) -> None:
        self.server.abort()
        self.writer.close()


async def test_last_words_survive_bytes_we_never_read() -> None:
    async with Wire() as wire:
        wire.writer.write(bytes(100_000))
        await wire.server.send(b"421 goodbye\r\n", 1)
        closing = asyncio.ensure_future(wire.server.close())
        assert await asyncio.wait_for(wire.reader.read(), 60) == b"421 goodbye\r\n"
        wire.writer.close()
        await closing
        assert wire.server.closed


async def test_a_long_answer_arrives_whole_at_a_slow_reader() -> None:
    async with Wire() as wire:
        data = bytes(range(256)) * 20_000
        sending = asyncio.ensure_future(wire.server.send(data, 5))
        assert await wire.reader.readexactly(len(data)) == data
        await sending


async def test_tls_is_put_on_a_running_connection() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with Wire(context) as wire:
        upgrading = asyncio.ensure_future(wire.server.start_tls())
        await wire.writer.start_tls(trusting, server_hostname="localhost")
        await upgrading
        assert wire.server.tls is not None
        assert wire.server.tls.version == "TLSv1.3"
        assert wire.server.tls.channel_bindings["tls-server-end-point"] == b"end point"
        wire.writer.write(bytes(1_000_000))
        got = 0
        while got < 1_000_000:
            got += len(await wire.server.receive(5) or b"")
        sending = asyncio.ensure_future(wire.server.send(bytes(1_000_000), 5))
        assert await wire.reader.readexactly(1_000_000) == bytes(1_000_000)
        await sending
        closing = asyncio.ensure_future(wire.server.close())
        assert await wire.reader.read() == b""
        wire.writer.close()
        await closing
