"""Counts that are kept in memory are at every moment what a recount finds."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from contract.letters import ALL, letter
from pillarbox.ids import AccountId, EmailId, MailboxId
from pillarbox.store.emails import EmailChange, Snooze
from pillarbox.store.models import Domain, Flag, FlagAction, FlagChange
from pillarbox.store.sqlite import SqliteAccounts, email_counts
from pillarbox.store.sqlite.account_file import AccountFile
from pillarbox.store.sqlite.mail import SqliteMail
from pillarbox.store.sqlite.statements import MESSAGES

BOXES = [MailboxId(number) for number in range(1, 5)]
TRASH = MailboxId(3)


@pytest.fixture
async def accounts(tmp_path: Path) -> AsyncIterator[SqliteAccounts]:
    made = SqliteAccounts(tmp_path)
    await made.add_domain(Domain("example.org"))
    await made.add_account("me@example.org", [], {}, [("INBOX", None), ("A", None), ("Trash", "\\Trash"), ("B", None)])
    yield made
    await made.close()


@pytest.fixture
def mail(accounts: SqliteAccounts) -> SqliteMail:
    return accounts.mail(AccountId(1))


async def afresh(file: AccountFile, apart: MailboxId | None) -> dict[MailboxId, object]:
    return dict(await file.scan(lambda db, account: email_counts.counts(db, account, None, apart, MESSAGES, file.threads)))


def acts(mail: SqliteMail, dice: random.Random) -> list[Callable[[], Awaitable[object]]]:
    """Whatever may be done to an account, to anything that may be there."""
    number = iter(range(10_000_000))

    def box() -> MailboxId:
        return dice.choice(BOXES)

    def uids() -> list[tuple[int, int]]:
        first = dice.randint(1, 40)
        return [(first, first + dice.randint(0, 3))]

    def emails() -> list[EmailId]:
        return [EmailId(dice.randint(1, 60)) for _ in range(dice.randint(1, 3))]

    async def add() -> object:
        family = dice.randint(1, 9)
        made = letter(
            f"m{next(number)}",
            flags=dice.choice([0, 0, 0, 0, 1, 1, 8, int(Flag.DRAFT)]),
            message_id=f"<{next(number)}@x>",
            references=[f"<family{family}@x>"],
            base_subject="s",
        )
        return await mail.add_email(made, dice.sample(BOXES, dice.choice([1, 1, 2])))

    async def flag() -> object:
        action = dice.choice([FlagAction.ADD, FlagAction.REMOVE])
        return await mail.change_flags(box(), uids(), FlagChange(action, dice.choice([1, 1, 4, 8, 8, int(Flag.DRAFT)])))

    async def change() -> object:
        wanted = dice.choice(
            [
                EmailChange(mailboxes=frozenset(dice.sample(BOXES, dice.choice([0, 1, 2])))),
                EmailChange(into=frozenset([box()])),
                EmailChange(add=(1, ())),
                EmailChange(remove=(1, ())),
                EmailChange(snooze=Snooze(5, BOXES[3])),
                EmailChange(wakes=True),
            ]
        )
        return await mail.change_emails(dict.fromkeys(emails(), wanted), lambda step: None, None, settable={}, saved_at=1)

    async def wake() -> object:
        return await mail.wake(9, 3)

    async def create() -> object:
        return await mail.create_mailbox(f"New {next(number)}")

    return [
        add,
        add,
        add,
        flag,
        flag,
        change,
        change,
        wake,
        create,
        lambda: mail.copy(box(), uids(), box(), saved_at=1),
        lambda: mail.move(box(), uids(), box(), saved_at=1),
        lambda: mail.expunge(box(), uids(), only_deleted=False),
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_after_whatever_is_done(accounts: SqliteAccounts, mail: SqliteMail, seed: int) -> None:
    dice = random.Random(seed)
    file = accounts._opened(mail.account)
    every = acts(mail, dice)
    for turn in range(120):
        await dice.choice(every)()
        apart = TRASH if turn < 100 else None
        assert dict(await mail.email_counts(None, apart)) == await afresh(file, apart), turn


async def test_after_more_than_is_counted_by_itself(
    accounts: SqliteAccounts, mail: SqliteMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_counts, "MANY", 3)
    file = accounts._opened(mail.account)
    for _ in range(3):
        await mail.add(BOXES[0], [letter(f"m{n}", base_subject="s", message_id="<one@x>") for n in range(4)])
        assert dict(await mail.email_counts(None, TRASH)) == await afresh(file, TRASH)
    await mail.change_flags(BOXES[0], ALL, FlagChange(FlagAction.ADD, 1))
    assert dict(await mail.email_counts(None, TRASH)) == await afresh(file, TRASH)


async def test_what_nobody_remembers_is_counted_afresh(accounts: SqliteAccounts, mail: SqliteMail) -> None:
    file = accounts._opened(mail.account)
    await mail.add(BOXES[0], [letter("one")])
    await mail.email_counts(None, TRASH)
    await mail.add(BOXES[0], [letter("two")])
    await file.write(lambda tx: tx.db.execute("UPDATE account SET forgotten = 99"))
    assert dict(await mail.email_counts(None, TRASH)) == await afresh(file, TRASH)
