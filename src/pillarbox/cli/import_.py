"""pillarbox import"""

import sys
from pathlib import Path

import click

from ..errors import OverQuota
from ..mail import sources
from ..mail.importing import import_mail
from ..store.models import INBOX
from . import options, output
from .desk import account_of, office_at, waiting
from .progress import progress


@click.command("import")
@click.argument("account")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--into", default=INBOX, show_default=True, metavar="MAILBOX", help="Where messages in no folder go.")
@options.as_json
@options.config
@waiting
async def command(account: str, path: Path, into: str, as_json: bool, config: str | None) -> None:
    """Bring mail in from PATH: an mbox, a Maildir, or a folder of .eml files, mboxes and folders.

    Folders, flags and received dates are kept. It may run again, and beside a server: a message that is in its mailbox
    already is not brought twice. Messages that cannot be taken are named, and the exit status is 1.

    \b
    Examples:
      pillarbox import alice@example.org ~/Maildir
      pillarbox import alice@example.org old.mbox --into Archive
    """
    async with office_at(config) as office:
        opened = office.open(await account_of(office, account))
        with progress(str(path), None) as bar:
            try:
                report = await import_mail(office, opened, sources.read(path, into), bar)
            except OverQuota as error:
                raise OverQuota(f"{error}: the rest was not brought; run this again when there is room") from error
    if as_json:
        output.json({"added": report.added, "present": report.present, "failed": report.failed})
    else:
        for problem in report.failed:
            click.secho(problem, fg="red", err=True)
        output.said(f"{report.added} added, {report.present} there already, {len(report.failed)} failed")
    if report.failed:
        sys.exit(1)
