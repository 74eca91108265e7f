"""Where a program finds all this, and which of it pages of other origins may ask."""

from collections.abc import Awaitable, Callable, Iterator
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pillarbox.errors import MailError
from pillarbox.mail.office import Office

from .. import same_origin
from ..cors import FromAnywhere
from . import authorization, issuing, metadata
from .asked import Unanswerable
from .authorization import Authorization
from .issuing import Issuing

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(office: Office) -> Iterator[BaseRoute]:
    """Those of one worker."""

    async def server(request: Request) -> Response:
        return issuing.json(metadata.of_server(same_origin.root(request.scope, office.settings)))

    async def resource(request: Request) -> Response:
        return issuing.json(metadata.of_resource(same_origin.root(request.scope, office.settings)))

    async def script(request: Request) -> Response:
        return Response(data, media_type="text/javascript", headers={"cache-control": "public, max-age=86400"})

    data = (resources.files(__package__) / "passkey.js").read_bytes()
    asking, issued = Authorization(office), Issuing(office)
    yield Route(metadata.AUTHORIZE, _told(asking.ask), methods=["GET"])
    yield Route(metadata.AUTHORIZE, _told(asking.answer), methods=["POST"])
    yield Route(metadata.SIGN_IN, _told(asking.who), methods=["GET"])
    yield Route(metadata.SIGN_IN, _told(asking.sign_in), methods=["POST"])
    yield Route(metadata.PASSKEY, script, methods=["GET"])
    yield from (_open(path, page, "GET") for path, page in ((metadata.SERVER, server), (metadata.RESOURCE, resource)))
    yield _open(metadata.TOKEN, issued.token, "POST")
    yield _open(metadata.REVOKE, issued.revoke, "POST")
    yield _open(metadata.REGISTER, issued.register, "POST")


def _open(path: str, endpoint: Endpoint, method: str) -> Route:
    """Asked by programs that are pages, too; with nothing but what they bring."""
    route = Route(path, endpoint, methods=[method, "OPTIONS"])
    route.app = FromAnywhere(route.app)
    return route


def _told(endpoint: Endpoint) -> Endpoint:
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (Unanswerable, MailError) as error:
            return authorization.told(request, error)

    return answered
