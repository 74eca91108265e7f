"""What is held for long until it may leave (RFC 4865): by a restart, other keys, and no more of it than there is room for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from outbound import StillClock
from pillarbox.errors import TooMany
from pillarbox.limits import Limits, SendingLimits
from pillarbox.mail.delivery import Accepted, Addressed, Envelope
from pillarbox.mail.keyring import Keyring
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.message import headers
from pillarbox.message.heading import Heading
from pillarbox.mta.letter import Letter
from pillarbox.store.queued import Claimed, QueueFilter
from pillarbox.testing.house import house

ALICE, ANN = "alice@example.org", "ann@example.com"
DATA = b"From: alice@example.org\r\nTo: ann@example.com\r\nSubject: later\r\n\r\nHello\r\n"
HOUR, DAY = 3600, 86400


async def submit(office: Office, name: str, wait: int, data: bytes = DATA) -> None:
    account = await office.kept.account(ALICE)
    assert account
    now = int(office.clock.now().timestamp())
    accepted = Accepted(
        id=name,
        received=Received.of(data),
        skip=0,
        envelope=Envelope(sender=ALICE, account=account.id, not_before=now + wait if wait else 0),
        heading=Heading(headers.read(data)),
    )
    to = [Addressed(ANN, await office.submission.reached(*ANN.split("@")))]
    (outcome,) = await office.submission.submit(account, accepted, to)
    assert outcome.error is None


async def due(office: Office) -> Sequence[Claimed]:
    queue = office.kept.queue()
    return await queue.claim(await queue.enlist(), int(office.clock.now().timestamp()), 10)


async def signatures(office: Office, pair: Claimed) -> bytes:
    """Put on it as it leaves."""
    return await office.submission.signatures(pair.message, Letter(office.kept.queue(), pair.message).unsigned)


@pytest.mark.parametrize("data", [DATA, DATA + b"0123456789\r\n" * 20_000])
async def test_a_month_later_by_another_process_it_is_signed_by_the_keys_of_that_day(tmp_path: Path, data: bytes) -> None:
    clock = StillClock()
    async with house(tmp_path, clock=clock) as office:
        ring = Keyring(office.kept, "example.org", clock)
        await ring.make("active")
        await submit(office, "held", 30 * DAY, data)
        (queued,) = await office.kept.queue().listed(QueueFilter(name="held"))
        assert queued.message.prefix == b""
        assert queued.message.expires_at == clock.seconds + 30 * DAY + office.settings.outgoing.give_up_after
        clock.move(30 * DAY - 1)
        assert not await due(office)
        fresh = await ring.rotate()
        await ring.activate()
    async with house(tmp_path, clock=clock) as office:
        assert not await due(office)
        clock.move(1)
        (pair,) = await due(office)
        found = await signatures(office, pair)
        assert found.count(b"DKIM-Signature:") == 2
        assert all(b"s=%b;" % key.selector.encode() in found for key in fresh)
        assert b"t=%d;" % clock.seconds in found
        letter = Letter(office.kept.queue(), pair.message, found)
        assert b"".join([piece async for piece in letter.pieces()]) == await letter.whole() == found + data
        assert letter.size == len(found + data)


async def test_what_goes_soon_is_signed_when_it_is_taken_in_and_never_twice(tmp_path: Path) -> None:
    clock = StillClock()
    async with house(tmp_path, clock=clock) as office:
        await Keyring(office.kept, "example.org", clock).make("active")
        for name, wait in (("now", 0), ("soon", HOUR)):
            await submit(office, name, wait)
        clock.move(HOUR)
        for pair in await due(office):
            assert pair.message.prefix.count(b"DKIM-Signature:") == 2, pair.message.id
            assert await signatures(office, pair) == b""


async def test_nothing_is_signed_that_nobody_here_has_submitted_or_whose_domain_has_no_key(tmp_path: Path) -> None:
    clock = StillClock()
    async with house(tmp_path, clock=clock) as office:
        await submit(office, "held", DAY)
        clock.move(DAY)
        (pair,) = await due(office)
        assert await signatures(office, pair) == b""
        await Keyring(office.kept, "example.org", clock).make("active")
        assert await signatures(office, pair)
        for change in ({"account": None}, {"kind": "delivery"}, {"kind": "reply"}):
            other = replace(pair, message=replace(pair.message, **change))
            assert await signatures(office, other) == b"", change


async def test_so_much_of_an_account_waits_for_long_and_no_more(tmp_path: Path) -> None:
    limits = replace(Limits(), sending=SendingLimits(held=2 * len(DATA)))
    clock = StillClock()
    async with house(tmp_path, limits=limits, clock=clock) as office:
        await submit(office, "one", DAY)
        await submit(office, "two", 2 * DAY)
        with pytest.raises(TooMany):
            await submit(office, "three", DAY)
        await submit(office, "soon", 60)
        await submit(office, "now", 0)
        clock.move(DAY)
        await office.kept.queue().withdraw(QueueFilter(name="soon"), clock.seconds)
        await office.kept.queue().withdraw(QueueFilter(name="now"), clock.seconds)
        await office.kept.queue().withdraw(QueueFilter(name="one"), clock.seconds)
        await submit(office, "three", DAY)
