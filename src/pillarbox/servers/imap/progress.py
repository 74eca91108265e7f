"""Telling a client that waits that its command goes on (RFC 9585).

One timer a connection, armed by the first command and looked at when it fires, so that a command costs two assignments. What it
says goes out at once, beside what the handler does: so only between whole responses, and not while a FETCH sends half of one.
"""

import asyncio

from ...net.stream import Stream
from ...proto.imap import codes
from ...proto.imap.responses import Status, Untagged


class Progress:
    """One connection's. A handler that knows how far it is says so in `done` and `total`."""

    __slots__ = ("_interval", "_loop", "_since", "_stream", "_tag", "_timer", "done", "total")

    def __init__(self, stream: Stream, interval: float) -> None:
        """`interval`: seconds until it is said for the first time, and again."""
        self.done: int | None = None
        self.total: int | None = None
        self._stream = stream
        self._interval = interval
        self._loop = asyncio.get_running_loop()
        self._tag = b""
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, tag: bytes) -> None:
        """A command is being answered."""
        self._tag, self._since = tag, self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_at(self._since + self._interval, self._look)

    def end(self) -> None:
        """It is answered."""
        self._tag = b""
        self.done = self.total = None

    def close(self) -> None:
        """There will be no other."""
        self._tag = b""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if not self._tag:
            return
        if self._loop.time() >= self._since + self._interval:
            self._since = self._loop.time()
            code = codes.in_progress(self._tag, self.done, self.total)
            self._stream.mention(Untagged(Status.OK, "still at it", code).encode())
        self._timer = self._loop.call_at(self._since + self._interval, self._look)
