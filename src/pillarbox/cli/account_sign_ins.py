"""pillarbox account sign-in"""

import click

from ..errors import MailError, NotFound
from ..store.sign_ins import SignIn
from . import options, output
from .desk import about, account_of, known_ids, office_at, waiting

_HINTS: dict[type[MailError], str] = {NotFound: "see `pillarbox account sign-in list`"}


@click.group("sign-in")
def command() -> None:
    """Browsers that are signed in, programs that were allowed, and what people show beside their password.

    \b
    Example:
      pillarbox account sign-in list alice@example.org
    """


@command.command("list")
@click.argument("address")
@options.as_json
@options.config
@waiting
async def list_(address: str, as_json: bool, config: str | None) -> None:
    """Where an account is signed in: since when, and when and from where it was used last.

    \b
    Example:
      pillarbox account sign-in list alice@example.org
    """
    async with office_at(config) as office:
        account = await account_of(office, address)
        found = [_shown(each) for each in await office.accounts.sign_ins.of(account)]
    output.rows(found, ("id", "kind", "name", "protocols", "created", "last_used", "last_address"), as_json)


@command.command("end")
@click.argument("address")
@click.argument("ids", nargs=-1, required=True, type=int, metavar="ID...")
@options.config
@waiting
async def end(address: str, ids: tuple[int, ...], config: str | None) -> None:
    """Sign out a browser, or a program: its connections end.

    \b
    Example:
      pillarbox account sign-in end alice@example.org 12
    """
    async with office_at(config) as office:
        account = await account_of(office, address)
        known = [each.id for each in await office.accounts.sign_ins.of(account)]
        for key in known_ids(ids, known, f"{address} has no sign-in", _HINTS[NotFound]):
            with about(f"{address} {key}", _HINTS):
                await office.accounts.sign_ins.end(account.id, key)
            output.said(f"ended sign-in {key} of {account.address}")


@command.command("reset")
@click.argument("address")
@options.config
@waiting
async def reset(address: str, config: str | None) -> None:
    """For somebody who has lost phone, keys and recovery codes: the password alone is enough again.

    Passkeys, code app and recovery codes are removed, and all browsers are signed out. Be sure who asks you for this.

    \b
    Example:
      pillarbox account sign-in reset alice@example.org
    """
    async with office_at(config) as office:
        account = await account_of(office, address)
        await office.accounts.forget_factors(account)
        output.said(f"{account.address} signs in by the password alone")


def _shown(sign_in: SignIn) -> dict[str, object]:
    return {
        "id": sign_in.id,
        "kind": sign_in.kind,
        "name": sign_in.name or sign_in.agent,
        "protocols": sorted(sign_in.protocols),
        "created": output.time(sign_in.created_at),
        "last_used": output.time(sign_in.last_used_at),
        "last_address": sign_in.last_address,
    }
