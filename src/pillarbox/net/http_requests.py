"""HTTP/1.1 as uvicorn reads and answers it, counted and timed (RFC 9112). What it waits for:

    IDLE    nothing, or between two requests     limits.idle; before the first limits.head_time
    HEAD    the rest of a request's head         limits.head_time in all, limits.head bytes
    BODY    the rest of its body                 limits.body_least bytes in each limits.body_time
    DEAF    nothing more: what comes behind a request that was refused, or asks for the end, is read and dropped

While a request is being answered its client may be silent for as long as it likes. What is refused while earlier requests are
being answered is refused behind those answers: they would be taken for each other's.
"""

import asyncio
from email.utils import formatdate
from enum import Enum, auto
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, Final, cast

import httptools
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from .http_socket import Socket
from .http_target import BadTarget, host_of

if TYPE_CHECKING:
    from .http_server import Line

NEVER: Final = float("inf")
_SILENTLY: Final = 0
"""In place of a status: the connection is closed without a word."""


@lru_cache(1)
def _date(second: int) -> bytes:
    """RFC 9110 §6.6.1; made once a second."""
    return formatdate(second, usegmt=True).encode("ascii")


class Phase(Enum):
    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    DEAF = auto()


class Requests(HttpToolsProtocol):
    """HTTP/1.1 on one line."""

    line: "Line"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.line = cast("Line", transport)
        self.limits = self.line.server.limits
        self._phase = Phase.IDLE
        self._fault: int = HTTPStatus.BAD_REQUEST
        """What is to be said of the request that the parser will stumble over."""
        self._refusal: int | None = None
        """What is to be said behind the answers under way."""
        self._begun = self._started = 0
        self._head = self._window = self._around = 0
        self._running: RequestResponseCycle | None = None
        self.line.allow(self.limits.head_time)

    @property
    def is_answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    @property
    def is_idle(self) -> bool:
        return self._phase in (Phase.IDLE, Phase.DEAF) and not self.is_answering

    def data_received(self, data: bytes) -> None:
        view = memoryview(data)
        while view and self._phase is not Phase.DEAF:
            room = len(view) if self._phase is Phase.BODY else self.limits.head - self._head
            self._feed(view[:room])
            view = view[room:]

    def eof_received(self) -> None:
        """A client that has said all it wants still hears the answers."""
        if self._phase is not Phase.DEAF:
            self._refuse(_SILENTLY)

    def overdue(self) -> None:
        """The time that `line.allow` gave is over."""
        match self._phase:
            case Phase.IDLE:
                self._refuse(_SILENTLY)
            case Phase.HEAD if self.is_answering:
                self.line.allow(self.limits.head_time)  # it cannot be told before it has heard the answer
            case Phase.BODY if self._window >= self.limits.body_least or not self.line.is_reading():
                self._window = 0
                self.line.allow(self.limits.body_time)
            case Phase.HEAD | Phase.BODY:
                self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def shutdown(self) -> None:
        """The line sees to the end."""

    # What the parser finds.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._phase = Phase.HEAD
        self._head = 0
        self._begun += 1
        if len(self.pipeline) >= self.limits.pipelined:
            self._fail(_SILENTLY)
        self.line.allow(self.limits.head_time)

    def on_url(self, url: bytes) -> None:
        if len(self.url) + len(url) > self.limits.target:
            self._fail(HTTPStatus.REQUEST_URI_TOO_LONG)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase is Phase.BODY:
            return  # behind the body: nothing there says by whom or for whom a request is (RFC 9110 §6.5.1)
        if len(self.headers) >= self.limits.fields:
            self._fail(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        super().on_header(name, value.strip(b" \t"))

    def on_headers_complete(self) -> None:
        self._phase = Phase.BODY
        self._window = self._around = 0
        self.line.allow(self.limits.body_time)
        if self.parser.get_method() == b"CONNECT":
            self._fail(HTTPStatus.NOT_IMPLEMENTED)
        encodings = [value.lower() for name, value in self.headers if name == b"transfer-encoding"]
        if self.parser.should_upgrade() and self._should_upgrade() and self.is_answering:
            self._fail(HTTPStatus.BAD_REQUEST)  # nothing is to come behind it, so its client has mixed something up
        version = self.parser.get_http_version()
        if version != "1.1" and (version != "1.0" or encodings):
            self._fail(HTTPStatus.BAD_REQUEST)  # §6.1: in an older version its framing is faulty
        if any(encoding != b"chunked" for encoding in encodings):
            self._fail(HTTPStatus.BAD_REQUEST)  # what is encoded once more would be taken for the body itself
        try:
            self.url, host = host_of(self.url, self.headers, version)
        except BadTarget:
            self._fail(HTTPStatus.BAD_REQUEST)
        if host is not None:
            self.headers[:] = [(b"host", host), *(each for each in self.headers if each[0] != b"host")]
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._window += len(body)
        self._around = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._phase = Phase.IDLE
        self._head = 0
        self.line.allow(NEVER)

    # Answering.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        async def answer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            async def say(message: ASGISendEvent) -> None:
                if message["type"] == "http.response.start":
                    if cycle.more_body:
                        cycle.keep_alive = False  # the rest of its body is not read, so nothing is behind it
                    self.line.hold()
                await send(message)

            await app(scope, receive, say)

        self._running = cycle
        self._started += 1
        self.server_state.default_headers[:] = [(b"date", _date(int(time())))]
        if self._started >= self.limits.requests or self.line.stream.is_leaving:
            cycle.keep_alive = False
        # in a context of its own: what one request notes down is none of the next one's business
        self.line.context.copy().run(super()._start_asgi_task, cycle, answer)

    def on_response_complete(self) -> None:
        if self.line.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._say(self._refusal)
        elif self._phase is Phase.IDLE:
            self.line.allow(self.limits.idle)

    # Refusing.

    def _feed(self, piece: memoryview) -> None:
        was, begun = self._phase, self._begun
        self._around += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self._refuse(self._fault)
        if self._phase is Phase.HEAD:
            # of a head that begins somewhere within the piece, that much is forgiven
            if self._begun == begun or (was is Phase.IDLE and self._begun == begun + 1):
                self._head += len(piece)
            if self._head >= self.limits.head:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._phase is Phase.BODY and self._around >= self.limits.head:
            # of a body that comes in chunks: their extensions, or the fields behind them, which the parser keeps
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _fail(self, status: int) -> None:
        """Have the parser stop here."""
        self._fault = status
        raise ValueError(status)

    def _refuse(self, status: int) -> None:
        """Read no further; say why once all earlier requests are answered."""
        was, self._phase = self._phase, Phase.DEAF
        self.line.allow(NEVER)
        if was is Phase.BODY and self.cycle is not None and self.cycle.more_body:
            self._break_off(self.cycle, status)
        elif self.is_answering:
            self._refusal = status
        else:
            self._say(status)

    def _break_off(self, cycle: RequestResponseCycle, status: int) -> None:
        """A request that will never be whole."""
        cycle.disconnected = True
        cycle.message_event.set()
        if cycle is not self._running:
            self.pipeline.popleft()
            self._refusal = status
        else:
            self._say(_SILENTLY if cycle.response_started else status)

    def _say(self, status: int) -> None:
        if status:
            text = HTTPStatus(status).phrase.encode("ascii")
            self.line.write(
                b"%bdate: %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
                % (STATUS_LINE[status], _date(int(time())), len(text), text)
            )
        self.line.close()

    def _upgrade(self) -> None:
        """A WebSocket (RFC 6455 §4.2), or what we pass over: then that request is the last one (RFC 9110 §7.8)."""
        if self._should_upgrade():
            self._phase = Phase.DEAF
            self.handle_websocket_upgrade()
            if not cast(Socket, self.line.get_protocol()).handshake_initiated:
                self._say(HTTPStatus.BAD_REQUEST)  # one with a body, say: nobody would ever answer it
        else:
            self.cycle.keep_alive = False
            self._refuse(_SILENTLY)
