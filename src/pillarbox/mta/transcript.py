"""What was said with one host, kept for whoever asks why: bounded, without secrets, without the mail itself."""

import re
from collections import deque
from collections.abc import Iterable
from typing import Final

CLIENT: Final = b"C: "
SERVER: Final = b"S: "
OURS: Final = b"* "

CRLF: Final = b"\r\n"
HIDDEN: Final = "…".encode()
LEFT_OUT: Final = "\n* the middle is left out\n"
CONTROL: Final = re.compile(r"\r(?!\n)|(?<!\r)\n|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
"""What could make one line look like two, or move a terminal's cursor."""


class Transcript:
    """Lines with who said them before each. What is too long loses its middle: how it began and how it ended tell most."""

    __slots__ = ("_head", "_head_room", "_left_out", "_tail", "_tail_room", "hides")

    def __init__(self, limit: int) -> None:
        """`limit`: characters kept, about."""
        self.hides = False
        """While set, of what is said only the first words are kept: passwords are among it."""
        self._head: list[tuple[bytes, bytes]] = []
        self._tail: deque[tuple[bytes, bytes]] = deque()
        self._head_room = limit // 2
        self._tail_room = limit - limit // 2
        self._left_out = False

    def sent(self, data: bytes) -> None:
        """Commands of ours, whole lines of them."""
        self._add(CLIENT, _command(data) if self.hides else data)

    def received(self, data: bytes) -> None:
        """Replies, cut anyhow."""
        self._add(SERVER, _reply(data) if self.hides else data)

    def note(self, text: str) -> None:
        """What nobody said: a sentence of ours, on a line."""
        self._add(OURS, text.encode("utf-8", "replace"))

    def text(self) -> str:
        """All of it, a line each."""
        if self._left_out:
            return _text(self._head) + LEFT_OUT + _text(self._tail)
        return _text([*self._head, *self._tail])

    def _add(self, mark: bytes, data: bytes) -> None:
        if len(data) <= self._head_room and not self._tail:
            self._head_room -= len(data) + len(mark)
            self._head.append((mark, data))
            return
        if len(data) > self._tail_room:
            data, self._left_out = data[-self._tail_room :], True
        self._tail.append((mark, data))
        self._tail_room -= len(data)
        self._forget()

    def _forget(self) -> None:
        while self._tail_room < 0:
            _, data = self._tail.popleft()
            self._tail_room += len(data)
            self._left_out = True


def _command(data: bytes) -> bytes:
    """AUTH and its mechanism; of a line that is no command, nothing."""
    words = data.split(b"\r\n", 1)[0].split(b" ")
    return b" ".join([*words[:2], HIDDEN] if words[0] == b"AUTH" else [HIDDEN]) + b"\r\n"


def _reply(data: bytes) -> bytes:
    """A refusal or success as it is; of a challenge its code."""
    if data[:1] in (b"2", b"4", b"5") and data[:3].isdigit() and data[3:4] in (b" ", b"-", b"\r"):
        return data
    return b"334 " + HIDDEN + b"\r\n"


def _text(entries: Iterable[tuple[bytes, bytes]]) -> str:
    """A line each, however it came in pieces."""
    runs: list[tuple[bytes, bytes]] = []
    for mark, data in entries:
        if runs and mark is runs[-1][0] is not OURS:
            runs[-1] = (mark, runs[-1][1] + data)
        else:
            runs.append((mark, data))
    lines = [mark + data.removesuffix(CRLF).replace(CRLF, CRLF + mark) for mark, data in runs]
    text = CRLF.join(lines).decode("utf-8", "backslashreplace")
    return CONTROL.sub("?", text).replace("\r\n", "\n")
