"""A message on its way in leaves nothing behind, whatever becomes of it."""

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from pillarbox.errors import TooBig, Unavailable
from pillarbox.mail import spool
from pillarbox.mail.spool import IN_MEMORY, Spool

LARGE = b"x" * (IN_MEMORY + 1)


class FullDisk:
    """A file that takes nothing, not even at its closing."""

    def __init__(self, name: Path) -> None:
        self.name = str(name)
        name.touch()

    def writelines(self, pieces: list[bytes]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_a_large_message_is_in_a_file_until_it_is_closed(tmp_path: Path) -> None:
    with Spool(str(tmp_path), 2 * len(LARGE)) as spooled:
        spooled.feed(LARGE)
        assert spooled.gathered()[:] == LARGE
        received = await spooled.finish()
        assert received.buffer[:] == LARGE
        assert received.content.path is not None
        assert os.path.getsize(received.content.path) == received.content.size == len(LARGE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("come", [LARGE, LARGE[:1000]], ids=["in a file", "in memory"])
async def test_what_is_put_on_top_stands_for_what_is_skipped(tmp_path: Path, come: bytes) -> None:
    with Spool(str(tmp_path), 2 * len(LARGE)) as spooled:
        spooled.feed(come)
        assert spooled.gathered()[:] == come
        received = await spooled.finish(b"on top", skip=10)
        assert received.buffer[:] == b"on top" + come[10:]
        assert received.content.size == len(come) - 4
        assert received.content.blob == hashlib.sha256(received.buffer).digest()
        if received.content.path is not None:
            assert Path(received.content.path).read_bytes() == received.buffer[:]
    assert not list(tmp_path.iterdir())


def test_a_message_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with Spool(str(tmp_path), IN_MEMORY) as spooled:
        spooled.feed(LARGE[:-1])
        with pytest.raises(TooBig):
            spooled.feed(b"x")


@pytest.mark.parametrize("before", [b"", b"x" * 1000], ids=["at once", "with pieces in memory"])
def test_a_full_disk_is_a_refusal_for_now_and_leaves_no_file(tmp_path: Path, monkeypatch: Any, before: bytes) -> None:
    monkeypatch.setattr(spool.tempfile, "NamedTemporaryFile", lambda **_: FullDisk(tmp_path / "in-1"))
    with Spool(str(tmp_path), 2 * len(LARGE)) as spooled:
        spooled.feed(before)
        with pytest.raises(Unavailable, match="the disk is full"):
            spooled.feed(LARGE)
    assert not list(tmp_path.iterdir())
