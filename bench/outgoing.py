"""What the queue alone costs: microseconds a message, wall clock and CPU of this process, for each verb.

    python bench/outgoing.py [--messages 8000] [--callers 16] [--waiting 100000]

Messages of 5.4 kB to 200 destinations, 20 of which are busy; before them, as many recipients that wait as are asked for.
"""

import argparse
import asyncio
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from pillarbox.ids import BlobId, new_token
from pillarbox.store.models import Content
from pillarbox.store.queued import Claimed, Conversation, Event, NewQueued, NewRecipient, QueueFilter, Result, State
from pillarbox.store.sqlite import SqliteAccounts

T = TypeVar("T")

BODY = os.urandom(5400)
CONTENT = Content(blob=BlobId(hashlib.sha256(BODY).digest()), size=len(BODY), data=BODY)
DESTINATIONS = 200
BUSY = [f"d{n}.example" for n in range(20)]
NOW = 1_000_000
TEXT = "C: RCPT TO:<you@there.example>\r\nS: 250 2.1.5 ok\r\n" * 20


def message(n: int, recipients: int = 1) -> NewQueued:
    names = [f"d{(n + k) % DESTINATIONS}.example" for k in range(recipients)]
    return NewQueued(
        id=new_token(),
        kind="submission",
        sender="me@example.org",
        recipients=[NewRecipient(address=f"you@{name}", destination=name) for name in names],
        content=CONTENT,
        prefix=b"Received: from there by here\r\n" * 8,
        created_at=NOW - 1000 + n // 1000,
        expires_at=2 * NOW,
        message_id="1@example.org",
        subject="Hello there",
        from_domain="example.org",
    )


async def measure(name: str, count: int, work: Awaitable[T]) -> T:
    wall, cpu = time.perf_counter(), time.process_time()
    result = await work
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:36} {wall / count * 1e6:9.1f} {cpu / count * 1e6:9.1f}   {wall * 1000:9.1f} ms in all")
    return result


async def many(callers: int, items: Iterable[Any], work: Callable[[Any], Awaitable[Any]]) -> None:
    """So many at a time."""
    waiting = iter(items)

    async def one() -> None:
        for item in waiting:
            await work(item)

    await asyncio.gather(*(one() for _ in range(callers)))


async def run(folder: str, messages: int, callers: int, waiting: int) -> None:
    accounts = SqliteAccounts(folder)
    queue, journal = accounts.queue(), accounts.journal()
    print(f"{'':36} {'µs':>9} {'CPU µs':>9}")

    async def settle(claimed: Claimed) -> None:
        await queue.settle(delivered(claimed))

    async def settle_with_words(claimed: Claimed) -> None:
        words = Conversation(id=claimed.message.id, at=NOW, host="mx", text=TEXT)
        await queue.settle(delivered(claimed), conversation=words)

    async def claim(most: int, enough: int) -> list[Claimed]:
        found: list[Claimed] = []
        while len(found) < enough and (some := await queue.claim(owner, NOW, most, busy=BUSY)):
            found += some
        return found

    if waiting:
        many_each = [message(n, DESTINATIONS // 2) for n in range(waiting * 2 // DESTINATIONS)]
        await measure("recipients, 100 a message", waiting, many(callers, many_each, queue.add))
    await measure(f"add, {callers} callers", messages, many(callers, [message(n) for n in range(messages)], queue.add))
    owner = await queue.enlist()
    half = messages // 2
    claimed = await measure("claim, 20 at a time", half, claim(20, half))
    await measure(f"settle, {callers} callers", half, many(callers, claimed, settle))
    claimed = await measure("claim, 1 at a time", half // 4, claim(1, half // 4))
    await measure(f"settle with words, {callers} callers", half // 4, many(callers, claimed, settle_with_words))
    await measure("add, 1 caller", 1000, many(1, [message(n) for n in range(1000)], queue.add))
    claimed = await claim(20, 1000)
    await measure("settle, 1 caller", len(claimed), many(1, claimed, settle))
    await measure("next_due", 1000, many(1, range(1000), queue.next_due))
    await measure("counts", 1, queue.counts())
    await measure("listed", 1000, queue.listed(QueueFilter(most=1000)))
    await measure(
        "note", 20_000, many(1, [Event(1.0, "one", "received", {"from": "me"})] * 20_000, lambda one: journal.note([one]))
    )
    await measure("verify", 1, queue.verify())
    await measure("close", 1, accounts.close())


def delivered(claimed: Claimed) -> Sequence[Result]:
    name = claimed.message.id
    return [Result(id=name, n=one.n, state=State.DELIVERED, host="mx", code="2.0.0", said="ok") for one in claimed.recipients]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=8000)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--waiting", type=int, default=0)
    given = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="pillarbox-bench-")
    try:
        asyncio.run(run(folder, given.messages, given.callers, given.waiting))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
