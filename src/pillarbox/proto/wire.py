"""Bytes received and not yet understood, in time linear in what arrived."""


class LineTooLong(Exception):
    """The peer's line is longer than the limit; the buffer is at the line's start, or within it."""


class InputBuffer:
    """What a peer sent: taken as lines that end in CRLF and nothing else, or as counted bytes."""

    __slots__ = ("_data", "_searched", "max_line")

    def __init__(self, max_line: int) -> None:
        self.max_line = max_line
        """Bytes a line may have without its CRLF; may be changed between lines."""
        self._data = bytearray()
        self._searched = 0  # no CRLF begins before this offset

    def __len__(self) -> int:
        return len(self._data)

    def feed(self, data: bytes) -> None:
        self._data += data

    def take_line(self) -> bytes | None:
        """The next line without its CRLF, or None if it has not all arrived. Raises LineTooLong.

        A bare LF ends nothing: a peer that disagrees about line ends can smuggle (RFC 5321 §2.3.8).
        """
        end = self._data.find(b"\r\n", self._searched)
        if end < 0:
            held = len(self._data)
            self._searched = max(0, held - 1)  # the last byte may be a CR whose LF is on its way
            if held > self.max_line + (self._data[-1:] == b"\r"):
                raise LineTooLong
            return None
        if end > self.max_line:
            raise LineTooLong
        line = bytes(self._data[:end])
        del self._data[: end + 2]
        self._searched = 0
        return line

    def drop_line(self) -> bool:
        """Throw away what there is of the present line; True once its CRLF has been thrown away too."""
        end = self._data.find(b"\r\n")
        if end >= 0:
            del self._data[: end + 2]
        else:
            del self._data[: len(self._data) - (self._data[-1:] == b"\r")]
        self._searched = 0
        return end >= 0

    def take_at_most(self, count: int) -> bytes:
        taken = bytes(self._data[:count])
        del self._data[:count]
        self._searched = 0
        return taken

    def find(self, what: bytes, start: int = 0) -> int:
        """The offset of `what`, or -1."""
        return self._data.find(what, start)

    def clear(self) -> None:
        self._data.clear()
        self._searched = 0
