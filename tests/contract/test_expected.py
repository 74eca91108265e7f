"""Whoever acts on what they saw says so, and nothing is done where it is not so any more."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

import pytest

from contract.letters import ALL, letter
from pillarbox.errors import OverQuota
from pillarbox.ids import AccountId, MailboxId, ModSeq
from pillarbox.store.api import Mail
from pillarbox.store.expected import Moved, expecting
from pillarbox.store.models import FlagAction, FlagChange, Usage
from pillarbox.store.records import RecordKind

FIRST = MailboxId(1)
WRITES: dict[str, Callable[[Mail], Awaitable[object]]] = {
    "add": lambda mail: mail.add(FIRST, [letter("new")]),
    "add a large one": lambda mail: mail.add(FIRST, [letter("new", size=5000)]),
    "add_email": lambda mail: mail.add_email(letter("new"), [FIRST]),
    "change_flags": lambda mail: mail.change_flags(FIRST, ALL, FlagChange(FlagAction.ADD, 4)),
    "expunge": lambda mail: mail.expunge(FIRST, ALL, only_deleted=False),
    "create_mailbox": lambda mail: mail.create_mailbox("New"),
    "rename_mailbox": lambda mail: mail.rename_mailbox(MailboxId(2), "New"),
    "delete_mailbox": lambda mail: mail.delete_mailbox(MailboxId(2)),
    "set_special_use": lambda mail: mail.set_special_use(MailboxId(2), None),
    "set_rights": lambda mail: mail.set_rights(FIRST, "#9", "lr"),
    "records": lambda mail: mail.change_records(RecordKind.IDENTITY, {"a": b"1"}),
}


async def begin(mail: Mail) -> ModSeq:
    await mail.add(FIRST, [letter("old")])
    return await mail.modseq()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_nothing_is_done_to_an_account_that_has_moved(mail: Mail, write: Callable[[Mail], Awaitable[object]]) -> None:
    seen = await begin(mail)
    await mail.subscribe("Elsewhere", True)
    await mail.add(FIRST, [letter("meanwhile")])
    now = await mail.modseq()
    with expecting(mail.account, seen), pytest.raises(Moved):
        await write(mail)
    assert await mail.modseq() == now
    with expecting(mail.account, now):
        await write(mail)
    assert await mail.modseq() > now


async def test_what_one_does_oneself_is_expected(mail: Mail) -> None:
    seen = await begin(mail)
    with expecting(mail.account, seen):
        await mail.add(FIRST, [letter("one")])
        await mail.add(FIRST, [letter("two")])
    assert await mail.modseq() > seen
    await mail.add(FIRST, [letter("three")])


async def test_what_failed_has_done_nothing(mail: Mail) -> None:
    seen = await begin(mail)
    with expecting(mail.account, seen):
        with pytest.raises(OverQuota):
            await mail.add(FIRST, [letter("one")], quota=Usage(1, 1))
        await mail.change_flags(FIRST, [], FlagChange(FlagAction.ADD, 4))
        token = await _by_somebody_else(mail)
        with pytest.raises(Moved):
            await mail.add(FIRST, [letter("two")])
    assert await mail.modseq() == token


async def _by_somebody_else(mail: Mail) -> ModSeq:
    """Done in a context of its own, as by another connection."""
    await asyncio.create_task(_made(mail), context=contextvars.Context())
    return await mail.modseq()


async def _made(mail: Mail) -> None:
    await mail.create_mailbox("Theirs")


async def test_another_account_is_not_meant(mail: Mail) -> None:
    await begin(mail)
    with expecting(AccountId(mail.account + 1), ModSeq(1)):
        await mail.add(FIRST, [letter("one")])
