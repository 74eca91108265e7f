"""A real `pillarbox serve`, in a throw-away folder and on free ports of loopback: for tests with real clients, and bench."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ..mail.office import Office
from ..servers.imap.forms import FORMS
from ..settings_file import load
from ..store.sqlite.accounts import SqliteAccounts
from .house import cheap_passwords

HOST = "127.0.0.1"
DOMAIN = "example.org"
PASSWORD = "sesame"
DOORS = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s")
WEB = ("http", "https")
"""Opened where they are asked for: what is behind them takes a while to load."""
NOBODY_ANSWERS = '[dns]\nservers = ["127.0.0.1:9"]\n'
"""No test asks the names of the world."""
UNGIVEN = range(15_000, 32_000)
"""Ports below those that Linux gives out itself (ip_local_port_range), above those of well-known services."""
READY = 90.0
GONE = 60.0


def apart(words: Sequence[str], given: str) -> str:
    """Run a `pillarbox` command in a process of its own; its standard output. Raises RuntimeError with all it says."""
    done = subprocess.run([*command(), *words], input=given, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"pillarbox {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Served:
    """One server: its folder, its ports by door, its supervisor."""

    commands: Callable[[Sequence[str], str], str] = staticmethod(apart)
    """How commands are run: who runs hundreds may know a cheaper way."""

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        settings: str = "",
        *,
        host: str = HOST,
        hostname: str = "localhost",
        ports: Mapping[str, int] = MappingProxyType({}),
        web: bool = False,
    ) -> None:
        """`settings` are lines of the settings file, tables among them; `ports` those that may not be any; `web`: http too."""
        self.host = host
        self.folder = folder
        self.config = folder / "pillarbox.toml"
        self.data = folder / "data"
        self.log = folder / "log"
        doors = (*DOORS, *WEB) if web else DOORS
        self.ports: Mapping[str, int] = {**dict(zip(doors, free_ports(len(doors)), strict=True)), **ports}
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        listen = "".join(f'{door} = ["{host}:{port}"]\n' for door, port in self.ports.items())
        nobody = "" if "[dns]" in settings else NOBODY_ANSWERS
        self.config.write_text(
            f'hostname = "{hostname}"\ndata_dir = "data"\nworkers = {workers}\n{settings}\n[listen]\n{listen}{nobody}'
        )

    def start(self) -> None:
        """Start it, and return when every door is open. Raises RuntimeError with the log where it does not."""
        with self.log.open("ab") as log, _readiness(self.folder / "ready") as (told, environment):
            self.process = subprocess.Popen(
                [*command(), "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,
            )
            self._wait_until_ready(told)

    def stop(self) -> int:
        """Drain and stop; the exit status."""
        assert self.process
        status = stop(self.process)
        self.process = None
        return status

    def kill(self) -> None:
        """kill -9 to the supervisor."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self.process = None

    def run(self, *arguments: str, given: str = "") -> str:
        """A `pillarbox` command on this server's folder; its standard output. Raises RuntimeError with all it says."""
        return self.commands([*arguments, "--config", str(self.config)], given)

    def add_domain(self, name: str = DOMAIN) -> None:
        """Without keys to sign its mail."""
        asyncio.run(self._change(lambda office: office.accounts.add_domain(name)))

    def add_accounts(self, addresses: Sequence[str], password: str = PASSWORD) -> None:
        """Accounts whose passwords are hashed cheaply: hundreds of first log-ins are not what is tested."""

        async def add(office: Office) -> None:
            for address in addresses:
                await office.accounts.add(address, password)

        asyncio.run(self._change(add))

    async def _change(self, change: Callable[[Office], Awaitable[object]]) -> None:
        office = Office(load(self.config), SqliteAccounts(self.data), FORMS, passwords=cheap_passwords())
        try:
            await change(office)
        finally:
            await office.close()

    def client_context(self) -> ssl.SSLContext:
        """TLS as a client that trusts this server's own CA."""
        return ssl.create_default_context(cafile=str(self.ca))

    @property
    def ca(self) -> Path:
        return self.data / "tls" / "ca.pem"

    def workers(self) -> Sequence[int]:
        """The process ids of the workers."""
        assert self.process
        return children(self.process.pid)

    def _wait_until_ready(self, told: socket.socket) -> None:
        assert self.process
        told.settimeout(0.1)
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in told.recv(4096):
                    return
            if self.process.poll() is not None:
                break
        raise RuntimeError(f"pillarbox serve does not get ready:\n{self.log.read_text('utf-8', 'replace')[-4000:]}")


@contextlib.contextmanager
def served(
    folder: Path, workers: int = 2, settings: str = "", accounts: Sequence[str] = (), *, web: bool = False
) -> Iterator[Served]:
    """A running server for example.org with `accounts`; stopped at the end whatever happens."""
    server = Served(folder, workers, settings, web=web)
    server.add_domain()
    if accounts:
        server.add_accounts(accounts)
    server.start()
    try:
        yield server
    finally:
        if server.process:
            server.stop()


def command() -> list[str]:
    """The `pillarbox` command of this very environment."""
    return [sys.executable, "-c", "from pillarbox.cli import main; main()"]


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now, at any address.

    They are drawn from those that the system gives nobody of its own accord, else a client elsewhere, or a listener that asked
    for any port, could have one before whoever asked here.
    """
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            each = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                each.bind(("", random.SystemRandom().choice(UNGIVEN)))
                ports.append(each.getsockname()[1])
        return ports


def wait_for_port(port: int, within: float = READY) -> None:
    """Until someone listens there. Raises TimeoutError."""
    deadline = time.monotonic() + within
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody listens on port {port}")
        time.sleep(0.02)


def stop(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM, and SIGKILL to one that does not end; the exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GONE)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def children(pid: int) -> list[int]:
    """The direct children of a process, oldest first."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


@contextlib.contextmanager
def _readiness(path: Path) -> Iterator[tuple[socket.socket, Mapping[str, str]]]:
    """A socket that hears sd_notify, and the environment that says where it is."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(path))
        try:
            yield told, {"NOTIFY_SOCKET": str(path)}
        finally:
            path.unlink(missing_ok=True)
