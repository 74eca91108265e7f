"""Options that several commands share."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from ..errors import OperatorError
from ..ids import new_token

Decorated = Callable[..., Any]


def _named_before() -> str | None:
    """The file that was named before the command's name: `pillarbox --config FILE account list`."""
    named: str | None = click.get_current_context().find_root().params.get("config")
    return named


config = click.option("--config", metavar="FILE", default=_named_before, help="The settings file (see pillarbox --help).")
as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON, for scripts.")


def password(command: Decorated) -> Decorated:
    """Where a new password comes from: passes `password_stdin` and `generate`."""
    command = click.option("--generate", is_flag=True, help="Make a password for each address and print it once.")(command)
    return click.option("--password-stdin", is_flag=True, help="Read one line, the password of every address named.")(command)


def passwords(addresses: Sequence[str], password_stdin: bool, generate: bool) -> list[str]:
    """A password for each address: made, read, or asked for. Raises OperatorError."""
    if password_stdin and generate:
        raise OperatorError("--password-stdin and --generate exclude each other", "leave one out")
    if generate:
        return [new_password() for _ in addresses]
    if password_stdin:
        return [one_line()] * len(addresses)
    if not sys.stdin.isatty():
        raise OperatorError("no password", "give one line with --password-stdin, or have one made with --generate")
    return [click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)] * len(addresses)


def new_password() -> str:
    """Four groups of four, about 80 bits, easy to type."""
    token = new_token(10)
    return "-".join(token[start : start + 4] for start in range(0, 16, 4))


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """ "name=value" texts as a mapping; an empty value stays, to say that a setting goes. Raises OperatorError."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise OperatorError(f"{text!r} is no setting", "write name=value, or name= to go back to the default")
        found[name] = value
    return found


def one_line() -> str:
    """A password from standard input. Raises OperatorError where there is none."""
    line = sys.stdin.readline(4096).rstrip("\r\n")
    if not line:
        raise OperatorError("no password on standard input", "give one line: echo -n … | pillarbox … --password-stdin")
    return line
