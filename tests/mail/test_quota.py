"""Quota roots: whose they are, who may ask, who may set them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.errors import Invalid, MailError, NotFound, NotPermitted, OverQuota
from pillarbox.mail import permitted
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office
from pillarbox.mail.quota import Quota, Resource
from pillarbox.mail.rights import Verb
from pillarbox.mail.spool import Received
from sharers import OWNER, THEIRS, opened, put, sharers


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with sharers(tmp_path) as made:
        alice = await made.kept.account(OWNER)
        assert alice
        await made.kept.change_account(replace(alice, settings={"admin": "true", "quota_bytes": "2047", "quota_messages": "9"}))
        yield made


async def test_a_mailbox_belongs_to_the_root_of_its_owner(office: Office) -> None:
    alice, reader = await opened(office, OWNER), await opened(office, "reader@example.org")
    await put(alice, "Work", 1, size=1025)
    box, quota = await reader.quotas.of_mailbox(f"{THEIRS}/Work")
    assert (box.name, quota.root) == (f"{THEIRS}/Work", OWNER)
    assert (quota.storage, quota.messages) == (Resource(2, 1), Resource(7, 9))
    assert (await alice.quotas.of_mailbox("INBOX"))[1] == await alice.quotas.get("ALICE@example.org") == quota


async def test_only_ones_own_roots_are_told(office: Office) -> None:
    await office.groups.add("team@example.org", ["reader@example.org"])
    reader, alice = await opened(office, "reader@example.org"), await opened(office, OWNER)
    assert (await reader.quotas.get("reader@example.org")).messages == Resource(0, None)
    assert (await reader.quotas.get("team@example.org")).root == "team@example.org"
    assert (await alice.quotas.get("reader@example.org")).storage.used == 0
    for root in (OWNER, "bob@example.org", "nobody@example.org", "", "nonsense"):
        with pytest.raises(NotFound, match=r"^no such quota root$"):
            await reader.quotas.get(root)


async def test_who_may_set_quotas_sets_them_and_they_hold(office: Office) -> None:
    alice, reader = await opened(office, OWNER), await opened(office, "reader@example.org")
    assert await alice.quotas.set("reader@example.org", 10, 2) == Quota("reader@example.org", Resource(0, 10), Resource(0, 2))
    reader = await opened(office, "reader@example.org")
    await put(reader, "INBOX", 2)
    with pytest.raises(OverQuota):
        await put(reader, "INBOX", 1)
    assert (await alice.quotas.set("reader@example.org", None, None)).messages == Resource(2, None)
    assert (await alice.quotas.set("reader@example.org", 0, None)).storage == Resource(1, 0)
    with pytest.raises(OverQuota):
        await put(await opened(office, "reader@example.org"), "INBOX", 1)


@pytest.mark.parametrize(
    ("who", "root", "storage", "messages", "error"),
    [
        ("reader@example.org", "reader@example.org", 10, None, NotPermitted),
        ("reader@example.org", "nobody@example.org", 10, None, NotPermitted),
        (OWNER, "nobody@example.org", 10, None, NotFound),
        (OWNER, "bob@example.org", None, 0, Invalid),
        (OWNER, "bob@example.org", 2**60, None, Invalid),
        (OWNER, "bob@example.org", None, 10**18, Invalid),
    ],
)
async def test_what_cannot_be_set_is_refused(
    office: Office, who: str, root: str, storage: int | None, messages: int | None, error: type[MailError]
) -> None:
    account = await opened(office, who)
    with pytest.raises(error):
        await account.quotas.set(root, storage, messages)


async def test_who_no_longer_administers_sets_nothing(office: Office) -> None:
    alice = await opened(office, OWNER)
    await office.kept.change_account(replace(alice.account, settings={}))
    with pytest.raises(NotPermitted):
        await alice.quotas.set("bob@example.org", 10, None)


async def test_what_others_put_into_a_mailbox_counts_for_its_owner(office: Office) -> None:
    writer = await opened(office, "writer@example.org")
    box = await writer.mailboxes.find(f"{THEIRS}/Work", Verb.INSERT)
    with pytest.raises(OverQuota):
        await permitted.append(box, [Draft(Received.of(b"x" * 2048))])
    await permitted.append(box, [Draft(Received.of(b"x" * 100))] * 3)
    with pytest.raises(OverQuota):
        await permitted.append(box, [Draft(Received.of(b"x"))])
