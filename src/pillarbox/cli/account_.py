"""pillarbox account"""

import click

from .account_app_passwords import command as app_password
from .account_changes import add, password, remove, set_
from .account_sign_ins import command as sign_in
from .account_views import list_, show

__all__ = ["command"]


@click.group("account")
def command() -> None:
    """The people who have mail here.

    \b
    Example:
      pillarbox account add alice@example.org --generate
    """


for each in (add, list_, show, set_, password, app_password, sign_in, remove):
    command.add_command(each)
