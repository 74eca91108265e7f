"""pillarbox group"""

import click

from .group_changes import add, member, remove
from .group_views import list_, show

__all__ = ["command"]


@click.group("group")
def command() -> None:
    """Addresses several people share, with mailboxes that are theirs together.

    Mail to a group goes to its own INBOX, which its members see as "Shared/ADDRESS/INBOX"; they may write from its address.
    Nobody logs in as a group. (An alias gives everybody a copy of their own instead: `pillarbox alias`.)

    \b
    Example:
      pillarbox group add support@example.org --member alice@example.org --member bob@example.org
    """


for each in (add, list_, show, member, remove):
    command.add_command(each)
