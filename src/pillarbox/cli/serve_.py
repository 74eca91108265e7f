"""pillarbox serve"""

import asyncio

import click

from ..servers.supervisor import Supervisor
from ..settings_file import find
from . import options


@click.command("serve")
@options.config
def command(config: str | None) -> None:
    """Serve, in the foreground.

    SIGTERM and Ctrl-C let conversations end, then stop; a second one stops at once. SIGHUP reads settings and certificates
    again. Readiness is told by sd_notify, and by a log line a listener.

    \b
    Example:
      pillarbox serve --config /etc/pillarbox/pillarbox.toml
    """
    asyncio.run(Supervisor(find(config)).run())
