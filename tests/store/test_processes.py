"""Several processes with one data folder, and processes that die."""

import random
from dataclasses import replace
from pathlib import Path

from contract.letters import ALL, letter
from pillarbox.ids import BlobId
from pillarbox.store.models import Alias, Flag, FlagAction, FlagChange
from pillarbox.store.sqlite import SqliteAccounts, SqliteMail
from pillarbox.store.sqlite.verify import verify

from .conftest import ADDRESS, Start


async def test_two_processes_write_one_account_and_each_message_has_a_uid_of_its_own(
    mail: SqliteMail, start: Start, tmp_path: Path
) -> None:
    box = (await mail.mailbox("INBOX")).id
    writers = [start(name, 30) for name in ("one", "two")]
    for n in range(30):
        await mail.add(box, [letter(f"three {n}")])
        await mail.change_flags(box, ALL, FlagChange(FlagAction(1 + n % 2), Flag.SEEN))
    told = [line for writer in writers for line in writer.communicate(timeout=240)[0].splitlines()]
    assert [writer.returncode for writer in writers] == [0, 0]
    uids = {int(line.split()[0]) for line in told}
    assert len(uids) == 60
    assert list(await mail.uids(box)) == list(range(1, 91))
    assert await mail.verify() == []


async def test_what_another_process_wrote_is_seen_at_once(accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path) -> None:
    other = SqliteAccounts(tmp_path)
    theirs = other.mail(mail.account)
    box = (await mail.mailbox("INBOX")).id
    _, seen = accounts.stale(mail.account, None)
    for n in range(5):
        await theirs.add(box, [letter(f"{n}")])
        stale, seen = accounts.stale(mail.account, seen)
        assert stale
        assert (await mail.mailbox("INBOX")).messages == n + 1
        await mail.change_flags(box, [(n + 1, n + 1)], FlagChange(FlagAction.ADD, Flag.SEEN))
        assert (await theirs.mailbox("INBOX")).unseen == 0
    version = await accounts.version()
    await other.add_account("you@example.org", [], {}, [])
    assert await accounts.version() != version
    await other.close()


async def test_what_is_remembered_of_the_directory_is_forgotten_when_anyone_changes_it(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path
) -> None:
    other = SqliteAccounts(tmp_path)
    for changing in (accounts, other):
        known = await accounts.account(ADDRESS)
        assert known is not None
        assert await accounts.account("new@example.org") is await accounts.alias("new@example.org") is None
        await changing.change_account(replace(known, enabled=not known.enabled))
        assert await accounts.account(ADDRESS) == replace(known, enabled=not known.enabled)
        await changing.add_alias(Alias("new@example.org", [ADDRESS]))
        assert await accounts.alias("new@example.org") == Alias("new@example.org", [ADDRESS])
        await changing.remove_alias("new@example.org")
    await other.close()


async def test_what_was_acknowledged_outlives_any_kill(start: Start, tmp_path: Path, accounts: SqliteAccounts) -> None:
    await accounts.close()
    chance = random.Random(7)
    acknowledged: dict[int, bytes] = {}
    for run in range(8):
        writer = start(f"run {run}", 1000)
        assert writer.stdout is not None
        for _ in range(chance.randint(1, 25)):
            uid, blob = writer.stdout.readline().split()
            acknowledged[int(uid)] = bytes.fromhex(blob)
        writer.kill()
        for line in writer.stdout.read().split("\n")[:-1]:
            acknowledged[int(line.split()[0])] = bytes.fromhex(line.split()[1])
        writer.wait()
        writer.stdout.close()
    assert verify(tmp_path) == []
    again = SqliteAccounts(tmp_path)
    account = await again.account(ADDRESS)
    assert account is not None
    mail = again.mail(account.id)
    box = (await mail.mailbox("INBOX")).id
    kept = dict(await mail.rows(box, ALL, ["uid", "blob"]))
    assert {uid: kept.get(uid) for uid in acknowledged} == acknowledged
    assert len(kept) <= len(acknowledged) + 8
    for blob in list(acknowledged.values())[::10]:
        assert await mail.read(BlobId(blob))
    await mail.add(box, [letter("after all that")])
    await again.close()
    assert verify(tmp_path) == []
