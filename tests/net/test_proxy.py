"""PROXY headers, whole and a byte at a time, true and false."""

import asyncio
import socket
from ipaddress import ip_address

import pytest

from pillarbox.net import proxy
from pillarbox.net.stream import Peer

V2 = proxy.SIGNATURE
TCP4 = bytes([192, 0, 2, 7, 10, 0, 0, 1]) + (4242).to_bytes(2, "big") + (25).to_bytes(2, "big")
TCP6 = ip_address("2001:db8::7").packed + ip_address("::1").packed + (4242).to_bytes(2, "big") + (25).to_bytes(2, "big")
SHORTEST_V1 = b"PROXY UNKNOWN\r\n"
LONGEST_V1 = b"PROXY UNKNOWN " + b"f" * 91 + b"\r\n"


def v2(command: int, family: int, rest: bytes) -> bytes:
    return V2 + bytes([0x20 | command, family]) + len(rest).to_bytes(2, "big") + rest


GOOD: list[tuple[bytes, Peer | None]] = [
    (b"PROXY TCP4 192.0.2.7 10.0.0.1 4242 25\r\n", Peer(ip_address("192.0.2.7"), 4242)),
    (b"PROXY TCP6 2001:db8::7 ::1 4242 25\r\n", Peer(ip_address("2001:db8::7"), 4242)),
    (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 4242 25\r\n", Peer(ip_address("192.0.2.7"), 4242)),
    (SHORTEST_V1, None),
    (LONGEST_V1, None),
    (v2(1, 0x11, TCP4), Peer(ip_address("192.0.2.7"), 4242)),
    (v2(1, 0x21, TCP6), Peer(ip_address("2001:db8::7"), 4242)),
    (v2(1, 0x11, TCP4 + b"\x04\x00\x03abc"), Peer(ip_address("192.0.2.7"), 4242)),
    (v2(1, 0x31, bytes(216)), Peer(None)),
    (v2(0, 0x00, b""), None),
    (v2(0, 0x11, TCP4), None),
    (v2(1, 0x00, b""), None),
    (v2(1, 0x11, TCP4 + bytes(4096 - len(TCP4))), Peer(ip_address("192.0.2.7"), 4242)),
]

BAD = [
    b"EHLO example.org\r\n",
    b"PROXY TCP4 192.0.2.7\r\n",
    b"PROXY TCP4 192.0.2.7 10.0.0.1 4242 25 1\r\n",
    b"PROXY TCP4 2001:db8::7 ::1 4242 25\r\n",
    b"PROXY TCP4 192.0.2.7 10.0.0.1 65536 25\r\n",
    b"PROXY TCP4 192.0.2.7 10.0.0.1 +42 25\r\n",
    b"PROXY TCP4 192.0.2.999 10.0.0.1 42 25\r\n",
    b"PROXY TCP4 192.0.2.7\xff 10.0.0.1 42 25\r\n",
    b"PROXY UDP4 192.0.2.7 10.0.0.1 42 25\r\n",
    b"PROXY UNKNOWN " + b"f" * 200,
    b"PROXIES ARE NOT US\r\n",
    v2(2, 0x11, TCP4),
    v2(1, 0x12, TCP4),
    v2(1, 0x11, TCP4[:11]),
    v2(1, 0x21, TCP4),
    V2 + b"\x11\x11\x00\x0c" + TCP4,
    v2(1, 0x11, TCP4 + bytes(4097 - len(TCP4))),
]


def take(wire: bytes) -> Peer | None:
    """What is done on a socket, without one."""
    header = b""
    while more := proxy.missing(header):
        assert len(header) + more <= len(wire), "would wait for more"
        header = wire[: len(header) + more]
    return proxy.parse(header)


@pytest.mark.parametrize(("header", "peer"), GOOD)
def test_a_header_names_the_peer_and_nothing_behind_it_is_taken(header: bytes, peer: Peer | None) -> None:
    assert take(header + b"EHLO x\r\n" * 50) == peer


@pytest.mark.parametrize("header", BAD)
def test_what_is_no_header_is_refused(header: bytes) -> None:
    with pytest.raises(proxy.BadHeader):
        take(header)


@pytest.mark.parametrize("header", [header for header, _ in GOOD])
def test_a_header_that_has_not_all_come_is_waited_for(header: bytes) -> None:
    assert all(proxy.missing(header[:size]) > 0 for size in range(len(header)))


@pytest.mark.parametrize(("header", "peer"), GOOD)
async def test_a_header_is_taken_off_a_socket_to_the_byte(header: bytes, peer: Peer | None) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.send(header + b"behind")
        assert await proxy.read(ours, 5) == peer
        assert ours.recv(100) == b"behind"


async def test_a_proxy_that_says_nothing_is_not_waited_for_long() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        with pytest.raises(TimeoutError):
            await proxy.read(ours, 0.02)


async def test_a_proxy_that_closes_within_the_header_is_noticed() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        with theirs:
            theirs.send(b"PROXY TC")
        with pytest.raises(proxy.BadHeader):
            await asyncio.wait_for(proxy.read(ours, 60), 60)
