"""offlineimap3: a Maildir and an account, synchronised both ways."""

from pathlib import Path

import pytest

from maildir import Maildir
from person import DOTS, EVENING, LETTERS, Person, bare, done, quoted

pytestmark = pytest.mark.client

SETTINGS = """\
[general]
accounts = box
metadata = {folder}/state
ui = quiet
socktimeout = 30

[Account box]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {folder}/mail

[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = yes
sslcacertfile = {ca}
"""


@pytest.fixture
def sync(person: Person, run, tmp_path: Path):
    """Runs offlineimap; returns the Maildir of INBOX."""
    settings = tmp_path / "offlineimaprc"
    settings.write_text(
        SETTINGS.format(
            port=person.server.ports["imaps"],
            user=person.address,
            password=person.password,
            ca=person.server.ca,
            folder=tmp_path,
        )
    )

    def once() -> Maildir:
        run("offlineimap", "-o", "-c", settings)
        return Maildir(tmp_path / "mail" / "INBOX")

    return once


def test_everything_arrives(person: Person, sync) -> None:
    person.append(*LETTERS)
    assert sorted(sync().messages()) == sorted(map(bare, LETTERS))


def test_changes_go_both_ways(person: Person, sync, tmp_path: Path) -> None:
    person.append(EVENING, DOTS)
    near = sync()
    near.set_flags(b"Subject: evening", "S")
    near.add(bare(LETTERS[2]))
    Maildir(tmp_path / "mail" / "Garden").create().add(bare(EVENING))
    with person.imap() as client:
        done(client.store("2", "+FLAGS", r"(\Flagged)"))
    sync()
    sync()
    assert near.flags(b"Subject: dots") == {"F"}
    assert person.flags()[:2] == [{rb"\Seen"}, {rb"\Flagged"}]
    assert len(person.messages()) == 3
    assert len(person.messages("Garden")) == 1


def test_several_folders_change_on_both_sides_at_once(person: Person, sync, tmp_path: Path) -> None:
    folders = {"INBOX": "INBOX", "Work/Plans": "Work.Plans", "Gr&APw-n": "Gr&APw-n"}
    morning = EVENING.replace(b"evening", b"morning")
    with person.imap() as client:
        for far in list(folders)[1:]:
            done(client.create(quoted(far)))
    for far in folders:
        person.append(*LETTERS[:3], mailbox=far)
    sync()
    for far, near in folders.items():
        here = Maildir(tmp_path / "mail" / near)
        here.remove(b"Subject: evening")
        here.set_flags(b"Subject: dots", "FS")
        here.add(bare(morning), "S")
        with person.imap(far) as client:
            done(client.store("3", "+FLAGS", r"(\Answered)"))
    sync()
    sync()
    for far, near in folders.items():
        here = Maildir(tmp_path / "mail" / near)
        assert person.flags(far) == [{rb"\Flagged", rb"\Seen"}, {rb"\Answered"}, {rb"\Seen"}]
        assert person.messages(far) == [DOTS, LETTERS[2], morning]
        assert sorted(here.messages()) == sorted(map(bare, [DOTS, LETTERS[2], morning]))
        assert here.flags(b"Subject: dots") == {"F", "S"}


def test_a_third_run_changes_nothing(person: Person, sync) -> None:
    person.append(*LETTERS)
    sync()
    near = sync()
    before = near.names()
    assert sync().names() == before
    assert person.messages() == list(LETTERS)


def test_deletions_go_both_ways(person: Person, sync) -> None:
    person.append(*LETTERS)
    near = sync()
    near.remove(b"Subject: evening")
    with person.imap() as client:
        done(client.store("2", "+FLAGS", r"(\Deleted)"))
        done(client.expunge())
    sync()
    sync()
    assert person.messages() == list(LETTERS[2:])
    assert sorted(near.messages()) == sorted(map(bare, LETTERS[2:]))
