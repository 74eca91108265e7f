"""Logs: one event a line, a short sentence and its fields; console on a terminal, else JSON. Never a secret.

Every event of a connection bears its `cid`, bound once when the connection is accepted.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import msgspec
import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
Event = MutableMapping[str, Any]

_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure(level: str = "info", form: str = "auto", *, file: TextIO | None = None, **always: object) -> None:
    """Have events of `level` and above written to `file` (standard error), with the fields `always` on each.

    `form` is "json", "console" or "auto". What libraries log goes the same way.
    """
    file = file or sys.stderr

    def add_always(logger: object, name: str, event: Event) -> Event:
        event.update(always)
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_always,
            *_renderers(form == "console" or (form == "auto" and file.isatty())),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(LEVELS[level], logging.WARNING), handlers=[_Forward()], force=True)


def _renderers(console: bool) -> list[Any]:
    # Tracebacks are plain: a pretty one shows the values of variables, and some are passwords.
    if console:
        return [_make_harmless, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, _render]


def _make_harmless(logger: object, name: str, event: Event) -> Event:
    """Nothing that a stranger chose steers a terminal, or looks like a line of its own."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = "".join(char if char.isprintable() else "?" for char in value)
    return event


def _render(logger: object, name: str, event: Event) -> str:
    """A JSON line, what happened first."""
    ordered = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
    return _encode({**ordered, **event}).decode("utf-8", "replace")


class _Forward(logging.Handler):
    """The standard library's log, as ours."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info)
