"""A WebSocket (RFC 6455) as uvicorn's protocol has it, kept from taking all the time of those around it.

A frame can be six bytes, and the loop hands over megabytes of them at once where it is let. So what has come is read a piece a
turn of the loop; while a message waits to be taken nothing more is; and frames that end no message (pings, pongs, parts that go
on and on) may be so many a minute.
"""

import asyncio
from typing import TYPE_CHECKING, Final, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame

from ..limits import KiB

if TYPE_CHECKING:
    from .http_server import Line

PIECE: Final = 16 * KiB
"""Bytes that are read in one turn."""
_WINDOW: Final = 60.0
"""Seconds in which frames are counted."""


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket on one line."""

    line: "Line"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.line = cast("Line", transport)
        self._waiting = bytearray()
        self._turn: asyncio.Handle | None = None
        self._counted = 0
        self._until = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:  # the head of the request, whole
            super().data_received(data)
            return
        self._waiting += data
        if self._turn is None:
            self._read_on()

    async def receive(self) -> ASGIReceiveEvent:
        message = await super().receive()
        self._go_on()
        return message

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        self._go_on()  # who says goodbye waits for the client's

    def _go_on(self) -> None:
        if self._waiting and self._turn is None and not self.read_paused:
            self._turn = self.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        """Read a piece, and what is left, or comes, in another turn."""
        self._turn = None
        if self.line.is_closing():
            self._waiting.clear()
        if self._waiting and not self.read_paused:
            piece = bytes(memoryview(self._waiting)[:PIECE])
            del self._waiting[:PIECE]
            super().data_received(piece)
            self._turn = self.loop.call_soon(self._read_on)
        self.line.rest(self._turn is not None or bool(self._waiting))

    def send_receive_event_to_app(self) -> None:
        try:
            super().send_receive_event_to_app()
        except InvalidState:
            self.frames = []  # no text, and the goodbye that came with it has been answered: no other can be said

    # What ends no message.

    def handle_ping(self) -> None:
        if self._is_bearable():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._is_bearable():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if not event.fin and len(self.frames) > self.line.server.limits.socket_frames:
            self._refuse()  # however slowly they come: each costs more memory than it has bytes
        elif event.fin or self._is_bearable():
            super().handle_cont(event)

    def _is_bearable(self) -> bool:
        """Whether one more such frame may come; else that is the end."""
        if self.close_sent:
            return False
        now = self.loop.time()
        if now >= self._until:
            self._counted, self._until = 0, now + _WINDOW
        self._counted += 1
        if self._counted <= self.line.server.limits.socket_frames:
            return True
        self._refuse()
        return False

    def _refuse(self) -> None:
        if not self.close_sent:
            self._waiting.clear()
            self.conn.fail(CloseCode.POLICY_VIOLATION, "too many frames")
            self.handle_parser_exception()
