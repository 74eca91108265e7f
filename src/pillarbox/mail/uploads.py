"""Files that people hand in before any message holds them: kept a while, for whoever brought them only.

Each lies in a folder of the account it was brought to, by whose it is and what is in it, so that all processes see the same and
a file handed in twice lies there once. It goes when it has not been asked for, or brought again, for a day; sooner, but never
within the hour, where room is needed.
"""

import asyncio
import contextlib
import errno
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import NotFound, OverQuota, Unavailable
from ..ids import AccountId, BlobId
from ..limits import JmapLimits
from .spool import Received

_NAME: Final = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody handed in."""

    blob: BlobId
    size: int
    path: str


class Uploads:
    def __init__(
        self,
        folder_of: Callable[[AccountId], str],
        limits: JmapLimits = JmapLimits(),
        now: Callable[[], float] = time.time,  # the file system's clock, by which the age of files is told
    ) -> None:
        self._folder_of = folder_of
        self._limits = limits
        self._now = now

    async def keep(self, account: AccountId, who: AccountId, received: Received) -> Upload:
        """Raises OverQuota where too much is there that came within the hour, Unavailable where the disk is full or fails."""
        return await asyncio.to_thread(self._keep, self._folder(account, who), received)

    async def find(self, account: AccountId, who: AccountId, blob: BlobId) -> Upload:
        """Raises NotFound."""
        return await asyncio.to_thread(_find, self._folder(account, who), blob)

    async def read(self, upload: Upload, first: int = 0, count: int | None = None) -> bytes:
        """Raises NotFound where it has gone meanwhile."""
        return await asyncio.to_thread(_read, upload.path, first, upload.size if count is None else count)

    async def expire(self, account: AccountId) -> None:
        """Remove what is older than its time."""
        await asyncio.to_thread(self._expire, self._folder_of(account))

    def _folder(self, account: AccountId, who: AccountId) -> str:
        return os.path.join(self._folder_of(account), str(who))

    def _keep(self, folder: str, received: Received) -> Upload:
        content = received.content
        path = os.path.join(folder, content.blob.hex())
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            if not _touched(path):
                self._make_room(folder, content.size)
                _put(folder, path, received)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise Unavailable("the disk is full" if full else "the disk fails") from error
        return Upload(content.blob, content.size, path)

    def _make_room(self, folder: str, size: int) -> None:
        """Let the oldest go, as far as needed and allowed."""
        files = sorted(_files(folder), key=lambda file: file[0])
        room = self._limits.uploads_bytes - sum(each for _, each, _ in files) - size
        spare = self._limits.uploads_files - len(files) - 1
        for at, each, path in files:
            if room >= 0 and spare >= 0:
                return
            if at > self._now() - self._limits.upload_least:
                break
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            room, spare = room + each, spare + 1
        if room < 0 or spare < 0:
            raise OverQuota("too many files were handed in within the hour")

    def _expire(self, folder: str) -> None:
        before = self._now() - self._limits.upload_kept
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(folder):
                for at, _, path in _files(os.path.join(folder, name)):
                    if at < before:
                        with contextlib.suppress(FileNotFoundError):
                            os.unlink(path)


def _find(folder: str, blob: BlobId) -> Upload:
    path = os.path.join(folder, blob.hex())
    if not _touched(path):
        raise NotFound("no such blob")
    try:
        return Upload(blob, os.stat(path).st_size, path)
    except FileNotFoundError:
        raise NotFound("no such blob") from None


def _read(path: str, first: int, count: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(first)
            return file.read(count)
    except FileNotFoundError:
        raise NotFound("no such blob") from None


def _touched(path: str) -> bool:
    """Whether it is there; its time begins anew."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _put(folder: str, path: str, received: Received) -> None:
    """Under its name only when it is whole. It is no promise like a message: a crash may lose it."""
    if received.content.path is not None:
        with contextlib.suppress(FileExistsError):
            os.link(received.content.path, path)
        return
    with tempfile.NamedTemporaryFile(dir=folder, prefix="in-", delete=False) as made:
        made.write(received.buffer)
    os.rename(made.name, path)


def _files(folder: str) -> Iterator[tuple[float, int, str]]:
    """(time, size, path) of each, also of those that never became whole."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        with contextlib.suppress(FileNotFoundError):
            status = entry.stat(follow_symlinks=False)
            if _NAME.match(entry.name) or entry.name.startswith("in-"):
                yield status.st_mtime, status.st_size, entry.path
