"""HTTP and WebSocket on our own connections: uvicorn's protocols, kept within bounds.

A `Line` is what stands between: to the connection's transport it is the protocol, to uvicorn's protocol the transport. So it
knows how long there has been silence, closes in our way (what was said last arrives, though the client still talks), and stays
when a WebSocket takes HTTP's place. What uvicorn leaves unbounded, `http_requests` counts and times.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from ..limits import ConnectionLimits, HttpLimits
from .http_requests import NEVER, Requests
from .http_socket import Socket
from .stream import TIMER_GRAIN, Borrower, Stream

App = Callable[[Any, Any, Any], Awaitable[None]]
"""As ASGI 3 has it: scope, receive, send."""

_GOODBYE: Final = 0.5
"""Seconds that what answers has to see that the server stops."""


class WebServer:
    """One app, behind any number of connections."""

    def __init__(self, app: App, limits: HttpLimits, connection: ConnectionLimits) -> None:
        self.limits = limits
        self.connection = connection
        self.config = Config(
            _watched(app),
            http=Requests,
            ws=Socket,
            ws_max_size=limits.socket_message,
            ws_ping_interval=limits.socket_ping,
            ws_ping_timeout=limits.socket_pong,
            ws_per_message_deflate=False,  # a secret, and what a stranger has chosen, would be compressed together
            interface="asgi3",
            lifespan="off",
            log_config=None,
            log_level="critical",  # the app says what there is to say
            access_log=False,
            proxy_headers=False,
        )
        self.config.load()

    async def converse(self, stream: Stream) -> None:
        """Hold one conversation, from its first request to its end. Cancelled, it says goodbye."""
        await Line(stream, self).converse()


def _watched(app: App) -> App:
    """The app, of whose end the connection hears where that is to be everybody's: by what is no mere Exception, which uvicorn
    would answer by 500, and go on."""

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except (Exception, asyncio.CancelledError):
            raise
        except BaseException as error:
            scope["state"]["connection"].fail(error)
            raise

    return watched


class Line(asyncio.Transport, Borrower):
    """One connection, as `scope["state"]["connection"]` of each of its requests."""

    def __init__(self, stream: Stream, server: WebServer) -> None:
        super().__init__()
        self.stream = stream
        self.server = server
        self.is_staying = False
        """Whether a request lasts for as long as its client likes: then it does not keep the server from stopping."""
        self.context = contextvars.copy_context()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._state = ServerState()
        self._inner: Requests | Socket = Requests(server.config, self._state, {"connection": self}, self._loop)
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._closing = self._lost = self._ended = self._paused = self._resting = False
        self._held = b""
        self._is_holding = False
        self._hearing = False
        """Whether deadlines may come and go before anybody looks: a request that comes in one piece costs no timer."""
        self._silent_since = self._loop.time()
        self._due = self._stalled = NEVER
        self._failure: BaseException | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = NEVER

    async def converse(self) -> None:
        """Until either side has had enough, and what was asked for is done."""
        try:
            self.stream.lend(self)
            await self._over
            await self._finish(self.server.limits.leaving)
            if self._failure is not None:
                raise self._failure
        except asyncio.CancelledError:
            self._inner.shutdown()
            await self._finish(_GOODBYE)
            raise
        finally:
            self._hang_up()

    def fail(self, error: BaseException) -> None:
        """What answers here cannot go on, nor may anybody: that is raised where the conversation is held."""
        self._failure = error
        self.close()

    def allow(self, seconds: float) -> None:
        """From now on there is so much time until the inner protocol is told that it is over."""
        self._due = self._loop.time() + seconds
        if not self._hearing:
            self._arm(self._due)

    def quiet_for(self) -> float:
        if self.is_staying:
            return NEVER
        is_idle = isinstance(self._inner, Requests) and self._inner.is_idle
        return self._loop.time() - self._silent_since if is_idle else 0.0

    # What the connection's transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._inner.connection_made(self)

    def data_received(self, data: bytes) -> None:
        self._silent_since = self._loop.time()
        if self._closing:
            return
        self._hearing = True
        try:
            self._inner.data_received(data)
        finally:
            self._hearing = False
        self._arm(self._due)

    def eof_received(self) -> bool:
        if not self._closing:
            self._inner.eof_received()
            if self.is_staying:
                self.close()
        return self.stream.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self.stream.connection_lost(exc)
        self.close()

    def pause_writing(self) -> None:
        self._stalled = self._loop.time() + self.server.connection.send
        self._arm(self._stalled)
        self.stream.pause_writing()
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._stalled = NEVER
        self.stream.resume_writing()
        self._inner.resume_writing()

    # What the inner protocol calls.

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """A WebSocket goes on where HTTP ends."""
        assert isinstance(protocol, Socket)
        self._inner = protocol
        self._due = NEVER
        self.is_staying = True

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._inner

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        peer, local = self.stream.peer, self.stream.local
        match name:
            case "peername":  # whom a proxy speaks for, too
                return None if peer.address is None else (str(peer.address), peer.port)
            case "sockname":
                return local
            case "sslcontext":
                return self.stream.tls
        return default

    def hold(self) -> None:
        """What is written next, a head, goes with what is written behind it in the same turn of the loop: each write by itself
        is a packet, and wakes the client."""
        self._is_holding = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self._transport is None:
            return
        if self._is_holding:
            self._is_holding = False
            self._held = bytes(data)
            self._loop.call_soon(self._let_go)
        elif self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        else:
            self._transport.write(data)

    def _let_go(self) -> None:
        if self._held and self._transport is not None and not self._lost:
            held, self._held = self._held, b""
            self._transport.write(held)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """When what was written has been taken. Whoever talks on meanwhile is not cut off, which would take our words along."""
        self._let_go()
        self._closing = True
        self._due = self._stalled = NEVER
        if not self._over.done():
            self._over.set_result(None)

    def abort(self) -> None:
        self.stream.abort()

    def pause_reading(self) -> None:
        self._hold(is_paused=True, is_resting=self._resting)

    def resume_reading(self) -> None:
        self._hold(is_paused=False, is_resting=self._resting)

    def rest(self, is_resting: bool) -> None:
        """Read nothing more, or go on, whether or not the inner protocol has paused."""
        self._hold(is_paused=self._paused, is_resting=is_resting)

    def _hold(self, *, is_paused: bool, is_resting: bool) -> None:
        was, wanted = self._paused or self._resting, is_paused or is_resting
        self._paused, self._resting = is_paused, is_resting
        if self._transport is None or self._lost or was == wanted:
            return
        if wanted:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def is_reading(self) -> bool:
        return not self._paused

    # What is between the two.

    async def _finish(self, within: float) -> None:
        """Let what was asked for come to its end, though nobody may hear of it."""
        self._end_inner()
        if tasks := {task for task in self._state.tasks if not task.done()}:
            await asyncio.wait(tasks, timeout=within)

    def _hang_up(self) -> None:
        self.close()
        self._end_inner()
        if self._timer is not None:
            self._timer.cancel()
        for task in self._state.tasks:
            task.cancel()
        self._hold(is_paused=False, is_resting=False)
        self.stream.take_back()

    def _end_inner(self) -> None:
        self._closing = True
        if not self._ended:
            self._ended = True
            self._inner.connection_lost(None)

    def _arm(self, at: float) -> None:
        """See to it that somebody looks then. While deadlines only move away the timer is left alone."""
        if at >= self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer, self._timer_at = None, NEVER
        now = self._loop.time() + TIMER_GRAIN
        if self._stalled <= now:
            self.abort()
            return
        if self._due <= now and isinstance(self._inner, Requests):
            self._due = NEVER
            self._inner.overdue()
        self._arm(min(self._due, self._stalled))
