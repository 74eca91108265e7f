"""Whoever asks an app for pages, without a network: from where, by which scheme, at which host."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from pillarbox.mail.office import Office
from pillarbox.servers.http.app import application

ELSEWHERE = "192.0.2.7"
HERE = "127.0.0.1"
OURS = "mail.example.org"


@asynccontextmanager
async def visiting(
    office: Office, *, host: str = OURS, scheme: str = "https", address: str = ELSEWHERE
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of all of the office's pages."""
    transport = httpx2.ASGITransport(app=application(office), client=(address, 40_000))
    async with httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://{host}") as client:
        yield client
