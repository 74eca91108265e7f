"""One name server: asking it over UDP and TCP, and knowing whether it is there at all.

Every query has a socket of its own, connected: so its source port is the system's random choice, and what comes from elsewhere
never arrives (RFC 5452 §4). Whatever has another id, or answers another question, is passed over.

A question that goes unanswered says little of the server: the name's own servers may be slow. So the server is then asked what
any resolver knows. If that too is unanswered the server rests: nobody waits for it, until it answers such a probe again.
"""

import asyncio
import socket
from typing import Final

from ..checks.questions import Answer
from ..limits import DnsLimits
from .dns_messages import Lookup, most_records, probe, query, read
from .dns_wire import BadReply, Query, Reply, unpack
from .sockets import name_of

_DATAGRAM: Final = 4096
"""Bytes read of one: more than we say we take."""


class NoReply(Exception):
    """The server did not answer; the text says how."""


class Upstream:
    """A name server that is asked again and again."""

    def __init__(self, address: tuple[str, int], limits: DnsLimits) -> None:
        self.name = name_of(address)
        self.rests = False
        """Whether it is known to be silent."""
        self._address = address
        self._limits = limits
        self._most = most_records(limits)
        self._heard = float("-inf")
        self._probing: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._closed = False

    async def look_up(self, lookup: Lookup, name: bytes, *, validating: bool, recursive: bool) -> Answer:
        """What it says of a name: as a resolver, or of its own knowledge only.

        Raises NoReply; BadReply where what it says is of no use.
        """
        asked = query(lookup, name, validating=validating, recursive=recursive)
        try:
            reply = await self._ask(asked)
            return read(lookup, reply, validating=validating, authority=not recursive, limits=self._limits)
        except BadReply as error:
            raise BadReply(f"{self.name}: {error}") from error

    async def _ask(self, query: Query) -> Reply:
        """Its reply, whatever that says, within limits.query (and as long again where that needs TCP)."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            async with asyncio.timeout(self._limits.query):
                reply = await by_udp(self._address, query, self._most)
            self._heard = loop.time()
            if reply.is_truncated:
                async with asyncio.timeout(self._limits.query):
                    reply = await by_tcp(self._address, query, self._most)
        except TimeoutError:
            if self._heard < asked:
                self._doubt()
            raise NoReply(f"{self.name}: no answer within {self._limits.query:g} s") from None
        except OSError as error:
            if self._heard < asked:
                self._rest()
            raise NoReply(f"{self.name}: {error.strerror or error}") from error
        return reply

    def close(self) -> None:
        """Probe no more."""
        self._closed = True
        if self._probing is not None:
            self._probing.cancel()
        if self._again is not None:
            self._again.cancel()

    def _doubt(self) -> None:
        self._again = None
        if self._probing is None and not self._closed:
            self._probing = asyncio.ensure_future(self._probe())

    async def _probe(self) -> None:
        try:
            async with asyncio.timeout(self._limits.query):
                await by_udp(self._address, probe(), self._most)
        except (OSError, BadReply) as error:  # TimeoutError is an OSError
            self.rests = isinstance(error, OSError)
        else:
            self.rests = False
        finally:
            self._probing = None
        if self.rests:
            self._rest()

    def _rest(self) -> None:
        self.rests = True
        if self._again is None and not self._closed:
            self._again = asyncio.get_running_loop().call_later(self._limits.resting, self._doubt)


async def by_udp(address: tuple[str, int], query: Query, most: int) -> Reply:
    """The reply, which may be truncated. Waits for ever. Raises OSError, BadReply."""
    loop = asyncio.get_running_loop()
    with _socket(address, socket.SOCK_DGRAM) as sock:
        sock.connect(address)
        await loop.sock_sendall(sock, query.wire)
        while (reply := unpack(await loop.sock_recv(sock, _DATAGRAM), query, most)) is None:
            pass
    return reply


async def by_tcp(address: tuple[str, int], query: Query, most: int) -> Reply:
    """The reply over a connection of its own (RFC 7766 §8). Waits for ever. Raises OSError, BadReply."""
    loop = asyncio.get_running_loop()
    with _socket(address, socket.SOCK_STREAM) as sock:
        await loop.sock_connect(sock, address)
        await loop.sock_sendall(sock, len(query.wire).to_bytes(2) + query.wire)
        size = int.from_bytes(await _exactly(sock, 2))
        reply = unpack(await _exactly(sock, size), query, most)
    if reply is None or reply.is_truncated:
        raise BadReply("it answers another question, or in part")
    return reply


def _socket(address: tuple[str, int], kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, kind)
    sock.setblocking(False)
    return sock


async def _exactly(sock: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < size:
        more = await loop.sock_recv(sock, size - len(data))
        if not more:
            raise BadReply("it ended before its end")
        data += more
    return bytes(data)
