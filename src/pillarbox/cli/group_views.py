"""pillarbox group list, show"""

import click

from ..mail import addresses
from . import options, output
from .desk import about, domain_exists, office_at, waiting
from .group_changes import NO_GROUP


@click.command("list")
@click.argument("domain", required=False)
@options.as_json
@options.config
@waiting
async def list_(domain: str | None, as_json: bool, config: str | None) -> None:
    """Every group, or those of one domain.

    \b
    Example:
      pillarbox group list --json
    """
    async with office_at(config) as office:
        if domain is not None:
            await domain_exists(office, domain)
            domain = addresses.canonical_domain(domain)
        found = [
            {"address": group.address, "members": [person.address for person in await office.groups.members(group)]}
            for group in await office.groups.everything(domain)
        ]
        output.rows(found, ("address", "members"), as_json)


@click.command("show")
@click.argument("address")
@options.as_json
@options.config
@waiting
async def show(address: str, as_json: bool, config: str | None) -> None:
    """One group: its members and how much mail it has.

    \b
    Example:
      pillarbox group show support@example.org
    """
    async with office_at(config) as office:
        with about(address, NO_GROUP):
            group = await office.groups.find(address)
        usage = await office.kept.mail(group.id).usage()
        output.one(
            {
                "address": group.address,
                "id": group.id,
                "members": [person.address for person in await office.groups.members(group)],
                "messages": usage.messages,
                "size": usage.size if as_json else output.size(usage.size),
            },
            as_json,
        )
