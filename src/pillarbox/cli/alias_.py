"""pillarbox alias"""

import click

from ..errors import AlreadyExists, Invalid, NotFound, NotPermitted, OperatorError
from ..mail import addresses
from . import options, output
from .desk import about, domain_exists, office_at, waiting

_NO_ALIAS = "see `pillarbox alias list`"
_HINTS = {
    AlreadyExists: "see `pillarbox alias list` and `pillarbox account list`",
    NotFound: "add its domain first: `pillarbox domain add`",
    NotPermitted: "name addresses of the domains that `pillarbox domain list` shows",
    Invalid: "an alias looks like name@example.org, or @example.org for all that is not otherwise known there",
}


@click.group("alias")
def command() -> None:
    """Addresses that stand for others: one person, a group, or whatever else comes to a domain.

    \b
    Example:
      pillarbox alias add team@example.org alice@example.org bob@example.org
    """


@command.command("add")
@click.argument("address")
@click.argument("targets", nargs=-1, required=True)
@options.config
@waiting
async def add(address: str, targets: tuple[str, ...], config: str | None) -> None:
    """Have ADDRESS reach TARGETS. "@example.org" catches all that is not otherwise known there.

    \b
    Examples:
      pillarbox alias add info@example.org alice@example.org
      pillarbox alias add @example.org alice@example.org
    """
    async with office_at(config) as office:
        with about(address, _HINTS):
            alias = await office.accounts.add_alias(address, targets)
        output.said(f"added alias {alias.address}")


@command.command("list")
@click.argument("domain", required=False)
@options.as_json
@options.config
@waiting
async def list_(domain: str | None, as_json: bool, config: str | None) -> None:
    """Every alias, or those of one domain.

    \b
    Example:
      pillarbox alias list --json
    """
    async with office_at(config) as office:
        if domain is not None:
            await domain_exists(office, domain)
            domain = addresses.canonical_domain(domain)
        found = [{"address": alias.address, "targets": list(alias.targets)} for alias in await office.kept.aliases(domain)]
        output.rows(found, ("address", "targets"), as_json)


@command.command("show")
@click.argument("address")
@options.as_json
@options.config
@waiting
async def show(address: str, as_json: bool, config: str | None) -> None:
    """One alias.

    \b
    Example:
      pillarbox alias show info@example.org
    """
    async with office_at(config) as office:
        with about(address, _HINTS):
            alias = await office.kept.alias(_canonical(address))
        if alias is None:
            raise OperatorError(f"there is no alias {address}", _NO_ALIAS)
        output.one({"address": alias.address, "targets": list(alias.targets)}, as_json)


@command.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="ADDRESS...")
@options.config
@waiting
async def remove(names: tuple[str, ...], config: str | None) -> None:
    """Remove aliases.

    \b
    Example:
      pillarbox alias remove info@example.org
    """
    async with office_at(config) as office:
        for address in names:
            with about(address, {**_HINTS, NotFound: _NO_ALIAS}):
                await office.kept.remove_alias(_canonical(address))
            output.said(f"removed alias {address}")


def _canonical(address: str) -> str:
    return f"@{addresses.canonical_domain(address[1:])}" if address.startswith("@") else addresses.canonical(address)
