"""A name server on loopback that answers from a `fake_dns.Zone`, by UDP and TCP, as a resolver and as an authority.

    async with DnsServer(zone, behaviours={"slow.example": DROP}) as server:
        resolver = Resolver([server.address])

For several processes: `python -m pillarbox.testing.dns_server ZONEFILE [--port N] [--secure]` prints its address and port on
one line, and serves until it is stopped.
"""

import argparse
import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from .fake_dns import ALIASES, TTL, Zone

MINIMUM: Final = 60
"""Seconds an absence may be kept."""
PLAIN_UDP: Final = 512
"""Bytes a datagram may have for who says nothing of it (RFC 1035 §4.2.1)."""
_PORTS_TRIED: Final = 50


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What becomes of queries for a name."""

    drop: bool = False
    """No answer at all."""
    code: str = ""
    """A response code instead of records: "SERVFAIL"."""
    delay: float = 0.0
    truncate: bool = False
    """Over UDP only a note that there is more than fits."""


DROP: Final = Behaviour(drop=True)
SERVFAIL: Final = Behaviour(code="SERVFAIL")
REFUSED: Final = Behaviour(code="REFUSED")
TRUNCATE: Final = Behaviour(truncate=True)
USUAL: Final = Behaviour()


class Asked(NamedTuple):
    """A query that came in."""

    name: str
    kind: str
    over: str
    """"udp" or "tcp"."""
    recursive: bool


class DnsServer:
    """`behaviours` are by name, "*" for all others; both they and the zone may change meanwhile."""

    def __init__(
        self, zone: Zone, *, behaviours: Mapping[str, Behaviour] | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.zone = zone
        self.behaviours = dict(behaviours or {})
        self.asked: list[Asked] = []
        """In the order they came."""
        self.address = (host, port)
        self._datagrams: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "DnsServer":
        udp, tcp = _sockets(*self.address)
        self.address = tcp.getsockname()[:2]
        loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        self._server = await asyncio.start_server(self._converse, sock=tcp)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        if self._datagrams is not None:
            self._datagrams.close()
        if self._server is not None:
            self._server.close()

    def questions(self, name: str) -> Sequence[Asked]:
        """What was asked of a name."""
        return [asked for asked in self.asked if asked.name == name]

    # By either way.

    def received(self, data: bytes, sender: Any) -> None:
        """A datagram."""
        self._begin(self._answer_datagram(data, sender))

    async def answer(self, data: bytes, over: str) -> bytes | None:
        """What is said to a query; None for nothing."""
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return None
        if not query.question or query.flags & dns.flags.QR:
            return None
        question = query.question[0]
        name = question.name.to_text().lower().removesuffix(".")  # "" is the root
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(Asked(name, kind, over, bool(query.flags & dns.flags.RD)))
        behaviour = self.behaviours.get(name) or self.behaviours.get("*", USUAL)
        if behaviour.drop:
            return None
        if behaviour.delay:
            await asyncio.sleep(behaviour.delay)
        reply = self._reply(query, name, kind, behaviour)
        return _packed(reply, query, over, behaviour)

    def _begin(self, answering: Any) -> None:
        task = asyncio.ensure_future(answering)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer_datagram(self, data: bytes, sender: Any) -> None:
        reply = await self.answer(data, "udp")
        if reply is not None and self._datagrams is not None and not self._datagrams.is_closing():
            self._datagrams.sendto(reply, sender)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2))
                reply = await self.answer(await reader.readexactly(size), "tcp")
                if reply is not None:
                    writer.write(len(reply).to_bytes(2) + reply)
        except (EOFError, OSError):
            pass
        finally:
            writer.close()

    # What there is to say.

    def _reply(self, query: dns.message.Message, name: str, kind: str, behaviour: Behaviour) -> dns.message.Message:
        reply = dns.message.make_response(query, recursion_available=True)
        if behaviour.code:
            reply.set_rcode(dns.rcode.from_text(behaviour.code))
            return reply
        reply.flags |= dns.flags.AA
        start = name
        for _ in range(ALIASES):
            if self.zone.is_failing(name, kind):
                reply.set_rcode(dns.rcode.SERVFAIL)
                return reply
            found = self.zone.records(name, kind)
            alias = self.zone.records(name, "CNAME") if kind != "CNAME" and not found else None
            if not alias:
                break
            reply.answer.append(_rrset(name, "CNAME", alias))
            name = alias[0].lower().removesuffix(".")
        if found:
            reply.answer.append(_rrset(name, kind, found))
        else:
            _absent(reply, name, found is None)
        self._prove(reply, query, start, name)
        return reply

    def _prove(self, reply: dns.message.Message, query: dns.message.Message, *names: str) -> None:
        """AD, for who wants to know (RFC 6840 §5.8)."""
        wanted = query.flags & dns.flags.AD or query.ednsflags & dns.flags.DO
        if wanted and all(self.zone.is_secure(name) for name in names):
            reply.flags |= dns.flags.AD


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._server.received(data, addr)


def _rrset(name: str, kind: str, records: Sequence[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text_list(f"{name}.", TTL, "IN", kind, records, origin=dns.name.root, relativize=False)


def _absent(reply: dns.message.Message, name: str, no_such_name: bool) -> None:
    """There is none, and the SOA that says for how long (RFC 2308 §3)."""
    if no_such_name:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    top = name.rpartition(".")[2]
    soa = f"ns.invalid. hostmaster.invalid. 1 3600 600 86400 {MINIMUM}"
    reply.authority.append(_rrset(top, "SOA", [soa]))


def _packed(reply: dns.message.Message, query: dns.message.Message, over: str, behaviour: Behaviour) -> bytes:
    if over == "tcp":
        return reply.to_wire(max_size=65535)
    most = max(query.payload, PLAIN_UDP) if query.edns >= 0 else PLAIN_UDP
    try:
        if not behaviour.truncate:
            return reply.to_wire(max_size=most)
    except dns.exception.TooBig:
        pass
    short = dns.message.make_response(query, recursion_available=True)
    short.flags |= dns.flags.TC
    return short.to_wire()


def _sockets(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """One for datagrams and one for connections, at the same port. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(_PORTS_TRIED):
        tcp = socket.socket(family, socket.SOCK_STREAM)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((host, port))
            udp.bind((host, tcp.getsockname()[1]))
        except OSError:
            tcp.close()
            udp.close()
            if port:
                raise
        else:
            tcp.setblocking(False)
            udp.setblocking(False)
            return udp, tcp
    raise OSError("no port is free for both UDP and TCP")


@contextlib.contextmanager
def process(zonefile: Path) -> Iterator[str]:
    """One in a process of its own, stopped at the end whatever happens; its "address:port"."""
    words = [sys.executable, "-m", "pillarbox.testing.dns_server", str(zonefile)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        try:
            yield ":".join(serving.stdout.readline().split())
        finally:
            serving.terminate()


async def _serve(zone: Zone, port: int) -> None:
    async with DnsServer(zone, port=port) as server:
        print(*server.address, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pillarbox.testing.dns_server", description="A name server for tests.")
    parser.add_argument("zonefile", type=Path, help="lines of name, type and value (see pillarbox.testing.fake_dns)")
    parser.add_argument("--port", type=int, default=0, help="absent: any that is free")
    parser.add_argument("--secure", action="store_true", help="everything is proved by DNSSEC")
    options = parser.parse_args()
    try:
        asyncio.run(_serve(Zone(options.zonefile.read_text(), secure=options.secure), options.port))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
