"""Accepting, refusing, TLS from the first byte, proxies in front, and stopping."""

import asyncio
import contextlib
import gc
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from pillarbox.errors import OperatorError
from pillarbox.limits import ConnectionLimits
from pillarbox.net import authority
from pillarbox.net.bounds import Bounds
from pillarbox.net.listener import Door, Listener, Premises, Serve
from pillarbox.net.sockets import listen, name_of
from pillarbox.net.stream import Peer, Stream
from pillarbox.net.tls import ServerTls

PLAIN = Door("imap", busy=b"* BYE too many\r\n")
HIDDEN = Door("imaps", implicit_tls=True, can_start_tls=False)


async def echo(stream: Stream, door: Door) -> None:
    try:
        while data := await stream.receive(10):
            await stream.send(data, 10)
    except asyncio.CancelledError:
        await stream.send(b"goodbye\r\n", 1)
        raise


def premises(**changes: object) -> Premises:
    values: dict[str, object] = {"bounds": Bounds(100, 10), "tls": None, "limits": ConnectionLimits(close=0.5)}
    return Premises(**{**values, **changes})  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def serving(door: Door, serve: Serve, shared: Premises) -> AsyncIterator[tuple[Listener, int]]:
    sock = listen(("127.0.0.1", 0))
    listener = Listener(sock, door, serve, shared)
    listener.start()
    try:
        yield listener, sock.getsockname()[1]
    finally:
        listener.stop_accepting()
        await listener.drain(0)
        sock.close()


async def connect(port: int, **how: object) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port, **how)  # type: ignore[arg-type]


async def test_a_conversation_is_held_and_closed_after_it() -> None:
    async def greet(stream: Stream, door: Door) -> None:
        await stream.send(f"{door.name} {stream.peer.address}\r\n".encode(), 1)

    async with serving(PLAIN, greet, premises()) as (_, port):
        reader, writer = await connect(port)
        assert await reader.read() == b"imap 127.0.0.1\r\n"
        writer.close()


async def test_a_conversation_that_fails_is_closed_and_the_next_is_held() -> None:
    async def fail(stream: Stream, door: Door) -> None:
        raise ValueError("a bug")

    async with serving(PLAIN, fail, premises()) as (_, port):
        for _ in range(2):
            reader, writer = await connect(port)
            assert await reader.read() == b""
            writer.close()


async def test_what_no_conversation_may_survive_is_told() -> None:
    class Broken(BaseException):
        pass

    async def fail(stream: Stream, door: Door) -> None:
        raise Broken

    told: asyncio.Queue[BaseException] = asyncio.Queue()
    async with serving(PLAIN, fail, premises(fatal=told.put_nowait)) as (_, port):
        _, writer = await connect(port)
        assert isinstance(await asyncio.wait_for(told.get(), 60), Broken)
        writer.close()


async def test_too_many_are_refused_politely_and_room_is_made_again() -> None:
    bounds = Bounds(1, 0)
    async with serving(PLAIN, echo, premises(bounds=bounds)) as (_, port):
        first, first_writer = await connect(port)
        first_writer.write(b"x")
        assert await first.readexactly(1) == b"x"
        second, second_writer = await connect(port)
        assert await second.read() == b"* BYE too many\r\n"
        second_writer.close()
        first_writer.close()
        assert await first.read() == b""
        while bounds.open:
            await asyncio.sleep(0)
        third, third_writer = await connect(port)
        third_writer.write(b"y")
        assert await third.readexactly(1) == b"y"
        third_writer.close()


@pytest.mark.parametrize(
    ("one", "other", "shares"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ],
)
def test_an_address_is_counted_by_its_prefix(one: str, other: str, shares: bool) -> None:
    bounds = Bounds(100, 1)
    assert bounds.admit_peer(Peer(ip_address(one)))
    assert bounds.admit_peer(Peer(ip_address(other))) is not shares
    bounds.peer_left(Peer(ip_address(one)))
    assert bounds.admit_peer(Peer(ip_address(one)))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3"])
def test_whoever_is_exempt_may_come_as_often_as_it_likes(address: str) -> None:
    bounds = Bounds(100, 1, [ip_network("10.0.0.0/8")])
    assert all(bounds.admit_peer(Peer(ip_address(address))) for _ in range(5))


async def test_a_proxy_says_whom_it_speaks_for() -> None:
    async def tell(stream: Stream, door: Door) -> None:
        said = await stream.receive(5)
        await stream.send(f"{stream.peer.address} {stream.secure} ".encode() + (said or b""), 1)

    async with serving(PLAIN, tell, premises(proxies=[ip_network("127.0.0.0/8")])) as (_, port):
        reader, writer = await connect(port)
        writer.write(b"PROXY TCP4 192.0.2.7 10.0.0.1 4242 25\r\nEHLO")
        assert await reader.read() == b"192.0.2.7 False EHLO"
        writer.close()
        reader, writer = await connect(port)
        writer.write(b"EHLO without a header\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_one_address_may_come_again_when_it_has_gone() -> None:
    shared = premises(bounds=Bounds(100, 1), proxies=[ip_network("127.0.0.0/8")])
    async with serving(PLAIN, echo, shared) as (_, port):
        for _ in range(3):
            reader, writer = await connect(port)
            writer.write(b"PROXY TCP4 192.0.2.7 10.0.0.1 4242 25\r\nx")
            assert await reader.readexactly(1) == b"x"
            other, other_writer = await connect(port)
            other_writer.write(b"PROXY TCP4 192.0.2.7 10.0.0.1 4243 25\r\n")
            assert await other.read() == b"* BYE too many\r\n"
            other_writer.close()
            writer.close()
            assert await reader.read() == b""
            while shared.bounds.open:
                await asyncio.sleep(0)


async def test_a_header_from_someone_not_trusted_is_not_believed() -> None:
    async with serving(PLAIN, echo, premises(proxies=[ip_network("10.0.0.0/8")])) as (_, port):
        reader, writer = await connect(port)
        writer.write(b"PROXY TCP4 192.0.2.7 10.0.0.1 4242 25\r\n")
        assert await reader.readline() == b"PROXY TCP4 192.0.2.7 10.0.0.1 4242 25\r\n"
        writer.close()


def certified(folder: Path, limits: ConnectionLimits = ConnectionLimits()) -> tuple[ServerTls, ssl.SSLContext]:
    made = authority.ensure(folder, "localhost", datetime.now(UTC))
    return ServerTls(made.certificate, made.key, limits), ssl.create_default_context(cafile=str(made.authority))


async def test_a_door_with_tls_from_the_first_byte(tmp_path: Path) -> None:
    tls, trusting = certified(tmp_path)

    async def tell(stream: Stream, door: Door) -> None:
        assert stream.tls is not None
        await stream.send(stream.tls.channel_bindings["tls-server-end-point"], 1)

    async with serving(HIDDEN, tell, premises(tls=tls)) as (_, port):
        reader, writer = await connect(port, ssl=trusting, server_hostname="localhost")
        assert await reader.read() == tls.end_point
        writer.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_put_on_later_binds_log_ins_to_the_connection(tmp_path: Path, version: ssl.TLSVersion) -> None:
    tls, trusting = certified(tmp_path)
    trusting.maximum_version = version

    async def upgrade(stream: Stream, door: Door) -> None:
        assert await stream.receive(5) == b"STARTTLS\r\n"
        await stream.send(b"go\r\n", 1)
        await stream.start_tls()
        assert stream.tls is not None
        assert stream.tls.channel_bindings["tls-server-end-point"] == tls.end_point
        await stream.send(stream.tls.channel_bindings.get("tls-unique", b"none"), 1)

    async with serving(PLAIN, upgrade, premises(tls=tls)) as (_, port):
        reader, writer = await connect(port)
        writer.write(b"STARTTLS\r\n")
        assert await reader.readline() == b"go\r\n"
        await writer.start_tls(trusting, server_hostname="localhost")
        expected = writer.get_extra_info("ssl_object").get_channel_binding("tls-unique")
        assert await reader.read() == (expected if version is ssl.TLSVersion.TLSv1_2 else b"none")
        writer.close()


async def test_a_proxy_may_stand_before_tls_too(tmp_path: Path) -> None:
    tls, trusting = certified(tmp_path)

    async def tell(stream: Stream, door: Door) -> None:
        await stream.send(str(stream.peer.address).encode(), 1)

    async with serving(HIDDEN, tell, premises(tls=tls, proxies=[ip_network("127.0.0.0/8")])) as (_, port):
        reader, writer = await connect(port)
        writer.write(b"PROXY TCP6 2001:db8::7 ::1 4242 993\r\n")
        await writer.start_tls(trusting, server_hostname="localhost")
        assert await reader.read() == b"2001:db8::7"
        writer.close()


async def test_a_certificate_is_replaced_under_running_connections(tmp_path: Path) -> None:
    tls, old = certified(tmp_path)
    async with serving(HIDDEN, echo, premises(tls=tls)) as (_, port):
        reader, writer = await connect(port, ssl=old, server_hostname="localhost")
        (tmp_path / "ca.pem").unlink()
        _, new = certified(tmp_path)
        tls.load()
        writer.write(b"still here")
        assert await reader.readexactly(10) == b"still here"
        other, other_writer = await connect(port, ssl=new, server_hostname="localhost")
        other_writer.write(b"new")
        assert await other.readexactly(3) == b"new"
        writer.close()
        other_writer.close()


async def test_scanners_that_speak_plainly_to_a_tls_door_leave_nothing_behind(tmp_path: Path) -> None:
    tls, _ = certified(tmp_path, ConnectionLimits(tls_handshake=1))
    shared = premises(tls=tls)
    async with serving(HIDDEN, echo, shared) as (listener, port):
        for _ in range(20):
            reader, writer = await connect(port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            writer.close()
        while listener._talks:
            await asyncio.sleep(0.005)
        assert shared.bounds.open == 0
        gc.collect()
        assert not [thing for thing in gc.get_objects() if isinstance(thing, Stream)]


async def test_a_handshake_that_never_ends_is_ended(tmp_path: Path) -> None:
    tls, _ = certified(tmp_path)
    async with serving(HIDDEN, echo, premises(tls=tls, limits=ConnectionLimits(tls_handshake=0.05, close=0.1))) as (_, port):
        reader, writer = await connect(port)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()


async def test_stopping_says_goodbye_to_whoever_only_waits() -> None:
    sock = listen(("127.0.0.1", 0))
    listener = Listener(sock, PLAIN, echo, premises())
    listener.start()
    reader, writer = await connect(sock.getsockname()[1])
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"
    listener.stop_accepting()
    draining = asyncio.ensure_future(listener.drain(0.02))
    assert await reader.read() == b"goodbye\r\n"
    writer.close()
    await draining
    sock.close()


async def test_stopping_waits_for_whoever_is_at_work() -> None:
    finish, started = asyncio.Event(), asyncio.Event()

    async def work(stream: Stream, door: Door) -> None:
        started.set()
        await finish.wait()
        await stream.send(b"done\r\n", 1)

    sock = listen(("127.0.0.1", 0))
    listener = Listener(sock, PLAIN, work, premises())
    listener.start()
    reader, writer = await connect(sock.getsockname()[1])
    await started.wait()
    listener.stop_accepting()
    draining = asyncio.ensure_future(listener.drain(10))
    await asyncio.sleep(0)
    finish.set()
    assert await reader.read() == b"done\r\n"
    writer.close()
    await draining
    sock.close()


def test_a_port_that_is_taken_is_said_so() -> None:
    with listen(("127.0.0.1", 0)) as taken, pytest.raises(OperatorError) as caught:
        listen(taken.getsockname())
    assert "another port" in caught.value.hint


def test_ipv6_does_not_take_the_ipv4_port_along() -> None:
    try:
        with listen(("::1", 0)) as sock, listen(("127.0.0.1", sock.getsockname()[1])):
            assert name_of(sock.getsockname()).startswith("[::1]:")
    except OperatorError as error:
        pytest.skip(str(error))


def test_a_unix_socket_left_over_is_replaced_and_one_in_use_is_not(tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    listen(str(path)).close()
    with listen(f"{path}?mode=0660") as sock:
        assert path.stat().st_mode & 0o777 == 0o660
        with pytest.raises(OperatorError, match="somebody"):
            listen(str(path))
        assert sock.family == socket.AF_UNIX


def test_a_file_is_never_taken_for_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("keep me")
    with pytest.raises(OperatorError):
        listen(str(path))
    assert path.read_text() == "keep me"
