"""pillarbox domain list, show"""

import click

from . import options, output
from .desk import office_at, waiting
from .domain_changes import PASSWORD
from .domains import domain_of


@click.command("list")
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


@click.command("show")
@click.argument("name")
@options.as_json
@options.config
@waiting
async def show(name: str, as_json: bool, config: str | None) -> None:
    """One domain: its settings, keys, accounts and aliases.

    \b
    Example:
      pillarbox domain show example.org
    """
    async with office_at(config) as office:
        domain = await domain_of(office, name)
        settings = {key: "(kept)" if key == PASSWORD else value for key, value in domain.settings.items()}
        signing = [
            {"selector": key.selector, "algorithm": key.algorithm, "state": key.state}
            for key in await office.kept.keys(domain.name)
        ]
        shown = {
            "domain": domain.name,
            "settings": settings,
            "keys": signing if as_json else [" ".join(key.values()) for key in signing],
            "accounts": [account.address for account in await office.kept.accounts(domain.name)],
            "aliases": [alias.address for alias in await office.kept.aliases(domain.name)],
        }
        output.one(shown, as_json)
