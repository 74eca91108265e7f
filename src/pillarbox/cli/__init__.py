"""The `pillarbox` command: a file a subcommand, each loaded when it is asked for."""

import importlib
import sys
from collections.abc import Mapping

import click

from .. import __version__
from ..errors import MailError, OperatorError
from ..ops.form import form

COMMANDS: Mapping[str, str] = {
    "try": "Start a throw-away server to look around, with people and mail.",
    "serve": "Serve, in the foreground.",
    "domain": "The domains we take mail for.",
    "account": "The people who have mail here.",
    "group": "Addresses several people share, and their mailboxes.",
    "alias": "Addresses that stand for others.",
    "queue": "Mail on its way out, and what to do about it.",
    "trace": "One message's whole way.",
    "reports": "What other providers report about our domains.",
    "doctor": "Check that this machine can be a mail server.",
    "import": "Bring mail in: mbox, Maildir, folders of .eml files.",
    "export": "Take mail out: mbox, Maildir, folders of .eml files.",
    "config": "Check and show the settings.",
    "verify": "Check every promise about what is kept.",
    "reindex": "Work out again what listings and searches need.",
}


class Commands(click.Group):
    """Knows every command's name and line, and loads only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{cmd_name}_")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(f"{__version__} ({form()})", prog_name="pillarbox")
@click.option("--config", metavar="FILE", help="The settings file; it may also be named after the command.")
def program(config: str | None) -> None:
    """Pillarbox, a mail server.

    Every command takes --config FILE; without it the file is the one PILLARBOX_CONFIG names, ./pillarbox.toml, or
    /etc/pillarbox/pillarbox.toml.

    \b
    Example:
      pillarbox try
    """


def main() -> None:
    """The console script. Errors go to standard error, and the exit status is 1."""
    try:
        program(prog_name="pillarbox")
    except OperatorError as error:
        complain(error.problem, error.hint)
    except MailError as error:
        complain(str(error), "")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def complain(problem: str, hint: str) -> None:
    """Say what is wrong and what to do, and end with status 1."""
    click.secho(f"error: {problem}", fg="red", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    sys.exit(1)
