"""Hints between the processes of one data folder: "account 17 changed", "a log-in failed", "something is queued", by Unix
datagrams.

Sending never waits. A hint that does not fit, or finds nobody, is lost, and costs a second at most: the truth is in the store,
and who watches an account looks there now and then (`mail.notify`).
"""

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..ids import AccountId

_NUMBER: Final = struct.Struct("!q")
TOGETHER: Final = 0.005
"""Seconds after a hint in which others wait, to go together: each wakes every other process."""
_AT_ONCE: Final = 1024
"""Accounts a datagram."""
_SYSTEM: Final = AccountId(0)
"""Stands for domains, accounts and aliases; no account has this id."""
_CHANGED: Final = b"C"
_LOG_IN: Final = b"L"
_QUEUE: Final = b"Q"
"""What a datagram begins with: accounts that changed, how a log-in ended, or that the queue changed."""
_LONGEST: Final = 16 * 1024
"""Bytes of a datagram."""
_PATH_MOST: Final = 100
"""Bytes of a path that fit a Unix socket's address anywhere."""
_STAMP_GRAIN: Final = 1_000_000_000
"""Nanoseconds in which a folder may change twice and bear one time stamp."""
_SUFFIX: Final = ".sock"


class Hints:
    """One process's ear and voice. `run` is a folder that all of them share; it is made."""

    def __init__(
        self,
        run: Path,
        account_changed: Callable[[AccountId], None],
        system_changed: Callable[[], None] = lambda: None,
        log_in_ended: Callable[[bytes], None] = lambda word: None,
        queue_changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Callbacks are called on the loop, for what other processes say. Raises OSError."""
        self._folder = _Folder(run)
        self._account_changed = account_changed
        self._system_changed = system_changed
        self._log_in_ended = log_in_ended
        self._queue_changed = queue_changed
        self._waiting: set[AccountId] = set()
        self._told_at = -TOGETHER
        self._soon: asyncio.Handle | None = None
        self._name = f"{os.getpid()}-{id(self):x}{_SUFFIX}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(self._folder.address(self._name))
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    def send(self, account: AccountId) -> None:
        """Tell all others that an account changed: at once, and what follows within milliseconds goes together."""
        if not self._waiting:
            pause = self._told_at + TOGETHER - self._loop.time()
            self._soon = self._loop.call_later(pause, self._flush) if pause > 0 else self._loop.call_soon(self._flush)
        self._waiting.add(account)

    def send_system(self) -> None:
        """Tell all others that domains, accounts or aliases changed."""
        self.send(_SYSTEM)

    def send_log_in(self, word: bytes) -> None:
        """Tell all others how a log-in ended, in words that are theirs."""
        if len(word) < _LONGEST:
            self._folder.tell(self._socket, _LOG_IN + word, but=self._name)

    def close(self) -> None:
        self._flush()
        if self._soon is not None:
            self._soon.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._folder.forget(self._name)
        self._folder.close()

    def _flush(self) -> None:
        waiting = sorted(self._waiting)
        self._waiting.clear()
        if waiting:
            self._told_at = self._loop.time()
            for data in _changed(waiting):
                self._folder.tell(self._socket, data, but=self._name)

    def _readable(self) -> None:
        for _ in range(100):  # then the loop's other work has its turn
            try:
                data = self._socket.recv(_LONGEST)
            except OSError:
                return
            self._hear(data)

    def _hear(self, data: bytes) -> None:
        if data[:1] == _LOG_IN:
            self._log_in_ended(data[1:])
        elif data == _QUEUE:
            self._queue_changed()
        elif data[:1] == _CHANGED and len(data) % _NUMBER.size == 1:
            self._hear_changed(data[1:])

    def _hear_changed(self, numbers: bytes) -> None:
        for (number,) in _NUMBER.iter_unpack(numbers):
            if number == _SYSTEM:
                self._system_changed()
            else:
                self._account_changed(AccountId(number))


def tell(run: Path, accounts: Iterable[AccountId] = (), *, system: bool = False, queue: bool = False) -> None:
    """Send hints from a process that hears none: a command beside a running server. Never raises OSError."""
    numbers = [*([_SYSTEM] if system else []), *accounts]
    said = [*_changed(numbers), *([_QUEUE] if queue else [])]
    if not said or not run.is_dir():
        return
    folder = _Folder(run)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as voice:
        voice.setblocking(False)
        for data in said:
            folder.tell(voice, data)
    folder.close()


def _changed(numbers: Sequence[AccountId]) -> Iterator[bytes]:
    """Datagrams that name them all."""
    for start in range(0, len(numbers), _AT_ONCE):
        yield _CHANGED + b"".join(map(_NUMBER.pack, numbers[start : start + _AT_ONCE]))


class _Folder:
    """The folder where the sockets are. It is read again only when its time stamp says that something came or went."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self._stamp = -1
        self._names: Sequence[str] = ()

    def address(self, name: str) -> str:
        path = str(self._path / name)
        if len(os.fsencode(path)) <= _PATH_MOST:
            return path
        return f"/proc/self/fd/{self._fd}/{name}"  # too long for a socket's address, but not by another name

    def tell(self, voice: socket.socket, data: bytes, but: str = "") -> None:
        for name in self._others(but):
            self._tell_one(voice, data, name)

    def forget(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._fd)

    def close(self) -> None:
        os.close(self._fd)

    def _tell_one(self, voice: socket.socket, data: bytes, name: str) -> None:
        try:
            voice.sendto(data, self.address(name))
        except ConnectionRefusedError:
            self.forget(name)  # whose process is gone
        except OSError:
            pass  # full, or going: the hint is lost

    def _others(self, but: str) -> list[str]:
        try:
            stamp = os.fstat(self._fd).st_mtime_ns
            if stamp != self._stamp:
                self._names = [name for name in os.listdir(self._fd) if name.endswith(_SUFFIX)]
                if time.time_ns() - stamp > _STAMP_GRAIN:
                    self._stamp = stamp
        except OSError:
            return []
        return [name for name in self._names if name != but]
