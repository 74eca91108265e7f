"""Locks of processes: the kernel releases them when whoever holds them dies."""

import fcntl
import os

from ..errors import InUse
from .folders import make_folder


class FileLock:
    """`pillarbox.store.api.Lock`, on a file. Another session of the same process is kept out too."""

    def __init__(self, path: str) -> None:
        """Raises InUse."""
        make_folder(os.path.dirname(path))
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise InUse("someone else has it") from None

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
