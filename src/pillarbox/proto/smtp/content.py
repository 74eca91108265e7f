"""The content of one message on its way in: the end of DATA found, dots unstuffed, line ends and size watched.

Only CR LF . CR LF ends a message, and a CR or LF that stands alone, wherever it is, refuses the whole message once it has
been read to that end: servers that disagree about what ends a line are how one message is made to carry another.
"""

from ..wire import InputBuffer
from . import replies
from .replies import Reply

END = b"\r\n.\r\n"
DOT = b"\r\n."
"""A dot that begins a line: stuffing, or the end."""


class DottedText:
    """The content that follows DATA (RFC 5321 §4.1.1.4, §4.5.2), taken from the buffer as it comes."""

    __slots__ = ("_buffer", "_fresh", "ended")

    def __init__(self, buffer: InputBuffer) -> None:
        """What the buffer holds already is the content's start."""
        self._buffer = buffer
        self._fresh = True
        self.ended = False
        start = buffer.take_at_most(len(buffer))
        buffer.feed(b"\r\n" + start)  # the line end of DATA itself, so that a dot on the first line is like any other

    def read(self) -> bytes:
        """What is there of the text, its dots unstuffed; sets `ended` when the end has been taken from the buffer."""
        dot = self._buffer.find(DOT)
        end = self._buffer.find(END, dot) if dot >= 0 else -1
        self.ended = end >= 0
        taken = self._buffer.take_at_most(end + 2 if self.ended else self._settled())
        if self.ended:
            self._buffer.take_at_most(len(END) - 2)
        if dot >= 0:
            taken = taken.replace(DOT, b"\r\n")
        if self._fresh and taken:
            self._fresh = False
            return taken[2:]
        return taken

    def _settled(self) -> int:
        """How much of the buffer can be no part of the end: all, but from a CR on that is among the last few bytes.

        What is taken therefore never ends in a CR, and no CR LF and no CR LF dot is ever cut in two.
        """
        held = len(self._buffer)
        last_cr = self._buffer.find(b"\r", max(0, held - len(END) + 1))
        return held if last_cr < 0 else last_cr


class Content:
    """What has been received of one message, and whether it can still be accepted."""

    __slots__ = ("_bare", "_binary", "_cr_last", "_limit", "_nul", "size")

    def __init__(self, limit: int, *, binary: bool) -> None:
        """At most `limit` bytes; with `binary` (BINARYMIME), bytes and not lines."""
        self._limit = limit
        self._binary = binary
        self._bare = self._nul = self._cr_last = False
        self.size = 0

    @property
    def refusal(self) -> Reply | None:
        """Why the message must be refused, by what has come so far."""
        if self.size > self._limit:
            return replies.TOO_BIG
        if self._bare:
            return replies.BARE_LINE_END
        return replies.NUL_IN_TEXT if self._nul else None

    def add(self, piece: bytes) -> bytes:
        """The piece, or nothing where the message is past saving."""
        self.size += len(piece)
        if self.size > self._limit:
            return b""
        if not self._binary:
            self._watch(piece)
        return b"" if self._bare or self._nul else piece

    def end(self) -> Reply | None:
        """Nothing more will come: None if it is accepted, else the refusal."""
        self._bare = self._bare or self._cr_last
        return self.refusal

    def _watch(self, piece: bytes) -> None:
        """Each CR before a LF, each LF after a CR, or the message is refused (RFC 5321 §2.3.8)."""
        pairs = piece.count(b"\r\n") + (self._cr_last and piece[:1] == b"\n")
        returns = piece.count(b"\r") + self._cr_last
        if piece:
            self._cr_last = piece[-1:] == b"\r"
        if pairs != piece.count(b"\n") or pairs != returns - self._cr_last:
            self._bare = True
        if b"\0" in piece:
            self._nul = True
