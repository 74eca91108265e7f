"""Large messages as files of one account: content-addressed, written once, never changed.

A file is written and synced under a name of its own in `incoming/` first. Its final name is made, and later removed, only by
whoever holds the account's write lock, so that it can be compared with what the database says; the incoming name goes after
the commit. Whatever dies in between leaves a name in `incoming/`, which `leftovers` finds.
"""

import fcntl
import mmap
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ...errors import NotFound
from ...ids import BlobId, new_token
from ..folders import make_folder, sync_folder
from ..models import Content

_NAME = re.compile("[0-9a-f]{64}")


class DiskBlobs:
    """The blobs of one folder, made when first needed."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.incoming = os.path.join(folder, "incoming")

    def path(self, blob: BlobId) -> str:
        name = blob.hex()
        return f"{self.folder}/{name[:2]}/{name}"

    def read(self, blob: BlobId, first: int = 0, count: int | None = None) -> bytes:
        """Raises NotFound."""
        try:
            with open(self.path(blob), "rb", buffering=0) as file:
                return _span(file.fileno(), first, count)
        except FileNotFoundError:
            raise NotFound("no such message") from None

    @contextmanager
    def mapped(self, blob: BlobId) -> Iterator[mmap.mmap]:
        """The whole of it, as memory. Raises NotFound."""
        try:
            descriptor = os.open(self.path(blob), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise NotFound("no such message") from None
        try:
            with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as memory:
                yield memory
        finally:
            os.close(descriptor)

    @contextmanager
    def receiving(self, contents: Sequence[Content]) -> Iterator["Incoming"]:
        """New blobs, on disk but not yet named; their incoming names go when the block ends well."""
        make_folder(self.incoming)
        with _held(self.incoming, fcntl.LOCK_SH):
            each_once = {content.blob: content for content in contents}
            incoming = Incoming(self, {blob: self._receive(content) for blob, content in each_once.items()})
            sync_folder(self.incoming)
            yield incoming
            incoming.forget()

    def _receive(self, content: Content) -> str:
        path = f"{self.incoming}/{content.blob.hex()}.{new_token(10)}"
        if content.path is None or not _linked(content.path, path):
            _written(content, path)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return path

    def remove(self, blob: BlobId) -> None:
        """Take the final name away, under the write lock."""
        _unlink(self.path(blob))

    def remove_incoming(self, path: str) -> None:
        _unlink(path)

    def has_leftovers(self) -> bool:
        """Whether there may be any: unless someone is receiving just now."""
        try:
            return bool(os.listdir(self.incoming))
        except FileNotFoundError:
            return False

    @contextmanager
    def leftovers(self) -> Iterator[list[tuple[BlobId, str]]]:
        """(blob, incoming path) of what others left when they died: nobody is receiving meanwhile, else there is nothing."""
        if not self.has_leftovers():
            yield []
            return
        try:
            with _held(self.incoming, fcntl.LOCK_EX | fcntl.LOCK_NB):
                names = sorted(name for name in os.listdir(self.incoming) if _NAME.match(name))
                yield [(BlobId(bytes.fromhex(name.partition(".")[0])), f"{self.incoming}/{name}") for name in names]
        except BlockingIOError:
            yield []

    def names(self) -> Iterator[BlobId]:
        """Every blob that has its final name."""
        for fan in sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else ():
            if len(fan) == 2:
                for name in sorted(os.listdir(os.path.join(self.folder, fan))):
                    if _NAME.fullmatch(name) and name.startswith(fan):
                        yield BlobId(bytes.fromhex(name))


class Incoming:
    """Blobs being received: from their incoming names to their final ones."""

    def __init__(self, blobs: DiskBlobs, paths: dict[BlobId, str]) -> None:
        self._blobs = blobs
        self._paths = paths

    def keep(self, blob: BlobId) -> None:
        """Give a blob its final name, for good, under the write lock."""
        final = self._blobs.path(blob)
        make_folder(os.path.dirname(final))
        try:
            os.link(self._paths[blob], final)
        except FileExistsError:
            pass
        sync_folder(os.path.dirname(final))

    def forget(self) -> None:
        for path in self._paths.values():
            _unlink(path)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


@contextmanager
def _held(folder: str, how: int) -> Iterator[None]:
    """A lock on a folder, that goes with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _linked(source: str, target: str) -> bool:
    """Whether the file could be given a second name: not across file systems. Raises NotFound where it is gone."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise NotFound("the message is gone") from None
    except OSError:
        return False
    return True


def _written(content: Content, path: str) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb", buffering=0) as file:
        if content.data is not None:
            view = memoryview(content.data)
            while view:
                view = view[file.write(view) :]
        elif content.path is not None:
            with open(content.path, "rb") as source:
                shutil.copyfileobj(source, file)


def _span(descriptor: int, first: int, count: int | None) -> bytes:
    size = os.fstat(descriptor).st_size
    wanted = max(0, min(size - first, size if count is None else count))
    parts = []
    while wanted:
        part = os.pread(descriptor, wanted, first)
        if not part:
            break
        parts.append(part)
        first += len(part)
        wanted -= len(part)
    return b"".join(parts)
