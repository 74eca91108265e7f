"""The app: every page there is, and what stands before all of them.

From outside in: what was asked is noted, and every answer made harmless (`access`), what came in the clear from elsewhere goes
no further than it may (`plain`), and Starlette finds the page. Pages raise `HTTPException`; whatever else they raise is a bug,
logged with its traceback and answered with nothing but 500.
"""

from collections.abc import Iterator, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pillarbox.mail.office import Office

from . import health, pictures, policies
from .access import Access
from .cors import FromAnywhere
from .devices import pages as devices
from .jmap import routes as jmap
from .oauth import pages as oauth
from .plain import Plain
from .refusal import refusal
from .sign_in import pages as sign_in
from .webmail import pages as webmail


def application(office: Office) -> ASGIApp:
    """Every page, for one worker."""
    return Access(Plain(Pages(list(_routes(office))), office), office)


class Pages(Starlette):
    """All of them. What is asked far more often than all else, the first, is not looked for among them."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes=routes)
        self.router.redirect_slashes = False
        self.middleware_stack = ExceptionMiddleware(self.router, {HTTPException: _refusal})  # `access` sees to all else
        assert isinstance(routes[0], Route)
        self._usual = routes[0]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == self._usual.path and scope.get("method") == "POST":
            await self._usual.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _routes(office: Office) -> Iterator[BaseRoute]:
    """Each is looked at until one fits: first what is asked most."""
    yield from map(_from_anywhere, jmap.routes(office))
    yield from health.routes(office)
    yield from policies.routes(office)
    yield from devices.routes(office)
    yield from sign_in.routes(office)
    yield from oauth.routes(office)
    yield from pictures.routes(office)
    yield from webmail.routes()


def _from_anywhere(route: BaseRoute) -> BaseRoute:
    """The same, open to pages of other origins."""
    if isinstance(route, Route):
        route.app = FromAnywhere(route.app)
        if route.methods is not None:
            route.methods.add("OPTIONS")
    return route


async def _refusal(connection: HTTPConnection, error: Exception) -> Response:
    """What became of a request, in a line. A WebSocket that is refused never was one, and is answered in the same way."""
    assert isinstance(error, HTTPException)
    return refusal(error)
