"""Where relayed mail goes: Postfix's own smtp-sink, which takes messages, counts them and forgets them."""

import contextlib
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from pillarbox.testing.served import wait_for_port

PROGRAM = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
COUNTED = re.compile(rb"mesg=([0-9]+)")


@dataclass
class Sink:
    """One that runs, and what it has told so far."""

    count: int = 0
    first: float = 0.0
    """When the first message was there, by `time.perf_counter()`."""
    last: float = 0.0
    _told: threading.Condition = field(default_factory=threading.Condition)

    def listen(self, said: IO[bytes]) -> None:
        """Hear its counters until it ends; each update is the whole line again."""
        while heard := said.read1(1 << 16):  # type: ignore[attr-defined]
            counts = COUNTED.findall(heard)
            if counts and int(counts[-1]) > self.count:
                with self._told:
                    self.last = time.perf_counter()
                    self.first = self.first or self.last
                    self.count = int(counts[-1])
                    self._told.notify_all()

    def wait(self, count: int, within: float = 120.0) -> None:
        """Until so many messages have come. Raises TimeoutError."""
        with self._told:
            if not self._told.wait_for(lambda: self.count >= count, within):
                raise TimeoutError(f"{self.count} of {count} messages came to the sink")


@contextlib.contextmanager
def running(port: int) -> Iterator[Sink]:
    """Listening there; stopped at the end."""
    if PROGRAM is None:
        raise FileNotFoundError("smtp-sink is not installed (Debian: postfix)")
    words = [PROGRAM, "-c", "-u", "nobody", f"127.0.0.1:{port}", "500"]
    sink = Sink()
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        listener = threading.Thread(target=sink.listen, args=(process.stdout,), daemon=True)
        listener.start()
        try:
            wait_for_port(port)
            yield sink
        finally:
            process.terminate()
            listener.join(5)
