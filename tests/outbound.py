"""A queue in memory with its runner, for tests: names from a zone, time that stands still unless told to move."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from pillarbox.ids import BlobId
from pillarbox.limits import Limits, SmtpClientLimits
from pillarbox.mta.dispatch import runner
from pillarbox.mta.hop import SmartHost
from pillarbox.mta.local import FILED
from pillarbox.mta.queue import Runner
from pillarbox.mta.relay import Signatures
from pillarbox.mta.verdict import Verdict
from pillarbox.net.client_tls import ClientTls
from pillarbox.settings import Connections, Outgoing, Settings
from pillarbox.store.memory.journal import MemoryJournal
from pillarbox.store.memory.queue import MemoryQueue
from pillarbox.store.models import Content
from pillarbox.store.queued import (
    LOCAL,
    OVER,
    Claimed,
    Conversation,
    NewQueued,
    NewRecipient,
    QueuedRecipient,
    QueueFilter,
    State,
)
from pillarbox.testing.fake_dns import Zone

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = b"From: a@ours.test\r\nSubject: hello\r\n\r\nHow are you?\r\n"
SOON = 60.0
"""Seconds within which what is waited for happens on any machine."""
QUICK = replace(
    SmtpClientLimits(), connect=2.0, greeting=0.3, command=0.3, data_start=0.3, data_block=0.3, data_end=0.3, conversation=1.5
)
"""For hosts that say nothing."""


class StillClock:
    """Stands still until it is moved; its monotonic time goes on."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return monotonic()

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    @property
    def seconds(self) -> int:
        return int(self._now.timestamp())


class Outbound:
    """What a test does with a queue."""

    def __init__(self, zone: Zone, clock: StillClock) -> None:
        self.zone = zone
        self.clock = clock
        self.queue = MemoryQueue(clock)
        self.journal = MemoryJournal()
        self.runner: Runner | None = None
        self.filed: list[tuple[str, bytes]] = []
        self.deliver: Callable[[Claimed, bytes], Sequence[Verdict]] = self._file
        self._count = 0

    async def send(self, *to: str | NewRecipient, data: bytes = TEXT, **fields: Any) -> str:
        """Queue a message; its name."""
        self._count += 1
        name = fields.pop("id", f"m{self._count}")
        await self.queue.add(message(name, *to, data=data, now=self.clock.seconds, **fields))
        if self.runner is not None:
            self.runner.wake()
        return str(name)

    async def recipients(self, name: str) -> Sequence[QueuedRecipient]:
        found = await self.queue.listed(QueueFilter(ids=[name]))
        return found[0].recipients if found else ()

    async def settled(self, *names: str) -> QueuedRecipient:
        """The first recipient of the last of these, once all of all are over or have been tried and wait."""
        async with asyncio.timeout(SOON):
            for name in names:
                while not all(map(_is_settled, await self.recipients(name))):
                    await asyncio.sleep(0.002)
        return (await self.recipients(names[-1]))[0]

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(SOON):
            while not done():
                await asyncio.sleep(0.002)

    async def said(self, name: str) -> str:
        """Everything that was said about a message."""
        found: Sequence[Conversation] = await self.queue.conversations(name)
        return "\n".join(f"{one.host}\n{one.text}" for one in found)

    async def later(self, seconds: float) -> None:
        self.clock.move(seconds)
        if self.runner is not None:
            self.runner.wake()

    async def bounces(self) -> list[tuple[str, bytes]]:
        """Whom notifications were written to, and what; those in somebody's hands are waited for."""
        async with asyncio.timeout(SOON):
            while any(one.message.kind == "bounce" for one in await self.queue.listed(QueueFilter(state=State.IN_HAND))):
                await asyncio.sleep(0.002)
        waiting = await self.queue.listed(QueueFilter(state=State.WAITING))
        queued = [one for one in waiting if one.message.kind == "bounce"]
        return [
            *((to, data) for to, data in self.filed if b"delivery-status" in data),
            *[(one.recipients[0].address, await self.queue.read(one.message.id)) for one in queued],
        ]

    async def take(self, pair: Claimed, content: bytes) -> Sequence[Verdict]:
        return self.deliver(pair, content)

    def _file(self, pair: Claimed, content: bytes) -> Sequence[Verdict]:
        self.filed += [(recipient.address, content) for recipient in pair.recipients]
        return [FILED] * len(pair.recipients)


def message(name: str, *to: str | NewRecipient, data: bytes = TEXT, now: int = 0, **fields: Any) -> NewQueued:
    recipients = [
        one if isinstance(one, NewRecipient) else NewRecipient(address=one, destination=destination_of(one)) for one in to
    ]
    return NewQueued(
        **{
            "id": name,
            "kind": "submission",
            "sender": "a@ours.test",
            "recipients": recipients,
            "content": Content(blob=BlobId(hashlib.sha256(data).digest()), size=len(data), data=data),
            "created_at": now,
            "expires_at": now + 5 * 86400,
            "from_domain": "ours.test",
            **fields,
        }
    )


def destination_of(address: str) -> str:
    domain = address.rpartition("@")[2]
    return LOCAL if domain == "ours.test" else domain


async def destination(address: str) -> str:
    return destination_of(address)


async def no_smart_host(*_: object) -> SmartHost | None:
    return None


@asynccontextmanager
async def outbound(
    zone: str | Zone,
    *,
    port: int,
    limits: SmtpClientLimits | None = None,
    smart_host: SmartHost | None = None,
    trusted: Path | None = None,
    run: bool = True,
    signed: Callable[[bytes], Awaitable[bytes]] | None = None,
    signatures: Signatures | None = None,
    **outgoing: Any,
) -> AsyncIterator[Outbound]:
    """A queue and, unless `run` is False, its runner at work; other hosts are on `port`."""
    office = Outbound(zone if isinstance(zone, Zone) else Zone(zone), StillClock())

    async def smart_host_of(*_: object) -> SmartHost | None:
        return smart_host

    settings = Settings(
        hostname="mx.ours.test",
        outgoing=Outgoing(port=port, ipv6=False, **{"mta_sts": False, **outgoing}),
        connections=Connections(drain=1),
    )
    office.runner = runner(
        office.queue,
        office.journal,
        office.zone,
        ClientTls(trusted),
        office.clock,
        settings=settings,
        limits=Limits(client=limits or SmtpClientLimits()),
        own=frozenset(),
        deliver=office.take,
        destination_of=destination,
        smart_host_of=smart_host_of,
        signed=signed,
        signatures=signatures,
        random=random.Random(1),
    )
    task = asyncio.ensure_future(office.runner.run()) if run else None
    try:
        yield office
    finally:
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error


def _is_settled(one: QueuedRecipient) -> bool:
    return one.state in OVER or (one.state is State.WAITING and bool(one.code))
