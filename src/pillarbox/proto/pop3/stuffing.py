"""Messages as POP3 carries them: lines that begin with a dot get another, and the end is a line's end (RFC 1939 §3).

A line here ends in LF, with or without its CR. The standard knows CRLF only, and so does most mail; but many clients read
to the LF, and for them a message that holds LF, dot, LF would end there, with the rest read as replies. So a dot behind a
bare LF is doubled as well.
"""

import re

_LINE_DOT = re.compile(rb"\n\.")
"""Found a third faster so than by `in`, and mostly not there."""


def stuff(data: bytes) -> bytes:
    """The whole message ready to send, less the final dot; nothing for an empty one."""
    stuffed = data.replace(b"\n.", b"\n..") if _LINE_DOT.search(data) else data
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed if not stuffed or stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


class Stuffer:
    """The same for a message that comes in parts: however it is cut, the result is that of stuff()."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b"\r\n"  # the last two bytes so far; a message begins at a line's start

    def feed(self, data: bytes) -> bytes:
        """The next part, ready to send."""
        stuffed = data.replace(b"\n.", b"\n..") if _LINE_DOT.search(data) else data
        if stuffed.startswith(b".") and self._tail.endswith(b"\n"):
            stuffed = b"." + stuffed
        self._tail = (self._tail + data[-2:])[-2:]
        return stuffed

    def end(self) -> bytes:
        """What makes the last line end."""
        return b"" if self._tail == b"\r\n" else b"\r\n"


class Cutter:
    """The header of a message that comes in parts, the blank line, and at most so many lines of its body (RFC 1939 §7)."""

    __slots__ = ("_left", "_tail", "done")

    def __init__(self, lines: int) -> None:
        self.done = False
        """Nothing more is needed."""
        self._left = lines
        self._tail: bytes | None = b"\n"  # what came last, as far as the end of the header may hang on it; then None

    def feed(self, data: bytes) -> bytes:
        """What of the next part belongs to it."""
        start = 0
        if self._tail is not None:
            start = self._header(data, self._tail)
        if self._tail is None and not self.done:
            stop = after_lines(data, start, self._left)
            self._left -= data.count(b"\n", start, stop)
            self.done = self._left <= 0
            return data[:stop]
        return data[:start]

    def _header(self, data: bytes, tail: bytes) -> int:
        """How much of `data` is header; moves on to the body at the first empty line."""
        joined = tail + data
        ends = [at + len(blank) for blank in (b"\n\r\n", b"\n\n") if (at := joined.find(blank)) >= 0]
        self._tail = None if ends else joined[-2:]
        return min(ends) - len(tail) if ends else len(data)


def top(data: bytes, lines: int) -> bytes:
    """The same for a message at hand; linear, never slow."""
    return Cutter(lines).feed(data)


def after_lines(data: bytes, start: int, lines: int) -> int:
    """The offset behind so many lines from `start`, or the end.

    Halves the span by counting, so that a message of a million empty lines costs no loop in Python.
    """
    low, high = start, len(data)
    if lines <= 0:
        return start
    if data.count(b"\n", low, high) < lines:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        before = data.count(b"\n", low, middle)
        if before >= lines:
            high = middle
        else:
            lines -= before
            low = middle
    return high
