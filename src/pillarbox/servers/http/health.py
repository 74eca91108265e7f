"""Whether this process lives, and whether its store answers: for whoever watches over it, by either door."""

import asyncio
from collections.abc import Iterator

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from pillarbox.errors import MailError
from pillarbox.mail.office import Office

log = structlog.get_logger(__name__)


def routes(office: Office) -> Iterator[BaseRoute]:
    async def healthz(request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(request: Request) -> Response:
        try:
            await asyncio.wait_for(office.kept.version(), office.limits.http.ready)
        except (MailError, TimeoutError) as error:
            log.warning("the store does not answer", problem=str(error) or "too slow")
            return PlainTextResponse("not ready\n", 503)
        return PlainTextResponse("ready\n")

    yield Route("/healthz", healthz)
    yield Route("/readyz", readyz)
