"""A data folder of an older Pillarbox is opened, and has everything a new one has."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from contract.letters import ALL, letter
from pillarbox.ids import AccountId, EmailId, MailboxId
from pillarbox.store.emails import EmailChange, Moment, Snooze
from pillarbox.store.models import Credential, Domain, Flag, FlagAction, FlagChange
from pillarbox.store.records import RecordKind
from pillarbox.store.sqlite import SqliteAccounts, adding, hiding, migrate
from pillarbox.store.sqlite.verify import verify

RELEASED = {"mail": 4, "system": 4}
"""Schema versions of 0.3, the last one without pages."""
INBOX = MailboxId(1)


@contextmanager
def older(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is made now is as it was made then."""
    steps, columns = migrate.steps, adding._email
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "steps", lambda kind: steps(kind)[: RELEASED.get(kind)])
        patched.setattr(adding, "_EMAIL", adding._EMAIL.replace("?, ", "", 1))
        patched.setattr(adding, "_email", lambda *given: columns(*given)[:-1])  # nobody noted whether it was delivered
        yield


@pytest.fixture
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With one person, five messages in two mailboxes, three of them in one thread, one seen, one in both."""
    with older(monkeypatch):
        accounts = SqliteAccounts(tmp_path)
        await accounts.add_domain(Domain("example.org"))
        account = await accounts.add_account(
            "me@example.org", [Credential("argon2", "…")], {"pop3_delete": "trash"}, [("INBOX", None), ("Sent", "\\Sent")]
        )
        mail = accounts.mail(account.id)
        family = [letter(f"m{n}", message_id=f"<{n}@x>", references=["<0@x>"], base_subject="s") for n in range(3)]
        await mail.add(INBOX, [*family, letter("alone"), letter("large", size=100_000)])
        await mail.change_flags(INBOX, [(1, 1)], FlagChange(FlagAction.ADD, 1))
        await mail.copy(INBOX, [(4, 4)], MailboxId(2), saved_at=1)
        await accounts.close()
    assert version(tmp_path / "system.db") == RELEASED["system"]
    return tmp_path


def version(path: Path) -> int:
    connection = apsw.Connection(str(path))
    try:
        return int(connection.pragma("user_version"))
    finally:
        connection.close()


async def test_nothing_is_lost_and_everything_new_is_there(folder: Path) -> None:
    accounts = SqliteAccounts(folder)
    account = await accounts.account("me@example.org")
    assert account
    assert account.settings == {"pop3_delete": "trash"}
    assert [one.data for one in await accounts.credentials(account.id)] == ["…"]
    mail = accounts.mail(account.id)
    assert [row[0] for row in await mail.rows(INBOX, ALL, ("size",))][-1] == 100_000
    counts = await mail.email_counts(None)
    assert (counts[INBOX].emails, counts[INBOX].unread_emails, counts[INBOX].threads) == (5, 4, 3)
    assert counts[MailboxId(2)].emails == 1
    since = Moment(await mail.modseq())
    await mail.change_emails(
        {EmailId(1): EmailChange(snooze=Snooze(5, MailboxId(2))), EmailId(2): EmailChange(mailboxes=frozenset())},
        lambda step: None,
        None,
        settable={},
        saved_at=1,
    )
    told = await mail.email_changes(since, 10, None)
    assert (told.updated, told.destroyed) == ([1], [2])
    assert (await mail.wake(9, 9)).emails == [1]
    await mail.change_records(RecordKind.IDENTITY, {"a": b"1"})
    await accounts.set_alarm(account.id, 5)
    assert [alarm.account for alarm in await accounts.alarms(5)] == [account.id]
    assert await accounts.sign_ins(account.id) == []
    assert await mail.verify() == []
    await accounts.close()
    assert verify(folder) == []
    newest = len(migrate.steps("system"))
    assert version(folder / "system.db") == newest > RELEASED["system"]


async def test_what_was_marked_as_deleted_before_is_told_to_be_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deleted = FlagChange(FlagAction.ADD, int(Flag.DELETED))
    with monkeypatch.context() as patched:
        steps = migrate.steps
        patched.setattr(migrate, "steps", lambda kind: steps(kind)[:7] if kind == "mail" else steps(kind))
        patched.setattr(hiding, "marked", lambda *given: None)
        accounts = SqliteAccounts(folder)
        mail = accounts.mail(AccountId(1))
        await mail.change_flags(INBOX, [(1, 1), (3, 4)], deleted)  # the fourth is in another mailbox too
        before = Moment(await mail.modseq())
        await accounts.close()
    accounts = SqliteAccounts(folder)
    mail = accounts.mail(AccountId(1))
    told = await mail.email_changes(before, 9, None)
    assert (list(told.created), list(told.updated), list(told.destroyed)) == ([], [], [1, 3])
    assert list((await mail.mailbox_changes(before, 9, None)).updated) == [INBOX]
    await mail.change_flags(INBOX, [(1, 1)], FlagChange(FlagAction.REMOVE, int(Flag.DELETED)))
    assert list((await mail.email_changes(told.moment, 9, None)).created) == [1]
    await accounts.close()
    assert verify(folder) == []


async def test_an_upgrade_that_was_interrupted_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = migrate.steps
    for more in range(1, len(steps("mail")) - RELEASED["mail"] + 1):
        with monkeypatch.context() as patched:
            patched.setattr(migrate, "steps", lambda kind, more=more: steps(kind)[: RELEASED.get(kind, 9) + more])
            accounts = SqliteAccounts(folder)
            account = await accounts.account("me@example.org")
            assert account
            assert len(await accounts.mail(account.id).uids(INBOX)) == 5
            await accounts.close()
    await test_nothing_is_lost_and_everything_new_is_there(folder)
