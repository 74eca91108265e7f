"""pillarbox account list, show"""

import click

from ..mail import addresses
from ..store.queued import Allowance, Spent
from . import options, output
from .desk import account_of, domain_exists, office_at, waiting


@click.command("list")
@click.argument("domain", required=False)
@options.as_json
@options.config
@waiting
async def list_(domain: str | None, as_json: bool, config: str | None) -> None:
    """Every account, or those of one domain.

    \b
    Example:
      pillarbox account list example.org --json
    """
    async with office_at(config) as office:
        if domain is not None:
            await domain_exists(office, domain)
            domain = addresses.canonical_domain(domain)
        found = []
        for account in await office.kept.accounts(domain):
            if account.is_group:
                continue
            usage = await office.kept.mail(account.id).usage()
            found.append(
                {
                    "address": account.address,
                    "messages": usage.messages,
                    "size": usage.size if as_json else output.size(usage.size),
                    "enabled": account.enabled if as_json else ("yes" if account.enabled else "no"),
                }
            )
        output.rows(found, ("address", "messages", "size", "enabled"), as_json)


@click.command("show")
@click.argument("address")
@options.as_json
@options.config
@waiting
async def show(address: str, as_json: bool, config: str | None) -> None:
    """One account: its settings, how much it has sent lately, and its mailboxes.

    \b
    Example:
      pillarbox account show alice@example.org
    """
    async with office_at(config) as office:
        account = await account_of(office, address)
        mailboxes = await office.kept.mail(account.id).mailboxes()
        about = {"address": account.address, "id": account.id, "enabled": account.enabled, "settings": dict(account.settings)}
        sending = await office.allowances.told(account)
        shown = [
            {"mailbox": each.name, "messages": each.messages, "unseen": each.unseen, "size": each.size, "use": each.special_use}
            for each in mailboxes
        ]
        if as_json:
            output.json({**about, "sending": {name: _counted(*found) for name, found in sending.items()}, "mailboxes": shown})
            return
        output.one({**about, **{name: _in_words(*found) for name, found in sending.items()}}, as_json=False)
        table = [{**each, "size": output.size(mailbox.size)} for each, mailbox in zip(shown, mailboxes, strict=True)]
        output.rows(table, tuple(table[0]), as_json=False)


def _counted(spent: Spent, allowance: Allowance) -> dict[str, dict[str, int]]:
    """Recipients, and how many there may be; 0: there is no bound."""
    return {"hour": {"used": spent.hour, "most": allowance.hour}, "day": {"used": spent.day, "most": allowance.day}}


def _in_words(spent: Spent, allowance: Allowance) -> str:
    bounds = ((spent.hour, allowance.hour, "this hour"), (spent.day, allowance.day, "in 24 hours"))
    return ", ".join(f"to {used}{f' of {most}' if most else ''} {when}" for used, most, when in bounds)
