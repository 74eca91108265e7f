"""Where each form of the description is to be had.

For whom it is depends on the domain alone: no answer tells whether an address exists in it.
"""

import asyncio
from collections.abc import Iterator

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from pillarbox.errors import Invalid
from pillarbox.mail import addresses
from pillarbox.mail.office import Office
from pillarbox.servers import places
from pillarbox.store.models import Domain

from .. import body, hosts, origin
from . import apple, autoconfig, autodiscover, language, pacc, setup
from .description import Description, describe

log = structlog.get_logger(__name__)

_SPELLINGS = ("autodiscover/autodiscover", "Autodiscover/Autodiscover", "AutoDiscover/AutoDiscover")
"""Outlook knows no difference between capitals and small letters, and makes one."""


class Devices:
    """The pages of one worker."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def autoconfig(self, request: Request) -> Response:
        """GET, with ?emailaddress= or at autoconfig.DOMAIN."""
        domain = await self._domain(request.query_params.get("emailaddress", ""))
        domain = domain or await hosts.domain_of(self._office, request.scope, "autoconfig", "")
        if domain is None:
            raise HTTPException(404)
        return Response(autoconfig.render(self._describe(domain)), media_type=autoconfig.MEDIA_TYPE)

    async def autodiscover(self, request: Request) -> Response:
        """POST of what Outlook knows. It takes errors in its own form only, and as answers to what went well."""
        data = await body.read(request.scope, request.receive, self._office.limits.http.page)
        try:
            asked = autodiscover.read(data)
        except autodiscover.NotXml as problem:
            log.debug("an autodiscover request is none", problem=str(problem))
            return self._refused(600)
        domain = await self._domain(asked.address)
        if asked.schema and asked.schema.lower() != autodiscover.OUTLOOK:
            return self._refused(601)
        if domain is None:
            return self._refused(500)
        found = autodiscover.render(self._describe(domain), asked.address)
        return Response(found, media_type=autodiscover.MEDIA_TYPE)

    async def autodiscover_2(self, request: Request) -> Response:
        status, found = autodiscover.version_2(request.query_params.get("Protocol", ""), origin.url(self._office.settings))
        return Response(found, status, media_type="application/json")

    async def pacc(self, request: Request) -> Response:
        domain = await hosts.domain_of(self._office, request.scope, pacc.LABEL)
        if domain is None:
            raise HTTPException(404)
        return Response(pacc.render(self._describe(domain)), media_type=pacc.MEDIA_TYPE)

    async def profile(self, request: Request) -> Response:
        """A profile for devices of Apple's, without a password."""
        address = request.query_params.get("email", "")
        domain = await self._domain(address)
        if domain is None:
            raise HTTPException(404)
        try:
            found = apple.render(self._describe(domain), addresses.canonical(address))
        except apple.NothingToSetUp:
            raise HTTPException(404) from None
        headers = {"content-disposition": f'attachment; filename="{domain.name}.mobileconfig"'}
        return Response(await self._signed(found), media_type=apple.MEDIA_TYPE, headers=headers)

    async def setup(self, request: Request) -> Response:
        chosen = language.chosen(request.headers.get("accept-language", ""))
        domains = [domain.name for domain in await self._office.kept.domains()]
        about = await hosts.domain_of(self._office, request.scope, "", "mail", "autoconfig")
        name = about.name if about else domains[0] if len(domains) == 1 else "example.org"
        headers = {"content-security-policy": setup.POLICY, "content-language": chosen, "vary": "Accept-Language"}
        return HTMLResponse(setup.render(describe(self._office.settings, name), chosen), headers=headers)

    async def style(self, request: Request) -> Response:
        return Response(setup.STYLE, media_type="text/css", headers={"cache-control": "public, max-age=86400"})

    def _describe(self, domain: Domain) -> Description:
        return describe(self._office.settings, domain.name)

    async def _domain(self, address: str) -> Domain | None:
        """The domain of an address, where it is one of ours."""
        try:
            name = addresses.canonical(address).rpartition("@")[2]
        except Invalid:
            return None
        return await hosts.domain_named(self._office, name)

    async def _signed(self, profile: bytes) -> bytes:
        """As it is where our certificate is of our own making: a device would think worse of it than of none."""
        settings = self._office.settings
        if not settings.tls.certificate:
            return profile
        try:
            return await asyncio.to_thread(apple.signed, profile, *places.certificate(settings))
        except (OSError, ValueError) as error:
            log.warning("a profile is not signed", problem=str(error))
            return profile

    def _refused(self, code: int) -> Response:
        now = self._office.clock.now().strftime("%H:%M:%S.%f")
        return Response(autodiscover.refusal(code, now), media_type=autodiscover.MEDIA_TYPE)


def routes(office: Office) -> Iterator[BaseRoute]:
    """Those of one worker."""
    devices = Devices(office)
    for path in ("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"):
        yield Route(path, devices.autoconfig)
    for path in _SPELLINGS:
        yield Route(f"/{path}.xml", devices.autodiscover, methods=["POST"])
        yield Route(f"/{path}.json", devices.autodiscover_2)
        yield Route(f"/{path}.json/v1.0/{{address}}", devices.autodiscover_2)
    yield Route(pacc.PATH, devices.pacc)
    yield Route("/setup", devices.setup)
    yield Route("/setup.css", devices.style)
    yield Route("/setup/profile.mobileconfig", devices.profile)
