"""pillarbox domain records, check, dkim"""

from collections.abc import Sequence

import click

from ..checks import keys, published, publishing
from ..checks.published import Finding, State
from ..checks.publishing import Need, Plan
from ..errors import OperatorError
from ..mail.directory import BACKUP
from ..mail.keyring import Keyring
from ..mail.office import Office
from ..net.authoritative import Authoritative
from ..store.models import Domain
from . import options, output
from .asking import resolver_of
from .desk import office_at, waiting
from .domains import domain_of
from .publication import plan_of


@click.command("records")
@click.argument("name")
@options.as_json
@options.config
@waiting
async def records(name: str, as_json: bool, config: str | None) -> None:
    """The DNS records to publish for a domain, as a fragment of a zone file.

    \b
    Example:
      pillarbox domain records example.org > example.org.zone
    """
    async with office_at(config) as office:
        plan = await plan_of(office, await domain_of(office, name))
        if as_json:
            output.json([_shown(record) for record in publishing.records(plan)])
        else:
            click.echo(publishing.zone(plan))


@click.command("check")
@click.argument("name")
@options.as_json
@options.config
@waiting
async def check(name: str, as_json: bool, config: str | None) -> None:
    """Look up every record at the domain's own name servers, and say what is wrong. Fails when mail suffers from it.

    \b
    Example:
      pillarbox domain check example.org
    """
    async with office_at(config) as office:
        domain = await domain_of(office, name)
        findings = await _findings(office, domain)
        is_signed = any(key.state == "active" for key in await office.kept.keys(domain.name))
    if as_json:
        output.json(
            [{**_shown(one.record), "state": one.state.value, "found": one.found, "says": one.says} for one in findings]
        )
    else:
        _report(findings)
    if any(one.is_fault for one in findings):
        raise OperatorError("not all that is needed is published", "publish the lines that begin with +, and ask again")
    if not is_signed and BACKUP not in domain.settings:
        output.said(f"its mail is not signed: make keys with `pillarbox domain dkim {domain.name} rotate`")


@click.command("dkim")
@click.argument("name")
@click.argument("step", type=click.Choice(["show", "rotate", "activate", "forget"]), default="show")
@click.option("--unchecked", is_flag=True, help="Activate without looking whether the new keys are published.")
@options.as_json
@options.config
@waiting
async def dkim(name: str, step: str, unchecked: bool, as_json: bool, config: str | None) -> None:
    """The keys a domain's mail is signed with; new ones in three steps.

    \b
    rotate    make new keys and print their records; publish them
    activate  sign with them, once everyone can see them; the records of the old ones stay for a week
    forget    remove the old keys

    \b
    Examples:
      pillarbox domain dkim example.org
      pillarbox domain dkim example.org rotate
    """
    async with office_at(config) as office:
        domain = await domain_of(office, name)
        ring = Keyring(office.kept, domain.name, office.clock)
        match step:
            case "rotate":
                await ring.rotate()
            case "activate":
                await _activate(office, domain, ring, unchecked)
            case "forget":
                await ring.forget_retired()
        found = await office.kept.keys(domain.name)
    rows = [
        {
            "selector": key.selector,
            "algorithm": key.algorithm,
            "state": key.state,
            "name": f"{key.selector}._domainkey.{key.domain}",
            "record": keys.record(key.private),
        }
        for key in found
    ]
    output.rows(rows, ("selector", "algorithm", "state", "record"), as_json)


async def _activate(office: Office, domain: Domain, ring: Keyring, unchecked: bool) -> None:
    """Raises OperatorError where a signature could not be verified by others."""
    waiting_to_be_used = await ring.pending()
    if not waiting_to_be_used:
        raise OperatorError("no new key is waiting", f"make some: pillarbox domain dkim {domain.name} rotate")
    if not unchecked:
        names = [f"{key.selector}._domainkey.{key.domain}" for key in waiting_to_be_used]
        findings = [one for one in await _findings(office, domain) if one.record.name in names]
        if unseen := [one.record.name for one in findings if one.state is not State.RIGHT]:
            raise OperatorError(
                f"not yet published as it should be: {', '.join(unseen)}",
                f"see `pillarbox domain check {domain.name}`, or say --unchecked",
            )
    await ring.activate()


async def _findings(office: Office, domain: Domain) -> Sequence[Finding]:
    async with resolver_of(office) as resolver:
        asked = Authoritative(resolver)
        plan: Plan = await plan_of(office, domain, resolver)
        limits = office.limits.checks
        return [await asked.answer(published.examine(record, plan, limits)) for record in publishing.records(plan)]


def _shown(record: publishing.Record) -> dict[str, str]:
    return {
        "name": record.name,
        "type": record.type,
        "value": record.value,
        "need": record.need.value,
        "why": record.why,
    }


_SIGNS = {State.RIGHT: "ok", State.MISSING: "missing", State.WRONG: "WRONG", State.UNKNOWN: "?"}


def _report(findings: Sequence[Finding]) -> None:
    """A line a record, and below it what is there (-) and what should be (+). What is optional and absent is passed over."""
    for one in findings:
        if one.record.need is Need.OPTIONAL and one.state in (State.MISSING, State.UNKNOWN):
            continue
        says = f": {one.says}" if one.says else ""
        output.line(f"{_SIGNS[one.state]:<8} {one.record.type:<5} {one.record.name}{says}")
        if one.state is not State.RIGHT:
            for found in one.found:
                output.line(f"         - {found}")
            click.echo(f"         + {one.record.line()}")
