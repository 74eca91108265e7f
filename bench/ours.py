"""Pillarbox in a throw-away folder, with two workers."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.side import PEOPLE, Side, person, reader
from pillarbox.testing.served import served

WORKERS = 2


@contextlib.contextmanager
def running(rounds: int) -> Iterator[Side]:
    """Started with everyone's account; stopped and swept away at the end whatever happens."""
    everyone = [*map(person, range(PEOPLE)), *map(reader, range(rounds))]
    with (
        tempfile.TemporaryDirectory(prefix="pillarbox-bench-ours-") as folder,
        served(Path(folder), WORKERS, accounts=everyone) as server,
    ):
        assert server.process
        ports = server.ports
        yield Side(
            "ours", ports["smtp"], ports["imap"], ports["imaps"], ports["pop3"], (server.process.pid,), 1000, lambda: None
        )
