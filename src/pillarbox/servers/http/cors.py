"""Pages of other origins may use JMAP with a log-in that they have been given (Fetch, "CORS protocol"): no cookie is ever taken
from them, so nothing can be done in the name of whoever only looks at such a page."""

from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS: Final = "GET, POST, OPTIONS"
_TAKEN: Final = (
    "Authorization, Cache-Control, Content-Type, If-Match, If-None-Match, If-Range, Last-Event-ID, Range, X-Requested-With"
)
_SHOWN: Final = {
    b"access-control-allow-origin": b"*",
    b"access-control-expose-headers": (
        b"Accept-Ranges, Content-Disposition, Content-Range, ETag, Retry-After, WWW-Authenticate"
    ),
    b"cross-origin-resource-policy": b"cross-origin",
}
_KEPT: Final = "86400"


class FromAnywhere:
    """An app that pages of any origin may ask, and that answers their preflights before anything is asked of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            await Response(
                status_code=204,
                headers={
                    "access-control-allow-origin": "*",
                    "access-control-allow-methods": _METHODS,
                    "access-control-allow-headers": _TAKEN,
                    "access-control-max-age": _KEPT,
                    "allow": _METHODS,
                },
            )(scope, receive, send)
            return

        async def saying(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = (each for each in message.get("headers", ()) if each[0] not in _SHOWN)
                message["headers"] = [*own, *_SHOWN.items()]
            await send(message)

        await self._app(scope, receive, saying)
