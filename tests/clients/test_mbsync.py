"""mbsync (isync): a Maildir and an account, the same on both sides after every run."""

import re
from pathlib import Path

import pytest

from maildir import Maildir
from person import DOTS, EVENING, LETTERS, Person, bare, done

pytestmark = pytest.mark.client

SETTINGS = """\
IMAPAccount box
Host localhost
Port {port}
User {user}
Pass {password}
SSLType IMAPS
SystemCertificates no
CertificateFile {ca}

IMAPStore far
Account box

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
"""


@pytest.fixture
def sync(person: Person, run, tmp_path: Path):
    """Runs mbsync; returns the Maildir it keeps."""
    settings = tmp_path / "mbsyncrc"
    ports = person.server.ports
    folder = tmp_path / "near"
    folder.mkdir()
    settings.write_text(
        SETTINGS.format(port=ports["imaps"], user=person.address, password=person.password, ca=person.server.ca, folder=folder)
    )

    def once() -> Maildir:
        run("mbsync", "-c", settings, "--all")
        return Maildir(folder / "INBOX")

    once.folder = folder
    return once


def less_marks(message: bytes) -> bytes:
    """Without the field by which mbsync knows again what it wrote."""
    return re.sub(rb"X-TUID: [^\n]*\n", b"", message)


def test_everything_arrives_byte_for_byte(person: Person, sync) -> None:
    person.append(*LETTERS)
    near = sync()
    assert sorted(map(less_marks, near.messages())) == sorted(map(bare, LETTERS))


def test_flags_go_both_ways(person: Person, sync) -> None:
    person.append(EVENING, DOTS)
    near = sync()
    near.set_flags(b"Subject: evening", "S")
    with person.imap() as client:
        done(client.store("2", "+FLAGS", r"(\Flagged \Answered)"))
    sync()
    assert near.flags(b"Subject: dots") == {"F", "R"}
    assert person.flags() == [{rb"\Seen"}, {rb"\Flagged", rb"\Answered"}]


def test_what_is_written_near_appears_far(person: Person, sync) -> None:
    sync().add(bare(DOTS), "S")
    sync()
    (message,) = person.messages()
    assert less_marks(message) == DOTS
    assert person.flags() == [{rb"\Seen"}]


def test_folders_are_made_on_both_sides(person: Person, sync) -> None:
    with person.imap() as client:
        done(client.create('"Work/Plans"'))
    person.append(EVENING, mailbox="Work/Plans")
    sync()
    Maildir(sync.folder / "Garden").create().add(bare(DOTS))
    sync()
    assert list(map(less_marks, Maildir(sync.folder / "Work" / "Plans").messages())) == [bare(EVENING)]
    assert "Garden" in person.mailboxes()
    assert len(person.messages("Garden")) == 1


def test_deletions_go_both_ways(person: Person, sync) -> None:
    person.append(*LETTERS)
    near = sync()
    near.set_flags(b"Subject: evening", "T")
    with person.imap() as client:
        done(client.store("2", "+FLAGS", r"(\Deleted)"))
        done(client.expunge())
    sync()
    assert sorted(map(less_marks, near.messages())) == sorted(map(bare, LETTERS[2:]))
    assert person.messages() == list(LETTERS[2:])


def test_a_second_run_changes_nothing(person: Person, sync) -> None:
    person.append(*LETTERS)
    before = sync().names()
    assert sync().names() == before
    assert person.messages() == list(LETTERS)
