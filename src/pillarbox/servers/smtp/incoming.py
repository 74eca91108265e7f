"""A message as it comes in: its header waited for, what is ours put on top, the rest straight into the spool."""

from collections.abc import Callable

from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received, Spool

HOP = b"\r\nreceived:"
END_OF_HEADER = b"\r\n\r\n"


class Incoming:
    """Fed chunks, it hands over the whole; `close` it whatever happens."""

    def __init__(self, office: Office, limit: int, on_top: Callable[[bytes], bytes]) -> None:
        """`on_top` is given the message's header and returns the fields to put before it."""
        self.hops = 0
        """How many servers have had it already, by its Received fields (RFC 5321 §6.3)."""
        self._office = office
        self._limit = limit
        self._on_top = on_top
        self._header = bytearray(b"\r\n")  # as if a line had ended: a field is found by the CR LF before it
        self._searched = 0
        self._spool: Spool | None = None

    @property
    def size(self) -> int:
        """Bytes so far, those on top counted."""
        return self._spool.size if self._spool is not None else len(self._header) - 2

    def feed(self, chunk: bytes) -> None:
        """More of the message."""
        if self._spool is not None:
            self._spool.feed(chunk)
            return
        self._header += chunk
        end = self._header.find(END_OF_HEADER, self._searched)
        self._searched = max(0, len(self._header) - len(END_OF_HEADER) + 1)
        if end >= 0:
            self._begin(end + len(END_OF_HEADER))
        elif len(self._header) > self._office.limits.message.header_bytes:
            self._begin(len(self._header))

    async def finish(self) -> Received:
        """The whole message; `close` only when nobody needs it any more."""
        if self._spool is None:
            self._begin(len(self._header))
        assert self._spool is not None
        return await self._spool.finish()

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()

    def _begin(self, header_end: int) -> None:
        header = bytes(self._header[2:header_end])
        self.hops = self._header[:header_end].lower().count(HOP)
        self._spool = self._office.spool(self._limit, self._on_top(header))
        self._spool.feed(bytes(self._header[2:]))
        self._header.clear()
