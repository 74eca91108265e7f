"""pillarbox reindex"""

import click

from ..mail.reindexing import reindex
from . import options, output
from .desk import account_of, office_at, waiting
from .progress import progress


@click.command("reindex")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@options.config
@waiting
async def command(addresses: tuple[str, ...], config: str | None) -> None:
    """Work out again what listings need (envelopes, structures), from the messages: of some accounts, or of all.

    Worth its time after an upgrade that reads messages better. It may run beside a server.

    \b
    Example:
      pillarbox reindex alice@example.org
    """
    async with office_at(config) as office:
        accounts = [await account_of(office, address) for address in addresses] or await office.kept.accounts()
        for account in accounts:
            opened = office.open(account)
            usage = await opened.mail.usage()
            with progress(account.address, usage.messages) as bar:
                count = await reindex(office, opened, bar)
            output.said(f"{account.address}: {count} messages")
