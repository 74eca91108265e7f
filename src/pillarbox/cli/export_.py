"""pillarbox export"""

from pathlib import Path
from typing import cast

import click

from ..errors import OperatorError
from ..mail.exporting import Form, export_mail
from . import options, output
from .desk import account_of, office_at, waiting
from .progress import progress


@click.command("export")
@click.argument("account")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["maildir", "mbox", "eml"]),
    default="maildir",
    show_default=True,
    help="Of the files.",
)
@options.as_json
@options.config
@waiting
async def command(account: str, path: Path, form: str, as_json: bool, config: str | None) -> None:
    """Take an account's mail out into the folder PATH: a Maildir, an mbox or a folder of .eml files for each mailbox.

    Message bytes are as they are kept. Flags, received dates and POP3's unique-ids go along in a file .pillarbox.jsonl
    beside the messages, which `pillarbox import` reads. It may run again: what lies there already is not written twice.

    \b
    Example:
      pillarbox export alice@example.org ./alice --format mbox
    """
    async with office_at(config) as office:
        opened = office.open(await account_of(office, account))
        usage = await opened.mail.usage()
        with progress(str(path), usage.messages) as bar:
            try:
                report = await export_mail(opened, path, cast(Form, form), bar)
            except OSError as error:
                raise OperatorError(
                    f"cannot write below {path}: {error}", "choose a folder with room that may be written to"
                ) from error
    if as_json:
        output.json({"written": report.written, "present": report.present})
    else:
        output.said(f"{report.written} written, {report.present} there already")
