"""What people have sent on and others refuse: nothing is lost that nobody is told of."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from pillarbox.limits import Limits
from pillarbox.mail.delivery import Accepted, Addressed, Envelope
from pillarbox.mail.forwarding import change
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.message import headers
from pillarbox.message.heading import Heading
from pillarbox.mta.bounce import Bounces
from pillarbox.mta.local import filing
from pillarbox.mta.relay import Carried
from pillarbox.mta.settling import Settling
from pillarbox.mta.verdict import Verdict
from pillarbox.store.queued import LOCAL, QueueFilter, State
from pillarbox.testing.house import house

ALICE, ANN, AL = "alice@example.org", "ann@example.com", "al@example.net"
TAKEN, REFUSED = Verdict(State.DELIVERED, "2.0.0", "250 thanks"), Verdict(State.FAILED, "5.7.1", "550 5.7.1 no")
RAW = b"From: x@example.net\r\nSubject: Hello\r\n\r\nText\r\n"
_names = count(1)


@dataclass(frozen=True)
class House:
    office: Office
    settling: Settling

    async def forward(self, *to: str, keeps: bool = False) -> None:
        account = await self.office.kept.account(ALICE)
        assert account
        await change(self.office.kept, account.id, to, keeps_copy=keeps)

    async def receive(self, raw: bytes = RAW, *, to: str = ALICE, sure: bool = False) -> None:
        envelope = Envelope(sender="x@example.net", accountable=sure, disowned=not sure)
        accepted = Accepted(
            id=f"m{next(_names)}", received=Received.of(raw), skip=0, envelope=envelope, heading=Heading(headers.read(raw))
        )
        addressed = [Addressed(to, await self.office.directory.resolve(*to.rsplit("@", 1)))]
        await self.office.delivery.deliver(accepted, addressed)

    async def work_off(self, refused: str = "@example.") -> None:
        """All that waits, what comes of it too: addresses with that in them are refused."""
        queue, file = self.office.kept.queue(), filing(self.office.delivery.deliver_queued)
        owner = await queue.enlist()
        while pairs := await queue.claim(owner, int(self.office.clock.now().timestamp()), 100):
            for pair in pairs:
                if pair.destination == LOCAL:
                    verdicts = await file(pair, await queue.read(pair.message.id))
                else:
                    verdicts = [REFUSED if refused in one.address else TAKEN for one in pair.recipients]
                await self.settling.settle(pair, Carried(verdicts=verdicts, host="mx"))
        await queue.resign(owner)

    async def kept(self) -> list[bytes]:
        account = await self.office.kept.account(ALICE)
        assert account
        mail = self.office.kept.mail(account.id)
        rows = await mail.rows((await mail.mailbox("INBOX")).id, [(1, 99)], ("blob",))
        return [await mail.read(blob) for (blob,) in rows]

    async def bounces(self) -> int:
        every = [one for state in State for one in await self.office.kept.queue().listed(QueueFilter(state=state))]
        return sum(one.message.kind == "bounce" for one in every)


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as office:
        settling = Settling(
            office.kept.queue(),
            office.kept.journal(),
            Bounces(hostname=office.hostname, lifetime=1000, limits=Limits().message),
            office.clock,
            destination_of=office.directory.destination,
            warn_after=0,
            jitter=lambda: 0.0,
            kept_by=office.onward.kept_by,
        )
        yield House(office, settling)


async def test_what_nobody_takes_and_nobody_can_be_told_of_is_filed_where_it_was_sent_on_from(at: House) -> None:
    await at.forward(ANN)
    await at.receive()
    await at.work_off()
    (kept,) = await at.kept()
    assert kept.endswith(b"Delivered-To: alice@example.org\r\n" + RAW)
    assert await at.bounces() == 0
    assert await at.office.kept.queue().listed(QueueFilter()) == []


async def test_a_large_one_comes_back_whole(at: House) -> None:
    raw = RAW + b"x" * 200_000 + b"\r\n"
    await at.forward(ANN)
    await at.receive(raw)
    await at.work_off()
    (kept,) = await at.kept()
    assert kept.endswith(raw)


async def test_it_comes_back_once_however_many_refuse_it(at: House) -> None:
    await at.forward(ANN, AL, "ada@example.com")
    await at.receive()
    await at.work_off()
    assert len(await at.kept()) == 1


@pytest.mark.parametrize(("keeps", "sure", "refused"), [(True, False, "@"), (False, True, "@"), (False, False, "nobody@")])
async def test_nothing_comes_back_that_is_here_or_elsewhere_or_whose_sender_is_told(
    at: House, keeps: bool, sure: bool, refused: str
) -> None:
    await at.forward(ANN, keeps=keeps)
    await at.receive(sure=sure)
    await at.work_off(refused)
    assert len(await at.kept()) == int(keeps)
    assert await at.bounces() == int(sure)


async def test_what_one_of_several_has_taken_does_not_come_back(at: House) -> None:
    await at.forward("al@example.com", ANN)
    await at.receive()
    await at.work_off("ann@")
    assert await at.kept() == []


async def test_an_alias_has_no_mailbox_for_what_comes_back(at: House) -> None:
    await at.office.accounts.add_alias("list@example.org", [ANN])
    await at.receive(to="list@example.org")
    await at.work_off()
    assert await at.kept() == []
