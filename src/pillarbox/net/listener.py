"""From a listening socket to conversations, and to their end.

A listener accepts, has a proxy in front of us say whom it speaks for, keeps to the bounds, puts TLS under a connection whose
door asks for it from the first byte, and hands the stream to the door's `Serve`. Whatever happens there, the stream is closed.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from ..ids import new_token
from ..limits import ConnectionLimits
from . import proxy
from .bounds import Bounds, Network, is_in
from .sockets import name_of
from .stream import Peer, Stream, peer_of, tls_of
from .tls import ServerTls

log = structlog.get_logger(__name__)

_PAUSE_AFTER_ERROR: Final = 0.5
"""Seconds without accepting when the system has no more to give (descriptors, memory)."""
_LOOK_WHILE_DRAINING: Final = 0.05
_QUIET: Final = 1.0
"""Seconds after which a conversation that only waits for its peer is over when the server stops."""


@dataclass(frozen=True, slots=True)
class Door:
    """What is behind a listening socket."""

    name: str
    """As [listen] names it: "smtp", "imaps" and so on."""
    implicit_tls: bool = False
    can_start_tls: bool = True
    people: bool = False
    """For people and their programs, who may show a certificate of theirs."""
    web: bool = False
    """For browsers."""
    busy: bytes = b""
    """The protocol's words for whom we cannot take now."""


Serve = Callable[[Stream, Door], Awaitable[None]]
"""Holds one conversation, and returns when it is over. Cancelled when the server stops: it may say goodbye, briefly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What the listeners of one worker share."""

    bounds: Bounds
    tls: ServerTls | None
    limits: ConnectionLimits
    proxies: Sequence[Network] = ()
    """Networks whose connections begin with a PROXY header."""
    fatal: Callable[[BaseException], None] = lambda error: None
    """Told of what no conversation may survive."""


class Listener:
    """Accepts on one socket, which others may share."""

    def __init__(self, sock: socket.socket, door: Door, serve: Serve, premises: Premises) -> None:
        self._socket = sock
        self.door = door
        self._serve = serve
        self._premises = premises
        self._loop = asyncio.get_running_loop()
        self._talks: dict[asyncio.Task[None], Stream | None] = {}
        self._accepting = False
        sock.setblocking(False)

    @property
    def address(self) -> str:
        return name_of(self._socket.getsockname())

    def start(self) -> None:
        self._accepting = True
        self._loop.add_reader(self._socket, self._accept)

    def stop_accepting(self) -> None:
        self._accepting = False
        self._loop.remove_reader(self._socket)

    def close(self) -> None:
        """Accept no more on this socket, here; processes that share it go on."""
        self.stop_accepting()
        self._socket.close()

    async def drain(self, seconds: float) -> None:
        """Let conversations end: those that only wait for their peer at once, the others within `seconds`, then all."""
        by = self._loop.time() + seconds
        told: set[asyncio.Task[None]] = set()
        while self._talks and self._loop.time() < by:
            for task, stream in self._talks.items():
                if stream is not None:
                    stream.is_leaving = True
                if task not in told and (stream is None or stream.quiet_for() >= min(_QUIET, seconds)):
                    told.add(task)
                    task.cancel()
            await asyncio.wait(tuple(self._talks), timeout=_LOOK_WHILE_DRAINING)
        await self._cut_short(told)

    async def _cut_short(self, told: set[asyncio.Task[None]]) -> None:
        for task in self._talks:
            if task not in told:
                task.cancel()
        if self._talks:
            await asyncio.wait(tuple(self._talks), timeout=self._premises.limits.close)
        for stream in self._talks.values():
            if stream is not None:
                stream.abort()

    def _accept(self) -> None:
        # One at a time: what a worker does not take at once, an idler one does.
        try:
            sock, name = self._socket.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            log.error("cannot accept connections for a moment", door=self.door.name, problem=str(error))
            self.stop_accepting()
            self._accepting = True
            self._loop.call_later(_PAUSE_AFTER_ERROR, self._accept_again)
            return
        sock.setblocking(False)
        if not self._premises.bounds.admit():
            self._refuse(sock, peer_of(name), "too many connections")
            return
        task = self._loop.create_task(self._converse(sock, peer_of(name)))
        self._talks[task] = None
        task.add_done_callback(self._over)

    def _accept_again(self) -> None:
        if self._accepting:
            self.start()

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._talks[task]
        self._premises.bounds.leave()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._premises.fatal(error)

    async def _converse(self, sock: socket.socket, peer: Peer) -> None:
        structlog.contextvars.bind_contextvars(cid=new_token(5), door=self.door.name, peer=str(peer))
        try:
            if is_in(peer, self._premises.proxies):
                peer = await proxy.read(sock, self._premises.limits.proxy_header) or peer
                structlog.contextvars.bind_contextvars(peer=str(peer))
        except (OSError, TimeoutError) as error:
            log.warning("a proxy sent no PROXY header", problem=str(error))
            sock.close()
            return
        except BaseException:
            sock.close()
            raise
        if not self._premises.bounds.admit_peer(peer):
            self._refuse(sock, peer, "too many connections from one address")
            return
        try:
            await self._hold(sock, peer)
        finally:
            self._premises.bounds.peer_left(peer)

    async def _hold(self, sock: socket.socket, peer: Peer) -> None:
        try:
            stream = await self._open(sock, peer)
        except (OSError, TimeoutError) as error:
            sock.close()
            log.debug("no connection", problem=str(error))
            return
        except BaseException:
            sock.close()
            raise
        task = asyncio.current_task()
        assert task is not None
        self._talks[task] = stream
        try:
            await self._serve(stream, self.door)
        except (ConnectionError, TimeoutError) as error:
            log.debug("connection lost", problem=str(error))
        except Exception:
            log.exception("a conversation failed")
        finally:
            await stream.close()

    async def _open(self, sock: socket.socket, peer: Peer) -> Stream:
        tls, limits = self._premises.tls, self._premises.limits
        local = sock.getsockname()
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # a peer may vanish without a word
        stream = Stream(
            peer,
            local[:2] if isinstance(local, tuple) else (str(local), 0),
            limits=limits,
            upgrade=tls.upgrade_for(self.door.people) if tls is not None and self.door.can_start_tls else None,
        )
        if not self.door.implicit_tls:
            await self._loop.connect_accepted_socket(lambda: stream, sock)
            return stream
        if tls is None:
            raise ConnectionAbortedError("no certificate for this door")
        end_point = tls.end_point
        transport, _ = await self._loop.connect_accepted_socket(
            lambda: stream,
            sock,
            ssl=tls.context_for(self.door.people, web=self.door.web),
            ssl_handshake_timeout=limits.tls_handshake,
            ssl_shutdown_timeout=limits.close,
        )
        stream.secured(tls_of(transport, end_point))
        return stream

    def _refuse(self, sock: socket.socket, peer: Peer, why: str) -> None:
        log.warning("connection refused", door=self.door.name, peer=str(peer), why=why)
        with sock:
            if not self.door.implicit_tls and self.door.busy:
                try:
                    sock.send(self.door.busy)
                    sock.shutdown(socket.SHUT_WR)
                except OSError:
                    return
