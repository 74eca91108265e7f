"""IMAP's untagged answers as trees of Python: what two servers say can be compared, however they write it (RFC 9051 §4, §9)."""

import re
from collections.abc import Iterator
from typing import Any

Value = Any
"""bytes, None for NIL, or a list of values."""
# an atom, with the brackets of a section in it: BODY[HEADER.FIELDS (FROM)]<0>
ATOM = re.compile(rb"[^\s()\[\"{]*(?:\[[^\]]*\][^\s()]*)?")
QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
LITERAL = re.compile(rb"~?\{([0-9]+)\}\r\n")
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def lines(answer: bytes) -> Iterator[list[Value]]:
    """Each untagged response: the values after its star."""
    at = 0
    while answer.startswith(b"* ", at):
        values, at = _line(answer, at + 2)
        yield values


def fetched(answer: bytes) -> Iterator[tuple[int, dict[str, Value]]]:
    """Each FETCH response: the sequence number, and the values by their names in capitals."""
    for values in lines(answer):
        if len(values) == 3 and values[1] == b"FETCH":
            items = values[2]
            yield int(values[0]), {_name(name): value for name, value in zip(items[::2], items[1::2], strict=True)}


def _name(name: bytes) -> str:
    return name.decode("latin-1").upper().replace('"', "")


def _line(data: bytes, at: int) -> tuple[list[Value], int]:
    top: list[Value] = []
    stack = [top]
    while True:
        byte = data[at : at + 1]
        if byte == b" ":
            at += 1
        elif byte == b"\r":
            return top, at + 2
        elif byte == b"(":
            inner: list[Value] = []
            stack[-1].append(inner)
            stack.append(inner)
            at += 1
        elif byte == b")":
            stack.pop()
            at += 1
        else:
            value, at = _scalar(data, at)
            stack[-1].append(value)


def _scalar(data: bytes, at: int) -> tuple[bytes | None, int]:
    if quoted := QUOTED.match(data, at):
        return ESCAPED.sub(rb"\1", quoted[1]), quoted.end()
    if literal := LITERAL.match(data, at):
        end = literal.end() + int(literal[1])
        return data[literal.end() : end], end
    atom = ATOM.match(data, at)
    assert atom is not None
    if atom.end() == at:
        raise ValueError(f"no value: {data[at : at + 60]!r}")
    return (None if atom[0].upper() == b"NIL" else atom[0]), atom.end()
