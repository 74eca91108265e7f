"""pillarbox try"""

import asyncio
import contextlib
import json
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..servers import places
from ..servers.supervisor import Supervisor
from ..settings_file import load
from . import demo, invitation, options
from .desk import office_at

HOST = "127.0.0.1"
PORTS = {
    "smtp": 2525,
    "submission": 2587,
    "submissions": 2465,
    "imap": 2143,
    "imaps": 2993,
    "pop3": 2110,
    "pop3s": 2995,
    "http": 2080,
    "https": 2443,
}


@click.command("try")
@click.option(
    "--dir", "directory", metavar="DIR", type=click.Path(path_type=Path), help="Keep everything in DIR, for another time."
)
def command(directory: Path | None) -> None:
    """Start a throw-away server on loopback to look around: two domains, three people, some mail. Ctrl-C stops it.

    \b
    Examples:
      pillarbox try
      pillarbox try --dir ./demo
    """
    with _folder(directory) as folder:
        config = folder / "pillarbox.toml"
        if not config.exists():
            config.write_text(_settings())
        passwords = _passwords(folder / "passwords.json")
        asyncio.run(_furnish(config, passwords))
        authority = places.tls(load(config)) / "ca.pem"
        supervisor = Supervisor(config, lambda opened: invitation.show(opened, passwords, authority))
        asyncio.run(supervisor.run())


@contextmanager
def _folder(directory: Path | None) -> Iterator[Path]:
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        yield directory.resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="pillarbox-try-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _settings() -> str:
    listen = "".join(f'{door} = ["{HOST}:{_free(port)}"]\n' for door, port in PORTS.items())
    return f'hostname = "localhost"\ndata_dir = "data"\nworkers = 2\n\n[log]\nlevel = "warning"\n\n[listen]\n{listen}'


def _free(port: int) -> int:
    """This port, or another where it is taken."""
    for wanted in (port, 0):
        with contextlib.suppress(OSError), socket.create_server((HOST, wanted)) as found:
            return int(found.getsockname()[1])
    return port


def _passwords(path: Path) -> dict[str, str]:
    """Everyone's password, the same at every start in one folder."""
    if not path.exists():
        path.touch(0o600)
        path.write_text(json.dumps({address: options.new_password() for address in demo.PEOPLE}, indent=2))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


async def _furnish(config: Path, passwords: dict[str, str]) -> None:
    async with office_at(str(config)) as office:
        await demo.furnish(office, passwords)
