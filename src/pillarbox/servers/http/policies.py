"""MTA-STS policies of our domains, each at its own name (RFC 8461 §3.3)."""

from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from pillarbox.checks import mtasts
from pillarbox.mail.office import Office

from . import hosts


def routes(office: Office) -> Iterator[BaseRoute]:
    async def mta_sts(request: Request) -> Response:
        domain = await hosts.domain_of(office, request.scope, "mta-sts")
        if domain is None:
            raise HTTPException(404)
        return PlainTextResponse(mtasts.written(office.hostname, mtasts.mode_of(domain.settings)))

    yield Route("/.well-known/mta-sts.txt", mta_sts)
