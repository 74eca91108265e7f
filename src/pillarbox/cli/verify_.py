"""pillarbox verify"""

import sys

import click

from ..store.sqlite.verify import verify
from . import options, output
from .desk import settings_of


@click.command("verify")
@options.as_json
@options.config
def command(as_json: bool, config: str | None) -> None:
    """Check every promise about what is kept: counts, UIDs, blobs, the change log. It changes nothing.

    A broken promise is a line, and the exit status is 1 where there is one. It may run beside a server.

    \b
    Example:
      pillarbox verify --json
    """
    faults = list(verify(settings_of(config).data_dir))
    if as_json:
        output.json(faults)
    else:
        for fault in faults:
            click.echo(fault)
    if faults:
        sys.exit(1)
    if not as_json:
        output.said("everything is as it should be")
