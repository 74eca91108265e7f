"""Changes over a plain HTTP response that does not end (RFC 8620 §7.3)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.errors import RequestRefused
from pillarbox.proto.jmap.ijson import encode

from ..who import staying
from .desk import Desk
from .push import GAP, Changed, Listener, state_change, types_of

_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""The type as it is registered: it is UTF-8, and no charset is told."""
_DIGITS = 6


async def events(desk: Desk, request: Request) -> Response:
    """Raises RequestRefused for parameters that are none, TooMany."""
    entry = await desk.entry(request)
    asked = request.query_params
    close_after = asked.get("closeafter", "no")
    if close_after not in ("state", "no"):
        raise RequestRefused("notRequest", "closeafter is `state` or `no`")
    types = types_of(asked.get("types", "*").split(","))
    ping = _ping(asked.get("ping", "0"), desk.office.limits.jmap)
    if request.method == "HEAD":  # of what has no end
        return Response(headers=_HEADERS)
    listener = desk.pushes.listen(entry, types)
    stay = staying(request.scope, desk.office, entry)
    return EventStream(listener, stay, request.headers.get("last-event-id"), ping, ends=close_after == "state")


def _ping(text: str, limits: JmapLimits) -> int | None:
    """Seconds between pings; None: there are none."""
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise RequestRefused("notRequest", "ping is a number of seconds")
    return max(limits.ping_least, min(int(text), limits.ping_most)) if int(text) else None


class EventStream(Response):
    """Goes on until either side ends it."""

    def __init__(
        self, listener: Listener, stay: AbstractContextManager[None], token: str | None, ping: int | None, *, ends: bool
    ) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._listener = listener
        self._stay = stay
        self._token = token
        self._ping = ping
        self._ends = ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        telling = asyncio.ensure_future(self._tell(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            with self._stay:
                await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, leaving):
                task.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)
            self._listener.close()
        if not telling.cancelled() and (error := telling.exception()) is not None:
            raise error

    async def _tell(self, send: Send) -> None:
        first = await self._listener.begin(self._token)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        # Something at once, or a client that waits for the first bytes would wait for the first change.
        await send({"type": "http.response.body", "body": b": here we are\n\n", "more_body": True})
        async for event in self._events(first):
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _events(self, changed: Changed) -> AsyncIterator[bytes]:
        while True:
            if changed:
                yield _event("state", state_change(changed), self._listener.token())
                if self._ends:
                    return
                await asyncio.sleep(GAP)
            changed = await self._listener.changes(self._ping)
            if not changed:
                yield _event("ping", {"interval": self._ping})


def _event(name: str, data: object, token: str = "") -> bytes:
    known = f"id: {token}\n" if token else ""
    return f"event: {name}\n{known}data: ".encode() + encode(data) + b"\n\n"


async def _left(receive: Receive) -> None:
    with contextlib.suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
