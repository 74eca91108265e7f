"""Nobody is given a copy twice, or both a copy and its return: what fails, and what is tried again after a crash."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from contract.outgoing import outgoing, to
from mail.test_delivery import accepted, inbox_of
from pillarbox.errors import AlreadyExists, Unavailable
from pillarbox.mail.delivery import Addressed, Envelope
from pillarbox.mail.directory import Recipient
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.mta.bounce import fate_of
from pillarbox.mta.local import filing
from pillarbox.store.models import NewMessage
from pillarbox.store.queued import LOCAL, Claimed, NewRecipient, Queued, QueueFilter, State
from pillarbox.testing.house import house

RAW = b"Subject: one\r\n\r\nhello\r\n"
ALICE, BOB = "alice@example.org", "bob@example.org"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        yield made


async def addressed(office: Office, address: str, notify: str = "") -> Addressed:
    return Addressed(address, await office.directory.resolve(*address.rsplit("@", 1)), notify)


async def queued(office: Office) -> Sequence[Queued]:
    return await office.kept.queue().listed(QueueFilter())


def local(address: str) -> NewRecipient:
    return to(address, destination=LOCAL)


async def in_hand(office: Office) -> Claimed:
    queue = office.kept.queue()
    (claimed,) = await queue.claim(await queue.enlist(), 5_000_000_000, 5, destination=LOCAL)
    return claimed


def failing_for(office: Office, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """These accounts' mail cannot be written for now."""
    file = office.delivery._file

    async def filed(message: NewMessage, recipient: Recipient, special_use: str | None) -> None:
        if recipient.account.address in addresses:
            raise Unavailable("busy")
        await file(message, recipient, special_use)

    monkeypatch.setattr(office.delivery, "_file", filed)


async def test_copies_that_fail_for_several_recipients_of_an_lmtp_message_all_wait(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for alias in ("two@example.org", "too@example.org"):
        await office.accounts.add_alias(alias, [ALICE, f"bob+{alias[:3]}@example.org"])
    failing_for(office, monkeypatch, BOB)
    both = [await addressed(office, "two@example.org"), await addressed(office, "too@example.org")]
    outcomes = await office.delivery.deliver(accepted(Received.of(RAW)), both, each=True)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert len(await inbox_of(office, ALICE)) == 1
    (waiting,) = await queued(office)
    assert len(waiting.recipients) == 2


async def test_what_leaves_under_several_names_is_queued_for_all_or_for_nobody(office: Office) -> None:
    await office.accounts.add_alias("away@example.org", ["x@example.net"])
    await office.kept.queue().add(outgoing("one.1"))
    both = [await addressed(office, "away@example.org"), await addressed(office, ALICE, "SUCCESS")]
    with pytest.raises(AlreadyExists):
        await office.delivery.deliver(accepted(Received.of(RAW)), both)
    assert [one.message.id for one in await queued(office)] == ["one.1"]


async def test_what_was_passed_on_before_a_crash_is_passed_on_once(office: Office) -> None:
    """The worker dies after the forward was queued, and before that was written down."""
    await office.accounts.add_alias("away@example.org", ["x@example.net", ALICE])
    await office.kept.queue().add(outgoing("one", local("away@example.org"), local(BOB)))
    claimed = await in_hand(office)
    first = await office.delivery.deliver_queued(claimed, RAW)
    again = await office.delivery.deliver_queued(claimed, RAW)
    assert [outcome.error for outcome in (*first, *again)] == [None] * 4
    assert [one.message.id for one in await queued(office)] == ["one", "one-0"]


async def test_each_recipient_that_waits_here_may_lead_elsewhere(office: Office) -> None:
    for n in range(2):
        await office.accounts.add_alias(f"away{n}@example.org", [f"x{n}@example.net"])
    await office.kept.queue().add(outgoing("one", local("away0@example.org"), local("away1@example.org")))
    await office.kept.queue().add(outgoing("one.1"))  # what left at the same time under another name
    outcomes = await office.delivery.deliver_queued(await in_hand(office), RAW)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert {recipient.address for one in await queued(office) for recipient in one.recipients} >= {
        "x0@example.net",
        "x1@example.net",
    }


async def test_a_bug_that_one_recipient_meets_gives_no_other_a_second_copy(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.kept.queue().add(outgoing("one", local(ALICE), local(BOB)))
    resolve = office.directory.resolve

    async def broken(name: str, domain: str) -> object:
        if name == "bob":
            raise RecursionError("a bug of ours")
        return await resolve(name, domain)

    monkeypatch.setattr(office.directory, "resolve", broken)
    outcomes = await office.delivery.deliver_queued(await in_hand(office), RAW)
    assert outcomes[0].error is None
    assert isinstance(outcomes[1].error, Unavailable)
    assert len(await inbox_of(office, ALICE)) == 1


@pytest.mark.parametrize(
    ("notify", "of_each"),
    [("", ""), ("NEVER", "NEVER"), ("FAILURE", "FAILURE"), ("DELAY,FAILURE", "DELAY,FAILURE")],
)
async def test_what_is_asked_for_goes_along_to_several(office: Office, notify: str, of_each: str) -> None:
    await office.accounts.add_alias("all@example.org", [ALICE, BOB, "x@example.net"])
    await office.delivery.deliver(accepted(Received.of(RAW)), [await addressed(office, "all@example.org", notify)])
    (forward,) = await queued(office)
    assert [(one.address, one.notify) for one in forward.recipients] == [("x@example.net", of_each)]
    assert len(await inbox_of(office, ALICE)) == 1


@pytest.mark.parametrize(("notify", "of_each"), [("SUCCESS", "NEVER"), ("DELAY,FAILURE,SUCCESS", "DELAY,FAILURE")])
async def test_who_asks_for_success_is_told_that_an_alias_led_to_several(office: Office, notify: str, of_each: str) -> None:
    await office.accounts.add_alias("all@example.org", [ALICE, BOB, "x@example.net"])
    await office.delivery.deliver(accepted(Received.of(RAW)), [await addressed(office, "all@example.org", notify)])
    claimed = await in_hand(office)
    assert [(one.address, one.notify) for one in claimed.recipients] == [("all@example.org", notify)]
    (verdict,) = await filing(office.delivery.deliver_queued)(claimed, RAW)
    fate = fate_of(claimed.recipients[0], verdict.state, verdict.code, verdict.said, expanded=verdict.expanded)
    assert fate is not None
    assert (verdict.state, fate.action) == (State.DELIVERED, "expanded")
    (forward,) = [one for one in await queued(office) if one.message.kind == "forward"]
    assert [(one.address, one.notify) for one in forward.recipients] == [("x@example.net", of_each)]
    assert len(await inbox_of(office, ALICE)) == len(await inbox_of(office, BOB)) == 1


async def test_a_release_time_holds_for_our_own_mailboxes_too(office: Office) -> None:
    await office.accounts.add_alias("all@example.org", [ALICE, BOB])
    message = replace(accepted(Received.of(RAW)), envelope=Envelope(sender="x@example.com", not_before=5_000_000_000))
    await office.delivery.deliver(message, [await addressed(office, ALICE), await addressed(office, "all@example.org")])
    assert await inbox_of(office, ALICE) == []
    (held,) = await queued(office)
    assert [(one.address, one.at) for one in held.recipients] == [(ALICE, 5_000_000_000), ("all@example.org", 5_000_000_000)]
