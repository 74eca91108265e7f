"""Whatever is broken, verify says so."""

import sqlite3
from pathlib import Path

import pytest

from contract.letters import ALL, letter
from pillarbox.ids import AccountId
from pillarbox.store.models import Domain, Flag, FlagAction, FlagChange
from pillarbox.store.sqlite import SqliteAccounts, SqliteMail
from pillarbox.store.sqlite.verify import verify

MAIL = "accounts/01/1/mail.db"

BROKEN: list[tuple[str, str]] = [
    ("UPDATE mailbox SET messages = messages + 1 WHERE name = 'INBOX'", "counts"),
    ("UPDATE mailbox SET unseen = 0 WHERE name = 'INBOX'", "counts"),
    ("UPDATE mailbox SET size = 0 WHERE name = 'INBOX'", "counts"),
    ("UPDATE mailbox SET uidnext = 2 WHERE name = 'INBOX'", "UIDNEXT"),
    ("UPDATE mailbox SET recent_from = 90", "recent"),
    ("UPDATE mailbox SET highest_modseq = 1", "modseq"),
    ("DELETE FROM change", "modseqs"),
    ("UPDATE account SET next_email = 1", "taken"),
    ("UPDATE account SET next_mailbox = 1", "taken"),
    ("DELETE FROM message WHERE uid = 1", "counts"),
    ("DELETE FROM message WHERE uid = 1", "no mailbox"),
    ("UPDATE message SET size = 5 WHERE uid = 1", "differs"),
    ("DELETE FROM email WHERE id = 1", "not there"),
    ("DELETE FROM form WHERE email = 1", "no forms"),
    ("DELETE FROM email WHERE id = 1", "forms or a text"),
    ("UPDATE text SET body = NULL", "no text"),
    ("INSERT INTO doomed_email VALUES (1, 77)", "to be removed"),
    ("INSERT INTO doomed_email VALUES (1, 1)", "is going"),
    ("INSERT INTO departure VALUES (1, 77, 1)", "has left a mailbox"),
    ("INSERT INTO gone VALUES (1, 1, 1, 1, 1)", "said to be gone"),
    ("UPDATE content SET emails = 4", "counts"),
    ("UPDATE content SET data = x'00' WHERE data IS NOT NULL", "blob"),
    ("UPDATE content SET blob = x'00' WHERE id = 1", "another"),
    ("DELETE FROM content WHERE data IS NULL", "nothing names"),
    ("DELETE FROM mailbox WHERE name = 'INBOX'", "takes none"),
    ("DELETE FROM mailbox WHERE name = 'INBOX'", "no mailbox INBOX"),
    ("UPDATE account SET account = 9", "rows of its own"),
    ("UPDATE message SET uidl = '' WHERE uid = 1", "unique-id"),
    ("UPDATE message SET uidl = 'a b' WHERE uid = 1", "unique-id"),
    ("INSERT INTO thread_ref VALUES (1, 5, 99)", "thread 99"),
    ("UPDATE message SET keywords = 'b a'", "out of order"),
    ("UPDATE account SET forgotten = 9999", "forgot all to 9999"),
    ("UPDATE change SET n = n + 10", "numbered"),
    ("UPDATE change SET kind = 9 WHERE kind = 1", "cannot be"),
    ("DELETE FROM change WHERE kind = 2", "does not tell"),
    ("INSERT INTO change SELECT 1, max(modseq), 1, 3, 1, 1, 1 FROM change", "is gone"),
    ("INSERT INTO seen VALUES (1, 7, 1, 99, 2, 1)", "has seen message 99"),
    ("INSERT INTO seen VALUES (1, 1, 1, 1, 2, 1)", "is its own"),
    ("UPDATE seen SET modseq = 999", "has not come to"),
    ("UPDATE seen SET modseq = 2", "does not tell why account 7 sees"),
    ("INSERT INTO mailbox_right VALUES (1, 99, '#7', 'l')", "rights in mailbox 99"),
    ("INSERT INTO annotation VALUES (1, 99, 0, 0, '/shared/x', x'00', 2)", "annotation /shared/x of mailbox 99"),
]


@pytest.mark.parametrize(("statement", "sentence"), BROKEN)
async def test_what_is_broken_is_told(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path, statement: str, sentence: str
) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("one", message_id="<1@x>"), letter("two"), letter("large", size=100_000)])
    await mail.change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.FLAGGED, ["a", "b"]))
    await accounts.mail(mail.account, AccountId(7)).change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.SEEN))
    await accounts.close()
    assert verify(tmp_path) == []
    connection = sqlite3.connect(tmp_path / MAIL)
    connection.execute(statement)
    connection.commit()
    connection.close()
    wrong = verify(tmp_path)
    assert any(sentence in line and line.startswith("me@example.org: ") for line in wrong), wrong


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("INSERT INTO member VALUES (1, 9)", "account 9 belongs to group 1, one of which is not there"),
        ("INSERT INTO shared VALUES ('#7', 9)", "account 9 shares mailboxes, and is not there"),
        ("INSERT INTO totp VALUES (9, 'x', 1, 0, 0)", "there is a totp of account 9, which is not there"),
        ("INSERT INTO recovery_code VALUES (9, x'00')", "there is a recovery code of account 9, which is not there"),
        ("INSERT INTO token VALUES (x'00', 7, 'cookie', 9, x'', 0)", "there is a token of sign-in 7, which is not there"),
    ],
)
async def test_who_is_not_there_belongs_to_nothing(
    accounts: SqliteAccounts, tmp_path: Path, statement: str, sentence: str
) -> None:
    await accounts.close()
    connection = sqlite3.connect(tmp_path / "system.db")
    connection.execute(statement)
    connection.commit()
    connection.close()
    assert sentence in verify(tmp_path)


async def test_a_missing_file_a_changed_one_and_a_foreign_one_are_told(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path
) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter("one", size=100_000), letter("two", size=100_000)])
    await accounts.close()
    first, second = sorted(path for path in tmp_path.glob("accounts/01/1/blobs/??/*"))
    first.unlink()
    second.write_bytes(b"other")
    foreign = second.parent.parent / "ff" / ("f" * 64)
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_bytes(b"x")
    wrong = verify(tmp_path)
    assert len(wrong) == 3
    assert any(second.name in line and "not what" in line for line in wrong)
    assert any(first.name in line and "not there" in line for line in wrong)
    assert any(foreign.name in line and "nothing names" in line for line in wrong)


async def test_a_folder_of_nobody_is_told(accounts: SqliteAccounts, tmp_path: Path) -> None:
    (tmp_path / "accounts/09/9").mkdir(parents=True)
    assert verify(tmp_path) == ["there is a folder of account 9, which is not there"]


async def test_a_file_that_cannot_be_read_is_told_and_the_others_are_looked_at(tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path)
    await accounts.add_domain(Domain("example.org"))
    made = [await accounts.add_account(f"{name}@example.org", [], {}, [("INBOX", None)]) for name in ("a", "b")]
    for account in made:
        mail = accounts.mail(account.id)
        await mail.add((await mail.mailbox("INBOX")).id, [letter("one")])
    await accounts.close()
    first, second = tmp_path / MAIL, tmp_path / "accounts/02/2/mail.db"
    raw = bytearray(first.read_bytes())
    raw[4096 : 4096 * 8] = b"\xa5" * (4096 * 7)
    first.write_bytes(raw)
    connection = sqlite3.connect(second)
    connection.execute("UPDATE mailbox SET size = 0 WHERE name = 'INBOX'")
    connection.commit()
    connection.close()
    wrong = verify(tmp_path)
    assert any(line.startswith("a@example.org: ") for line in wrong), wrong
    assert any(line.startswith("b@example.org: ") and "counts" in line for line in wrong), wrong
