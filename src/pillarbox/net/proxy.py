"""The PROXY protocol, versions 1 and 2: who a proxy in front of us says it speaks for (haproxy.org, proxy-protocol.txt).

The header comes before everything else, TLS included, so it is read from the socket itself and not a byte beyond it.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from .stream import Peer

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
V1_SHORTEST: Final = len(b"PROXY UNKNOWN\r\n")
V1_LONGEST: Final = 107
V2_FIXED: Final = 16
V2_LONGEST: Final = 4096
"""The addresses, and as much of the optional fields as any proxy sends."""
_PORT_MOST: Final = 65535


class BadHeader(ConnectionError):
    """A proxy we trust began with something that is no PROXY header."""


def missing(header: bytes) -> int:
    """How many more bytes surely belong to the header that begins so; 0 when it is whole. Raises BadHeader."""
    if len(header) < V1_SHORTEST:
        if not (SIGNATURE.startswith(header[: len(SIGNATURE)]) or b"PROXY ".startswith(header[:6])):
            raise BadHeader("no PROXY header")
        return V1_SHORTEST - len(header)
    if header.startswith(SIGNATURE):
        return _missing_v2(header)
    if not header.startswith(b"PROXY "):
        raise BadHeader("no PROXY header")
    if header.endswith(b"\r\n"):
        return 0
    if len(header) >= V1_LONGEST:
        raise BadHeader("a PROXY line without an end")
    return 1


def parse(header: bytes) -> Peer | None:
    """The peer a whole header names; None where the proxy speaks for itself (LOCAL, UNKNOWN). Raises BadHeader."""
    return _parse_v2(header) if header.startswith(SIGNATURE) else _parse_v1(header)


async def read(sock: socket.socket, within: float) -> Peer | None:
    """Take the header off a connection just accepted. Raises BadHeader, TimeoutError, OSError."""
    loop = asyncio.get_running_loop()
    header = b""
    async with asyncio.timeout(within):
        while more := missing(header):
            data = await loop.sock_recv(sock, more)
            if not data:
                raise BadHeader("closed within the PROXY header")
            header += data
    return parse(header)


def _missing_v2(header: bytes) -> int:
    if len(header) < V2_FIXED:
        return V2_FIXED - len(header)
    length = int.from_bytes(header[14:16], "big")
    if length > V2_LONGEST:
        raise BadHeader("a PROXY header too long")
    return V2_FIXED + length - len(header)


def _parse_v1(header: bytes) -> Peer | None:
    words = header.removesuffix(b"\r\n").split(b" ")
    if words[1:2] == [b"UNKNOWN"]:
        return None
    if len(words) != 6 or words[1] not in (b"TCP4", b"TCP6"):
        raise BadHeader("a PROXY line of no known kind")
    port = words[4]
    if not port.isdigit() or len(port) > 5 or int(port) > _PORT_MOST:
        raise BadHeader("a PROXY line without a port")
    try:
        address = ip_address(words[2].decode("ascii"))
    except ValueError:
        raise BadHeader("a PROXY line without an address") from None
    if (address.version == 4) != (words[1] == b"TCP4"):
        raise BadHeader("a PROXY line with an address of another family")
    return Peer(_plain(address), int(port))


def _parse_v2(header: bytes) -> Peer | None:
    version, command, family = header[12] >> 4, header[12] & 15, header[13]
    if version != 2 or command > 1:
        raise BadHeader("a PROXY header of no known version")
    if command == 0:
        return None
    addresses = header[V2_FIXED:]
    match family:
        case 0x11 if len(addresses) >= 12:
            return Peer(IPv4Address(addresses[:4]), int.from_bytes(addresses[8:10], "big"))
        case 0x21 if len(addresses) >= 36:
            return Peer(_plain(IPv6Address(addresses[:16])), int.from_bytes(addresses[32:34], "big"))
        case 0x31 if len(addresses) >= 216:
            return Peer(None)
        case 0x00:
            return None
    raise BadHeader("a PROXY header of no known family")


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return getattr(address, "ipv4_mapped", None) or address
