"""DEFLATE on a connection (RFC 1951), as IMAP's COMPRESS wants it (RFC 4978): raw, every write flushed.

What compresses together can be told apart by its length (CRIME): who sends a person mail, and watches how long the answers
are, could guess at what stands in the mail beside it. So what has been sent is unlearned by and by: `unlearn` begins a new
compressor. To the peer that is nothing special, for after a flush a stream of DEFLATE goes on with any block that refers to
nothing before it. Messages of 4.6 kB by themselves become 2.5 times smaller, where together it would be 3.7 times: that is the
price. What is gained, too: an idle connection holds no compressor (up to 160 KiB), and of the other direction what it has used
(at most 40 KiB).

What is received is unpacked piece by piece as it is wanted: a kilobyte that unpacks to a megabyte is never a megabyte here.
"""

import zlib
from typing import Final

from ..limits import KiB

LEVEL: Final = 4
"""A message of 4.6 kB takes 0.13 ms; beyond it mail takes longer, and becomes hardly smaller."""
WINDOW: Final = -zlib.MAX_WBITS
MEMORY: Final = 6
"""zlib's memLevel: 32 KiB of tables beside the window."""
PIECE: Final = 64 * KiB
"""The most that is unpacked at once."""


class Compression:
    """Both directions of one connection."""

    __slots__ = ("_deflate", "_inflate", "_tail")

    def __init__(self) -> None:
        self._deflate: zlib._Compress | None = None
        self._inflate = zlib.decompressobj(WINDOW)
        self._tail = b""

    def pack(self, data: bytes | memoryview) -> bytes:
        """What to send for `data`: all of it can be unpacked at once."""
        if self._deflate is None:
            self._deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW, MEMORY)
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def unlearn(self) -> None:
        """What has been packed till now no longer helps to pack what comes."""
        self._deflate = None

    def feed(self, data: bytes) -> None:
        """Take bytes off the network."""
        self._tail += data

    def unpack(self) -> bytes:
        """The next of what the peer has said, PIECE at most; b"" where more must come first. Raises ConnectionError."""
        try:
            data = self._inflate.decompress(self._tail, PIECE)
        except zlib.error as error:
            raise ConnectionResetError("what the peer sends is not DEFLATE") from error
        self._tail = self._inflate.unconsumed_tail
        return data

    @property
    def ended(self) -> bool:
        """Whether the peer has ended its stream, which it cannot begin again."""
        return self._inflate.eof

    @property
    def unread(self) -> int:
        """Bytes that have come, and are not unpacked yet."""
        return len(self._tail) + len(self._inflate.unused_data)
