"""JMAP over a WebSocket: requests, and pushes, on one connection (RFC 8887)."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from pillarbox.errors import MailError, TooMany
from pillarbox.mail.accounts import Entry
from pillarbox.proto.jmap import ijson, invocation
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import RequestRefused

from ..who import staying
from . import capabilities
from .desk import Desk
from .push import GAP, Changed, Listener, state_change, types_of

SUBPROTOCOL = "jmap"
_UNSUPPORTED, _BUSY = 1003, 1013


async def converse(desk: Desk, websocket: WebSocket) -> None:
    """One connection, to its end."""
    entry = await desk.entry(websocket)
    if SUBPROTOCOL not in websocket.scope.get("subprotocols", ()):
        raise HTTPException(400, "the subprotocol is jmap")
    busy = HTTPException(503, "too many connections of yours", {"retry-after": "60"})
    with desk.sockets.of(entry.account.id, busy), staying(websocket.scope, desk.office, entry):
        await websocket.accept(SUBPROTOCOL)
        await _Talk(desk, entry, websocket).run()


@dataclass(eq=False)
class _Talk:
    desk: Desk
    entry: Entry
    websocket: WebSocket
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    _pushing: "asyncio.Task[None] | None" = None
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)
    _running: "asyncio.Task[None] | None" = None
    _failure: BaseException | None = None

    async def run(self) -> None:
        self._running = asyncio.current_task()
        try:
            await self._listen()
        except asyncio.CancelledError:
            if self._failure is None:
                raise
            raise self._failure from None
        finally:
            tasks = [task for task in (*self._tasks, self._pushing) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        """Read until the client goes; so many requests at a time, and the next waits for one of them to be answered."""
        turns = asyncio.Semaphore(self.desk.office.limits.jmap.requests)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                message = await self.websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text is None:
                    await self._close(_UNSUPPORTED)
                    return
                await turns.acquire()
                answering = await self._taken(text.encode("utf-8", "surrogatepass"))
                if answering is None:
                    turns.release()
                    await asyncio.sleep(0)  # thousands may wait, each of which is refused at once
                    continue
                self._tasks.add(answering)
                answering.add_done_callback(self._tasks.discard)
                answering.add_done_callback(lambda _: turns.release())
                answering.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """What one of the tasks could not bear ends the conversation."""
        if task.cancelled() or (error := task.exception()) is None or self._running is None or self._failure is not None:
            return
        self._failure = error
        self._running.cancel()

    async def _taken(self, data: bytes) -> "asyncio.Task[None] | None":
        """One message of the client's: what is asked is answered in a task; who listens does so before what comes next."""
        request_id = None
        try:
            message = await self._read(data)
            request_id = _request_id(message)
            match message.get("@type"):
                case "Request":
                    return asyncio.ensure_future(self._ask(message, request_id))
                case "WebSocketPushEnable":
                    await self._enable(message)
                case "WebSocketPushDisable":
                    await self._disable()
                case _:
                    raise RequestRefused("notRequest", "the @type is unknown")
        except RequestRefused as refused:
            await self._refuse(refused, request_id)
        return None

    async def _refuse(self, refused: RequestRefused, request_id: str | None) -> None:
        await self._say({"@type": "RequestError", "requestId": request_id, **refused.to_json()})

    async def _read(self, data: bytes) -> dict[str, Json]:
        limits = self.desk.office.limits.jmap
        if len(data) > limits.request:
            raise RequestRefused("limit", f"more than {limits.request} bytes", limit="maxSizeRequest")
        message = await asyncio.to_thread(ijson.decode, data, limits) if len(data) > 65536 else ijson.decode(data, limits)
        if not isinstance(message, dict):
            raise RequestRefused("notRequest", "a message is an object")
        return message

    async def _ask(self, message: dict[str, Json], request_id: str | None) -> None:
        api = self.desk.api
        try:
            with api.turn(self.entry.account.id):
                request = invocation.request_of(message, self.desk.office.limits.jmap)
                invocation.check_using(request, capabilities.KNOWN)
                response = await api.run(self.entry, request)
        except RequestRefused as refused:
            await self._refuse(refused, request_id)
            return
        except MailError as error:
            said: dict[str, Json] = {"type": "about:blank", "status": 503, "detail": str(error)}
            await self._say({"@type": "RequestError", "requestId": request_id, **said})
            return
        named = {} if request_id is None else {"requestId": request_id}
        await self._say({"@type": "Response", **named, **response})

    async def _enable(self, message: dict[str, Json]) -> None:
        """Push from now on (RFC 8887 §4.3.5.2); what has changed since `pushState` at once."""
        names, token = message.get("dataTypes"), message.get("pushState")
        if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise RequestRefused("notRequest", "`dataTypes` is no list of texts")
        if token is not None and not isinstance(token, str):
            raise RequestRefused("notRequest", "`pushState` is no text")
        await self._disable()
        try:
            listener = self.desk.pushes.listen(self.entry, None if names is None else types_of(names))  # type: ignore[arg-type]
        except TooMany:
            await self._close(_BUSY)
            return
        changed: Changed = {}
        try:
            changed = await listener.begin(token)
        finally:
            self._pushing = asyncio.ensure_future(self._push(listener, changed))
            self._pushing.add_done_callback(self._ended)

    async def _disable(self) -> None:
        pushing, self._pushing = self._pushing, None
        if pushing is not None:
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)

    async def _push(self, listener: Listener, changed: Changed) -> None:
        try:
            while True:
                if changed:
                    await self._say({**state_change(changed), "pushState": listener.token()})
                    await asyncio.sleep(GAP)
                changed = await listener.changes()
        finally:
            listener.close()

    async def _say(self, message: dict[str, object] | dict[str, Json]) -> None:
        data = ijson.encode(message).decode()
        async with self._sending:
            if self.websocket.application_state is WebSocketState.CONNECTED:
                with contextlib.suppress(WebSocketDisconnect):
                    await self.websocket.send_text(data)

    async def _close(self, code: int) -> None:
        async with self._sending:
            if self.websocket.application_state is WebSocketState.CONNECTED:
                with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                    await self.websocket.close(code)


def _request_id(message: dict[str, Json]) -> str | None:
    found = message.get("id")
    return found if isinstance(found, str) else None
