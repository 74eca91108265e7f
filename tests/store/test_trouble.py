"""Full disks, broken disks, others that hold on for too long, files of another time."""

import resource
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from contract.letters import ALL, letter
from pillarbox.errors import ChangesForgotten, NotFound, OperatorError, Unavailable
from pillarbox.ids import AccountId, MailboxId, ModSeq
from pillarbox.limits import StoreLimits
from pillarbox.store.api import StoreFailed
from pillarbox.store.models import Domain, DomainKey, Flag, FlagAction, FlagChange
from pillarbox.store.sqlite import SqliteAccounts, SqliteMail, account_file, migrate
from pillarbox.store.sqlite.connection import open_database
from pillarbox.store.sqlite.verify import verify

MAIL = "accounts/01/1/mail.db"


async def test_on_a_full_disk_nothing_is_kept_and_later_all_goes_on(accounts: SqliteAccounts, mail: SqliteMail) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("first")])
    writer = accounts._opened(mail.account)._writer
    assert writer is not None
    writer.pragma("max_page_count", int(writer.pragma("page_count")) + 2)
    for messages in ([letter("big", size=60_000)], [letter(f"{n}", size=60_000) for n in range(20)]):
        with pytest.raises(Unavailable, match="full"):
            await mail.add(box, messages)
    assert (await mail.mailbox("INBOX")).messages == 1
    writer.pragma("max_page_count", 1 << 30)
    await mail.add(box, [letter("big", size=60_000)])
    assert await mail.verify() == []


@pytest.mark.parametrize("count", [1, 20])
async def test_after_a_failed_write_nothing_more_is_acknowledged(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path, count: int
) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("first")])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / (MAIL + "-wal")).stat().st_size + 8192, before[1]))
    try:
        with pytest.raises(StoreFailed):
            await mail.add(box, [letter(f"{n}", size=60_000) for n in range(count)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with pytest.raises(StoreFailed):
        await mail.change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.SEEN))
    assert (await mail.mailbox("INBOX")).messages == 1
    assert verify(tmp_path) == []


async def test_who_waits_too_long_for_another_is_told_to_try_again(tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path, limits=replace(StoreLimits(), busy=0.05))
    await accounts.add_domain(Domain("example.org"))
    account = await accounts.add_account("me@example.org", [], {}, [("INBOX", None)])
    mail = accounts.mail(account.id)
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("first")])
    other = open_database(str(tmp_path / MAIL), "mail")
    other.execute("BEGIN IMMEDIATE")
    for verb in (
        mail.add(box, [letter("second")]),
        mail.change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.SEEN)),
        mail.expunge(box, None),
    ):
        with pytest.raises(Unavailable):
            await verb
    assert (await mail.mailbox("INBOX")).messages == 1
    other.execute("ROLLBACK")
    other.close()
    await mail.add(box, [letter("second")])
    await accounts.close()
    assert verify(tmp_path) == []


async def test_what_a_newer_pillarbox_wrote_is_not_opened(accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path) -> None:
    await accounts.close()
    for path, opening in ((MAIL, verify), ("system.db", SqliteAccounts)):
        connection = apsw.Connection(str(tmp_path / path))
        connection.pragma("user_version", 99)
        connection.close()
        with pytest.raises(OperatorError, match="99") as caught:
            opening(tmp_path)
        assert caught.value.hint


def test_an_interrupted_migration_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "mail.db")
    first = migrate.steps("mail")
    good, bad = "CREATE TABLE later (x INTEGER) STRICT", "CREATE TABLE later (x INTEGER) STRICT; SELECT no_such_thing()"
    open_database(path, "mail", create=True).close()
    monkeypatch.setattr(migrate, "steps", lambda kind: (*first, bad))
    with pytest.raises(apsw.SQLError):
        open_database(path, "mail")
    monkeypatch.setattr(migrate, "steps", lambda kind: (*first, good))
    connection = open_database(path, "mail")
    assert connection.pragma("user_version") == len(first) + 1
    assert connection.table_exists("main", "later")
    connection.close()


@pytest.mark.parametrize("version", [0, 1])
def test_what_is_new_takes_every_step_at_once_and_what_is_old_one_by_one(tmp_path: Path, version: int) -> None:
    commits: list[int] = []
    with closing(apsw.Connection(str(tmp_path / "mail.db"))) as connection:
        for step in migrate.steps("mail")[:version]:
            connection.execute(step)
        connection.pragma("user_version", version)
        connection.set_commit_hook(lambda: bool(commits.append(1)))
        migrate.migrate(connection, "mail")
        assert connection.pragma("user_version") == len(migrate.steps("mail"))
    assert len(commits) == (len(migrate.steps("mail")) - version if version else 1)


async def test_a_folder_of_the_first_version_gets_what_came_since(tmp_path: Path) -> None:
    with closing(apsw.Connection(str(tmp_path / "system.db"))) as connection:
        connection.pragma("journal_mode", "wal")
        connection.execute(migrate.steps("system")[0])
        connection.pragma("user_version", 1)
        connection.execute("INSERT INTO domain VALUES ('example.org')")
    accounts = SqliteAccounts(tmp_path)
    assert [domain.name for domain in await accounts.domains()] == ["example.org"]
    key = DomainKey("example.org", "s1", "rsa", b"secret", "active", 1)
    await accounts.add_key(key)
    assert await accounts.keys("example.org") == [key]
    await accounts.close()
    assert verify(tmp_path) == []


async def test_mail_of_the_first_version_can_be_shared(accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path) -> None:
    await accounts.close()
    (tmp_path / MAIL).unlink()
    with closing(apsw.Connection(str(tmp_path / MAIL))) as connection:
        connection.pragma("journal_mode", "wal")
        connection.execute(migrate.steps("mail")[0])
        connection.pragma("user_version", 1)
        connection.execute(
            "INSERT INTO account (account, next_mailbox, next_email, next_uidvalidity) VALUES (1, 2, 1, 6);"
            "INSERT INTO mailbox (account, id, name, uidvalidity, highest_modseq, created, modseq)"
            " VALUES (1, 1, 'INBOX', 5, 2, 2, 2); INSERT INTO change VALUES (1, 2, 0, 4, 1, 0, 0)"
        )
    again = SqliteAccounts(tmp_path)
    theirs = again.mail(mail.account, AccountId(7))
    await theirs.add("INBOX", [letter("one", flags=Flag.SEEN)])
    await theirs.set_rights(MailboxId(1), "#7", "lr")
    assert [(await one.mailbox("INBOX")).unseen for one in (again.mail(mail.account), theirs)] == [1, 0]
    await again.close()
    assert verify(tmp_path) == []


async def test_a_large_message_that_goes_while_it_is_carried_is_not_found(accounts: SqliteAccounts, mail: SqliteMail) -> None:
    await mail.add("INBOX", [letter("large", size=100_000)])
    other = accounts.mail((await accounts.add_account("you@example.org", [], {}, [("INBOX", None)])).id)
    carried = await mail.carried(MailboxId(1), ALL)
    await mail.expunge(MailboxId(1), None, only_deleted=False)
    await accounts._opened(mail.account)._purge()
    with pytest.raises(NotFound):
        await other.add("INBOX", carried)
    await other.add("INBOX", [letter("and all goes on", size=100_000)])
    assert await other.verify() == []


async def test_a_log_that_forgot_says_so(tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path, limits=replace(StoreLimits(), log_rows=10))
    await accounts.add_domain(Domain("example.org"))
    account = await accounts.add_account("me@example.org", [], {}, [("INBOX", None)])
    mail = accounts.mail(account.id)
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("first")])
    for n in range(1030):
        await mail.change_flags(box, ALL, FlagChange(FlagAction(1 + n % 2), Flag.SEEN))
    for question in (mail.log(ModSeq(1000), 5), mail.changes(box, ModSeq(1000))):
        with pytest.raises(ChangesForgotten):
            await question
    now = await mail.modseq()
    assert [change.modseq for change in await mail.log(ModSeq(now - 2), 5)] == [now - 1, now]
    assert len((await mail.changes(box, ModSeq(now - 1))).changed) == 1
    await accounts.close()
    assert verify(tmp_path) == []


async def test_the_wal_does_not_grow_however_fast_one_writes(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_file, "CHECKPOINT_PAGES", 10)
    monkeypatch.setattr(account_file, "CHECKPOINT_AT_LAST", 40)
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("one")])
    for n in range(300):
        await mail.change_flags(box, ALL, FlagChange(FlagAction(1 + n % 2), Flag.SEEN))
    assert (tmp_path / (MAIL + "-wal")).stat().st_size < 100 * 5000


async def test_an_account_that_is_not_there_is_not_found(accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path) -> None:
    await accounts.close()
    again = SqliteAccounts(tmp_path)
    (tmp_path / MAIL).unlink()
    with pytest.raises(NotFound):
        await again.mail(mail.account).mailboxes()
    await again.close()
    assert verify(tmp_path) == ["account 1 has no mail"]
