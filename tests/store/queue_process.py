"""A process that works on the queue until it is done or killed; it prints what is acknowledged.

python queue_process.py FOLDER add NAME COUNT | claim COUNT | hold COUNT | take | die | linger | leave
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from contract.outgoing import delivered, outgoing
from pillarbox.store.api import Queue
from pillarbox.store.blobs.disk import Incoming
from pillarbox.store.queued import QueueFilter, State
from pillarbox.store.sqlite import SqliteAccounts
from pillarbox.store.sqlite.queue import keeping

NOW = 5000


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def add(queue: Queue, name: str, count: str) -> None:
    """Add so many, some large, several at a time."""

    async def one(n: int) -> None:
        await queue.add(outgoing(f"{name}-{n}", f"you@{n % 5}.example", data=b"%d " % n * (40_000 if n % 5 == 4 else 1)))
        tell("added", f"{name}-{n}")

    for first in range(0, int(count), 8):
        await asyncio.gather(*(one(n) for n in range(first, min(first + 8, int(count)))))


async def claim(queue: Queue, count: str) -> None:
    """Deliver what is due until so many were; whoever else claims gets the rest."""
    owner, left = await queue.enlist(), int(count)
    while left > 0:
        for claimed in await queue.claim(owner, NOW, 3):
            tell("claimed", claimed.message.id)
            await queue.settle(delivered(claimed))
            tell("delivered", claimed.message.id)
            left -= 1
        if await queue.next_due(NOW) is None:
            return


async def hold(queue: Queue, count: str) -> None:
    """Take so many in hand, and wait to be killed."""
    claimed = await queue.claim(await queue.enlist(), NOW, int(count))
    tell("holds", len(claimed))
    await asyncio.Event().wait()


async def die(queue: Queue) -> None:
    """Die between a file and the commit that names it: under its final name, if there is one already."""
    keep = Incoming.keep

    def kept(incoming: Incoming, blob: object) -> None:
        keep(incoming, blob)  # type: ignore[arg-type]
        os._exit(9)

    Incoming.keep = kept  # type: ignore[method-assign, assignment]
    await queue.add(outgoing("never", data=b"x" * 200_000))


async def linger(queue: Queue) -> None:
    """Die between a commit and the removal of the name a large message came in under."""
    Incoming.forget = lambda _: os._exit(9)  # type: ignore[method-assign]
    await queue.add(outgoing("large", data=b"x" * 200_000))


async def leave(queue: Queue) -> None:
    """Die between the commit by which a large message is over and the removal of its file."""
    await queue.add(outgoing("large", data=b"x" * 200_000))
    keeping.sweep = lambda *_: os._exit(9)
    (claimed,) = await queue.claim(await queue.enlist(), NOW, 1)
    await queue.settle(delivered(claimed), new=[outgoing("bounce")])
    await asyncio.Event().wait()


async def take(queue: Queue) -> None:
    """Take what is held in hand, as who returns it to its sender does, and wait to be killed."""
    taken = await queue.take(await queue.enlist(), QueueFilter(state=State.HELD))
    tell("holds", len(taken))
    await asyncio.Event().wait()


VERBS: dict[str, Callable[..., Awaitable[None]]] = {
    "add": add,
    "claim": claim,
    "hold": hold,
    "take": take,
    "die": die,
    "linger": linger,
    "leave": leave,
}


async def main(folder: str, verb: str, *given: str) -> None:
    accounts = SqliteAccounts(folder)
    await VERBS[verb](accounts.queue(), *given)
    await accounts.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
