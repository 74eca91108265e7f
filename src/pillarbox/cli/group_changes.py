"""pillarbox group add, remove, member"""

import sys

import click

from ..errors import AlreadyExists, Invalid, NotFound
from . import options, output
from .desk import about, office_at, waiting

_HINTS = {
    AlreadyExists: "see `pillarbox group list`, `pillarbox account list` and `pillarbox alias list`",
    NotFound: "see `pillarbox domain list` and `pillarbox account list`",
    Invalid: "an address looks like name@example.org; members are people",
}
NO_GROUP = {NotFound: "see `pillarbox group list`", Invalid: "an address looks like name@example.org"}
_NO_MEMBER = {NotFound: "see `pillarbox group show`", Invalid: "members are people, not groups"}


@click.command("add")
@click.argument("address")
@click.option("--member", "members", multiple=True, metavar="ADDRESS", help="One of the people in it; may be given again.")
@options.config
@waiting
async def add(address: str, members: tuple[str, ...], config: str | None) -> None:
    """Make a group of people who have accounts.

    \b
    Example:
      pillarbox group add support@example.org --member alice@example.org --member bob@example.org
    """
    async with office_at(config) as office:
        with about(address, _HINTS):
            made = await office.groups.add(address, members)
        output.said(f"added group {made.address}")


@click.command("remove")
@click.argument("addresses", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.config
@waiting
async def remove(addresses: tuple[str, ...], yes: bool, config: str | None) -> None:
    """Remove groups with all their mail; their members stay. It cannot be undone.

    \b
    Example:
      pillarbox group remove support@example.org --yes
    """
    async with office_at(config) as office:
        found = []
        for address in addresses:
            with about(address, NO_GROUP):
                found.append(await office.groups.find(address))
        if not yes and sys.stdin.isatty():
            click.confirm(f"Remove {', '.join(group.address for group in found)} with all mail?", abort=True, err=True)
        for group in found:
            await office.groups.remove(group)
            output.said(f"removed {group.address} and its mail")


@click.group("member")
def member() -> None:
    """Who belongs to a group.

    \b
    Example:
      pillarbox group member add support@example.org carol@example.org
    """


@member.command("add")
@click.argument("address")
@click.argument("members", nargs=-1, required=True)
@options.config
@waiting
async def _add_members(address: str, members: tuple[str, ...], config: str | None) -> None:
    """Have MEMBERS belong to the group ADDRESS.

    \b
    Example:
      pillarbox group member add support@example.org carol@example.org
    """
    await _change(config, address, members, ())


@member.command("remove")
@click.argument("address")
@click.argument("members", nargs=-1, required=True)
@options.config
@waiting
async def _remove_members(address: str, members: tuple[str, ...], config: str | None) -> None:
    """Have MEMBERS belong to the group ADDRESS no longer.

    \b
    Example:
      pillarbox group member remove support@example.org bob@example.org
    """
    await _change(config, address, (), members)


async def _change(config: str | None, address: str, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    async with office_at(config) as office:
        with about(address, NO_GROUP):
            group = await office.groups.find(address)
        with about(address, _NO_MEMBER):
            await office.groups.change(group, add=add, remove=remove)
        output.said(f"changed {group.address}")
