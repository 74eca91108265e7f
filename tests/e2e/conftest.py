"""Two servers that send mail to one another."""

from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter

import stress_report
from pillarbox.testing.neighbourhood import Neighbourhood, neighbourhood
from street import ZONE


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
