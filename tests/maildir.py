"""A Maildir folder as the programs keep it: files whose names carry the flags."""

import itertools
from pathlib import Path

SERIAL = itertools.count(1)


class Maildir:
    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> "Maildir":
        for name in ("cur", "new", "tmp"):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        return self

    def files(self) -> list[Path]:
        return [file for name in ("cur", "new") for file in sorted((self.path / name).iterdir())]

    def names(self) -> list[str]:
        return sorted(file.name for file in self.files())

    def messages(self) -> list[bytes]:
        return [file.read_bytes() for file in self.files()]

    def add(self, message: bytes, flags: str = "") -> None:
        (self.path / "cur" / f"{next(SERIAL)}.test.host:2,{flags}").write_bytes(message)

    def flags(self, with_line: bytes) -> set[str]:
        return set(self._file(with_line).name.partition(":2,")[2])

    def set_flags(self, with_line: bytes, flags: str) -> None:
        """Replace the flags of the message that has this line."""
        file = self._file(with_line)
        file.rename(self.path / "cur" / f"{file.name.partition(':2,')[0]}:2,{flags}")

    def remove(self, with_line: bytes) -> None:
        self._file(with_line).unlink()

    def _file(self, with_line: bytes) -> Path:
        (found,) = [file for file in self.files() if with_line in file.read_bytes().split(b"\n")]
        return found
