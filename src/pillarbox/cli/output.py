"""What commands print: a table for people, JSON for scripts."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]


def rows(found: Sequence[Row], columns: Sequence[str], as_json: bool) -> None:
    """Some things of one kind, a row each."""
    if as_json:
        json(found)
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in found:
        table.add_row(*(_text(row[column]) for column in columns))
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
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def said(sentence: str) -> None:
    """What was done, for people; scripts have the exit status."""
    click.echo(sentence, err=True)


def size(count: int) -> str:
    """Bytes as people read them."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def _console() -> Console:
    wide = None if sys.stdout.isatty() else 200
    return Console(width=wide, highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
