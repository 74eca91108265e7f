"""mbsync (isync): a Maildir and an account, the same on both sides after every run."""

import re
import shutil
from pathlib import Path

import pytest

from maildir import Maildir
from person import DOTS, EVENING, LETTERS, Person, bare, done, quoted

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
SyncState {states}/
"""


@pytest.fixture
def sync(person: Person, run, tmp_path: Path):
    """Runs mbsync; returns the Maildir it keeps."""
    settings = tmp_path / "mbsyncrc"
    ports = person.server.ports
    folder = tmp_path / "near"
    folder.mkdir()
    (tmp_path / "states").mkdir()
    settings.write_text(
        SETTINGS.format(
            port=ports["imaps"],
            user=person.address,
            password=person.password,
            ca=person.server.ca,
            folder=folder,
            states=tmp_path / "states",
        )
    )

    def once() -> Maildir:
        run("mbsync", "-c", settings, "--all")
        return Maildir(folder / "INBOX")

    once.folder = folder
    return once


def less_marks(message: bytes) -> bytes:
    """Without the field by which mbsync knows again what it wrote."""
    return re.sub(rb"X-TUID: [^\n]*\n", b"", message)


def everything(folder: Path) -> list[str]:
    """The name of every message of every folder: its number, its flags."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.parent.name in ("cur", "new"))


def states(person: Person) -> list[bytes]:
    """Of every mailbox, numbers that change with anything that changes in it."""
    names = sorted(person.mailboxes())
    with person.imap() as client:
        return [done(client.status(quoted(name), "(MESSAGES UIDNEXT HIGHESTMODSEQ)"))[0] for name in names]


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


def test_several_folders_change_on_both_sides_at_once(person: Person, sync) -> None:
    folders = {"INBOX": "INBOX", "Work/Plans": "Work/Plans", "Gr&APw-n &- &ZeVnLA-": "Gr&APw-n &- &ZeVnLA-"}
    with person.imap() as client:
        for far in list(folders)[1:]:
            done(client.create(quoted(far)))
    for far in folders:
        person.append(*LETTERS[:3], mailbox=far)
    sync()
    for far, near in folders.items():
        here = Maildir(sync.folder / near)
        here.set_flags(b"Subject: evening", "ST")
        here.set_flags(b"Subject: dots", "F")
        here.add(bare(LETTERS[3]), "S")
        with person.imap(far) as client:
            done(client.store("3", "+FLAGS", r"(\Answered)"))
            done(client.store("2", "+FLAGS", r"(\Seen)"))
            done(client.append(quoted(far), r"(\Draft)", "", EVENING.replace(b"evening", b"morning")))
    sync()
    for far, near in folders.items():
        expected = [
            (DOTS, {rb"\Flagged", rb"\Seen"}),
            (LETTERS[2], {rb"\Answered"}),
            (EVENING.replace(b"evening", b"morning"), {rb"\Draft"}),
        ]
        expected.append((LETTERS[3], {rb"\Seen"}))
        assert list(zip(map(less_marks, person.messages(far)), person.flags(far), strict=True)) == expected
        here = Maildir(sync.folder / near)
        assert sorted(map(less_marks, here.messages())) == sorted(bare(letter) for letter, _ in expected)
        assert here.flags(b"Subject: dots") == {"F", "S"}
        assert here.flags(b"Subject: morning") == {"D"}


def test_folders_removed_on_one_side_go_on_the_other(person: Person, sync) -> None:
    with person.imap() as client:
        done(client.create('"Work/Plans"'))
        done(client.create("Garden"))
    sync()
    shutil.rmtree(sync.folder / "Garden")
    with person.imap() as client:
        done(client.delete('"Work/Plans"'))
    sync()
    assert "Garden" not in person.mailboxes()
    assert not (sync.folder / "Work" / "Plans" / "cur").exists()
    assert sync().names() == []


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
    sync()
    before, far = everything(sync.folder), states(person)
    sync()
    assert everything(sync.folder) == before
    assert states(person) == far
