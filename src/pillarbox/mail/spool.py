"""A message on its way in: in memory while it is small, in a file beyond, hashed as it comes."""

import asyncio
import contextlib
import errno
import hashlib
import mmap
import os
import tempfile
from types import TracebackType
from typing import IO, Self

from ..errors import TooBig, Unavailable
from ..ids import BlobId
from ..store.models import Content

IN_MEMORY = 1024 * 1024

Buffer = bytes | mmap.mmap


class Received:
    """A message that has come in whole: its content for the store, its bytes for readers."""

    __slots__ = ("buffer", "content")

    def __init__(self, content: Content, buffer: Buffer) -> None:
        self.content = content
        self.buffer = buffer

    @classmethod
    def of(cls, data: bytes) -> "Received":
        """A message that is in memory already."""
        return cls(Content(blob=BlobId(hashlib.sha256(data).digest()), size=len(data), data=data), data)


class Spool:
    """Takes a message in pieces; `close` it whatever happens (it is a context manager)."""

    def __init__(self, folder: str, limit: int, prefix: bytes = b"") -> None:
        self.size = len(prefix)
        self._folder = folder
        self._limit = limit + len(prefix)
        self._hash = hashlib.sha256(prefix)
        self._pieces = [prefix] if prefix else []
        self._file: IO[bytes] | None = None
        self._map: mmap.mmap | None = None

    def feed(self, chunk: bytes) -> None:
        """Raises TooBig beyond the limit, Unavailable where the disk is full or fails."""
        self.size += len(chunk)
        if self.size > self._limit:
            raise TooBig("the message is too big")
        self._hash.update(chunk)
        if self._file is None and self.size <= IN_MEMORY:
            self._pieces.append(chunk)
            return
        try:
            self._write(chunk)
        except OSError as error:
            raise _refused(error) from error

    async def finish(self) -> Received:
        """The whole message, on disk for good where it is in a file. Raises Unavailable where the disk is full or fails."""
        blob = BlobId(self._hash.digest())
        if self._file is None:
            data = b"".join(self._pieces)
            return Received(Content(blob=blob, size=self.size, data=data), data)
        try:
            self._file.flush()
            await asyncio.to_thread(os.fsync, self._file.fileno())
        except OSError as error:
            raise _refused(error) from error
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return Received(Content(blob=blob, size=self.size, path=self._file.name), self._map)

    def close(self) -> None:
        self._pieces.clear()
        if self._map is not None:
            with contextlib.suppress(BufferError):  # a reader still looks at it; it goes when the reader does
                self._map.close()
            self._map = None
        if self._file is not None:
            with contextlib.suppress(OSError):  # what a full disk did not take is not wanted any more
                self._file.close()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._file.name)
            self._file = None

    def _write(self, chunk: bytes) -> None:
        """Into the file; what is in memory goes there first."""
        if self._file is None:
            self._file = tempfile.NamedTemporaryFile(dir=self._folder, prefix="in-", delete=False)  # noqa: SIM115 – see close()
        self._file.writelines(self._pieces)
        self._pieces.clear()
        self._file.write(chunk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _refused(error: OSError) -> Unavailable:
    """What the disk said, for the client."""
    return Unavailable("the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "the disk fails")
