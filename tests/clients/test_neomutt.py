"""NeoMutt, as people at a terminal use it: its keys are pushed to it, and what it holds is piped into files."""

import shutil
from pathlib import Path

import pytest

from person import DOTS, EIGHT_BITS, EVENING, LETTERS, Person, bare, done
from pillarbox.testing.neighbourhood import eventually
from terminal import terminal

pytestmark = pytest.mark.client

SETTINGS = """\
set folder="imaps://localhost:{ports[imaps]}/"
set spoolfile="+INBOX" record="+Sent" postponed="+Drafts" trash="+Trash"
set imap_user="{user}" imap_pass="{password}" from="{user}" realname="Ann" hostname="example.org"
set smtp_url="smtps://{smtp_user}@localhost:{ports[submissions]}/" smtp_pass="{password}"
set certificate_file="{ca}" ssl_force_tls=yes
set imap_condstore=yes imap_qresync=yes imap_idle=yes header_cache="{folder}/cache" message_cachedir="{folder}/bodies"
set confirmappend=no confirmcreate=no delete=yes quit=yes mark_old=no wait_key=no
set pipe_decode=no pipe_split=yes pipe_sep="" resolve=no
set sort=mailbox-order beep=no sleep_time=0 imap_list_subscribed=no tmpdir="{folder}" abort_noattach=no
set timeout=1 mail_check=1 new_mail_command="touch {folder}/told"
set editor="echo Schön, ja. >>" abort_unmodified=no
"""
ALL = "<tag-pattern>{}<enter><tag-prefix><pipe-message>cat >> {}; echo ===== >> {}<enter>"


class Neomutt:
    def __init__(self, program: str, folder: Path, person: Person) -> None:
        self.folder = folder
        self._words = (program, "-n", "-F", folder / "neomuttrc")
        (folder / "neomuttrc").write_text(
            SETTINGS.format(
                ports=person.server.ports,
                user=person.address,
                smtp_user=person.address.replace("@", "%40"),
                password=person.password,
                ca=person.server.ca,
                folder=folder,
            )
        )

    def keys(self, *keys: str, mailbox: str = "+INBOX") -> str:
        """Open a mailbox, press these, and leave; what it showed."""
        with self.opened(*keys, "<quit>", mailbox=mailbox) as screen:
            return screen.ends()

    def opened(self, *keys: str, mailbox: str = "+INBOX"):
        pushed = "".join(keys).replace('"', r"\"")
        return terminal([*self._words, "-f", mailbox, "-e", f'push "{pushed}"'], self.folder, {})

    def found(self, pattern: str, mailbox: str = "+INBOX") -> list[bytes]:
        """Every message of a mailbox that a pattern of its own finds, whole."""
        file = self.folder / "found"
        file.unlink(missing_ok=True)
        self.keys(ALL.format(pattern, file, file), mailbox=mailbox)
        return file.read_bytes().split(b"=====\n")[:-1] if file.exists() else []


@pytest.fixture
def neomutt(person: Person, tmp_path: Path) -> Neomutt:
    program = shutil.which("neomutt")
    if program is None:
        pytest.skip("neomutt is not installed (apt install neomutt)")
    return Neomutt(program, tmp_path, person)


def test_it_reads_every_byte(neomutt: Neomutt, person: Person) -> None:
    person.append(*LETTERS)
    assert neomutt.found("~A") == list(map(bare, LETTERS))


def test_its_index_shows_what_is_there(neomutt: Neomutt, person: Person) -> None:
    person.append(*LETTERS)
    with neomutt.opened() as screen:
        for words in ("Ann", "evening", "Zoë", "Grüße aus Köln", "large"):
            screen.shows(words)
        screen.type("q")
        screen.ends()


@pytest.mark.parametrize(
    ("pattern", "letters"), [("=b äpfel", [EIGHT_BITS]), ("=s evening", [EVENING]), ("=h Message-ID:dots@", [DOTS])]
)
def test_the_server_searches_for_it(neomutt: Neomutt, person: Person, pattern: str, letters: list[bytes]) -> None:
    person.append(*LETTERS)
    assert neomutt.found(pattern) == list(map(bare, letters))


def test_flags_are_kept(neomutt: Neomutt, person: Person) -> None:
    person.append(EVENING, DOTS)
    neomutt.keys("<search>~s evening<enter><flag-message><toggle-new>", "<search>~s dots<enter><set-flag>r", "<sync-mailbox>")
    assert person.flags() == [{rb"\Flagged", rb"\Seen"}, {rb"\Answered", rb"\Seen"}]


def test_it_moves_and_copies(neomutt: Neomutt, person: Person) -> None:
    person.append(EVENING, DOTS)
    neomutt.keys(
        "<search>~s evening<enter><save-message>+Archive<enter>",
        "<search>~s dots<enter><copy-message>+Archive<enter>",
        "<sync-mailbox>",
    )
    assert person.messages() == [DOTS]
    assert person.messages("Archive") == [EVENING, DOTS]


def test_deleting_moves_to_trash_and_deleting_there_ends_it(neomutt: Neomutt, person: Person) -> None:
    person.append(EVENING, DOTS)
    neomutt.keys("<delete-pattern>~s evening<enter><sync-mailbox>")
    assert (person.messages(), person.messages("Trash")) == ([DOTS], [EVENING])
    neomutt.keys("<delete-pattern>~A<enter><sync-mailbox>", mailbox="+Trash")
    assert person.messages("Trash") == []


def test_it_makes_renames_and_deletes_folders(neomutt: Neomutt, person: Person) -> None:
    browse = "<change-folder>?<toggle-mailboxes>"
    neomutt.keys(browse, "<create-mailbox><kill-line>Arbeit/Pläne<enter><create-mailbox><kill-line>Über<enter><exit>")
    assert {"Arbeit/Pl&AOQ-ne", "&ANw-ber"} < person.mailboxes()
    person.append(EVENING, mailbox="Arbeit/Pl&AOQ-ne")
    assert neomutt.found("~A", mailbox="+Arbeit/Pläne") == [bare(EVENING)]
    neomutt.keys(browse, "<search>Über<enter><rename-mailbox><kill-line>Ideen<enter><exit>")
    assert "Ideen" in person.mailboxes()
    neomutt.keys(browse, "<search>Ideen<enter><delete-mailbox>y<exit>")
    assert not {"Ideen", "&ANw-ber"} & person.mailboxes()


def test_it_sends_and_files_what_it_sent(neomutt: Neomutt, person: Person) -> None:
    neomutt.keys(f"<mail>{person.address}<enter>Grüße<enter><send-message>")
    (sent,) = person.messages("Sent")
    (arrived,) = eventually(person.messages, "the message")
    assert b"Subject: =?utf-8?" in sent
    assert arrived.endswith(sent.partition(b"\r\n\r\n")[2])


def test_new_mail_is_told_while_it_idles(neomutt: Neomutt, person: Person) -> None:
    person.append(DOTS)
    with neomutt.opened() as screen:
        screen.shows("dots")
        person.deliver(EVENING)
        screen.shows("evening")
        eventually((neomutt.folder / "told").exists, "its command for new mail")
        screen.type("q")
        screen.ends()


def test_it_catches_up_by_qresync(neomutt: Neomutt, person: Person) -> None:
    person.append(*LETTERS)
    neomutt.keys("<refresh>")
    with person.imap() as client:
        done(client.store("1", "+FLAGS", r"(\Deleted)"))
        done(client.expunge())
        done(client.store("1", "+FLAGS", r"(\Flagged)"))
    assert neomutt.found("~F") == [bare(DOTS)]
    assert neomutt.found("~A") == list(map(bare, LETTERS[1:]))
