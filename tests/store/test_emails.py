"""Whole emails in SQLite: what is remembered of those that are gone, for how long, and what is too much to ask."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.letters import letter
from pillarbox.errors import ChangesForgotten, TooMany
from pillarbox.ids import EmailId, ModSeq
from pillarbox.limits import StoreLimits
from pillarbox.store import query as q
from pillarbox.store.emails import AllOf, EmailChange, EmailQuery, Filter, Moment
from pillarbox.store.models import Domain, Flag, FlagAction, FlagChange
from pillarbox.store.sqlite import SqliteAccounts, SqliteMail, removing
from pillarbox.store.sqlite.transaction import TRIM_EVERY

LIMITS = replace(StoreLimits(), log_rows=5, query_depth=50)


@pytest.fixture
async def accounts(tmp_path: Path) -> AsyncIterator[SqliteAccounts]:
    made = SqliteAccounts(tmp_path, limits=LIMITS)
    await made.add_domain(Domain("example.org"))
    await made.add_account("me@example.org", [], {}, [("INBOX", None), ("Trash", None)])
    yield made
    for account in await made.accounts():
        assert await made.mail(account.id).verify() == []
    await made.close()


@pytest.fixture
async def mail(accounts: SqliteAccounts) -> SqliteMail:
    account = await accounts.account("me@example.org")
    assert account is not None
    return accounts.mail(account.id)


async def destroy(mail: SqliteMail, *emails: int) -> None:
    gone = {EmailId(one): EmailChange(mailboxes=frozenset()) for one in emails}
    await mail.change_emails(gone, lambda step: None, None, settable={}, saved_at=1)


async def purge(mail: SqliteMail) -> None:
    """What is done soon after in any case."""
    await mail._write(lambda tx: removing.purge(tx, 100))


async def test_a_thread_is_told_of_after_all_of_its_emails_are_removed(mail: SqliteMail) -> None:
    box = (await mail.mailbox("INBOX")).id
    for text in "abc":
        await mail.add_email(letter(text, message_id=text, references=["a"]), [box])
    await mail.add_email(letter("d"), [box])
    since = Moment(await mail.modseq())
    await destroy(mail, 2, 4)
    for _ in range(2):
        changes = await mail.thread_changes(since, 10, None)
        assert (changes.created, changes.updated, changes.destroyed) == ([], [1], [4])
        await purge(mail)


async def test_what_went_is_forgotten_when_the_log_forgets_it(mail: SqliteMail) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter(str(n)) for n in range(4)])
    since = Moment(await mail.modseq())
    await destroy(mail, 1)
    await purge(mail)
    for n in range(TRIM_EVERY + 1):
        action = FlagAction.REMOVE if n % 2 else FlagAction.ADD
        await mail.change_flags(box, [(2, 2)], FlagChange(action, Flag.SEEN))
    for ask in (mail.email_changes, mail.thread_changes, mail.mailbox_changes):
        with pytest.raises(ChangesForgotten):
            await ask(since, 10, None)
    late = Moment(await mail.modseq())
    await destroy(mail, 3)
    await purge(mail)
    assert (await mail.thread_changes(late, 10, None)).destroyed == [3]
    assert mail._ask(lambda db, account: db.execute("SELECT email FROM gone").fetchall()) == [(3,)]


async def test_of_emails_that_went_before_it_was_remembered_no_thread_is_told(mail: SqliteMail) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("a")])
    since = Moment(await mail.modseq())
    await destroy(mail, 1)
    await purge(mail)
    await mail._write(lambda tx: tx.db.execute("DELETE FROM gone").get)
    assert (await mail.email_changes(since, 10, None)).destroyed == [1]
    with pytest.raises(ChangesForgotten):
        await mail.thread_changes(since, 10, None)


async def test_much_at_once_is_told_as_little_is(mail: SqliteMail) -> None:
    box = (await mail.mailbox("INBOX")).id
    since = Moment(ModSeq(await mail.modseq()))
    await mail.add(box, [letter(str(n)) for n in range(1500)])
    changes = await mail.email_changes(since, 10_000, None)
    assert list(changes.created) == list(range(1, 1501))
    assert list((await mail.mailbox_changes(since, 10, None)).updated) == [box]


@pytest.mark.parametrize(("depth", "fits"), [(50, True), (51, False)])
async def test_a_filter_is_only_so_deep(mail: SqliteMail, depth: int, fits: bool) -> None:
    deep: Filter = q.HasFlag(Flag.SEEN)
    for _ in range(depth):
        deep = AllOf((deep,))
    asked = mail.query_emails(EmailQuery(deep), lambda data, needle: False, None)
    if fits:
        assert list(await asked) == []
    else:
        with pytest.raises(TooMany):
            await asked
