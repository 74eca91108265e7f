"""pillarbox domain add, set, remove"""

from dataclasses import replace

import click

from ..checks import mtasts, publishing
from ..errors import Invalid, OperatorError
from ..mail import addresses
from ..mail.directory import BACKUP
from . import options, output
from .desk import about, office_at, waiting
from .domains import HINTS, added, domain_of, host_and_port
from .publication import plan_of

PASSWORD = "smart_host_password"
"""The one setting that is a secret."""
SETTINGS = ("postmaster", "smart_host", "smart_host_user", PASSWORD, "smart_host_tls", BACKUP, mtasts.MODE)
_MX = "mx"
"""The value of BACKUP where the domain's own servers are found by MX."""
_TLS = ("auto", "verify", "none")


@click.command("add")
@click.argument("names", nargs=-1, required=True)
@click.option("--postmaster", metavar="ADDRESS", help="Who reads what is sent to postmaster and abuse; else its first account.")
@click.option(
    "--backup", is_flag=True, help="Only take its mail while its own servers (by MX) are away, and send it on to them."
)
@click.option("--send-to", metavar="HOST:PORT", help="Send its mail on to this server, and keep none.")
@click.option("--keys/--no-keys", default=True, help="Whether its mail is signed here (DKIM).  [default: keys]")
@options.config
@waiting
async def add(
    names: tuple[str, ...], postmaster: str | None, backup: bool, send_to: str | None, keys: bool, config: str | None
) -> None:
    """Take mail for domains. Keys to sign their mail are made, and the DNS records to publish printed.

    \b
    Examples:
      pillarbox domain add example.org example.net --postmaster admin@example.org
      pillarbox domain add friends.example --backup
    """
    settings = {}
    if postmaster:
        settings["postmaster"] = _checked("postmaster", postmaster)
    if backup or send_to:
        settings[BACKUP] = _checked(BACKUP, send_to or _MX)
    async with office_at(config) as office:
        for name in names:
            with about(name, HINTS):
                domain = await added(office, name, settings, keys=keys)
            output.said(f"added domain {domain.name}; these are the records to publish:")
            click.echo(publishing.zone(await plan_of(office, domain)))
        if "." not in office.hostname:
            output.said(f"nobody finds a server called {office.hostname}: set `hostname`, then see `pillarbox domain records`")


@click.command("set")
@click.argument("name")
@click.argument("settings", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--password-stdin", is_flag=True, help="Read one line, the smart_host_password.")
@options.config
@waiting
async def set_(name: str, settings: tuple[str, ...], password_stdin: bool, config: str | None) -> None:
    """Change a domain's settings: postmaster, smart_host, smart_host_user, smart_host_password, smart_host_tls (auto, verify or
    none), backup (mx, or host:port), mta_sts (testing, enforce or none: of the policy that is served by https).

    With a smart host the mail its people send goes there and nowhere else. An empty value goes back to the default.

    \b
    Examples:
      pillarbox domain set example.org smart_host=smtp.example.net:587 smart_host_user=me --password-stdin < password
      pillarbox domain set example.org smart_host= smart_host_user= smart_host_password=
    """
    given = options.pairs(settings)
    if password_stdin:
        given[PASSWORD] = options.one_line()
    if not given:
        raise OperatorError("which setting?", f"write NAME=VALUE; the names are {', '.join(SETTINGS)}")
    changed = {key: _checked(key, value) if value else "" for key, value in given.items()}
    async with office_at(config) as office:
        domain = await domain_of(office, name)
        kept = {key: value for key, value in {**domain.settings, **changed}.items() if value}
        await office.kept.change_domain(replace(domain, settings=kept))
        output.said(f"changed {domain.name}")


@click.command("remove")
@click.argument("names", nargs=-1, required=True)
@options.config
@waiting
async def remove(names: tuple[str, ...], config: str | None) -> None:
    """Take no more mail for domains. Their accounts and aliases must be gone; their keys go with them.

    \b
    Example:
      pillarbox domain remove example.net
    """
    async with office_at(config) as office:
        for name in names:
            with about(name, HINTS):
                await office.kept.remove_domain(addresses.canonical_domain(name))
            output.said(f"removed domain {name}")


def _checked(key: str, value: str) -> str:
    """A setting's value as it is kept. Raises OperatorError."""
    match key:
        case "postmaster":
            with about("postmaster", {Invalid: "an address looks like name@example.org"}):
                return addresses.canonical(value)
        case "smart_host":
            return host_and_port(value)
        case "smart_host_tls" if value not in _TLS:
            raise OperatorError(f"{value!r} is no smart_host_tls", f"write one of: {', '.join(_TLS)}")
        case mtasts.MODE if value not in {mode.value for mode in mtasts.Mode}:
            raise OperatorError(f"{value!r} is no mta_sts", "write one of: testing, enforce, none")
        case "backup":
            return value if value == _MX else host_and_port(value)
        case _ if key not in SETTINGS:
            raise OperatorError(f"a domain has no setting {key}", f"its settings are: {', '.join(SETTINGS)}")
    return value
