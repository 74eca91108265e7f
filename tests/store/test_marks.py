"""Marks of whose mail has been written, left by several processes in one file."""

from pathlib import Path

import pytest

from contract.letters import ALL, letter
from pillarbox.ids import AccountId, EmailId
from pillarbox.store.emails import EmailChange
from pillarbox.store.models import Flag, FlagAction, FlagChange
from pillarbox.store.sqlite import SqliteAccounts
from pillarbox.store.sqlite.mail import SqliteMail
from pillarbox.store.sqlite.marks import SLOTS, Marks

ONE, TWO, LIKE_ONE = AccountId(1), AccountId(2), AccountId(SLOTS + 1)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "marks")


def test_a_mark_is_seen_by_others_once(path: str) -> None:
    ours, theirs = Marks(path), Marks(path)
    _, seen = ours.since(None)
    theirs.leave(ONE)
    marked, seen = ours.since(seen)
    assert [marked(account) for account in (ONE, TWO, LIKE_ONE)] == [True, False, True]
    marked, _ = ours.since(seen)
    assert not marked(ONE)


def test_at_first_everybody_is_worth_a_look(path: str) -> None:
    marked, _ = Marks(path).since(None)
    assert marked(ONE)
    assert marked(TWO)


def test_two_that_mark_one_account_by_turns_do_not_undo_each_other(path: str) -> None:
    ours, theirs = Marks(path), Marks(path)
    _, seen = ours.since(None)
    for marks in (ours, theirs) * 10:
        marks.leave(ONE)
        marked, seen = ours.since(seen)
        assert marked(ONE)


def test_a_file_that_is_too_short_is_made_longer(path: str) -> None:
    Path(path).write_bytes(b"abc")
    Marks(path).leave(AccountId(SLOTS - 1))
    assert Path(path).stat().st_size == SLOTS * 8


async def test_whoever_writes_leaves_a_mark_and_whoever_reads_none(mail: SqliteMail, tmp_path: Path) -> None:
    other = SqliteAccounts(tmp_path)
    box = (await mail.mailbox("INBOX")).id
    flagged = FlagChange(FlagAction.ADD, Flag.FLAGGED)
    unflagged = EmailChange(remove=(Flag.FLAGGED, ()))
    _, seen = other.stirred(None)
    for write in (
        lambda: mail.create_mailbox("new"),
        lambda: mail.add(box, [letter()]),
        lambda: mail.change_flags(box, ALL, flagged),
        lambda: mail.add_email(letter("another"), [box]),
        lambda: mail.change_emails({EmailId(1): unflagged}, lambda step: None, None, settable={}, saved_at=1),
    ):
        await write()
        stirred, seen = other.stirred(seen)
        assert stirred(mail.account)
        assert not stirred(AccountId(mail.account + 1))
        await mail.rows(box, ALL, ("uid", "flags"))
        assert await mail.mailboxes()
        stirred, seen = other.stirred(seen)
        assert not stirred(mail.account)
    await other.close()
