"""pillarbox queue"""

import click

from .queue_changes import bounce, drop, hold, release, retry
from .queue_views import list_, show

__all__ = ["command"]


@click.group("queue")
def command() -> None:
    """Mail on its way out, and what to do about it.

    \b
    Example:
      pillarbox queue list
    """


for each in (list_, show, retry, hold, release, drop, bounce):
    command.add_command(each)
