"""Mail that people have sent on to other addresses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from pillarbox.errors import Invalid, NotFound, NotPermitted, TooMany
from pillarbox.ids import AccountId
from pillarbox.mail.delivery import Accepted, Addressed, Envelope
from pillarbox.mail.directory import Elsewhere
from pillarbox.mail.forwarding import MOST, Forwarding, change
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.message import headers
from pillarbox.message.heading import Heading
from pillarbox.store.models import Account
from pillarbox.store.queued import QueueFilter
from pillarbox.testing.house import house

ALICE, BOB, ANN = "alice@example.org", "bob@example.org", "ann@example.com"
_names = count(1)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        yield made


async def forward(office: Office, address: str, *to: str, keeps: bool = True) -> Forwarding:
    account = await office.kept.account(address)
    assert account
    return await change(office.kept, account.id, to, keeps_copy=keeps)


async def reached(office: Office, address: str, *, forwards: bool = True) -> set[str]:
    found = await office.directory.resolve(*address.rsplit("@", 1), forwards=forwards)
    return {one.address if isinstance(one, Elsewhere) else f"here {one.account.address}" for one in found}


async def person(office: Office, address: str = ALICE) -> Account:
    account = await office.kept.account(address)
    assert account
    return account


async def allow(office: Office, **settings: str) -> None:
    account = await person(office)
    await office.kept.change_account(replace(account, settings={**account.settings, **settings}))


async def held(office: Office, address: str = ALICE) -> dict[str, int]:
    """How many messages are in each mailbox that has any."""
    boxes = await office.kept.mail((await person(office, address)).id).mailboxes()
    return {box.name: box.messages for box in boxes if box.messages}


async def deliver(
    office: Office, raw: bytes, sender: str = "x@example.net", *, to: str = ALICE, special_use: str | None = None
) -> None:
    accepted = Accepted(
        id=f"m{next(_names)}",
        received=Received.of(raw),
        skip=0,
        envelope=Envelope(sender=sender),
        heading=Heading(headers.read(raw)),
    )
    addressed = [Addressed(to, await office.directory.resolve(*to.rsplit("@", 1)))]
    (outcome,) = await office.delivery.deliver(accepted, addressed, special_use=special_use)
    assert outcome.error is None


async def test_a_copy_stays_or_does_not_as_its_owner_wants(office: Office) -> None:
    await forward(office, ALICE, ANN, BOB)
    assert await reached(office, ALICE) == {f"here {ALICE}", f"here {BOB}", ANN}
    await forward(office, ALICE, ANN, keeps=False)
    assert await reached(office, ALICE) == {ANN}
    assert await reached(office, "alice+detail@example.org") == {ANN}
    assert await reached(office, ALICE, forwards=False) == {f"here {ALICE}"}
    await forward(office, ALICE, keeps=False)
    assert await reached(office, ALICE) == {f"here {ALICE}"}


async def test_it_leaves_as_what_an_alias_sends_on_does(office: Office) -> None:
    await forward(office, ALICE, ANN, keeps=False)
    await deliver(office, b"Subject: x\r\n\r\nbody\r\n")
    (queued,) = await office.kept.queue().listed(QueueFilter())
    assert queued.message.kind == "forward"
    assert queued.message.sender.startswith("SRS0=")
    assert queued.message.sender.endswith("=example.net=x@example.org")
    raw = await office.kept.queue().read(queued.message.id)
    assert raw == b"Delivered-To: alice@example.org\r\nSubject: x\r\n\r\nbody\r\n"


async def test_people_who_forward_to_each_other_keep_what_comes(office: Office) -> None:
    await forward(office, ALICE, BOB, keeps=False)
    await forward(office, BOB, ALICE, keeps=False)
    assert await reached(office, ALICE) == {f"here {ALICE}", f"here {BOB}"}
    await forward(office, BOB, ANN, keeps=False)
    assert await reached(office, ALICE) == {ANN}


async def test_what_comes_back_from_elsewhere_is_not_sent_on_again(office: Office) -> None:
    await forward(office, ALICE, ANN)
    await deliver(office, b"Delivered-To: alice@example.org\r\nSubject: back\r\n\r\n")
    assert await office.kept.queue().listed(QueueFilter()) == []
    await forward(office, ALICE, ANN, keeps=False)
    await deliver(office, b"Delivered-To: Alice@Example.org\r\nSubject: back\r\n\r\n")
    assert await office.kept.queue().listed(QueueFilter()) == []
    assert await held(office) == {"INBOX": 2}, "it is nowhere else"
    await office.accounts.add_alias("list@example.org", ["list@example.com"])
    with pytest.raises(NotPermitted):
        await deliver(office, b"Delivered-To: list@example.org\r\nSubject: back\r\n\r\n", to="list@example.org")


async def test_what_is_taken_for_junk_is_not_sent_on(office: Office) -> None:
    await forward(office, ALICE, ANN, BOB, keeps=False)
    await deliver(office, b"Subject: x\r\n\r\n", special_use="\\Junk")
    assert await office.kept.queue().listed(QueueFilter()) == []
    assert await held(office) == {"Junk": 1}
    assert await held(office, BOB) == {"Junk": 1}
    await office.accounts.add_alias("list@example.org", ["list@example.com"])
    await deliver(office, b"Subject: x\r\n\r\n", to="list@example.org", special_use="\\Junk")
    assert len(await office.kept.queue().listed(QueueFilter())) == 1, "an alias has no mailbox of its own"


@pytest.mark.parametrize("keeps", [False, True])
async def test_beyond_what_an_account_may_send_on_its_mail_stays_here(office: Office, keeps: bool) -> None:
    await forward(office, ALICE, ANN, "other@example.com", keeps=keeps)
    await allow(office, send_hour="3")
    await deliver(office, b"Subject: one\r\n\r\n")
    await deliver(office, b"Subject: two\r\n\r\n")
    (queued,) = await office.kept.queue().listed(QueueFilter())
    assert [one.address for one in queued.recipients] == [ANN, "other@example.com"]
    assert await held(office) == {"INBOX": 2 if keeps else 1}
    alice = await person(office)
    await office.allowances.spend(alice, 3, "three")  # which is for what they send themselves
    assert {name: spent.hour for name, (spent, _) in (await office.allowances.told(alice)).items()} == {
        "sent": 3, "forwarded": 2, "answered": 0,
    }  # fmt: skip


async def test_whose_mail_goes_elsewhere_still_writes_from_their_address(office: Office) -> None:
    await forward(office, ALICE, ANN, BOB, keeps=False)
    account = await office.kept.account(ALICE)
    bob = await office.kept.account(BOB)
    assert account
    assert bob
    assert await office.directory.may_send_as(account, "alice", "example.org")
    assert not await office.directory.may_send_as(bob, "alice", "example.org"), "whoever is forwarded to does not"


async def test_reports_that_programs_read_are_not_sent_on(office: Office) -> None:
    await forward(office, ALICE, ANN, keeps=False)
    assert await reached(office, "dmarc-reports@example.org") == {f"here {ALICE}"}
    assert await reached(office, "postmaster@example.org") == {ANN}


async def test_only_addresses_are_forwarded_to_and_not_ones_own(office: Office) -> None:
    for wrong in ("ann", "@example.com", "a b@", ALICE, "ALICE@example.org"):
        with pytest.raises(Invalid):
            await forward(office, ALICE, wrong)
    many = [f"p{number}@example.com" for number in range(MOST + 1)]
    with pytest.raises(TooMany):
        await forward(office, ALICE, *many)
    assert (await forward(office, ALICE, *many[:MOST], many[0].upper())).to == tuple(many[:MOST])
    with pytest.raises(NotFound):
        await change(office.kept, AccountId(99), [], keeps_copy=True)


def test_what_cannot_be_read_counts_as_not_set() -> None:
    for text in ("", ",", "nobody", "a@b c@d,", ",".join(f"p{n}@x.org" for n in range(MOST + 1))):
        assert Forwarding.of(Account(AccountId(1), ALICE, {"forward_to": text, "forward_keep": "false"})) == Forwarding()
