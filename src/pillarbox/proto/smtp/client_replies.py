"""Replies as a client reads them: lines to a Reply, however they come, and no more of them than anyone means well with."""

import re

from ...limits import SmtpClientLimits
from ..wire import InputBuffer, LineTooLong
from .replies import Reply

# Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF ; and no 1yz (RFC 5321 §4.2.1)
REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*+))?", re.DOTALL)
# status-code = class "." subject "." detail (RFC 3463 §2)
ENHANCED = re.compile(r"([245])\.(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})(?= |$)")


class NoReply(Exception):
    """What came is no reply; the text says why, and quotes none of it."""


class ReplyReader:
    """Replies from what a server sends, one at a time."""

    __slots__ = ("_buffer", "_code", "_limits", "_lines")

    def __init__(self, limits: SmtpClientLimits) -> None:
        self._limits = limits
        self._buffer = InputBuffer(limits.line)
        self._code = 0
        self._lines: list[str] = []

    @property
    def has_begun(self) -> bool:
        """Whether there is something of a reply already."""
        return bool(self._lines or len(self._buffer))

    def feed(self, data: bytes) -> None:
        self._buffer.feed(data)

    def forget(self) -> None:
        """Drop what there is."""
        self._buffer.clear()
        self._lines.clear()

    def read(self) -> Reply | None:
        """The next reply, or None where it is not all there. Raises NoReply."""
        while (line := self._line()) is not None:
            found = REPLY_LINE.fullmatch(line)
            if found is None:
                raise NoReply("a line that is no reply")
            code = int(found[1])
            if self._lines and code != self._code:
                raise NoReply("a reply with two codes")
            if len(self._lines) >= self._limits.lines:
                raise NoReply("a reply of too many lines")
            self._code = code
            self._lines.append(readable(found[3] or b""))
            if found[2] != b"-":
                lines, self._lines = self._lines, []
                return reply(code, lines)
        return None

    def _line(self) -> bytes | None:
        try:
            return self._buffer.take_line()
        except LineTooLong:
            raise NoReply("a line that is too long") from None


def readable(text: bytes) -> str:
    """The text of a line, UTF-8 kept where it is (RFC 6531 §3.7.4.1 allows it); what cannot be printed is a question mark."""
    decoded = text.decode("utf-8", "replace")
    return decoded if decoded.isprintable() else "".join(char if char.isprintable() else "?" for char in decoded)


def reply(code: int, lines: list[str]) -> Reply:
    """The reply of these lines. An enhanced code is taken off each that begins with the first one's (RFC 2034 §4).

    It is one only where its class is the code's.
    """
    found = ENHANCED.match(lines[0])
    if found is None or int(found[1]) != code // 100:
        return Reply(code, "", lines[0], tuple(lines[1:]))
    enhanced = found[0]
    return Reply(code, enhanced, rest(lines[0], enhanced), tuple([rest(line, enhanced) for line in lines[1:]]))


def rest(line: str, enhanced: str) -> str:
    """The line without the enhanced code that begins it."""
    if not line.startswith(enhanced) or line[len(enhanced) : len(enhanced) + 1] not in ("", " "):
        return line
    return line[len(enhanced) + 1 :]
