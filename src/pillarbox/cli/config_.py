"""pillarbox config"""

import ssl
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from .. import settings, settings_file
from ..mail.tokens import read_keys
from ..net.tls import ServerTls, ask_for_certificates
from ..servers import places
from . import options, output


@click.group("config")
def command() -> None:
    """Check and show the settings.

    \b
    Example:
      pillarbox config check
    """


@command.command("check")
@options.as_json
@options.config
def check(as_json: bool, config: str | None) -> None:
    """Every error of the settings file, its place, and what to write instead. The exit status is 1 where there is one.

    \b
    Example:
      pillarbox config check --config /etc/pillarbox/pillarbox.toml
    """
    path = settings_file.find(config)
    found, faults = settings_file.read(path)
    if as_json:
        output.json([asdict(fault) for fault in faults])
    else:
        for fault in faults:
            click.secho(f"{path}: {fault}", fg="red", err=True)
            click.echo(f"    {fault.hint}", err=True)
    if faults or found is None:
        sys.exit(1)
    if found.tls.certificate:
        ServerTls(*places.certificate(found))
    if authorities := places.client_authorities(found):
        ask_for_certificates(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), authorities)
    if found.oauth.keys:
        read_keys(Path(found.oauth.keys))
    if not as_json:
        if found.oauth.keys and not found.oauth.audience:
            says = "oauth.audience is not set: tokens for other services of the same issuer are taken too"
            click.secho(f"{path}: {says}", fg="yellow", err=True)
        for name in settings.NOT_SERVED:
            if getattr(found.listen, name):
                click.secho(f"{path}: listen.{name} is not served by this release: it stays closed", fg="yellow", err=True)
        output.said(f"{path} is fine")


@command.command("show")
@options.as_json
@options.config
def show(as_json: bool, config: str | None) -> None:
    """Every setting as it is in force, defaults included.

    \b
    Example:
      pillarbox config show --json
    """
    found = settings_file.load(settings_file.find(config))
    if as_json:
        output.json({name: _plain(value) for name, value in asdict(found).items()})
        return
    for name, _ in settings.describe():
        value: Any = found
        for step in name.split("."):
            value = getattr(value, step)
        click.echo(f"{name} = {_toml(value)}")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value if isinstance(value, bool | int | str | list | tuple) else str(value)


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list() | tuple():
            return f"[{', '.join(_toml(each) for each in value)}]"
        case _:
            text = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{text}"'
