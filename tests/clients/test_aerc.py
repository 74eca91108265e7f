"""aerc, as people at a terminal use it: by its commands, one after the other, looking at the screen and at the server."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from person import DOTS, EIGHT_BITS, EVENING, LARGE, LETTERS, Person, done
from pillarbox.testing.neighbourhood import eventually
from terminal import Terminal, terminal

pytestmark = pytest.mark.client

ACCOUNT = """\
[box]
source = imaps://{user}:{password}@localhost:{ports[imaps]}
outgoing = smtps+plain://{user}:{password}@localhost:{ports[submissions]}
default = INBOX
from = Ann <{address}>
copy-to = Sent
cache-headers = true
"""
SETTINGS = """\
[ui]
completion-popovers = false
timestamp-format = 2006
this-day-time-format = 2006
this-week-time-format = 2006
this-year-time-format = 2006
[viewer]
pager = cat
[filters]
text/plain = cat
[compose]
editor = {folder}/editor
"""
SUBJECTS = {EVENING: "evening", DOTS: "dots", EIGHT_BITS: "Grüße aus Köln", LARGE: "O large"}
EDITOR = "#!/bin/sh\necho 'Schön, ja.' >> \"$1\"\n"


@pytest.fixture
def start(person: Person, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts it with the person's account, and letters in the mailbox; returns when they are on its screen."""
    program = shutil.which("aerc")
    if program is None:
        pytest.skip("aerc is not installed (apt install aerc)")
    settle(tmp_path, person)
    places = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    places["SSL_CERT_FILE"] = str(person.server.ca)
    with contextlib.ExitStack() as stack:

        def start(*letters: bytes) -> Terminal:
            person.append(*letters)
            screen = stack.enter_context(terminal([program], tmp_path, places))
            screen.stands("[box] Connected", *(SUBJECTS[letter] for letter in letters))
            return screen

        yield start


def settle(home: Path, person: Person) -> None:
    """Its settings."""
    folder = home / "config" / "aerc"
    folder.mkdir(parents=True)
    user, ports = quote(person.address, safe=""), person.server.ports
    account = ACCOUNT.format(user=user, password=person.password, address=person.address, ports=ports)
    (folder / "accounts.conf").write_text(account)
    (folder / "accounts.conf").chmod(0o600)  # or it will not read it
    (folder / "aerc.conf").write_text(SETTINGS.format(folder=home))
    (folder / "binds.conf").write_text("[compose]\n$ex = :\n[compose::review]\n$ex = :\n")
    (home / "editor").write_text(EDITOR)
    (home / "editor").chmod(0o700)


def tell(screen: Terminal, *commands: str) -> None:
    for command in commands:
        screen.type(f":{command}\r")


def narrow(screen: Terminal, letter: bytes, how: str = "") -> None:
    """Only that letter is in the list, and chosen."""
    tell(screen, f"filter {how or SUBJECTS[letter]}")
    screen.stands(SUBJECTS[letter], without=[subject for other, subject in SUBJECTS.items() if other is not letter])
    tell(screen, "select 0")


def test_it_lists_folders_and_messages(start: Callable[..., Terminal]) -> None:
    start(*LETTERS).stands("Ann", "Zoë", "Archive", "Drafts", "Junk", "Sent", "Trash", "4/4")


def test_it_reads(start: Callable[..., Terminal], keep: Path, kept: Callable[[], list[bytes]], person: Person) -> None:
    screen = start(*LETTERS)
    narrow(screen, EIGHT_BITS)
    tell(screen, f"pipe -m -b {keep}", "view")
    screen.stands("Zoë", "Äpfel, 梨")
    assert eventually(lambda: [letter for letter in kept() if letter], "the letter in a pipe") == [EIGHT_BITS]
    eventually(lambda: person.flags() == [set(), set(), {rb"\Seen"}, set()], "the message read")


@pytest.mark.parametrize("how", ["-b äpfel", "-f zoe", "-u Grüße"])
def test_the_server_searches_for_it(start: Callable[..., Terminal], how: str) -> None:
    narrow(start(*LETTERS), EIGHT_BITS, how)


def test_it_flags(start: Callable[..., Terminal], person: Person) -> None:
    screen = start(EVENING, DOTS)
    narrow(screen, DOTS)
    tell(screen, "flag -a", "read")
    eventually(lambda: person.flags() == [set(), {rb"\Answered", rb"\Seen"}], "the flags")
    tell(screen, "unread")
    eventually(lambda: person.flags() == [set(), {rb"\Answered"}], "unread again")


def test_it_copies_moves_and_deletes(start: Callable[..., Terminal], person: Person) -> None:
    screen = start(EVENING, DOTS, EIGHT_BITS)
    narrow(screen, EVENING)
    tell(screen, "cp Archive")
    eventually(lambda: person.messages("Archive") == [EVENING], "the copy")
    tell(screen, "mv Drafts")
    eventually(lambda: person.messages("Drafts") == [EVENING], "the message moved")
    assert person.messages() == [DOTS, EIGHT_BITS]
    tell(screen, "clear")
    narrow(screen, DOTS)
    tell(screen, "delete")
    eventually(lambda: person.messages() == [EIGHT_BITS], "the deletion")


def test_it_makes_folders_and_removes_them(start: Callable[..., Terminal], person: Person) -> None:
    screen = start(EVENING)
    tell(screen, "mkdir Pläne")
    screen.stands("Pläne", "(no messages)")  # it goes there
    assert "Pl&AOQ-ne" in person.mailboxes()
    tell(screen, "cf INBOX")
    screen.stands("evening")
    tell(screen, "select 0", "mv Pläne")
    eventually(lambda: person.messages("Pl&AOQ-ne") == [EVENING], "the message moved")
    screen.stands("(no messages)", without=["evening"])  # else the next one might be seen here still
    tell(screen, "cf Pläne")
    screen.stands("evening")
    tell(screen, "rmdir -f")
    eventually(lambda: "Pl&AOQ-ne" not in person.mailboxes(), "the folder gone")


def test_new_mail_appears_while_it_idles(start: Callable[..., Terminal], person: Person) -> None:
    screen = start(DOTS)
    person.deliver(EVENING)
    screen.stands("evening", "dots")
    with person.imap() as client:
        done(client.store("1", "+FLAGS", r"(\Deleted)"))
        done(client.expunge())
    screen.stands("evening", without=["dots"])


def test_it_sends_and_files_what_it_sent(start: Callable[..., Terminal], person: Person) -> None:
    screen = start(DOTS)
    tell(screen, f"compose -H 'To: {person.address}' -H 'Subject: Grüße'")
    screen.stands("Send this email?")
    tell(screen, "send")
    (sent,) = eventually(lambda: person.messages("Sent"), "the copy in Sent")
    eventually(lambda: len(person.messages()) == 2, "the message")
    body = sent.partition(b"\r\n\r\n")[2]
    assert person.messages()[1].endswith(body)
    screen.stands("Grüße")
