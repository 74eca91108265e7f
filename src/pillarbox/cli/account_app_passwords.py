"""pillarbox account app-password"""

import click

from ..errors import Invalid, NotFound, TooMany
from ..mail.app_passwords import PROTOCOLS, protocols_of
from ..store.models import AppPassword
from . import options, output
from .desk import about, account_of, known_ids, office_at, waiting

_HINTS = {
    Invalid: "see `pillarbox account app-password add --help`",
    NotFound: "see `pillarbox account app-password list`",
    TooMany: "remove those that nobody uses: `pillarbox account app-password list`",
}


@click.group("app-password")
def command() -> None:
    """Passwords of single devices and programs.

    Each is made by us, shown once, and taken back without touching the others; connections it has opened end with it. They work
    wherever the account's own password does. To allow nothing else somewhere, bar that one from there: `pillarbox account set
    ADDRESS password_protocols=…`.

    \b
    Example:
      pillarbox account app-password add alice@example.org "Alice's phone" --for imap,smtp
    """


@command.command("add")
@click.argument("address")
@click.argument("label")
@click.option("--for", "protocols", metavar="PROTOCOLS", default="", help=f"Of {', '.join(PROTOCOLS)}; absent: all.")
@options.as_json
@options.config
@waiting
async def add(address: str, label: str, protocols: str, as_json: bool, config: str | None) -> None:
    """Make one for a device, and print it. It cannot be shown again.

    \b
    Examples:
      pillarbox account app-password add alice@example.org "Alice's phone"
      pillarbox account app-password add alice@example.org scanner --for smtp --json
    """
    async with office_at(config) as office:
        account = await account_of(office, address)
        with about(address, _HINTS):
            wanted = protocols_of(protocols.split(",")) if protocols else frozenset[str]()
            kept, words = await office.accounts.app_passwords.add(account, label, wanted)
        if as_json:
            output.json({**_shown(kept), "password": words})
        else:
            click.echo(words)
            output.said(f"made app password {kept.id} of {account.address}; to be typed as it stands, with its dashes")


@command.command("list")
@click.argument("address")
@options.as_json
@options.config
@waiting
async def list_(address: str, as_json: bool, config: str | None) -> None:
    """Those of an account: for which device and protocols, when and from where they were used last.

    \b
    Example:
      pillarbox account app-password list alice@example.org
    """
    async with office_at(config) as office:
        account = await account_of(office, address)
        found = [_shown(each) for each in await office.accounts.app_passwords.of(account)]
    if not as_json:
        found = [{**each, "protocols": each["protocols"] or "all"} for each in found]
    output.rows(found, ("id", "label", "protocols", "created", "last_used", "last_address"), as_json)


@command.command("remove")
@click.argument("address")
@click.argument("ids", nargs=-1, required=True, type=int, metavar="ID...")
@options.config
@waiting
async def remove(address: str, ids: tuple[int, ...], config: str | None) -> None:
    """Take them back: nobody logs in by them any more, and who has is put out.

    \b
    Example:
      pillarbox account app-password remove alice@example.org 101
    """
    async with office_at(config) as office:
        account = await account_of(office, address)
        known = [each.id for each in await office.accounts.app_passwords.of(account)]
        for key in known_ids(ids, known, f"{address} has no app password", _HINTS[NotFound]):
            with about(f"{address} {key}", _HINTS):
                await office.accounts.app_passwords.remove(account, key)
            output.said(f"removed app password {key} of {account.address}")


def _shown(password: AppPassword) -> dict[str, object]:
    return {
        "id": password.id,
        "label": password.label,
        "protocols": sorted(password.protocols),
        "created": output.time(password.created_at),
        "last_used": output.time(password.last_used_at or 0),
        "last_address": password.last_address or "",
    }
