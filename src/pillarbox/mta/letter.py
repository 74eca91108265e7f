"""The bytes of one message as they go over the wire: at hand where they are few, else read piece by piece."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from ..errors import Invalid
from ..limits import KiB, MessageLimits
from ..message.downgrade import to_seven_bit
from ..store.api import Queue
from ..store.queued import NewQueued

PIECE: Final = 256 * KiB
QUICK: Final = 64 * KiB
"""Bytes that are rewritten on the loop; more takes a thread."""
HEADER_END: Final = b"\r\n\r\n"


class Letter:
    """One message's content, and how large it is."""

    __slots__ = ("_bytes", "_message", "_queue", "_top", "size")

    def __init__(self, queue: Queue, message: NewQueued, signatures: bytes = b"") -> None:
        """`signatures`: fields that stand behind its prefix, of what was not signed when it was queued."""
        self._queue = queue
        self._message = message
        self._bytes: bytes | None = None
        self._top = message.prefix + signatures
        self.size = len(self._top) + message.content.size - message.skip
        if (data := message.content.data) is not None:
            self._bytes = self._top + data[message.skip :] if self._top or message.skip else data

    @property
    def at_hand(self) -> bytes | None:
        """All of it, where it need not be read."""
        return self._bytes

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, in order. Raises NotFound, Unavailable."""
        if self._bytes is not None:
            for start in range(0, len(self._bytes), PIECE):
                yield self._bytes[start : start + PIECE]
            return
        if self._top:
            yield self._top
        queued = len(self._message.prefix)
        for start in range(queued, queued + self.size - len(self._top), PIECE):
            yield await self._queue.read(self._message.id, start, PIECE)

    async def whole(self) -> bytes:
        """Raises NotFound, Unavailable."""
        return self._bytes if self._bytes is not None else self._top + await self.unsigned()

    async def unsigned(self) -> bytes:
        """What its own signatures are about: all behind its prefix. Raises NotFound, Unavailable."""
        if (data := self._message.content.data) is not None:
            return data[self._message.skip :]
        return await self._queue.read(self._message.id, len(self._message.prefix))

    async def has_ascii_header(self, limit: int = MessageLimits().header_bytes) -> bool:
        """Whether it can be sent without SMTPUTF8, as far as the header says."""
        top = self._bytes if self._bytes is not None else await self._queue.read(self._message.id, 0, limit)
        end = top.find(HEADER_END)
        return (top if end < 0 else top[:end]).isascii()

    async def in_seven_bits(self) -> "Letter":
        """The same message for a server that takes no more. Raises Invalid, NotFound, Unavailable."""
        whole = await self.whole()
        small = Letter(self._queue, self._message)
        small._bytes = to_seven_bit(whole) if len(whole) <= QUICK else await asyncio.to_thread(to_seven_bit, whole)
        small.size = len(small._bytes)
        if not small._bytes.isascii():
            raise Invalid("the message cannot be put into seven bits")
        return small
