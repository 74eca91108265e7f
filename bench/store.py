"""What the store alone costs: microseconds a message, wall clock and CPU of this process, for each verb.

    python bench/store.py [CORPUS.tar.gz] [--messages 6000]

With real mail where a corpus is given, else with made-up mail of the same size.
"""

import argparse
import asyncio
import hashlib
import random
import shutil
import tarfile
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from pillarbox.ids import BlobId
from pillarbox.message import summary
from pillarbox.store import query as q
from pillarbox.store.models import Column, Content, Domain, Flag, FlagAction, FlagChange, NewMessage
from pillarbox.store.sqlite import SqliteAccounts

ALL = [(1, 0xFFFFFFFF)]
FORMS = {"envelope": b"E" * 450, "body": b"B" * 200, "structure": b"S" * 260, "fields": b"F" * 900, "parts": b"P" * 60}
"""About what real ones come to."""
LISTINGS: dict[str, Sequence[Column]] = {
    "rows: flags": ("uid", "flags", "keywords", "modseq"),
    "rows: flags size date": ("uid", "flags", "keywords", "size", "received_at", "received_zone"),
    "rows: envelope structure": ("uid", "flags", "keywords", "size", "received_at", "received_zone", "envelope", "structure"),
    "rows: fields": ("uid", "fields"),
    "rows: data": ("uid", "size", "data"),
    "rows: uidl": ("uid", "size", "uidl"),
}


def letters(path: str | None, most: int) -> Iterator[bytes]:
    """Real mail, over and over until there is enough; else made-up mail."""
    kept: list[bytes] = []
    if path:
        with tarfile.open(path) as tar:
            kept = [file.read() for member in tar if (file := tar.extractfile(member) if member.isfile() else None)]
    words = [f"word{n}" for n in range(4000)]
    for n in range(most):
        if kept:
            yield kept[n] if n < len(kept) else b"X-Again: %d\r\n" % n + kept[n % len(kept)]
        else:
            text = " ".join(random.choices(words, k=650))
            yield f"Subject: {text[:40]}\r\nFrom: a@b.example\r\nMessage-ID: <{n}@b.example>\r\n\r\n{text}\r\n".encode()


def new_message(data: bytes) -> NewMessage:
    read = summary.read(data)
    found = read.search_text
    return NewMessage(
        content=Content(blob=BlobId(hashlib.sha256(data).digest()), size=len(data), data=data),
        received_at=1_700_000_000,
        saved_at=1_700_000_000,
        message_id=read.message_id or "",
        references=read.references,
        base_subject=read.base_subject,
        subject=read.subject,
        preview=read.preview,
        forms=FORMS,  # type: ignore[arg-type]
        header_text=found.header if found else None,
        body_text=found.body if found else None,
    )


async def measure(name: str, count: int, work: Callable[[], Awaitable[Any]]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:28} {wall / count * 1e6:9.2f} {cpu / count * 1e6:9.2f}   {wall * 1000:9.1f} ms in all")


async def run(folder: str, messages: list[NewMessage]) -> None:
    accounts = SqliteAccounts(folder)
    await accounts.add_domain(Domain("example.org"))
    account = await accounts.add_account("me@example.org", [], {}, [("INBOX", None), ("Copy", None)])
    mail = accounts.mail(account.id)
    box, other = (await mail.mailbox("INBOX")).id, (await mail.mailbox("Copy")).id
    count = len(messages)

    async def each(verb: Callable[[int], Awaitable[Any]], times: int) -> None:
        for n in range(times):
            await verb(n)

    print(f"{count} messages, {sum(message.content.size for message in messages) / count:.0f} bytes on average")
    print(f"{'':28} {'µs':>9} {'CPU µs':>9}")
    one_by_one = count // 2
    await measure("add, one by one", one_by_one, lambda: each(lambda n: mail.add(box, [messages[n]]), one_by_one))
    rest = messages[one_by_one:]
    await measure("add, 100 at a time", len(rest), lambda: _in_hundreds(mail, box, rest))
    await asyncio.sleep(1)
    for name, columns in LISTINGS.items():
        await measure(name, count, lambda columns=columns: mail.rows(box, ALL, columns))
        await measure(f"{name}, again", count, lambda columns=columns: mail.rows(box, ALL, columns))
    await measure("uids", count, lambda: mail.uids(box))
    await measure(
        "rows: data, each", count, lambda: each(lambda n: mail.rows(box, [(n + 1, n + 1)], ("uid", "size", "data")), count)
    )
    await measure("read 100 bytes, each", count, lambda: each(lambda n: mail.read(messages[n].content.blob, 10, 100), count))
    await measure("mailbox", 1000, lambda: each(lambda n: mail.mailbox("INBOX"), 1000))
    await measure("changes, nothing", 1000, lambda: each(lambda n: mail.changes(box, 1 << 40), 1000))  # type: ignore[arg-type]
    for name, query in {
        "search unseen": q.Not(q.HasFlag(Flag.SEEN)),
        "search subject": q.Header("subject", "linux"),
        "search list-id": q.Header("list-id", "linux"),
        "search body": q.Body("unsubscribe"),
        "search text": q.Text("no such words"),
    }.items():
        await measure(name, 1, lambda query=query: mail.search(box, query, lambda data, needle: False))
        await measure(f"{name}, again", 1, lambda query=query: mail.search(box, query, lambda data, needle: False))
    await measure("flags: all", count, lambda: mail.change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.SEEN)))
    await measure("flags: all, keyword", count, lambda: mail.change_flags(box, ALL, FlagChange(FlagAction.ADD, 0, ["word"])))
    flagged = FlagChange(FlagAction.ADD, Flag.FLAGGED)
    await measure("flags: each", count, lambda: each(lambda n: mail.change_flags(box, [(n + 1, n + 1)], flagged), count))
    await measure("changes, all", count, lambda: mail.changes(box, 3))  # type: ignore[arg-type]
    await measure("copy all", count, lambda: mail.copy(box, ALL, other, saved_at=5))
    await measure("move all back", count, lambda: mail.move(other, ALL, box, saved_at=5))
    copies = [(count + 1, 2 * count)]
    await measure("expunge copies", count, lambda: mail.expunge(box, copies, only_deleted=False))
    deleted = FlagChange(FlagAction.ADD, Flag.DELETED)
    await measure("flags: delete all", count, lambda: mail.change_flags(box, ALL, deleted))
    await measure("expunge all", count, lambda: mail.expunge(box, None))
    await measure("purge, behind it", count, lambda: _purged(accounts, account.id))
    await measure("close", 1, accounts.close)


async def _in_hundreds(mail: Any, box: Any, messages: list[NewMessage]) -> None:
    for first in range(0, len(messages), 100):
        await mail.add(box, messages[first : first + 100])


async def _purged(accounts: SqliteAccounts, account: Any) -> None:
    file = accounts._opened(account)
    await file._purge()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--messages", type=int, default=6000)
    given = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="pillarbox-bench-")
    try:
        messages = [new_message(data) for data in letters(given.corpus, given.messages)]
        asyncio.run(run(folder, messages))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
