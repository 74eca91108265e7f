"""Asking the world on behalf of a command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..mail.office import Office
from ..net.dns import Resolver
from ..servers import outgoing


@asynccontextmanager
async def resolver_of(office: Office) -> AsyncIterator[Resolver]:
    """The resolvers that the settings name, else the system's. Raises OperatorError."""
    resolver = outgoing.resolver(office.settings, office.limits)
    try:
        yield resolver
    finally:
        await resolver.close()
