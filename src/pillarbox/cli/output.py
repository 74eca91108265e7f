"""What commands print: a table for people, JSON for scripts; of what strangers wrote, nothing that steers a terminal."""

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from json import dumps
from typing import Any, Final

import click
import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]
STEERING: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
"""What moves a cursor, ends a line, turns the direction of writing, or is not seen at all."""
MANY: Final = 200
"""Rows of a table from which on it is not fitted to the screen: that takes milliseconds a row."""


def rows(found: Sequence[Row], columns: Sequence[str], as_json: bool) -> None:
    """Some things of one kind, a row each."""
    if as_json:
        json(found)
        return
    lines = [[_text(row[column]) for column in columns] for row in found]
    if len(lines) > MANY:
        click.echo("\n".join(_aligned([list(columns), *lines])))
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for line in lines:
        table.add_row(*line)
    _console().print(table)


def one(thing: Row, as_json: bool) -> None:
    """One thing, a field a line."""
    if as_json:
        json(thing)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in thing.items():
        table.add_row(name, _text(value))
    _console().print(table)


def json(value: object) -> None:
    """What steers a terminal is written as escapes, which mean the same."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    click.echo(STEERING.sub(lambda found: found[0] if found[0] == "\n" else dumps(found[0])[1:-1], text))


def line(text: str) -> None:
    """One line, whoever wrote it."""
    click.echo(plain(text))


def plain(text: str) -> str:
    """Text as it may be shown, in one line."""
    return STEERING.sub("?", text)


def said(sentence: str) -> None:
    """What was done, for people; scripts have the exit status."""
    click.echo(sentence, err=True)


def time(at: float, *, fine: bool = False) -> str:
    """A second since 1970 as people and scripts read it, in UTC; "" for none. `fine`: with milliseconds."""
    if not at:
        return ""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S.%f}"[: -3 if fine else -7] + "Z"


def size(count: int) -> str:
    """Bytes as people read them."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def _aligned(lines: Sequence[Sequence[str]]) -> Sequence[str]:
    """Each column as wide as its widest."""
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _console() -> Console:
    wide = None if sys.stdout.isatty() else 200
    return Console(width=wide, highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        value = " ".join(f"{name}={each}" for name, each in value.items())
    elif isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "" if value is None else plain(str(value))
