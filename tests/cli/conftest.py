"""Commands as scripts run them, on a folder of their own."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from pillarbox.checks import keys
from pillarbox.cli import program
from pillarbox.mail import office
from pillarbox.testing.dns_server import DnsServer
from pillarbox.testing.fake_dns import Zone
from pillarbox.testing.house import cheap_passwords

Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "pillarbox.toml"
    path.write_text('hostname = "mail.example.org"\n[listen]\nimap = ["127.0.0.1:0"]\n[dns]\nservers = ["127.0.0.1:9"]\n')
    return path


@pytest.fixture(scope="session")
def keys_made() -> dict[str, list[bytes]]:
    """Enough to change them once: to make a key of RSA takes longer than most commands."""
    return {algorithm: [keys.generate(algorithm) for _ in range(2)] for algorithm in keys.ALGORITHMS}


@pytest.fixture
def run(settings: Path, keys_made: dict[str, list[bytes]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A command on the folder; its result."""
    ready = {algorithm: cycle(made) for algorithm, made in keys_made.items()}
    monkeypatch.setattr(keys, "generate", lambda algorithm: next(ready[algorithm]))
    monkeypatch.setenv("PILLARBOX_CONFIG", str(settings))
    monkeypatch.setattr(office, "Passwords", cheap_passwords)

    def invoke(*words: str | Path, given: str | None = None) -> Result:
        return CliRunner().invoke(program, list(map(str, words)), input=given, prog_name="pillarbox")

    yield invoke
    structlog.reset_defaults()


@pytest.fixture
def beside() -> Iterator[Callable[..., Any]]:
    """Runs something on a loop that goes on beside the commands, and returns what it does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def done(what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, loop).result(60)

    yield done
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def names(settings: Path, beside: Callable[..., Any]) -> Iterator[Zone]:
    """All the names there are, which commands are told by a name server."""
    server = DnsServer(Zone())
    beside(server.__aenter__())
    settings.write_text(settings.read_text().replace("127.0.0.1:9", f"127.0.0.1:{server.address[1]}"))
    yield server.zone
    beside(server.__aexit__(None, None, None))


@pytest.fixture
def ask(run: Run) -> Callable[..., Any]:
    """What a command says in JSON."""

    def asked(*words: str | Path) -> Any:
        done = run(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return asked
