"""What holds for all tests; and one real server for all that want no more of it than an account nobody has used."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

import inside
from person import Person
from pillarbox.limits import GiB
from pillarbox.testing.served import DOMAIN, Served, served

Served.commands = staticmethod(inside.command)

# Nobody in the world is believed, by servers that are started neither: to read whom the system believes takes each 0.1 s.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

# The same examples at every run, and no clock: what is found by chance is for `make fuzz`, or --hypothesis-profile=default.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")


# Nothing that a test keeps need outlive it: where memory is plenty, no test waits for a disk.
MEMORY = Path("/dev/shm")
if MEMORY.is_mount() and shutil.disk_usage(MEMORY).free > 4 * GiB:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


LONG = ("tests/house/test_compiled.py", "tests/web/", "tests/e2e/test_corpus.py", "tests/e2e/test_kill.py")


OTHERS = ("tests/web/", "tests/clients/")
"""Tests that drive programs of others: on a busy machine browsers break off, and mail programs say things twice."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: at the end others would wait for it, with nothing left to do. What others' programs get
    wrong once is tried once more, and the summary tells of it; ours has one try."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    for item in items:
        if item.nodeid.startswith(OTHERS):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), workers=2, web=True) as running:
        yield running
        assert running.stop() == 0
        running.run("verify")


@pytest.fixture(scope="session")
def unused(server: Served) -> Iterator[str]:
    """Addresses of accounts."""
    return (address for number in itertools.count() if server.add_accounts([address := f"u{number}@{DOMAIN}"]) is None)


@pytest.fixture
def person(server: Served, unused: Iterator[str]) -> Person:
    return Person(server, next(unused))
