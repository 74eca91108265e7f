"""What one client asks of a hundred thousand messages keeps the loop from nobody for long."""

import asyncio
import gc
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest

from pace import slowness
from pillarbox.ids import BlobId
from pillarbox.store.models import Content, NewMessage
from servers.imap.parley import Clients

COUNT = 100_000
AT_ONCE = 5000
LONGEST = 0.02
"""Seconds of CPU time that the loop may spend on one thing before it looks at all others."""
COMMANDS = (
    "THREAD REFERENCES UTF-8 ALL",
    "THREAD REFS UTF-8 ALL",
    "UID THREAD ORDEREDSUBJECT UTF-8 NOT SEEN",
    "SORT (SUBJECT REVERSE DATE) UTF-8 ALL",
    "UID SORT (SIZE ARRIVAL) UTF-8 1:90000",
    "SORT RETURN (ALL) (FROM) UTF-8 UNSEEN",
    "SEARCH UNSEEN",
    "UID SEARCH RETURN (ALL) SMALLER 300",
    "SEARCH SUBJECT e",
    "SEARCH TEXT qu",
    "SEARCH MODSEQ 1",
    "FETCH 1:* FLAGS",
    "UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)",
)
pytestmark = pytest.mark.slow


def letter(draw: random.Random, number: int) -> NewMessage:
    """One of threads that are taken apart and put together again."""
    subject = " ".join(draw.choices(("eleven", "quiet", "boats", "under", "rain"), k=3))
    data = b"Subject: %b\r\n\r\n%d" % (subject.encode(), number)
    named = [number + 4, number - 4] if number % 4 else [number * factor % COUNT for factor in (3571, 104729, 7)]
    return NewMessage(
        content=Content(blob=BlobId(sha256(data).digest()), size=len(data), data=data),
        received_at=number % 5000,
        saved_at=0,
        subject=subject,
        base_subject=subject,
        message_id=f"m{number}@x",
        references=[f"m{each}@x" for each in named],
        sort_from=subject[:3],
        header_text=f"subject: {subject}\n",
        body_text=str(number),
    )


async def fill(clients: Clients) -> None:
    draw = random.Random(1)
    account = await clients.office.kept.account("alice@example.org")
    assert account is not None
    mail = clients.office.kept.mail(account.id)
    box = await mail.mailbox("INBOX")
    for first in range(0, COUNT, AT_ONCE):
        await mail.add(box.id, [letter(draw, number) for number in range(first, first + AT_ONCE)])


@contextmanager
def turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The CPU time of each turn of the loop's. The collector of garbage is not let in: most of it is of other tests."""
    found: list[float] = []
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        found.append(time.thread_time() - began)

    monkeypatch.setattr(asyncio.Handle, "_run", timed)
    gc.disable()
    try:
        yield found
    finally:
        gc.enable()


@pytest.mark.timeout(600)
async def test_no_turn_of_the_loop_is_long(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(clients)
    client = clients.new()
    client.stream.within = 120.0
    await client.log_in("INBOX", enable="CONDSTORE")
    longest = {}
    for command in COMMANDS:
        before = slowness()
        with turns(monkeypatch) as spent:
            await client.stream.write(f"a {command}\r\n".encode())
            heard = b""
            while b"a OK" not in heard[-100:]:
                heard = heard[-100:] + await client.stream.read()
        longest[command] = max(spent) / max(before, slowness())
    assert {command: seconds for command, seconds in longest.items() if seconds >= LONGEST} == {}
