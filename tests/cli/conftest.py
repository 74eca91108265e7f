"""Commands as scripts run them, on a folder of their own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from pillarbox.cli import program
from pillarbox.mail import office
from pillarbox.testing.house import cheap_passwords

Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "pillarbox.toml"
    path.write_text('hostname = "mail.example.org"\n[listen]\nimap = ["127.0.0.1:0"]\n')
    return path


@pytest.fixture
def run(settings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A command on the folder; its result."""
    monkeypatch.setenv("PILLARBOX_CONFIG", str(settings))
    monkeypatch.setattr(office, "Passwords", cheap_passwords)

    def invoke(*words: str | Path, given: str | None = None) -> Result:
        return CliRunner().invoke(program, list(map(str, words)), input=given, prog_name="pillarbox")

    yield invoke
    structlog.reset_defaults()


@pytest.fixture
def ask(run: Run) -> Callable[..., Any]:
    """What a command says in JSON."""

    def asked(*words: str | Path) -> Any:
        done = run(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return asked
