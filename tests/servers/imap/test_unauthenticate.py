"""Nobody is logged in any more: nothing of the one who was is left (RFC 8437)."""

import re
from dataclasses import replace

import pytest

from servers.imap.parley import Clients, message


async def test_what_one_has_enabled_another_has_not(clients: Clients) -> None:
    client = await clients.one("INBOX", enable="IMAP4rev2 QRESYNC UIDONLY")
    await client.ok("UNAUTHENTICATE")
    await client.ok("LOGIN bob@example.org sesame")
    assert (await client.ok("ENABLE IMAP4rev2 QRESYNC UIDONLY"))[0] == b"* ENABLED IMAP4rev2 QRESYNC UIDONLY"


async def test_one_who_has_left_is_not_ended_when_the_account_is_barred(clients: Clients) -> None:
    client = await clients.one("INBOX")
    await client.ok("UNAUTHENTICATE")
    account = await clients.office.kept.account("alice@example.org")
    assert account is not None
    await clients.office.kept.change_account(replace(account, enabled=False))
    assert await clients.office.presence.look_over() == 0
    await client.ok("LOGIN bob@example.org sesame")


async def test_the_mailbox_left_is_heard_of_no_more(clients: Clients) -> None:
    client = await clients.one("INBOX")
    await client.ok("UNAUTHENTICATE")
    await clients.fill(1)
    assert await client.ok("NOOP") == [b"OK NOOP completed"]


async def test_what_was_deleted_and_not_expunged_stays(clients: Clients) -> None:
    await clients.fill(1)
    client = await clients.one("INBOX")
    await client.ok("STORE 1 +FLAGS (\\Deleted)")
    await client.ok("UNAUTHENTICATE")
    again = await clients.one()
    assert b"* 1 EXISTS" in await again.ok("SELECT INBOX")


async def test_the_time_to_log_in_begins_again(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(clients.office.clock, "monotonic", lambda: now, raising=False)
    client = await clients.one()
    now = 1_000_000.0
    await client.ok("UNAUTHENTICATE")
    now += clients.office.limits.connection.before_login + 1
    await client.stream.write(b"a NOOP\r\n")
    heard = b""
    while b"BYE" not in heard:
        heard = await client.line()
    assert b"too long" in heard


ALICES_DOINGS = (
    'COMPARATOR "i;octet"',
    'LANGUAGE "de"',
    "ENABLE CONDSTORE",
    "SEARCH RETURN (SAVE) ALL",
    "SEARCH RETURN (UPDATE) ALL",
    "SORT RETURN (UPDATE) (DATE) UTF-8 ALL",
    'SETMETADATA "" (/private/filters/values/mine "ALL")',
    "NOTIFY SET (personal (MessageNew MessageExpunge MailboxName SubscriptionChange))",
    "NOTIFY SET STATUS (selected (MessageNew (FLAGS) MessageExpunge)) (inboxes (MessageNew MessageExpunge))",
)
BOBS_QUESTIONS = (
    "COMPARATOR",
    "LANGUAGE",
    "SEARCH FILTER mine",
    "SEARCH $",
    'CANCELUPDATE "t4"',
    "UID FETCH 1:* FLAGS",
    "SEARCH SUBJECT MESSAGE",
    "STORE 1 +FLAGS (\\Flagged)",
    "NOOP",
    'LIST "" *',
    "EXPUNGE",
    'GETMETADATA "" (DEPTH infinity) /private',
    "CLOSE",
    "FETCH 1 FLAGS",
)


@pytest.mark.parametrize("doing", ALICES_DOINGS)
async def test_the_next_hears_what_somebody_on_a_fresh_connection_hears(clients: Clients, doing: str) -> None:
    await clients.fill(3)
    left = await clients.one("INBOX")
    await left.ok(doing)
    await left.ok("UNAUTHENTICATE")
    fresh = clients.new()
    await fresh.line()
    heard = []
    for client in (left, fresh):
        await client.ok("LOGIN bob@example.org sesame")
        await client.append(message(), "INBOX")
        said = await client.ok("SELECT INBOX")
        await clients.fill(1)
        for question in BOBS_QUESTIONS:
            said += await client.do(question)
        heard.append(said)
        await client.ok("SELECT INBOX")
        await client.ok("STORE 1:* +FLAGS (\\Deleted)")
        await client.ok("EXPUNGE")
        await client.ok("UNSELECT")
    assert [_plain(line) for line in heard[0]] == [_plain(line) for line in heard[1]]


def _plain(line: bytes) -> bytes:
    return re.sub(rb"[0-9]+", b"N", line)
