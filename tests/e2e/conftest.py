"""Real servers: one for a module, with accounts nobody has used."""

from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter

import stress_report
from person import Person
from pillarbox.testing.neighbourhood import Neighbourhood, neighbourhood
from pillarbox.testing.served import DOMAIN, Served, served
from street import ZONE

ACCOUNTS = [f"e{number}@{DOMAIN}" for number in range(12)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), workers=2, accounts=ACCOUNTS) as running:
        yield running
        assert running.stop() == 0
        running.run("verify")


@pytest.fixture(scope="module")
def unused() -> Iterator[str]:
    return iter(ACCOUNTS)


@pytest.fixture
def person(server: Served, unused: Iterator[str]) -> Person:
    return Person(server, next(unused))


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbourhood]:
    """Two houses that all tests of a process share: none relies on what the others leave behind."""
    with neighbourhood(tmp_path_factory.mktemp("street"), zone=ZONE) as running:
        yield running
        for house in (running.here, running.there):
            assert house.served.stop() == 0
            house.served.run("verify")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    stress_report.write(terminalreporter)
