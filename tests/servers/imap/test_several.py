"""Several clients on one mailbox, in one process and in two; clients that come back."""

import asyncio
import random
import re
from pathlib import Path

import pytest

from pillarbox.errors import ChangesForgotten
from pillarbox.mail.office import Office
from pillarbox.servers.imap.forms import FORMS
from pillarbox.servers.imap.roster import roster_of
from pillarbox.store.sqlite.accounts import SqliteAccounts
from pillarbox.store.sqlite.mail import SqliteMail
from pillarbox.testing.house import cheap_passwords, house
from servers.imap.parley import Clients, message


def forgotten(*_: object) -> None:
    raise ChangesForgotten("too far back")


async def test_idle_hears_of_another_worker_within_ten_milliseconds(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        hints: list[Office] = [office]
        other = Office(
            office.settings,
            SqliteAccounts(tmp_path),
            FORMS,
            passwords=cheap_passwords(),
            tell_others=lambda account: hints[0].notify.heard(account),
        )
        here, there = Clients(office), Clients(other)
        try:
            idle = await here.one("INBOX")
            await idle.stream.write(b"i IDLE\r\n")
            assert await idle.line() == b"+ idling\r\n"
            writer = await there.one("INBOX")
            waits = []
            for number in range(10):
                await writer.append(message(number))
                began = asyncio.get_running_loop().time()
                assert await idle.line() == b"* %d EXISTS\r\n" % (number + 1)
                waits.append(asyncio.get_running_loop().time() - began)
                await idle.line()
            assert min(waits) < 0.010  # whatever else the machine does, one of ten finds it free
            assert sorted(waits)[5] < 0.5
        finally:
            for client in (*here.all, *there.all):
                await client.close()
            await other.close()


async def test_what_another_worker_did_is_seen_at_once_without_any_hint(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        other = Office(office.settings, SqliteAccounts(tmp_path), FORMS, passwords=cheap_passwords())
        here, there = Clients(office), Clients(other)
        try:
            await here.fill(2)
            reader, writer = await here.one("INBOX"), await there.one("INBOX")
            for flag in ("$a", "$b", "$c"):
                await writer.ok(f"STORE 1 +FLAGS ({flag})")
                said = b"".join(await reader.ok("NOOP"))
                assert re.search(rb"\* 1 FETCH \(FLAGS \([^)]*" + re.escape(flag.encode()), said)
            await writer.ok("STORE 2 +FLAGS (\\Deleted)")
            await writer.ok("EXPUNGE")
            assert b"* 2 EXPUNGE" in await reader.ok("NOOP")
        finally:
            for client in (*here.all, *there.all):
                await client.close()
            await other.close()


async def test_a_store_that_changes_nothing_hides_nothing_another_worker_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as office:
        other = Office(office.settings, SqliteAccounts(tmp_path), FORMS, passwords=cheap_passwords())
        here, there = Clients(office), Clients(other)
        try:
            await here.fill(2)
            reader, writer = await here.one("INBOX"), await there.one("INBOX")
            await reader.ok("STORE 1 +FLAGS (\\Flagged)")
            await writer.ok("STORE 2 +FLAGS (\\Answered)")
            with monkeypatch.context() as patch:  # the hint is on its way, and nobody looks at the file
                patch.setattr(office.kept, "stale", lambda account, seen: (False, None))
                heard = await reader.ok("STORE 1 +FLAGS.SILENT (\\Flagged)")
            heard += await reader.ok("NOOP")
            assert heard.count(b"* 2 FETCH (FLAGS (\\Answered \\Recent))") == 1
        finally:
            for client in (*here.all, *there.all):
                await client.close()
            await other.close()


async def test_sessions_on_one_mailbox_agree_whatever_they_do(clients: Clients) -> None:
    """Three clients change flags, copy, append and expunge; each counts as the server told it; at the end all count alike."""
    chance = random.Random(11)
    await clients.fill(10)
    sessions = [await clients.one("INBOX", enable="CONDSTORE") for _ in range(3)]
    counts = [10, 10, 10]
    heard: list[list[bytes]] = [[], [], []]
    for turn in range(120):
        who = chance.randrange(3)
        if counts[who] < 4:
            lines = await sessions[who].ok(b"APPEND INBOX {%d+}\r\n%b" % (len(message(turn)), message(turn)))
        else:
            number = chance.randrange(1, counts[who] + 1)
            lines = await sessions[who].do(
                chance.choice(
                    [
                        f"STORE {number} +FLAGS (\\Deleted)",
                        f"STORE {number} +FLAGS.SILENT (\\Flagged)",
                        f"FETCH {number}:* (UID FLAGS)",
                        "SEARCH UNDELETED",
                        f"COPY {number} INBOX",
                        "EXPUNGE",
                        "NOOP",
                        f"UID FETCH {number}:* (FLAGS)",
                    ]
                )
            )
        heard[who] += lines
        for line in lines:
            if line.endswith(b" EXPUNGE"):
                assert 1 <= int(line.split()[1]) <= counts[who]
                counts[who] -= 1
            elif line.endswith(b" EXISTS"):
                assert int(line.split()[1]) >= counts[who]
                counts[who] = int(line.split()[1])
    uids = []
    for who, session in enumerate(sessions):
        for line in await session.ok("NOOP"):
            if line.endswith(b" EXPUNGE"):
                counts[who] -= 1
            elif line.endswith(b" EXISTS"):
                counts[who] = int(line.split()[1])
        uids.append([line.split()[4] for line in (await session.ok("FETCH 1:* (UID)"))[:-1]])
        assert len(uids[-1]) == counts[who]
    assert uids[0] == uids[1] == uids[2]


async def test_a_log_that_no_longer_reaches_back_is_made_up_for(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    await clients.fill(5)
    reader, writer = await clients.one("INBOX", enable="IMAP4rev2"), await clients.one("INBOX")
    await writer.ok("STORE 2 +FLAGS (\\Flagged)")
    await writer.ok("STORE 1,4 +FLAGS (\\Deleted)")
    await writer.ok("EXPUNGE")
    await clients.fill(1)
    with monkeypatch.context() as patch:
        patch.setattr(SqliteMail, "changes", forgotten)
        lines = await reader.ok("NOOP")
    assert lines[:-1] == [b"* 4 EXPUNGE", b"* 1 EXPUNGE", b"* 4 EXISTS", b"* 1 FETCH (UID 2 FLAGS (\\Flagged))"]


@pytest.mark.parametrize("is_forgotten", [False, True])
@pytest.mark.parametrize(
    ("known", "vanished", "flags"),
    [("", b"1,4", [2, 6]), (" 1:3", b"1", [2]), (" 4:9 (1:2 1:2)", b"4", [6]), (" 3", b"", [])],
)
async def test_a_returning_client_is_told_what_it_missed(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, known: str, vanished: bytes, flags: list[int], is_forgotten: bool
) -> None:
    await clients.fill(5)
    writer = await clients.one("INBOX")
    told = b"".join(await writer.ok("SELECT INBOX"))
    validity, modseq = (re.search(rb"%b (\d+)" % word, told) for word in (b"UIDVALIDITY", b"HIGHESTMODSEQ"))
    assert validity is not None
    assert modseq is not None
    await writer.ok("STORE 2 +FLAGS (\\Flagged)")
    await writer.ok("STORE 1,4 +FLAGS (\\Deleted)")
    await writer.ok("EXPUNGE")
    await clients.fill(1)
    reader = await clients.one(enable="QRESYNC IMAP4rev2")
    with monkeypatch.context() as patch:
        if is_forgotten:
            patch.setattr(SqliteMail, "changes", forgotten)
        lines = await reader.ok(f"SELECT INBOX (QRESYNC ({validity[1].decode()} {modseq[1].decode()}{known}))")
    gone = [line.split()[-1] for line in lines if line.startswith(b"* VANISHED (EARLIER)")]
    assert gone == ([vanished] if vanished else [])
    fetched = [int(found[1]) for line in lines if (found := re.search(rb"FETCH \(UID (\d+) FLAGS .* MODSEQ", line))]
    assert fetched == flags


async def test_another_uidvalidity_is_no_return(clients: Clients) -> None:
    await clients.fill(2)
    reader = await clients.one(enable="QRESYNC")
    lines = await reader.ok("SELECT INBOX (QRESYNC (7 1))")
    assert not any(b"VANISHED" in line or b"FETCH" in line for line in lines)
    assert (await reader.do("UNSELECT"))[-1].startswith(b"OK")


async def test_qresync_has_to_be_enabled_first(clients: Clients) -> None:
    await clients.fill(1)
    client = await clients.one()
    assert (await client.do("SELECT INBOX (QRESYNC (7 1))"))[-1].startswith(b"BAD")
    await client.ok("SELECT INBOX")
    assert (await client.do("UID FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)"))[-1].startswith(b"BAD")


async def test_sessions_on_one_mailbox_hold_one_array(clients: Clients) -> None:
    await clients.fill(3)
    one, other = await clients.one("INBOX"), await clients.one("INBOX")
    await clients.fill(2)
    await one.ok("NOOP")
    await other.ok("NOOP")
    held = roster_of(clients.office)._known
    assert [list(known.uids) for known in held.values()] == [[1, 2, 3, 4, 5]]


async def test_a_mailbox_can_be_opened_by_two_people_who_do_not_see_each_other(clients: Clients) -> None:
    await clients.fill(2)
    alice, bob = await clients.one("INBOX"), await clients.one("INBOX", who="bob")
    assert (await alice.ok("SEARCH ALL"))[0] == b"* SEARCH 1 2"
    assert (await bob.ok("SEARCH ALL"))[0] == b"* SEARCH"


async def test_what_a_client_appends_is_told_without_another_look(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*_: object) -> None:
        raise AssertionError("nothing has to be read")

    client, later = await clients.one("INBOX"), await clients.one()
    for verb in ("changes", "log", "claim_recent"):
        monkeypatch.setattr(SqliteMail, verb, unread)
    for number in range(1, 4):
        said = await client.append(message(number))
        assert said[:2] == [b"* %d EXISTS" % number, b"* %d RECENT" % number]
    assert b"* 3 FETCH (FLAGS (\\Recent))" in await client.ok("FETCH 3 FLAGS")
    monkeypatch.undo()
    assert b"* 0 RECENT" in await later.ok("SELECT INBOX")


async def test_what_another_worker_did_before_an_append_is_told_with_it(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        other = Office(office.settings, SqliteAccounts(tmp_path), FORMS, passwords=cheap_passwords())
        here, there = Clients(office), Clients(other)
        try:
            await here.fill(2)
            client, writer = await here.one("INBOX"), await there.one("INBOX")
            await writer.ok("STORE 1 +FLAGS.SILENT (\\Flagged \\Deleted)")
            await writer.ok("EXPUNGE")
            await writer.append(message(3))
            await writer.ok("STORE 1 +FLAGS.SILENT (\\Answered)")
            said = await client.append(message(4))
            assert said[:4] == [
                b"* 1 EXPUNGE",
                b"* 3 EXISTS",
                b"* 2 RECENT",
                b"* 1 FETCH (FLAGS (\\Answered \\Recent))",
            ]
            assert [line for line in await writer.ok("NOOP") if b"EXISTS" in line or b"RECENT" in line] == [
                b"* 3 EXISTS",
                b"* 1 RECENT",
            ]
        finally:
            for client in (*here.all, *there.all):
                await client.close()
            await other.close()
