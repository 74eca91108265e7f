"""offlineimap3: a Maildir and an account, synchronised both ways."""

from pathlib import Path

import pytest

from maildir import Maildir
from person import DOTS, EVENING, LETTERS, Person, bare, done

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
