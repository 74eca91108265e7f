"""Pillarbox in a throw-away folder, with two workers.

Its client is exempt from checks, as with Postfix, which has none: on neither side SPF, DKIM or DMARC is looked at.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.side import ELSEWHERE, PEOPLE, Side, person, reader
from pillarbox.testing.served import free_ports, served

WORKERS = 2
UNCHECKED = '[checks]\nexempt = ["127.0.0.0/8"]\n'


@contextlib.contextmanager
def running(rounds: int) -> Iterator[Side]:
    """Started with everyone's account; stopped and swept away at the end whatever happens."""
    everyone = [*map(person, range(PEOPLE)), *map(reader, range(rounds))]
    (sink,) = free_ports(1)
    with (
        tempfile.TemporaryDirectory(prefix="pillarbox-bench-ours-") as folder,
        served(Path(folder), WORKERS, UNCHECKED, accounts=everyone) as server,
    ):
        server.run("domain", "add", ELSEWHERE, "--send-to", f"127.0.0.1:{sink}")
        assert server.process
        ports = server.ports
        yield Side(
            "ours",
            ports["smtp"],
            ports["imap"],
            ports["imaps"],
            ports["pop3"],
            sink,
            (server.process.pid,),
            1000,
            5000,
            lambda: None,
        )
