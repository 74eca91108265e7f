"""pillarbox domain"""

import click

from ..errors import AlreadyExists, Invalid, NotFound, NotPermitted
from ..mail import addresses
from . import options, output
from .desk import about, domain_exists, office_at, waiting

_HINTS = {
    AlreadyExists: "see `pillarbox domain list`",
    NotFound: "see `pillarbox domain list`",
    NotPermitted: "`pillarbox domain show` names them; remove them first",
    Invalid: "a domain looks like example.org",
}


@click.group("domain")
def command() -> None:
    """The domains we take mail for.

    \b
    Example:
      pillarbox domain add example.org
    """


@command.command("add")
@click.argument("names", nargs=-1, required=True)
@click.option("--postmaster", metavar="ADDRESS", help="Who reads what is sent to postmaster and abuse; else its first account.")
@options.config
@waiting
async def add(names: tuple[str, ...], postmaster: str | None, config: str | None) -> None:
    """Take mail for domains.

    \b
    Example:
      pillarbox domain add example.org example.net --postmaster admin@example.org
    """
    with about("--postmaster", {Invalid: "an address looks like name@example.org"}):
        settings = {"postmaster": addresses.canonical(postmaster)} if postmaster else {}
    async with office_at(config) as office:
        for name in names:
            with about(name, _HINTS):
                domain = await office.accounts.add_domain(name, settings)
            output.said(f"added domain {domain.name}")


@command.command("list")
@options.as_json
@options.config
@waiting
async def list_(as_json: bool, config: str | None) -> None:
    """Every domain, and how many accounts and aliases it has.

    \b
    Example:
      pillarbox domain list --json
    """
    async with office_at(config) as office:
        found = []
        for domain in await office.kept.domains():
            accounts = len(await office.kept.accounts(domain.name))
            found.append({"domain": domain.name, "accounts": accounts, "aliases": len(await office.kept.aliases(domain.name))})
        output.rows(found, ("domain", "accounts", "aliases"), as_json)


@command.command("show")
@click.argument("name")
@options.as_json
@options.config
@waiting
async def show(name: str, as_json: bool, config: str | None) -> None:
    """One domain: its settings, accounts and aliases.

    \b
    Example:
      pillarbox domain show example.org
    """
    async with office_at(config) as office:
        await domain_exists(office, name)
        domain = await office.kept.domain(addresses.canonical_domain(name))
        assert domain is not None
        accounts = [account.address for account in await office.kept.accounts(domain.name)]
        aliases = [alias.address for alias in await office.kept.aliases(domain.name)]
        shown = {"domain": domain.name, "settings": dict(domain.settings), "accounts": accounts, "aliases": aliases}
        output.one(shown, as_json)


@command.command("remove")
@click.argument("names", nargs=-1, required=True)
@options.config
@waiting
async def remove(names: tuple[str, ...], config: str | None) -> None:
    """Take no more mail for domains. Their accounts and aliases must be gone.

    \b
    Example:
      pillarbox domain remove example.net
    """
    async with office_at(config) as office:
        for name in names:
            with about(name, _HINTS):
                await office.kept.remove_domain(addresses.canonical_domain(name))
            output.said(f"removed domain {name}")
