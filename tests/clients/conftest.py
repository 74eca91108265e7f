"""Programs, each with a home of its own, and what they collect."""

import hashlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from person import Person, less_trace
from pillarbox.testing.served import Served

Run = Callable[..., str]
NODE = Path(__file__).with_name("node")
PATIENCE = 120.0


@pytest.fixture
def people(server: Served, unused: Iterator[str]) -> list[Person]:
    """Two of them."""
    return [Person(server, address) for address in itertools.islice(unused, 2)]


@pytest.fixture
def keep(tmp_path: Path) -> Path:
    """A program that keeps the message on its standard input."""
    folder = tmp_path / "collected"
    folder.mkdir()
    script = tmp_path / "keep"
    script.write_text(f'#!/bin/sh\ncat > "$(mktemp {folder}/letter-XXXXXX)"\n')
    script.chmod(0o755)
    return script


@pytest.fixture
def kept(keep: Path) -> Callable[[], list[bytes]]:
    """All it ever kept, less what was put on top on the way."""
    return lambda: sorted(less_trace(file.read_bytes()) for file in (keep.parent / "collected").iterdir())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program with a home of its own; its output. Skips the test where the program is not installed."""

    def program(*command: str | Path, given: bytes = b"", environment: Mapping[str, str] | None = None, status: int = 0) -> str:
        found = shutil.which(str(command[0]))
        if found is None:
            pytest.skip(f"{command[0]} is not installed")
        done = subprocess.run(
            [found, *map(str, command[1:])],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
            timeout=240,
            env={"HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **(environment or {})},
        )
        said = done.stdout.decode("utf-8", "replace")
        assert done.returncode == status, said
        return said

    return program


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder Node's programs are installed in: a cache by what the lock file says, filled once."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (apt install nodejs npm)")
    lock = (NODE / "package-lock.json").read_bytes()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "pillarbox-tests" / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not folder.exists():
        install(folder)
    return folder


def install(folder: Path) -> None:
    """By `npm ci`, beside and then renamed, so that nobody finds half of it."""
    making = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.copytree(NODE, making)
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=making, capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode:
            pytest.skip(f"npm could not install them: {done.stderr.strip()[-300:]}")
        if not folder.exists():
            making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
