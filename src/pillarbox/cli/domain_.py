"""pillarbox domain"""

import click

from .domain_changes import add, remove, set_
from .domain_dns import check, dkim, records
from .domain_views import list_, show

__all__ = ["command"]


@click.group("domain")
def command() -> None:
    """The domains we take mail for.

    \b
    Example:
      pillarbox domain add example.org
    """


for each in (add, list_, show, set_, remove, records, check, dkim):
    command.add_command(each)
