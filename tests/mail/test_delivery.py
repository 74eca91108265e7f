from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pillarbox.errors import NotFound, NotPermitted, OverQuota
from pillarbox.ids import EmailId
from pillarbox.mail.delivery import Accepted, Addressed, Envelope
from pillarbox.mail.directory import Recipient
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.message import headers
from pillarbox.message.heading import Heading
from pillarbox.store.models import INBOX
from pillarbox.store.queued import QueueFilter
from pillarbox.testing.house import house

ALL = [(1, 0xFFFFFFFF)]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        yield made


async def inbox_of(office: Office, address: str) -> list[bytes]:
    account = await office.kept.account(address)
    assert account is not None
    mail = office.kept.mail(account.id)
    rows = await mail.rows((await mail.mailbox(INBOX)).id, ALL, ("data", "blob", "size"))
    return [data if data is not None else await mail.read(blob) for data, blob, _ in rows]


async def deliver(office: Office, raw: bytes, *addresses: str) -> list[object]:
    to = [Addressed(address, await office.directory.resolve(*address.rsplit("@", 1))) for address in addresses]
    return [outcome.error for outcome in await office.delivery.deliver(accepted(Received.of(raw)), to, each=True)]


def accepted(received: Received) -> Accepted:
    heading = Heading(headers.read(received.buffer))
    return Accepted(id="one", received=received, skip=0, envelope=Envelope(sender="x@example.com"), heading=heading)


async def test_every_recipient_has_the_message_byte_for_byte_when_delivery_returns(office: Office) -> None:
    raw = b"Subject: one\r\n\r\n\x00\xff body without an end"
    assert await deliver(office, raw, "alice@example.org", "bob@example.org") == [None, None]
    assert await inbox_of(office, "alice@example.org") == [raw]
    assert await inbox_of(office, "bob@example.org") == [raw]


async def test_what_is_delivered_is_known_as_such_and_what_a_program_puts_there_is_not(office: Office) -> None:
    raw = b"Authentication-Results: mail.example.org; dmarc=pass\r\n\r\n"
    await deliver(office, raw, "alice@example.org")
    account = await office.kept.account("alice@example.org")
    assert account is not None
    opened = office.open(account)
    inbox = await opened.mail.mailbox(INBOX)
    await opened.messages.append(inbox.id, [Draft(Received.of(raw))])
    await office.delivery.file_copy(Received.of(raw), Recipient(account, account.address), "\\Sent", 0)
    rows = await opened.mail.emails([EmailId(1), EmailId(2), EmailId(3)], ("is_delivered",), None)
    assert [bool(found) for (found,) in rows] == [True, False, True]


async def test_a_message_larger_than_memory_is_kept_byte_for_byte(office: Office) -> None:
    raw = b"Subject: large\r\n\r\n" + bytes(range(256)) * 8192
    account = await office.kept.account("alice@example.org")
    assert account is not None
    with office.spool(len(raw)) as spool:
        for at in range(0, len(raw), 65536):
            spool.feed(raw[at : at + 65536])
        received = await spool.finish()
        assert received.content.path is not None
        to = [Addressed("alice@example.org", await office.directory.resolve("alice", "example.org"))]
        (outcome,) = await office.delivery.deliver(accepted(received), to)
    assert outcome.error is None
    assert await inbox_of(office, "alice@example.org") == [raw]
    assert not list(Path(office.kept.spool()).iterdir())


async def test_a_full_mailbox_takes_no_more_and_takes_nobody_with_it(office: Office) -> None:
    account = await office.kept.account("alice@example.org")
    assert account is not None
    await office.kept.change_account(type(account)(account.id, account.address, {"quota_bytes": "100"}))
    errors = await deliver(office, b"Subject: x\r\n\r\n" + b"y" * 100, "alice@example.org", "bob@example.org")
    assert isinstance(errors[0], OverQuota)
    assert errors[1] is None
    (recipient,) = await office.directory.resolve("alice", "example.org")
    await office.delivery.check_room(recipient, 50)
    with pytest.raises(OverQuota):
        await office.delivery.check_room(recipient, 101)


async def test_a_detail_goes_to_the_mailbox_of_that_name_where_its_owner_wants_it(office: Office) -> None:
    await deliver(office, b"Subject: one\r\n\r\n", "alice+archive@example.org")
    assert len(await inbox_of(office, "alice@example.org")) == 1
    account = await office.kept.account("alice@example.org")
    assert account is not None
    await office.kept.change_account(type(account)(account.id, account.address, {"detail_folders": "true"}))
    await deliver(office, b"Subject: two\r\n\r\n", "alice+Archive@example.org")
    await deliver(office, b"Subject: three\r\n\r\n", "alice+nowhere@example.org")
    assert len(await inbox_of(office, "alice@example.org")) == 2
    assert (await office.kept.mail(account.id).mailbox("Archive")).messages == 1


class TestAddresses:
    async def reached(self, office: Office, address: str) -> list[str]:
        local, _, domain = address.rpartition("@")
        return [one.account.address for one in await office.directory.resolve(local, domain)]

    async def test_spellings_details_groups_and_catch_all(self, office: Office) -> None:
        await office.accounts.add_alias("all@example.org", ["bob@example.org", "alice@example.org", "all@example.org"])
        await office.accounts.add_alias("nested@example.org", ["all@example.org", "bob@example.org"])
        assert await self.reached(office, "ALICE@Example.ORG") == ["alice@example.org"]
        assert await self.reached(office, "alice+lists@example.org") == ["alice@example.org"]
        assert await self.reached(office, "nested@example.org") == ["bob@example.org", "alice@example.org"]
        with pytest.raises(NotFound):
            await self.reached(office, "nobody@example.org")
        await office.accounts.add_alias("@example.org", ["bob@example.org"])
        assert await self.reached(office, "nobody@example.org") == ["bob@example.org"]
        assert await self.reached(office, "alice@example.org") == ["alice@example.org"]

    @pytest.mark.parametrize("local", ["postmaster", "Postmaster", "ABUSE", "abuse+tag"])
    async def test_postmaster_and_abuse_always_reach_someone(self, office: Office, local: str) -> None:
        assert await self.reached(office, f"{local}@example.org") == ["alice@example.org"]
        await office.accounts.add_alias("postmaster@example.org", ["bob@example.org"])
        if local.lower() == "postmaster":
            assert await self.reached(office, f"{local}@example.org") == ["bob@example.org"]

    async def test_postmaster_without_a_domain_is_ours(self, office: Office) -> None:
        assert await self.reached(office, "postmaster@") == ["alice@example.org"]

    async def test_a_domain_that_is_not_ours_is_refused(self, office: Office) -> None:
        for address in ("alice@example.com", "alice%example.com@elsewhere.net", "a@sub.example.org"):
            with pytest.raises(NotPermitted):
                await self.reached(office, address)

    async def test_a_percent_sign_is_a_letter(self, office: Office) -> None:
        with pytest.raises(NotFound):
            await self.reached(office, "victim%example.com@example.org")

    async def test_one_sends_as_oneself_ones_details_and_ones_aliases(self, office: Office) -> None:
        await office.accounts.add_alias("sales@example.org", ["alice@example.org"])
        alice = await office.kept.account("alice@example.org")
        assert alice is not None
        for local in ("alice", "ALICE", "alice+x", "sales"):
            assert await office.directory.may_send_as(alice, local, "example.org")
        for local, domain in (("bob", "example.org"), ("alice", "example.com"), ("", "example.org"), ("nobody", "example.org")):
            assert not await office.directory.may_send_as(alice, local, domain)


async def test_who_watches_is_told_after_the_commit(office: Office) -> None:
    account = await office.kept.account("alice@example.org")
    assert account is not None
    told: list[int] = []
    watch = office.notify.watch(account.id, lambda: told.append(1))
    await deliver(office, b"Subject: x\r\n\r\n", "alice@example.org", "bob@example.org")
    assert told == [1]
    watch.cancel()
    await deliver(office, b"Subject: y\r\n\r\n", "alice@example.org")
    assert told == [1]


async def test_an_alias_passes_a_message_on_once_and_no_more(office: Office) -> None:
    """Two servers whose aliases lead to each other end it at the first round."""
    await office.accounts.add_alias("away@example.org", ["back@example.com"])
    raw = b"From: carol@example.net\r\nSubject: round\r\n\r\nhello\r\n"
    to = [Addressed("away@example.org", await office.directory.resolve("away", "example.org"))]
    await office.delivery.deliver(accepted(Received.of(raw)), to)
    sent = await office.kept.queue().read("one")
    assert sent == b"Delivered-To: away@example.org\r\n" + raw
    with pytest.raises(NotPermitted):
        await office.delivery.deliver(accepted(Received.of(b"Received: by x\r\n" + sent)), to)
    to.append(Addressed("bob@example.org", await office.directory.resolve("bob", "example.org")))
    assert [one.error for one in await office.delivery.deliver(accepted(Received.of(sent)), to)] == [None, None]
    assert await inbox_of(office, "bob@example.org") == [sent]
    assert len(await office.kept.queue().listed(QueueFilter())) == 1
