"""What one client asks for costs others nothing they would notice, and us no more than there is."""

import asyncio
from array import array

import pytest

from pace import within
from pillarbox.mail import mailboxes
from pillarbox.proto.imap import sequence
from pillarbox.proto.imap.commands import Resync
from pillarbox.proto.imap.parse.search import criterion
from pillarbox.proto.imap.server import ServerConnection
from pillarbox.servers.imap import filters, notify
from pillarbox.servers.imap.resync import agreed
from pillarbox.servers.imap.view import View
from servers.imap.parley import Client, Clients

NEVER = "another has had no turn"


class Turns:
    """How often anybody else had a turn meanwhile."""

    def __init__(self) -> None:
        self.count = 0
        self._task = asyncio.create_task(self._take())

    async def _take(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.count += 1

    def end(self) -> int:
        self._task.cancel()
        return self.count


async def _turns_during(client: Client, command: str) -> int:
    turns = Turns()
    try:
        await client.do(command)
    finally:
        count = turns.end()
    return count


async def test_who_asks_and_does_not_listen_is_waited_for(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await clients.one("INBOX")
    said, most = 0, 0
    taken = ServerConnection.data_to_send

    def counted(connection: ServerConnection) -> bytes:
        nonlocal said, most
        data = taken(connection)
        said, most = said + len(data), max(most, len(data))
        return data

    monkeypatch.setattr(ServerConnection, "data_to_send", counted)
    asked = 2000
    writing = asyncio.create_task(client.stream.write(b'a LIST "" *\r\n' * asked))
    heard = 0
    while heard < asked:
        heard += (await client.line()).startswith(b"a OK")
    await writing
    assert said > 500_000
    assert most < 300_000


async def test_names_held_against_many_patterns_leave_turns_to_others(clients: Clients) -> None:
    client = await clients.one()
    for number in range(30):
        await client.ok(f"CREATE {'ab' * 20}{number}")
    patterns = " ".join(["*a%b" * 150] * 100)
    assert await _turns_during(client, f'LIST "" ({patterns})') > 6, NEVER
    assert await _turns_during(client, f'LSUB "" {"%a" * 1000}') > 3, NEVER
    assert await _turns_during(client, f"ESEARCH IN (mailboxes ({' '.join(map(str, range(100)))})) ALL") > 90, NEVER


async def test_whoever_is_told_of_many_mailboxes_leaves_turns_to_others(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 60
    client, other = await clients.one(), await clients.one()
    for number in range(many):
        await other.ok(f"CREATE {number}")
    monkeypatch.setattr(notify, "A_TURN", 2)
    monkeypatch.setattr(mailboxes, "MAILBOXES_A_TURN", 2)
    events = "MessageNew MessageExpunge MailboxName MailboxMetadataChange"
    asked = await _turns_during(client, f"NOTIFY SET STATUS (personal ({events}))")
    assert asked > 2 * many, NEVER  # taken in twice, looked at for rights and notes, and told of

    turns = Turns()
    await other.ok("CREATE another")
    assert b"another" in await client.line()
    assert turns.end() > many, NEVER


async def test_sets_in_one_search_have_an_end(clients: Clients) -> None:
    await clients.fill(3)
    client = await clients.one("INBOX")
    most = clients.office.limits.store.query_sets
    await clients.fill(40)
    await client.ok("NOOP")
    sets = [",".join(str(number) for number in range(1 + each % 2, 40, 2)) for each in range(most + 1)]
    assert (await client.do("SEARCH " + "OR UID ".join(["", *(f"{each} " for each in sets)]) + "SEEN"))[-1].startswith(
        b"NO [LIMIT]"
    )
    assert (await client.do("SEARCH " + "OR UID ".join(["", *(f"{each} " for each in sets[1:])]) + "SEEN"))[-1].startswith(
        b"OK"
    )


async def test_filters_are_read_no_further_than_a_search_may_be_long(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await clients.one("INBOX")
    for number in range(50):
        await client.ok(f'SETMETADATA "" (/private/filters/values/f{number} "{"SEEN " * 900}SEEN")')
    read = 0

    def counted(*given: object) -> object:
        nonlocal read
        read += 1
        return criterion(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(filters, "criterion", counted)
    said = await client.do("SEARCH " + " ".join(f"FILTER f{number}" for number in range(50)))
    assert said[-1] == b"NO [LIMIT] the search is too large with its filters"
    assert read <= 3


def test_pairs_that_a_client_remembers_are_gone_through_once_however_often_it_says_them() -> None:
    pairs = sequence.parse(b",".join([b"1:100000"] * 2000))
    assert pairs is not None
    with within(2):
        known = Resync(1, 1, None, pairs, pairs)
        assert agreed(View(array("I", range(1, 100_001)), 1), known) == 100_000


def test_recent_messages_in_many_pieces_are_found_as_fast_as_in_few() -> None:
    view = View(array("I", range(1, 40_001)), 1)
    for uid in range(1, 40_001, 2):
        view.claim(uid, uid)
    with within(1):
        assert list(view.recent_among(view.uids[:6])) == [True, False, True, False, True, False]
        assert sum(view.recent_among(view.uids)) == 20_000
        assert not view.is_recent(40_001)


@pytest.mark.parametrize("asks", ["t IDLE", "t NOTIFY SET (selected (MessageNew (FLAGS) MessageExpunge FlagChange))"])
async def test_who_wants_to_be_told_and_does_not_listen_is_kept_little_for(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    await clients.fill(400)
    deaf, busy = await clients.one("INBOX"), await clients.one("INBOX")
    said = 0
    taken = ServerConnection.data_to_send

    def counted(connection: ServerConnection) -> bytes:
        nonlocal said
        data = taken(connection)
        said += len(data) if b"FETCH" in data else 0
        return data

    monkeypatch.setattr(ServerConnection, "data_to_send", counted)
    await deaf.stream.write(asks.encode() + b"\r\n")
    for number in range(40):
        await busy.ok(f"STORE 1:* {'-+'[number % 2]}FLAGS.SILENT (\\Flagged)")
    assert said < 400_000
