"""A maildrop over the real store: listed, fetched, emptied at QUIT and only then."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pace import within
from pillarbox.errors import Unavailable
from pillarbox.limits import ConnectionLimits, Limits
from pillarbox.mail.messages import Messages
from pillarbox.mail.office import Office
from pillarbox.proto.pop3 import commands
from pillarbox.proto.pop3.server import ServerConnection
from pillarbox.servers.pop3 import maildrop
from pillarbox.servers.pop3.session import FLUSH_AT, HANDLERS
from pillarbox.store.models import Flag
from pillarbox.testing.house import house
from servers.pop3.maildrops import ALICE, BOB, Client, connected, held, message, opened, put, setting

ONE = b"Subject: one\r\n\r\n.\r\n..two dots\r\nend\r\n"
TWO = b"Subject: two\r\n\r\nbody\r\n"


async def test_a_whole_session(office: Office) -> None:
    await put(office, ONE, TWO)
    async with connected(office) as client:
        assert client.greeting.startswith(b"+OK ")
        assert await client.log_in() == b"+OK 2 messages (58 octets)"
        assert await client.say(b"STAT") == b"+OK 2 58"
        assert await client.many(b"LIST") == [b"1 36", b"2 22"]
        assert await client.say(b"LIST 2") == b"+OK 2 22"
        assert await client.say(b"LIST 3") == b"-ERR no such message"
        assert await client.fetch(b"RETR 1") == ONE
        assert await client.fetch(b"TOP 1 1") == ONE[:19]
        assert await client.fetch(b"TOP 2 0") == b"Subject: two\r\n\r\n"
        assert await client.fetch(b"RETR 2") == TWO
        names = await client.many(b"UIDL")
        assert [await client.say(b"UIDL %d" % number) for number in (1, 2)] == [b"+OK " + name for name in names]
        assert await client.say(b"DELE 1") == b"+OK marked"
        assert await client.say(b"DELE 1") == b"-ERR that message is deleted"
        assert await client.say(b"RETR 1") == b"-ERR that message is deleted"
        assert await client.say(b"STAT") == b"+OK 1 22"
        assert await client.many(b"LIST") == [b"2 22"]
        assert await client.many(b"UIDL") == names[1:]
        assert await client.say(b"RSET") == b"+OK 2 messages (58 octets)"
        assert await client.say(b"STAT") == b"+OK 2 58"
        assert await client.say(b"NOOP") == b"+OK"
        assert await client.say(b"DELE 2") == b"+OK marked"
        assert await client.quit() == b"+OK goodbye (1 deleted)"
    assert [uid for uid, _ in await held(office)] == [1]


async def test_an_empty_maildrop(office: Office) -> None:
    async with connected(office) as client:
        assert await client.log_in(BOB) == b"+OK 0 messages (0 octets)"
        assert await client.many(b"LIST") == []
        assert await client.many(b"UIDL") == []
        assert await client.say(b"RETR 1") == b"-ERR no such message"
        assert await client.quit() == b"+OK goodbye (0 deleted)"


async def test_a_dropped_connection_deletes_nothing(office: Office) -> None:
    await put(office, ONE, TWO)
    async with connected(office) as client:
        await client.log_in()
        await client.say(b"DELE 1")
        await client.drop()
    assert len(await held(office)) == 2
    async with connected(office) as client:
        assert await client.log_in() == b"+OK 2 messages (58 octets)"


async def test_the_maildrop_is_one_sessions_at_a_time(office: Office) -> None:
    async with connected(office) as first, connected(office) as second, connected(office) as third:
        assert (await first.log_in()).startswith(b"+OK")
        assert (await second.log_in()).startswith(b"-ERR [IN-USE] ")
        assert (await third.log_in(BOB)).startswith(b"+OK")
        await first.quit()
        assert (await second.log_in()).startswith(b"+OK")
        await second.drop()
        async with connected(office) as fourth:
            assert (await fourth.log_in()).startswith(b"+OK")


async def test_deletion_is_all_or_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(office, ONE, TWO)

    async def refuse(*_: object, **__: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(Messages, "expunge", refuse)
    async with connected(office) as client:
        await client.log_in()
        await client.say(b"DELE 1")
        assert await client.quit() == b"-ERR [SYS/TEMP] the disk is full"
    assert len(await held(office)) == 2
    monkeypatch.undo()
    async with connected(office) as client:
        assert (await client.log_in()).startswith(b"+OK 2 "), "the maildrop is free again"


async def test_deleted_mail_goes_to_trash_if_its_owner_wants(office: Office) -> None:
    await setting(office, pop3_delete="trash")
    await put(office, ONE, TWO)
    async with connected(office) as client:
        await client.log_in()
        await client.say(b"DELE 2")
        await client.quit()
    assert len(await held(office)) == 1
    assert len(await held(office, "Trash")) == 1


async def test_deleted_mail_goes_to_a_new_trash_if_there_is_none(office: Office) -> None:
    await setting(office, pop3_delete="trash")
    alice = await opened(office)
    await alice.mailboxes.delete("Trash")
    await put(office, ONE)
    async with connected(office) as client:
        await client.log_in()
        await client.say(b"DELE 1")
        assert await client.quit() == b"+OK goodbye (1 deleted)"
    assert len(await held(office, "Trash")) == 1


@pytest.mark.parametrize(("wanted", "flags"), [("true", Flag.SEEN), ("false", 0)])
@pytest.mark.parametrize("drops", [False, True])
async def test_what_was_fetched_counts_as_read_if_its_owner_wants(office: Office, wanted: str, flags: int, drops: bool) -> None:
    await setting(office, pop3_marks_seen=wanted)
    await put(office, ONE, TWO)
    async with connected(office) as client:
        await client.log_in()
        await client.fetch(b"TOP 2 0")
        await client.fetch(b"RETR 1")
        await (client.drop() if drops else client.quit())
    assert await held(office) == [(1, flags), (2, 0)]


class Days:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.day = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.day)

    def monotonic(self) -> float:
        return self.day * 86_400


async def collect(office: Office, drop: bool = False) -> int:
    """A session that fetches everything; how much there was."""
    async with connected(office) as client:
        count = int((await client.log_in()).split()[1])
        for number in range(1, count + 1):
            await client.fetch(b"RETR %d" % number)
        await (client.drop() if drop else client.quit())
    return count


async def test_collected_mail_leaves_after_its_days(tmp_path: Path) -> None:
    clock = Days()
    async with house(tmp_path, clock=clock) as office:
        await setting(office, pop3_expire_days="7")
        await put(office, ONE)
        assert await collect(office) == 1
        await put(office, TWO)
        clock.day = 6.9
        assert await collect(office) == 2
        clock.day = 7.1
        assert await collect(office) == 1, "the first went, the second was collected later"
        clock.day = 14.5
        assert await collect(office) == 0


async def test_mail_without_days_leaves_when_it_is_collected(office: Office) -> None:
    await setting(office, pop3_expire_days="0")
    await put(office, ONE, TWO)
    assert await collect(office, drop=True) == 2
    assert await collect(office) == 2, "who goes without QUIT may not have it: it stays"
    assert await collect(office) == 0


async def test_two_devices_that_leave_a_copy_each_get_everything_once(office: Office) -> None:
    devices: list[dict[bytes, bytes]] = [{}, {}]
    for round_ in range(3):
        await put(office, message(2 * round_), message(2 * round_ + 1))
        for device in devices:
            async with connected(office) as client:
                await client.log_in()
                for line in await client.many(b"UIDL"):
                    number, name = line.split()
                    if name not in device:
                        device[name] = await client.fetch(b"RETR " + number)
                await client.quit()
    assert devices[0] == devices[1]
    assert sorted(devices[0].values()) == sorted(message(number) for number in range(6))


async def test_two_equal_messages_have_two_names(office: Office) -> None:
    await put(office, ONE, ONE)
    async with connected(office) as client:
        await client.log_in()
        names = {line.split()[1] for line in await client.many(b"UIDL")}
    assert len(names) == 2
    assert all(1 <= len(name) <= 70 and all(0x21 <= byte <= 0x7E for byte in name) for name in names)


async def test_what_others_do_meanwhile_changes_no_number(office: Office) -> None:
    await put(office, message(1), message(2), message(3))
    alice = await opened(office)
    inbox = (await alice.mail.mailbox("INBOX")).id
    async with connected(office) as client:
        await client.log_in()
        await client.fetch(b"TOP 3 0")
        await put(office, message(4))
        await alice.messages.expunge(inbox, [(2, 2)], only_deleted=False)
        assert len(await client.many(b"LIST")) == 3
        assert [line.split()[0] for line in await client.many(b"UIDL")] == [b"1", b"3"]
        assert await client.fetch(b"RETR 1") == message(1)
        assert await client.say(b"RETR 2") == b"-ERR that message is gone: another session removed it"
        assert await client.say(b"UIDL 2") == b"-ERR that message is gone: another session removed it"
        assert await client.fetch(b"RETR 3") == message(3)
        assert await client.say(b"DELE 2") == b"+OK marked"
        assert (await client.quit()).startswith(b"+OK")
    assert [uid for uid, _ in await held(office)] == [1, 3, 4]


SIZES = [0, 10, 64 * 1024 - 200, 64 * 1024 + 1, 256 * 1024, 256 * 1024 + 1, 1_500_000]


@pytest.mark.parametrize("size", SIZES)
async def test_a_message_of_any_size_comes_back_as_it_was(office: Office, size: int) -> None:
    lines = b"".join(b".%06d line\r\n" % number for number in range(size // 14))
    whole = message(1, lines + b"x" * (size % 14) + b"\r\n")
    await put(office, whole)
    async with connected(office) as client:
        await client.log_in()
        assert await client.fetch(b"TOP 1 0") == message(1, b"")
        assert await client.fetch(b"TOP 1 3") == message(
            1, b"".join((lines + b"x" * (size % 14) + b"\r\n").splitlines(True)[:3])
        )
        assert await client.fetch(b"TOP 1 99999999") == whole
        assert await client.fetch(b"RETR 1") == whole
        assert await client.fetch(b"RETR 1") == whole


@pytest.mark.parametrize("order", ["in order", "backwards", "every third", "pipelined"])
async def test_many_messages_in_any_order(office: Office, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildrop, "AHEAD_MESSAGES", 5)
    monkeypatch.setattr(maildrop, "PAGE", 7)
    await put(office, *[message(number, b"x" * (number * 100) + b"\r\n") for number in range(1, 31)])
    numbers = {"backwards": range(30, 0, -1), "every third": range(1, 31, 3)}.get(order, range(1, 31))
    async with connected(office) as client:
        await client.log_in()
        assert [line.split()[0] for line in await client.many(b"UIDL")] == [b"%d" % number for number in range(1, 31)]
        assert len(await client.many(b"LIST")) == 30
        await client.say(b"DELE 9")
        if order == "pipelined":
            await client.wire.write(b"".join(b"RETR %d\r\n" % number for number in numbers))
        for number in numbers:
            answer = await (client.line() if order == "pipelined" else client.say(b"RETR %d" % number))
            if number == 9:
                assert answer == b"-ERR that message is deleted"
            else:
                assert answer.startswith(b"+OK ")
                assert await client.content() == message(number, b"x" * (number * 100) + b"\r\n")


async def test_a_client_that_takes_nothing_is_written_nothing_more(office: Office) -> None:
    await put(office, message(1, b"x" * 70 + b"\r\n" * 30_000))
    async with connected(office, window=65536) as client:
        await client.log_in()
        await client.wire.write(b"RETR 1\r\n" * 1000)
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(client.wire._transport.sent) < 2_000_000
        await client.drop()


async def test_answers_to_pipelined_commands_go_out_as_they_gather(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = []

    def data_to_send(connection: ServerConnection) -> bytes:
        gathered.append(connection.unsent)
        return take(connection)

    take = ServerConnection.data_to_send
    monkeypatch.setattr(ServerConnection, "data_to_send", data_to_send)
    whole = message(1, b"x" * 70 + b"\r\n" * 10_000)
    await put(office, whole)
    async with connected(office) as client:
        await client.log_in()
        await client.wire.write(b"RETR 1\r\n" * 50)
        for _ in range(50):
            assert (await client.line()).startswith(b"+OK ")
            assert await client.content() == whole
    assert max(gathered) < FLUSH_AT + 2 * len(whole)


async def test_a_client_that_sends_much_at_once_lets_others_have_a_turn(office: Office) -> None:
    async with connected(office) as greedy, connected(office) as other:
        await greedy.log_in()
        await other.log_in(BOB)
        await greedy.wire.write(b"NOOP\r\n" * 40_000)
        with within(0.2):
            assert await other.say(b"NOOP") == b"+OK"
        for _ in range(40_000):
            assert await greedy.line() == b"+OK"


async def test_a_fault_of_ours_is_said_neutrally_and_the_session_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret of ours")

    monkeypatch.setitem(HANDLERS, commands.Stat, broken)
    async with connected(office) as client:
        await client.log_in()
        assert await client.say(b"STAT") == b"-ERR [SYS/TEMP] our fault; it is in our log"
        assert await client.say(b"NOOP") == b"+OK"


async def test_a_message_that_breaks_off_is_not_ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = message(1, b"y" * 70 + b"\r\n" * 200_000)
    await put(office, whole)
    async with connected(office) as client:
        await client.log_in()
        alice = await opened(office)
        kind = type(alice.mail)
        read = kind.read

        async def once(self: object, blob: object, first: int = 0, count: int | None = None) -> bytes:
            if first:
                raise Unavailable("the disk is away")
            return await read(self, blob, first, count)  # type: ignore[arg-type]

        monkeypatch.setattr(kind, "read", once)
        await client.send(b"RETR 1")
        got = b""
        while piece := await client.wire.read():
            got += piece
        assert got.startswith(b"+OK ")
        assert not got.endswith(b"\r\n.\r\n")
        assert b"-ERR" not in got


def impatient(**times: float) -> Limits:
    return replace(Limits(), connection=replace(ConnectionLimits(), **times))


async def test_who_does_not_log_in_in_time_is_left(tmp_path: Path) -> None:
    async with house(tmp_path, limits=impatient(before_login=0.05)) as office, connected(office) as client:
        await client.say(b"CAPA")
        await client.content()
        assert await client.wire.read_all() == b""


async def test_a_silent_client_is_left_without_update(tmp_path: Path) -> None:
    async with house(tmp_path, limits=impatient(pop3_idle=0.05)) as office:
        await put(office, ONE)
        async with connected(office) as client:
            await client.log_in()
            await client.say(b"DELE 1")
            assert await client.wire.read_all() == b""
        assert len(await held(office)) == 1


async def test_a_login_delay_is_kept(tmp_path: Path) -> None:
    clock = Days()
    async with house(tmp_path, clock=clock) as office:
        await setting(office, pop3_login_delay="60")

        async def log_in() -> bytes:
            async with connected(office) as client:
                return await client.log_in()

        assert (await log_in()).startswith(b"+OK")
        assert await log_in() == b"-ERR [LOGIN-DELAY] come again in 60 seconds"
        clock.day = 59.5 / 86_400
        assert await log_in() == b"-ERR [LOGIN-DELAY] come again in 1 seconds"
        clock.day = 60 / 86_400
        assert (await log_in()).startswith(b"+OK")


async def capabilities(client: Client) -> dict[bytes, bytes]:
    return {line.partition(b" ")[0]: line.partition(b" ")[2] for line in await client.many(b"CAPA")}


async def test_capabilities_are_those_of_the_state(office: Office) -> None:
    async with connected(office) as client:
        before = await capabilities(client)
        await client.log_in()
        after = await capabilities(client)
    assert before.keys() == after.keys()
    assert before.keys() >= {b"TOP", b"UIDL", b"USER", b"SASL", b"STLS", b"PIPELINING", b"RESP-CODES", b"AUTH-RESP-CODE"}
    assert before.keys() >= {b"UTF8", b"LANG", b"IMPLEMENTATION"}
    assert (before[b"EXPIRE"], before[b"LOGIN-DELAY"]) == (b"0 USER", b"0 USER")
    assert (after[b"EXPIRE"], after[b"LOGIN-DELAY"]) == (b"NEVER", b"0")


async def test_capabilities_are_those_of_the_account(office: Office) -> None:
    await setting(office, pop3_expire_days="30", pop3_login_delay="5", disabled_capabilities="UTF8,LANG")
    async with connected(office) as client:
        assert b"UTF8" in await capabilities(client)
        await client.log_in()
        after = await capabilities(client)
    assert (after[b"EXPIRE"], after[b"LOGIN-DELAY"]) == (b"30", b"5")
    assert not after.keys() & {b"UTF8", b"LANG"}


async def test_languages(office: Office) -> None:
    async with connected(office) as client:
        assert await client.many(b"LANG") == [b"i-default Default language", b"en English"]
        assert (await client.say(b"LANG *")).startswith(b"+OK en ")
        assert (await client.say(b"LANG EN-GB")).startswith(b"+OK en ")
        assert (await client.say(b"LANG i-default")).startswith(b"+OK i-default ")
        assert (await client.say(b"LANG tlh")).startswith(b"-ERR ")
        assert (await client.say(b"UTF8")).startswith(b"+OK")
        assert ALICE
