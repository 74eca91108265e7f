"""Where JMAP is found (RFC 8620 §2.2, §3.1, §6, §7.3; RFC 8887 §3)."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from pillarbox.errors import MailError, NotFound
from pillarbox.limits import KiB
from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office
from pillarbox.proto.jmap.errors import MethodRefused, RequestRefused

from .. import body, shortening
from ..who import present
from . import session
from .api import Answer
from .desk import JSON, Desk, answer, declined, encoded, problem, told
from .download import download
from .events import events
from .socket import converse
from .upload import upload

Endpoint = Callable[[Desk, Request], Awaitable[Response]]
_DOWNLOAD: Final = session.DOWNLOAD.replace("{name}", "{name:path}")
"""A name may have slashes, which a client writes as %2F, and it may be empty."""
_VARY: Final = "Accept-Encoding"
_SMALL: Final = 64 * KiB
"""Of requests up to this size as many may be on their way as there are connections."""


def routes(office: Office) -> Sequence[BaseRoute]:
    """Those of one worker."""
    desk = Desk.of(office)

    def route(path: str, endpoint: Endpoint, method: str) -> Route:
        return Route(path, Page(desk, endpoint), methods=[method])

    async def socket(websocket: WebSocket) -> None:
        await converse(desk, websocket)

    return [
        route(session.API, ask, "POST"),
        route(session.WELL_KNOWN, describe, "GET"),
        route(session.SESSION, describe, "GET"),
        route(session.UPLOAD, upload, "POST"),
        route(_DOWNLOAD, download, "GET"),
        route(session.EVENTS, events, "GET"),
        WebSocketRoute(session.SOCKET, socket),
    ]


@dataclass(frozen=True, slots=True)
class Page:
    """An endpoint as an app. Whatever is refused is, in its own form; what is not there and what may not be seen look alike."""

    desk: Desk
    endpoint: Endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self.endpoint(self.desk, request)
        except HTTPException as error:
            return declined(error)
        except RequestRefused as refused:
            return problem(refused)
        except MethodRefused as refused:
            return told(NotFound(refused.description or "there is nothing of that id"))
        except MailError as error:
            return told(error)


async def describe(desk: Desk, request: Request) -> Response:
    """The session object (RFC 8620 §2)."""
    entry = await desk.entry(request)
    return answer(await desk.sessions.session(entry, desk.base(request)))


async def ask(desk: Desk, request: Request) -> Response:
    """The API (RFC 8620 §3.1)."""
    entry = await desk.entry(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise RequestRefused("notJSON", "the content type is not application/json")
    with present(request.scope, desk.office, entry), _place(desk, request, entry):
        data = await _body(request, desk.office.limits.jmap.request)
    return await _on_its_way(request, await desk.api.answer(entry, data))


async def _on_its_way(request: Request, answer: Answer) -> Response:
    """Compressed where that is understood, helps, and is harmless."""
    is_worth_it = len(answer.data) >= shortening.LEAST and not answer.is_secret
    if not is_worth_it or not shortening.is_understood(request.headers.get("accept-encoding", "")):
        return encoded(answer.data, Vary=_VARY)
    headers = {"Content-Encoding": "gzip", "Vary": _VARY}
    return encoded(await shortening.shortened(answer.data), 200, **headers)


def _place(desk: Desk, request: Request, entry: Entry) -> AbstractContextManager[None]:
    """Raises RequestRefused where too much of theirs is on its way."""
    if 0 < body.announced(request.scope) <= _SMALL:
        return nullcontext()
    refused = RequestRefused("limit", "too many large requests at a time", limit="maxConcurrentRequests")
    return desk.coming.of(entry.account.id, refused)


async def _body(request: Request, most: int) -> bytes:
    """Raises RequestRefused where it is more than that."""
    try:
        return await body.read(request.scope, request.receive, most)
    except HTTPException:
        raise RequestRefused("limit", f"more than {most} bytes", limit="maxSizeRequest") from None
