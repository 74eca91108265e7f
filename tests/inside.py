"""Commands of `pillarbox` run in the process of the test: a process of its own takes each a second to start."""

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from click.testing import CliRunner

from pillarbox.cli import program
from pillarbox.errors import OperatorError


def command(words: Sequence[str], given: str) -> str:
    """What it prints, as `Served.commands` wants it. Raises RuntimeError with all it says where it fails."""
    with ThreadPoolExecutor(1) as apart:  # there may be a loop in this thread, and a command has one of its own
        return apart.submit(_run, words, given).result()


def _run(words: Sequence[str], given: str) -> str:
    with _undisturbed():
        done = CliRunner().invoke(program, list(words), input=given, prog_name="pillarbox")
    if done.exit_code:
        error = done.exception
        said = f"error: {error.problem}\nhint: {error.hint}" if isinstance(error, OperatorError) else repr(error)
        raise RuntimeError(f"pillarbox {' '.join(words)}: {done.exit_code}\n{done.stdout}\n{done.stderr}\n{said}")
    return done.stdout


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What a command sets for its whole process is as before afterwards."""
    mask, root = os.umask(0o077), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config() if structlog.is_configured() else None
    try:
        yield
    finally:
        os.umask(mask)
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
        if configured:
            structlog.configure(**configured)
