"""What the long tests saw, written down: `make stress` names the file in PILLARBOX_STRESS_REPORT."""

import os
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from bench.report import machine

from pillarbox import __version__

HEAD = """# Long tests

Written by `make stress`.

- command: `make stress`
- Pillarbox: {version}
- machine: {machine}

| test | result | seconds | what was seen |
|---|---|---:|---|
"""


def write(reporter: TerminalReporter) -> None:
    """A row a test, with what it printed."""
    place = os.environ.get("PILLARBOX_STRESS_REPORT")
    if not place:
        return
    rows = [
        f"| {report.nodeid} | {outcome} | {report.duration:.0f} | {' '.join(report.capstdout.split())} |\n"
        for outcome in ("passed", "failed")
        for report in reporter.stats.get(outcome, ())
        if isinstance(report, pytest.TestReport) and report.when == "call"
    ]
    Path(place).write_text(HEAD.format(version=__version__, machine=machine()) + "".join(rows), "utf-8")
