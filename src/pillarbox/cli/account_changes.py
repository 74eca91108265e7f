"""pillarbox account add, set, password, remove"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from ..errors import AlreadyExists, Invalid, NotFound
from ..mail.preferences import AccountSettings
from . import options, output
from .desk import about, account_of, office_at, waiting

_HINTS = {
    AlreadyExists: "see `pillarbox account list` and `pillarbox alias list`; `pillarbox account password` gives a new password",
    NotFound: "add its domain first: `pillarbox domain add`",
    Invalid: "an address looks like name@example.org",
}


@click.command("add")
@click.argument("addresses", nargs=-1, required=True)
@options.password
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="A setting of the account (account set --help).")
@options.config
@waiting
async def add(
    addresses: tuple[str, ...], password_stdin: bool, generate: bool, changes: tuple[str, ...], config: str | None
) -> None:
    """Make accounts. Their domains must be there.

    \b
    Examples:
      pillarbox account add alice@example.org bob@example.org --generate
      printf 'sesame\\n' | pillarbox account add alice@example.org --password-stdin
    """
    settings = options.pairs(changes)
    for name, value in settings.items():
        _check(name, value)
    words = options.passwords(addresses, password_stdin, generate)
    async with office_at(config) as office:
        for address, word in zip(addresses, words, strict=True):
            with about(address, _HINTS):
                account = await office.accounts.add(address, word, settings)
            _added(account.address, word if generate else None)


@click.command("password")
@click.argument("addresses", nargs=-1, required=True)
@options.password
@options.config
@waiting
async def password(addresses: tuple[str, ...], password_stdin: bool, generate: bool, config: str | None) -> None:
    """Give accounts a new password.

    \b
    Example:
      pillarbox account password alice@example.org --generate
    """
    words = options.passwords(addresses, password_stdin, generate)
    async with office_at(config) as office:
        for address, word in zip(addresses, words, strict=True):
            account = await account_of(office, address)
            await office.accounts.set_password(account, word)
            _added(account.address, word if generate else None, "changed the password of")


def settings_help() -> str:
    """Every account setting, a line each."""
    fields = AccountSettings.__dataclass_fields__.values()
    return "\n".join(f"      {field.name:22} {field.metadata['says']}" for field in fields)


@click.command(
    "set",
    help=f"""Change settings of an account; NAME= goes back to the default. "enabled=false" keeps it from logging in.

    \b
    Example:
      pillarbox account set alice@example.org quota_bytes=1000000000 pop3_delete=trash

    \b
    Settings:
{settings_help()}
    """,
)
@click.argument("address")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
@options.config
@waiting
async def set_(address: str, changes: tuple[str, ...], config: str | None) -> None:
    wanted = options.pairs(changes)
    async with office_at(config) as office:
        account = await account_of(office, address)
        enabled = wanted.pop("enabled", str(account.enabled).lower()) != "false"
        settings = dict(account.settings)
        for name, value in wanted.items():
            if value:
                _check(name, value)
                settings[name] = value
            else:
                settings.pop(name, None)
        await office.kept.change_account(replace(account, settings=settings, enabled=enabled))
        output.said(f"changed {account.address}")


@click.command("remove")
@click.argument("addresses", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.config
@waiting
async def remove(addresses: tuple[str, ...], yes: bool, config: str | None) -> None:
    """Remove accounts with all their mail. It cannot be undone: `pillarbox export` first.

    \b
    Example:
      pillarbox account remove alice@example.org --yes
    """
    async with office_at(config) as office:
        accounts = [await account_of(office, address) for address in addresses]
        _ask([account.address for account in accounts], yes)
        for account in accounts:
            await office.kept.remove_account(account.id)
            output.said(f"removed {account.address} and its mail")


def _check(name: str, value: str) -> None:
    """Raises OperatorError where there is no such setting, or it cannot be this."""
    with about(f"{name}={value}", {Invalid: "see `pillarbox account set --help`"}):
        AccountSettings.check(name, value)


def _added(address: str, word: str | None, what: str = "added account") -> None:
    if word is None:
        output.said(f"{what} {address}")
    else:
        click.echo(f"{address} {word}")


def _ask(addresses: Sequence[str], yes: bool) -> None:
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {', '.join(addresses)} with all mail?", abort=True, err=True)
