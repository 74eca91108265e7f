"""pillarbox reindex"""

import click

from ..mail.reindexing import index_anew, reindex
from . import options, output
from .desk import account_of, office_at, waiting
from .progress import progress


@click.command("reindex")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@options.as_json
@options.config
@waiting
async def command(addresses: tuple[str, ...], as_json: bool, config: str | None) -> None:
    """Work out again what listings and searches need, from the messages: envelopes, structures, text, and the search index.

    Of some accounts, or of all. Worth its time after an upgrade that reads messages better. It may run beside a server, and
    searches find all there is meanwhile, only not as fast.

    \b
    Examples:
      pillarbox reindex alice@example.org
      pillarbox reindex --json
    """
    done = []
    async with office_at(config) as office:
        accounts = [await account_of(office, address) for address in addresses] or await office.kept.accounts()
        for account in accounts:
            opened = office.open(account)
            usage = await opened.mail.usage()
            with progress(account.address, usage.messages) as bar:
                count = await reindex(office, opened, bar)
            with progress(f"{account.address}: search", count) as bar:
                await index_anew(opened, bar)
            done.append({"address": account.address, "messages": count})
            if not as_json:
                output.said(f"{account.address}: {count} messages")
    if as_json:
        output.json(done)
