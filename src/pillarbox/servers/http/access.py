"""What was asked, and what came of it: one event a request, without its query, and without a word of what was said. On its way
out every answer is made harmless (`headers`), and a page that fails says nothing of why."""

from time import monotonic

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected

from pillarbox.mail.office import Office

from .headers import make_harmless

log = structlog.get_logger(__name__)

_PATH = 200
"""Letters of a path that are noted."""
_QUIET = ("/healthz", "/readyz")
"""What is asked all day long."""


class Access:
    """The outermost app. Who was let in is noted by `who`, in `scope["state"]["account"]`."""

    def __init__(self, app: ASGIApp, office: Office) -> None:
        self._app = app
        self._office = office
        self._log = log.bind()  # once: there is an event a request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        began, status, size = monotonic(), 0, 0

        async def noting(message: Message) -> None:
            nonlocal status, size
            match message["type"]:
                case "http.response.start" | "websocket.http.response.start":
                    status = message["status"]
                    # a certificate that only this machine believes in may be gone tomorrow, and HSTS would not
                    is_lasting = scope["scheme"] == "https" and bool(self._office.settings.tls.certificate)
                    make_harmless(message, is_lasting=is_lasting)
                case "websocket.accept":
                    status = 101
                case "websocket.close":
                    status = status or 403
            size += len(message.get("body") or message.get("bytes") or message.get("text") or "")
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if isinstance(error, ClientDisconnect | ClientDisconnected):
                log.debug("connection lost", path=_path(scope))
            else:
                log.exception("a page failed", path=_path(scope))
            if not status and scope["type"] == "http":
                await PlainTextResponse("Internal Server Error", 500)(scope, receive, noting)
        finally:
            note = self._log.debug if scope["path"] in _QUIET else self._log.info
            note(
                "request",
                method=scope.get("method", "WEBSOCKET"),
                path=_path(scope),
                status=status,
                bytes=size,
                ms=round((monotonic() - began) * 1000, 1),
                account=state.get("account"),
            )


def _path(scope: Scope) -> str:
    return str(scope["path"][:_PATH])
