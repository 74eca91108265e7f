"""Plain text whose lines were only broken to be sent, put together again (RFC 3676)."""

from collections.abc import Iterator
from typing import Final

_SIGNATURE: Final = "-- "


def unfolded(text: str, *, deletes_space: bool = False) -> str:
    """Paragraphs as lines: one that ends in a space goes on in the next one of the same depth of quoting (§4.1 to §4.5).

    `deletes_space`: that space was put there for this only (DelSp=yes).
    """
    return "\n".join(_lines(text, deletes_space))


def _lines(text: str, deletes_space: bool) -> Iterator[str]:
    before: list[str] = []
    depth = 0
    for line in text.split("\n"):
        rest = line.lstrip(">")
        quotes = len(line) - len(rest)
        rest = rest.removeprefix(" ")
        is_signature = rest == _SIGNATURE
        if before and (quotes != depth or is_signature):
            yield _quoted(depth, "".join(before))
            before = []
        depth = quotes
        if rest.endswith(" ") and not is_signature:
            before.append(rest[:-1] if deletes_space else rest)
            continue
        yield _quoted(depth, "".join((*before, rest)))
        before = []
    if before:
        yield _quoted(depth, "".join(before))


def _quoted(depth: int, text: str) -> str:
    return f"{'>' * depth} {text}".rstrip() if depth else text
