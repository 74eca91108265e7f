"""The two servers, asked the same: a connection to each, with the same mail in INBOX."""

import contextlib
import os
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.compare import dovecot
from bench.wire import Imap, Refused
from pillarbox.testing.served import DOMAIN, PASSWORD, served

CORPUS = Path(os.environ.get("PILLARBOX_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")) / "spamassassin-half.tar.gz"
USER = f"compare@{DOMAIN}"
TOGETHER = 50
"""Messages appended by one command."""
FIRST = datetime(2003, 1, 1, 12, tzinfo=UTC)
FLAGS = (r"\Seen", r"\Flagged", r"\Answered", r"\Deleted", r"\Draft", "$Forwarded", "Work")


class Party(Imap):
    """One server, as someone who has logged in to it."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.log_in(USER, PASSWORD)
        self.capabilities = frozenset(self.ask(b"CAPABILITY").split()[2:])

    def ask(self, command: bytes) -> bytes:
        """All that comes before the tagged OK. Raises Refused."""
        length = self.command(command)
        return bytes(self.buffer[:length])

    def tell(self, command: bytes) -> bytes:
        """The same, or what the server said where it refused."""
        try:
            return self.ask(command)
        except Refused as no:
            return b"refused: " + bytes(str(no).encode())

    def put(self, messages: Sequence[bytes]) -> None:
        """Append the messages to INBOX (RFC 3502), with flags and times that are the same wherever it is done."""
        for first in range(0, len(messages), TOGETHER):
            parts = [_appended(number, messages[number]) for number in range(first, min(first + TOGETHER, len(messages)))]
            self.command(b"APPEND INBOX " + b" ".join(parts))

    def version(self) -> str:
        return self.ask(b"ID NIL").decode("latin-1").strip()


def _appended(number: int, message: bytes) -> bytes:
    return b'(%b) "%b" {%d+}\r\n%b' % (flags_of(number).encode(), received(number).encode(), len(message), message)


def flags_of(number: int) -> str:
    """Flags of the message with this number (from 0): each in a rhythm of its own."""
    return " ".join(flag for every, flag in enumerate(FLAGS, 2) if number % every == 0)


def received(number: int) -> str:
    """INTERNALDATE, of three messages each the same: then sorting has ties to settle."""
    return (FIRST + timedelta(hours=number // 3)).strftime("%d-%b-%Y %H:%M:%S +0000")


def corpus() -> tuple[list[str], list[bytes]]:
    """Every message of the shared corpus: names and bytes."""
    with tarfile.open(CORPUS) as archive:
        members = sorted((member for member in archive if member.isfile()), key=lambda member: member.name)
        files = [(member.name, file.read()) for member in members if (file := archive.extractfile(member))]
    return [name for name, _ in files], [data for _, data in files]


@contextlib.contextmanager
def both(messages: Sequence[bytes]) -> Iterator[tuple[Party, Party]]:
    """Ours and theirs, each with the messages in INBOX, selected."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pillarbox-compare-ours-"))
        server = stack.enter_context(served(Path(folder), 1, accounts=[USER]))
        ours, theirs = Party(server.ports["imap"]), Party(stack.enter_context(dovecot.running()))
        for party in (ours, theirs):
            stack.callback(party.close)
            party.put(messages)
            party.ask(b"SELECT INBOX")
        yield ours, theirs
