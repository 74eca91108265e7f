"""Statements run, and what they return."""

from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

MESSAGES = "message"
"""The table of messages as the account's owner sees them."""
BY_EMAIL = "message m INDEXED BY message_email"
"""The messages of emails that are known: left to itself, SQLite would rather go through the whole account."""

_numbers = msgspec.json.Decoder(list[int])


def fetch(db: apsw.Connection, statement: str, bindings: tuple[Any, ...] | dict[str, Any] = ()) -> list[Any]:
    """Every row, as tuples."""
    return db.execute(statement, bindings).fetchall()


def fetch_each(db: apsw.Connection, statement: str, each: Iterable[tuple[Any, ...] | dict[str, Any]]) -> list[Any]:
    """Every row of a statement run with each of several bindings, one after the other."""
    return db.executemany(statement, each).fetchall()


def shown(text: str) -> str:
    """Text that is only shown, as it can be kept: nothing but characters."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def listed(text: str | None) -> list[int]:
    """What `group_concat` made of a column of whole numbers: of many, that is the quickest way to have them."""
    return _numbers.decode(f"[{text}]") if text else []
