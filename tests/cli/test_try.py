"""The throw-away server: it says where and who, and what it says is so."""

import poplib
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pillarbox.cli.demo import LETTERS, PEOPLE
from pillarbox.store.models import INBOX
from pillarbox.testing.served import command


@contextmanager
def trying(*words: str) -> Iterator[str]:
    """What it says until it is ready; stopped at the end as by Ctrl-C."""
    process = subprocess.Popen([*command(), "try", *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    try:
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.wait(90) == 0


def collect(said: str) -> int:
    """How much mail Alice has, by POP3 with what was printed."""
    port = re.search(r"^pop3 +127\.0\.0\.1:(\d+)", said, re.MULTILINE)
    password = re.search(r"^alice@example\.org +(\S+)", said, re.MULTILINE)
    assert port
    assert password
    client = poplib.POP3("127.0.0.1", int(port[1]), timeout=60)
    client.user("alice@example.org")
    client.pass_(password[1])
    count, _ = client.stat()
    client.quit()
    return count


def test_a_kept_folder_has_the_same_people_and_mail_at_the_next_start(tmp_path: Path) -> None:
    expected = sum(letter.mailbox == INBOX for letter in LETTERS)
    with trying("--dir", str(tmp_path / "demo")) as first:
        assert all(address in first for address in PEOPLE)
        assert re.search(r"^In a browser: https://localhost:\d+/mail/$", first, re.MULTILINE)
        assert re.search(r"^JMAP: https://localhost:\d+/\.well-known/jmap$", first, re.MULTILINE)
        assert collect(first) == expected
    with trying("--dir", str(tmp_path / "demo")) as second:
        assert collect(second) == expected


def test_a_folder_of_its_own_is_gone_afterwards(tmp_path: Path) -> None:
    with trying() as said:
        authority = re.search(r"^Trust for TLS: (.+)$", said, re.MULTILINE)
        assert authority
        folder = Path(authority[1]).parents[2]
        assert folder.is_relative_to(tempfile.gettempdir())
        assert folder.is_dir()
    assert not folder.exists()
