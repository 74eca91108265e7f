"""pillarbox doctor"""

from collections.abc import AsyncIterator
from ipaddress import ip_address

import click

from ..errors import OperatorError
from ..mail.office import Office
from ..net.dns import Resolver
from . import options, output, premises, surroundings
from .asking import resolver_of
from .desk import office_at, waiting
from .publication import addresses_of
from .signs import BAD, WELL, Sign


@click.command("doctor")
@click.option("--outside/--no-outside", default=True, help="Whether to speak with other servers: port 25, time.")
@options.as_json
@options.config
@waiting
async def command(outside: bool, as_json: bool, config: str | None) -> None:
    """Check that this machine can be a mail server: disk, permissions, certificate, resolver, name and reverse name, port 25
    outwards, clock, and that we are no open relay. Fails when something is bad.

    \b
    Examples:
      pillarbox doctor
      pillarbox doctor --no-outside --json
    """
    found: list[Sign] = []
    async with office_at(config) as office, resolver_of(office) as resolver:
        async for sign in _examine(office, resolver, outside):
            found.append(sign)
            if not as_json:
                _show(sign)
    if as_json:
        output.json([{"about": one.about, "state": one.state, "says": one.says, "hint": one.hint} for one in found])
    if bad := dict.fromkeys(sign.about for sign in found if sign.state == BAD):
        raise OperatorError(f"not well: {', '.join(bad)}", "see what is said of each above")


def _show(sign: Sign) -> None:
    output.line(f"{sign.state:<4}{sign.about:<13}{sign.says}")
    if sign.hint and sign.state != WELL:
        output.line(f"{'':<17}{sign.hint}")


async def _examine(office: Office, resolver: Resolver, outside: bool) -> AsyncIterator[Sign]:
    settings = office.settings
    yield premises.disk(settings)
    yield premises.permissions(settings)
    yield premises.certificate(settings, office.clock.now())
    yield await surroundings.resolver(resolver, settings)
    yield await resolver.answer(surroundings.host_name(settings.hostname.lower()))
    leaving_from = [ip_address(text) for text in settings.outgoing.send_from] or await addresses_of(settings, resolver)
    for address in leaving_from:
        yield await resolver.answer(surroundings.reverse_name(settings.hostname.lower(), address))
    if outside:
        yield await surroundings.port_25(resolver, settings.outgoing)
        yield await surroundings.clock(resolver)
    for door in premises.smtp_doors(settings):
        yield await surroundings.relaying(door)
