"""People who share mailboxes: Alice owns them, each other one has the rights of some letters. Nobody but Alice and Bob has a
password."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from pillarbox.errors import MailboxNotFound, NotPermitted
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office, OpenAccount
from pillarbox.mail.rights import parsed
from pillarbox.mail.spool import Received
from pillarbox.testing.house import copy_into, house

FIRST = [("INBOX", None), ("Drafts", "\\Drafts"), ("Trash", "\\Trash")]
OWNER = "alice@example.org"
PEOPLE: Mapping[str, str] = {
    "writer@example.org": "lrswipkxte",
    "reader@example.org": "lrs",
    "looker@example.org": "l",
    "stranger@example.org": "",
    "newcomer@example.org": "lrswipkxtea",
}
"""The newcomer has the address of somebody who had all these rights, and went."""
THEIRS = "Other Users/alice@example.org"
WORK = f"{THEIRS}/Work"
EVERY = [(1, 0xFFFFFFFF)]
"""All UIDs there can be."""


@asynccontextmanager
async def sharers(folder: Path) -> AsyncIterator[Office]:
    """Alice shares Work, with three messages, and Work/Plans; her INBOX she keeps."""
    await copy_into(folder, _shared)
    async with house(folder) as office:
        yield office


@asynccontextmanager
async def _shared(folder: Path) -> AsyncIterator[None]:
    async with house(folder) as office:
        for address in PEOPLE:
            await office.kept.add_account(address, [], {}, FIRST)
        alice = await opened(office, OWNER)
        await alice.mailboxes.create("Work/Plans")
        for address, letters in PEOPLE.items():
            if letters:
                await alice.grants.set("Work", address, parsed(letters))
                await alice.grants.set("Work/Plans", address, parsed(letters))
        for name in ("Work", "INBOX"):
            await put(alice, name, 3)
        gone = await opened(office, "newcomer@example.org")
        await office.kept.remove_account(gone.account.id)
        await office.kept.add_account("newcomer@example.org", [], {}, FIRST)
        yield


async def opened(office: Office, address: str) -> OpenAccount:
    account = await office.kept.account(address)
    assert account
    return office.open(account)


async def put(account: OpenAccount, name: str, count: int, *, size: int = 0) -> None:
    """So many messages, by their owner."""
    box = await account.mailboxes.find(name)
    texts = [f"Subject: {name} {n}\r\n\r\nhello".encode().ljust(size, b".") for n in range(1, count + 1)]
    await account.messages.append(box.id, [Draft(Received.of(text)) for text in texts])


async def outcome(doing: Awaitable[object]) -> str:
    """ "done", "denied", or "nothing" there: in the one text for it that tells nobody more."""
    try:
        await doing
    except MailboxNotFound as error:
        return "nothing" if str(error) == "no such mailbox" else str(error)
    except NotPermitted:
        return "denied"
    return "done"
