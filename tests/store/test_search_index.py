"""The search index: with it, without it, with half of it or with another's, what is found is the same."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from contract.letters import letter
from pillarbox.errors import Unavailable
from pillarbox.ids import MailboxId
from pillarbox.store import fuzzy
from pillarbox.store import query as q
from pillarbox.store.models import NewMessage
from pillarbox.store.sqlite import SqliteAccounts, SqliteMail
from pillarbox.store.sqlite.verify import verify

ALPHABETS = [
    "abc ", "ab", "ab \t\v\x85\u2003\u3000", "aàáäbß \n", "iıİi\u0307", "日本語漢字かな한글", "日本 a", "e\u0301\u0327\u0328",
    "😀👩\u200d👧 ", "\0a\"'*^()-:", "\ud800\udc00a", "ﬁſsſß", "ةمُحَمَّد", "กำลัง",
]  # fmt: skip
SEED = 20261122


def never(data: Any, needle: q.Needle) -> bool:
    raise AssertionError("all of these have their text kept")


def text(dice: random.Random, most: int) -> str:
    return "".join(dice.choices(dice.choice(ALPHABETS), k=dice.randrange(most)))


def message(dice: random.Random, number: int) -> NewMessage:
    header = "".join(
        f"{name}: {text(dice, 12).replace(chr(10), ' ')}\n" for name in dice.sample(["subject", "from", "to", "x-y"], 3)
    )
    return letter(f"{number}", header=header, body=text(dice, 60))


def needle(dice: random.Random, letters: list[NewMessage]) -> str:
    """Something that is there, or that is not."""
    kept = dice.choice(letters)
    source = dice.choice([kept.header_text or "", kept.body_text or "", text(dice, 30)])
    at = dice.randrange(len(source) + 1)
    return source[at : at + dice.randrange(1, 9)]


def matches(kept: NewMessage, wanted: q.Needle) -> bool:
    """As plainly as it can be said."""
    header, body = kept.header_text or "", kept.body_text or ""
    exact = wanted.of if isinstance(wanted, q.Fuzzy) else wanted
    match exact:
        case q.Header(name):
            texts = [value for line in header.split("\n") for found, _, value in [line.partition(": ")] if found == name]
        case q.Body():
            texts = [body]
        case _:
            texts = [header, body]
    if isinstance(wanted, q.Fuzzy):
        return bool(texts) and fuzzy.has("\n".join(texts), fuzzy.words(exact.needle))
    return any(exact.needle in text for text in texts)


def kinds(wanted: str) -> list[q.Exact]:
    return [q.Body(wanted), q.Text(wanted), q.Header("subject", wanted), q.Header("x-y", wanted)]


async def inbox_of(mail: SqliteMail) -> MailboxId:
    return (await mail.mailbox("INBOX")).id


def index_file(folder: Path) -> Path:
    return folder / "accounts/01/1/index.db"


async def same_with_any_share_of_it(mail: SqliteMail, shares: list[int], rounds: int, dice: random.Random) -> None:
    box = await inbox_of(mail)
    letters = [message(dice, number) for number in range(40)]
    await mail.add(box, letters)
    for share in shares:
        if share:
            await mail.index(share)
        for _ in range(rounds):
            wanted = needle(dice, letters)
            for exact in kinds(wanted):
                for query in (exact, q.Fuzzy(exact)):
                    found = list(await mail.search(box, query, never))
                    assert found == [uid for uid, kept in enumerate(letters, 1) if matches(kept, query)], query


async def test_what_is_found_is_the_same_however_much_is_indexed(mail: SqliteMail) -> None:
    await same_with_any_share_of_it(mail, [0, 13, 14, 100], 60, random.Random(SEED))


def opened(path: Path) -> "closing[apsw.Connection]":
    return closing(apsw.Connection(str(path)))


async def full(mail: SqliteMail, count: int = 30) -> MailboxId:
    """A mailbox where one message has the word kiwi, all of it indexed."""
    box = await inbox_of(mail)
    await mail.add(box, [letter(f"{n}", body="a kiwi" if n == 7 else "an apple a day") for n in range(count)])
    while await mail.index(1000):
        pass
    return box


async def has_kiwi(mail: SqliteMail, *uids: int) -> None:
    assert list(await mail.search(await inbox_of(mail), q.Body("kiwi"), never)) == list(uids)


@pytest.mark.parametrize("is_read", [False, True])
async def test_the_log_of_an_index_does_not_grow_with_it(
    mail: SqliteMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_read: bool
) -> None:
    monkeypatch.setattr("pillarbox.store.sqlite.search_index.MOST_LOG", 0)
    await full(mail)
    (index,) = tmp_path.glob("**/index.db")
    with opened(index) as reader:
        if is_read:
            reader.execute("BEGIN; SELECT * FROM progress")
        await mail.add(await inbox_of(mail), [letter("another", body="a second kiwi"), letter("a last one", body="a pear")])
        assert await mail.index(1) == 1
        assert bool(index.with_name("index.db-wal").stat().st_size) is is_read
    await has_kiwi(mail, 8, 31)


async def test_fields_that_sqlite_compares_go_by_the_index_where_few_have_them(mail: SqliteMail) -> None:
    box = await inbox_of(mail)
    subjects = ["subject: kiwi\n"] * 2 + ["subject: apple\n"] * 14
    await mail.add(box, [letter(f"{n}", header=header, body="pear") for n, header in enumerate(subjects)])
    await mail.index(1000)
    few, many, body = q.Header("subject", "kiwi"), q.Header("subject", "apple"), q.Body("pear")
    index = mail._opened(mail.account).index
    narrowed = mail._read(lambda db, account: index.narrow(db, account, [few, many, body], len(subjects)))
    assert {needle: len(emails) for needle, emails in narrowed.emails.items()} == {few: 2, body: 16}
    assert [len(await mail.search(box, query, never)) for query in (few, many, body)] == [2, 14, 16]


def read_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The emails whose text is looked at from now on."""
    from pillarbox.store.sqlite import searching

    looked: list[int] = []
    finder = searching._finder

    def counting(needle: q.Needle) -> Any:
        found = finder(needle)

        def look(header: bytes | None, body: bytes | None) -> bool:
            looked.append(1)
            return found(header, body)

        return look

    monkeypatch.setattr(searching, "_finder", counting)
    return looked


async def test_only_what_the_index_names_is_looked_at(mail: SqliteMail, monkeypatch: pytest.MonkeyPatch) -> None:
    box = await full(mail)
    looked = read_rows(monkeypatch)
    await has_kiwi(mail, 8)
    assert len(looked) == 1
    await mail.add(box, [letter("new", body="kiwis"), letter("newer", body="none")])
    await has_kiwi(mail, 8, 31)
    assert len(looked) == 4
    assert list(await mail.search(box, q.Or([q.Body("kiwi"), q.Text("newer")]), never)) == [8, 31, 32]
    assert list(await mail.search(box, q.Not(q.Body("apple")), never)) == [8, 31, 32]


@pytest.mark.parametrize("word", ["猫", "日本", "한글", "é"])
async def test_words_of_one_or_two_letters_are_found(mail: SqliteMail, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    box = await inbox_of(mail)
    await mail.add(box, [letter(f"{n}", body=f"x{word}y" if n == 4 else "本日は晴天なり 글한 e") for n in range(20)])
    await mail.index(100)
    looked = read_rows(monkeypatch)
    assert list(await mail.search(box, q.Body(word), never)) == [5]
    assert len(looked) == (20 if word == "é" else 1)


async def test_a_needle_of_any_length_is_answered(mail: SqliteMail) -> None:
    box = await inbox_of(mail)
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    await mail.add(box, [letter("long", body=f"{long}!"), letter("short", body=long[:-1])])
    await mail.index(10)
    assert list(await mail.search(box, q.Text(long), never)) == [1]
    assert list(await mail.search(box, q.Header("subject", long), never)) == []


@pytest.mark.parametrize("word", ["def", "c\0d", "\0def", "\0\0\0"])
async def test_what_comes_after_a_nul_is_found(mail: SqliteMail, tmp_path: Path, word: str) -> None:
    box = await inbox_of(mail)
    await mail.add(box, [letter("nul", body="abc\0def \0\0\0"), letter("other")])
    await mail.index(10)
    assert list(await mail.search(box, q.Body(word), never)) == [1]
    assert index_file(tmp_path).exists(), "it was not taken for damaged"


async def test_text_that_is_not_kept_is_asked_for_with_the_index_too(mail: SqliteMail) -> None:
    box = await inbox_of(mail)
    await mail.add(box, [letter("kept"), letter("large", header_text=None, body_text=None), letter("half", body_text=None)])
    assert await mail.index(10) == 0
    assert list(await mail.search(box, q.Body("anything"), lambda data, needle: True)) == [2, 3]
    assert list(await mail.search(box, q.Text("anything"), lambda data, needle: True)) == [2, 3]


async def test_the_index_says_how_much_is_left(mail: SqliteMail) -> None:
    box = await inbox_of(mail)
    assert await mail.index(10) == 0
    await mail.add(box, [letter(f"{n}") for n in range(25)])
    assert [await mail.index(10) for _ in range(4)] == [15, 5, 0, 0]


async def test_another_mailbox_of_the_account_is_searched_by_itself(mail: SqliteMail) -> None:
    box, trash = await full(mail), (await mail.mailbox("Trash")).id
    await mail.move(box, [(8, 8)], trash, saved_at=0)
    await has_kiwi(mail)
    assert list(await mail.search(trash, q.Body("kiwi"), never)) == [1]


async def test_messages_that_are_gone_are_not_found(accounts: SqliteAccounts, mail: SqliteMail) -> None:
    box = await full(mail)
    await mail.expunge(box, [(8, 8)], only_deleted=False)
    await has_kiwi(mail)
    await accounts._opened(mail.account)._purge()
    await has_kiwi(mail)


async def test_an_index_of_mostly_what_is_gone_is_begun_anew(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pillarbox.store.sqlite.search_index.STALE_AT_LEAST", 20)
    box = await full(mail)
    await mail.expunge(box, [(1, 7), (9, 30)], only_deleted=False)
    await accounts._opened(mail.account)._purge()
    await mail.add(box, [letter("more")])
    assert await mail.index(100) == 0
    await has_kiwi(mail, 8)
    with opened(index_file(tmp_path)) as index:
        assert index.execute("SELECT emails FROM progress").get == 2


@pytest.mark.parametrize("at_work", [True, False], ids=["while it is used", "while it is not"])
async def test_an_index_that_is_removed_is_made_again(mail: SqliteMail, tmp_path: Path, at_work: bool) -> None:
    await full(mail)
    if at_work:
        await has_kiwi(mail, 8)
    for end in ("", "-wal", "-shm"):
        Path(f"{index_file(tmp_path)}{end}").unlink(missing_ok=True)
    await has_kiwi(mail, 8)
    assert await mail.index(10) == 20
    await has_kiwi(mail, 8)
    while await mail.index(10):
        pass
    await has_kiwi(mail, 8)


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def cut_short(path: Path) -> None:
    os.truncate(path, 9000)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def of_the_future(path: Path) -> None:
    with opened(path) as index:
        index.pragma("user_version", 99)


def without_progress(path: Path) -> None:
    with opened(path) as index:
        index.execute("DELETE FROM progress")


def without_a_table(path: Path) -> None:
    with opened(path) as index:
        index.execute("DROP TABLE body")


@pytest.mark.parametrize("harm", [overwritten, cut_short, emptied, of_the_future, without_progress, without_a_table])
@pytest.mark.parametrize("asked_first", [True, False])
async def test_a_damaged_index_is_not_believed_and_made_again(
    tmp_path: Path, mail: SqliteMail, harm: Any, asked_first: bool
) -> None:
    await full(mail)
    with opened(index_file(tmp_path)) as index:
        index.execute("SELECT * FROM progress")
        index.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    for end in ("-wal", "-shm"):
        Path(f"{index_file(tmp_path)}{end}").unlink(missing_ok=True)
    harm(index_file(tmp_path))
    later = SqliteAccounts(tmp_path)
    again = later.mail(mail.account)
    if asked_first:
        await has_kiwi(again, 8)
    await again.add(await inbox_of(again), [letter("one more", body="kiwi")])
    try:
        await again.index(100)
    except Unavailable:
        await has_kiwi(again, 8, 31)
    assert await again.index(100) == 0
    await has_kiwi(again, 8, 31)
    await later.close()
    with opened(index_file(tmp_path)) as index:
        assert index.execute("SELECT emails FROM progress").get == 31


async def test_an_index_of_mail_that_was_since_lost_is_not_believed(mail: SqliteMail, tmp_path: Path) -> None:
    box = await full(mail)
    with opened(index_file(tmp_path)) as index:
        index.execute("UPDATE progress SET blob = zeroblob(32)")
    await has_kiwi(mail, 8)
    await mail.add(box, [letter("one more")])
    assert await mail.index(10) == 21
    with opened(index_file(tmp_path)) as index:
        index.execute("INSERT INTO body (body) VALUES ('delete-all')")
        index.execute("UPDATE progress SET through = 1000, blob = NULL")
    await has_kiwi(mail, 8)


async def test_a_full_disk_is_said_and_harms_nothing(mail: SqliteMail, monkeypatch: pytest.MonkeyPatch) -> None:
    await full(mail)
    await mail.add(await inbox_of(mail), [letter("one more", body="kiwi")])

    def is_full(*_: Any) -> Any:
        raise apsw.FullError("database or disk is full")

    monkeypatch.setattr("pillarbox.store.sqlite.search_index._put", is_full)
    with pytest.raises(Unavailable, match="full"):
        await mail.index(10)
    await has_kiwi(mail, 8, 31)
    monkeypatch.undo()
    assert await mail.index(10) == 0
    await has_kiwi(mail, 8, 31)


async def test_while_another_process_writes_it_nothing_is_left_to_do(mail: SqliteMail, tmp_path: Path) -> None:
    await full(mail)
    await mail.add(await inbox_of(mail), [letter("one more", body="kiwi")])
    with opened(index_file(tmp_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await mail.index(10) == 0
        await has_kiwi(mail, 8, 31)
        other.execute("ROLLBACK")
    assert await mail.index(10) == 0
    with opened(index_file(tmp_path)) as other:
        assert other.execute("SELECT emails FROM progress").get == 31


async def test_a_second_process_sees_what_the_first_indexed(
    mail: SqliteMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full(mail)
    second = SqliteAccounts(tmp_path)
    looked = read_rows(monkeypatch)
    await has_kiwi(second.mail(mail.account), 8)
    assert len(looked) == 1
    await mail.forget_index()
    await has_kiwi(second.mail(mail.account), 8)
    assert len(looked) == 31
    await second.close()


INDEXER = """
import asyncio, sys
from pillarbox.store.sqlite import SqliteAccounts

async def main():
    mail = SqliteAccounts(sys.argv[1]).mail(int(sys.argv[2]))
    print("ready", flush=True)
    while True:
        while await mail.index(3):
            pass
        await mail.forget_index()

asyncio.run(main())
"""


def indexer(folder: Path, account: int) -> "subprocess.Popen[str]":
    """A process that does nothing but index, over and over."""
    return subprocess.Popen([sys.executable, "-c", INDEXER, str(folder), str(account)], stdout=subprocess.PIPE, text=True)


async def test_whoever_dies_while_indexing_leaves_nothing_wrong(mail: SqliteMail, tmp_path: Path) -> None:
    await full(mail, 60)
    for _ in range(4):
        process = indexer(tmp_path, mail.account)
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        for _ in range(10):
            await has_kiwi(mail, 8)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        await has_kiwi(mail, 8)
    await mail.forget_index()
    assert await mail.index(100) == 0
    await has_kiwi(mail, 8)


async def test_the_index_is_for_its_owners_eyes_and_no_concern_of_verify(
    accounts: SqliteAccounts, mail: SqliteMail, tmp_path: Path
) -> None:
    await full(mail)
    assert index_file(tmp_path).stat().st_mode & 0o077 == 0
    await accounts.close()
    assert verify(tmp_path) == []
