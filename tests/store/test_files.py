"""Large messages as files: none leaks, none dangles, nobody else may read them."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from contract.letters import ALL, content, letter
from pillarbox.errors import NotFound
from pillarbox.store.blobs.disk import DiskBlobs
from pillarbox.store.sqlite import SqliteAccounts, SqliteMail
from pillarbox.store.sqlite.verify import verify

LARGE = 100_000


def blobs(folder: Path) -> list[Path]:
    return [path for path in folder.glob("accounts/*/*/blobs/**/*") if path.is_file()]


async def test_a_large_message_is_a_file_until_its_last_email_goes(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path
) -> None:
    box, trash = (await mail.mailbox("INBOX")).id, (await mail.mailbox("Trash")).id
    message = letter("large", size=LARGE)
    await mail.add(box, [message, message])
    await mail.copy(box, [(1, 1)], trash, saved_at=0)
    assert [path.read_bytes() for path in blobs(tmp_path)] == [message.content.data]
    assert await mail.rows(box, ALL, ["data"]) == [(None,), (None,)]
    file = accounts._opened(mail.account)
    for mailbox, left in ((box, 1), (trash, 0)):
        await mail.expunge(mailbox, None, only_deleted=False)
        await file._purge()
        assert len(blobs(tmp_path)) == left
    with pytest.raises(NotFound):
        await mail.read(message.content.blob)


async def test_what_was_not_purged_in_time_is_purged_by_the_next_process(mail: SqliteMail, tmp_path: Path) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter(f"{n}", size=LARGE) for n in range(3)])
    await mail.expunge(box, None, only_deleted=False)
    next_one = SqliteAccounts(tmp_path)
    other = next_one.mail(mail.account)
    await other.add(box, [letter("wakes the writer")])
    for _ in range(200):
        if not blobs(tmp_path):
            break
        await asyncio.sleep(0.02)
    assert blobs(tmp_path) == []
    await next_one.close()


async def test_a_message_again_while_its_first_copy_is_going_stays_whole(accounts: SqliteAccounts, mail: SqliteMail) -> None:
    box = (await mail.mailbox("INBOX")).id
    message = letter("phoenix", size=LARGE)
    await mail.add(box, [message])
    await mail.expunge(box, None, only_deleted=False)
    await mail.add(box, [message])
    await accounts._opened(mail.account)._purge()
    assert await mail.read(message.content.blob) == message.content.data
    assert await mail.verify() == []


@pytest.mark.parametrize("by_verify", [True, False])
async def test_what_the_dead_left_in_the_middle_of_an_add_is_swept(mail: SqliteMail, tmp_path: Path, by_verify: bool) -> None:
    box = (await mail.mailbox("INBOX")).id
    kept, lost = letter("kept", size=LARGE), letter("lost", size=LARGE)
    await mail.add(box, [kept])
    folder = DiskBlobs(str(tmp_path / "accounts/01/1/blobs"))
    try:
        with folder.receiving([kept.content, lost.content]) as incoming:
            incoming.keep(kept.content.blob)
            incoming.keep(lost.content.blob)
            raise InterruptedError("killed")
    except InterruptedError:
        pass
    assert len(blobs(tmp_path)) == 4
    if by_verify:
        assert verify(tmp_path) == []
    else:
        next_one = SqliteAccounts(tmp_path)
        await next_one.mail(mail.account).add(box, [letter("the first of the next process")])
        await next_one.close()
    assert [path.read_bytes() for path in blobs(tmp_path)] == [kept.content.data]


async def test_what_someone_is_still_receiving_is_not_swept(mail: SqliteMail, tmp_path: Path) -> None:
    folder = DiskBlobs(str(tmp_path / "accounts/01/1/blobs"))
    with folder.receiving([content(b"x" * LARGE)]):
        await mail.verify()
        assert len(blobs(tmp_path)) == 1


async def test_a_failed_add_leaves_no_file(mail: SqliteMail, tmp_path: Path) -> None:
    box = (await mail.mailbox("INBOX")).id
    with pytest.raises(Exception, match="object"):
        await mail.add(box, [letter("bad", size=LARGE, flags=object())])
    assert blobs(tmp_path) == []
    assert (await mail.mailbox("INBOX")).messages == 0
    await mail.add(box, [letter("good", size=LARGE)])


async def test_everything_is_for_the_owner_alone(accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        account = await accounts.add_account("you@example.org", [], {}, [("INBOX", None)])
        other = accounts.mail(account.id)
        await other.add((await other.mailbox("INBOX")).id, [letter("large", size=LARGE), letter("small")])
        accounts.lock(account.id, "pop3").release()
    finally:
        os.umask(mask)
    for path in tmp_path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


async def test_forsaken_spool_files_are_swept_at_the_next_start(accounts: SqliteAccounts, tmp_path: Path) -> None:
    old, new = Path(accounts.spool()) / "old", Path(accounts.spool()) / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    again = SqliteAccounts(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
    await again.close()
