"""A program that wants a terminal: what it wrote there, and keys for it."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pillarbox.testing.neighbourhood import eventually

LINES, COLUMNS = 50, 160
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78MDE])|[\x0e\x0f\r]")

PLACED = re.compile(
    r"\x1b(?:\[([0-9;]*[HJ])|\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78MDE])|([^\x00-\x1f])"
)


class Terminal:
    """One program in its terminal."""

    def __init__(self, process: "subprocess.Popen[bytes]", end: int) -> None:
        self.process = process
        self._end = end
        self._written = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """All it wrote so far, without what only moves and colours."""
        return ESCAPES.sub(b"", bytes(self._written)).decode("utf-8", "replace")

    @property
    def screen(self) -> str:
        """What is on the screen now; only for programs that place whole lines and cells, as those of tcell do."""
        return painted(bytes(self._written).decode("utf-8", "replace"))

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def shows(self, text: str) -> None:
        """Until it has written that. Raises TimeoutError with the end of what it wrote."""
        try:
            eventually(lambda: text in self.said, text)
        except TimeoutError:
            raise TimeoutError(f"{text!r} is not in {self.said[-3000:]!r}") from None

    def stands(self, *texts: str, without: Sequence[str] = ()) -> None:
        """Until all of that is on the screen, and none of the others. Raises TimeoutError with the screen."""

        def seen() -> bool:
            now = self.screen
            return all(text in now for text in texts) and not any(text in now for text in without)

        try:
            eventually(seen, f"{texts}")
        except TimeoutError:
            raise TimeoutError(f"{texts!r}, without {without!r}, is not on the screen:\n{self.screen}") from None

    def ends(self, within: float = 90.0) -> str:
        """Until it has ended; all it wrote. Raises TimeoutError."""
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"still running: {self.said[-3000:]!r}") from None
        self._reader.join(5)
        assert status == 0, self.said[-3000:]
        return self.said

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while data := os.read(self._end, 65536):
                self._written += data


def painted(written: str) -> str:
    """The screen after all of that: cursor addressing, clearing and text, nothing else."""
    cells, line, column = [[" "] * COLUMNS for _ in range(LINES)], 0, 0
    for number, text in PLACED.findall(written):
        if number.endswith("H"):
            line, column = (int(part or 1) - 1 for part in (number[:-1].partition(";")[::2]))
        elif number.endswith("J"):
            cells = [[" "] * COLUMNS for _ in range(LINES)]
        elif text and line < LINES and column < COLUMNS:
            cells[line][column] = text
            column += 1
    return "\n".join("".join(row).rstrip() for row in cells)


@contextlib.contextmanager
def terminal(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """The program at work in `folder`; killed at the end where it has not ended."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    home = {"HOME": str(folder), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    process = subprocess.Popen(
        list(map(str, command)),
        stdin=far,
        stdout=far,
        stderr=far,
        cwd=folder,
        env={**home, **environment},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that /dev/tty is there
    )
    os.close(far)
    try:
        yield Terminal(process, near)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(near)
