"""A message on its way in: in memory while it is small, in a file beyond."""

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
_PIECE = 1024 * 1024

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

    def __init__(self, folder: str, limit: int) -> None:
        self.size = 0
        """Bytes that have come."""
        self._folder = folder
        self._limit = limit
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._maps: list[mmap.mmap] = []
        self._names: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """Raises TooBig beyond the limit, Unavailable where the disk is full or fails."""
        self.size += len(chunk)
        if self.size > self._limit:
            raise TooBig("the message is too big")
        if self._file is None and self.size <= IN_MEMORY:
            self._pieces.append(chunk)
            return
        try:
            self._write(chunk)
        except OSError as error:
            raise _refused(error) from error

    def gathered(self) -> Buffer:
        """All that has come, to be looked at before it is finished. Raises Unavailable where the disk is full or fails."""
        if self._file is None:
            self._pieces = [b"".join(self._pieces)]
            return self._pieces[0]
        try:
            self._file.flush()
            return self._mapped(self._file)
        except OSError as error:
            raise _refused(error) from error

    async def finish(self, head: bytes = b"", skip: int = 0) -> Received:
        """The message: `head`, and what has come from byte `skip` on; for good on disk where it is in a file.

        Raises Unavailable where the disk is full or fails.
        """
        if self._file is None:
            data = b"".join([head, self.gathered()[skip:]])
            return Received.of(data)
        try:
            return await asyncio.to_thread(self._finish_file, head, skip)
        except OSError as error:
            raise _refused(error) from error

    def close(self) -> None:
        self._pieces.clear()
        for mapped in self._maps:
            with contextlib.suppress(BufferError):  # a reader still looks at it; it goes when the reader does
                mapped.close()
        self._maps.clear()
        if self._file is not None:
            with contextlib.suppress(OSError):  # what a full disk did not take is not wanted any more
                self._file.close()
            self._file = None
        for name in self._names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        self._names.clear()

    def _write(self, chunk: bytes) -> None:
        """Into the file; what is in memory goes there first."""
        if self._file is None:
            self._file = self._new_file()
        self._file.writelines(self._pieces)
        self._pieces.clear()
        self._file.write(chunk)

    def _finish_file(self, head: bytes, skip: int) -> Received:
        """A file cannot grow at its front: with anything to put there, it is written once more."""
        assert self._file is not None
        self._file.flush()
        whole = self._file
        if head or skip:
            with self._new_file() as whole:
                whole.write(head)
                self._file.seek(skip)
                while piece := self._file.read(_PIECE):
                    whole.write(piece)
                whole.flush()
                return self._kept(whole)
        return self._kept(whole)

    def _kept(self, whole: IO[bytes]) -> Received:
        os.fsync(whole.fileno())
        mapped = self._mapped(whole)
        blob = BlobId(hashlib.sha256(mapped).digest())
        return Received(Content(blob=blob, size=len(mapped), path=whole.name), mapped)

    def _new_file(self) -> IO[bytes]:
        made = tempfile.NamedTemporaryFile(dir=self._folder, prefix="in-", mode="w+b", delete=False)  # noqa: SIM115 – see close()
        self._names.append(made.name)
        return made

    def _mapped(self, file: IO[bytes]) -> mmap.mmap:
        self._maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return self._maps[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _refused(error: OSError) -> Unavailable:
    """What the disk said, for the client."""
    return Unavailable("the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "the disk fails")
