"""Conversations that are no transcripts: logging in, TLS, going away, messages coming in, what goes wrong."""

import asyncio
import base64
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.clock import SystemClock
from pillarbox.errors import Unavailable
from pillarbox.limits import ConnectionLimits, ImapLimits, Limits
from pillarbox.proto.sasl import client as sasl
from pillarbox.store.sqlite import SqliteMail
from pillarbox.testing.house import house
from pillarbox.testing.memory_stream import OLDER_TLS
from servers.imap.parley import Client, Clients, message

ABROAD = "192.0.2.1"
"""An address from which no password is taken in the clear."""
PLAIN = base64.b64encode(b"\0alice@example.org\0sesame").decode()


# Before log-in.


async def test_the_greeting_says_what_can_be_done_now(clients: Clients) -> None:
    said = await clients.new(peer=ABROAD).line()
    assert b"STARTTLS LOGINDISABLED]" in said
    assert b"AUTH=" not in said
    assert b"IMAP4rev1 IMAP4rev2" in said
    said = await clients.new(peer=ABROAD, tls=True).line()
    assert b"STARTTLS" not in said
    assert b"LOGINDISABLED" not in said
    assert b" AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN]" in said


async def test_no_password_is_taken_in_the_clear(clients: Clients) -> None:
    client = clients.new(peer=ABROAD)
    await client.line()
    assert (await client.do("LOGIN alice@example.org sesame"))[-1].startswith(b"NO [PRIVACYREQUIRED]")
    assert (await client.do(f"AUTHENTICATE PLAIN {PLAIN}"))[-1].startswith(b"NO [PRIVACYREQUIRED]")
    await client.ok("STARTTLS")
    assert any(b"AUTH=PLAIN" in line for line in await client.ok("CAPABILITY"))
    await client.ok("LOGIN alice@example.org sesame")


async def test_what_is_sent_behind_starttls_is_never_executed(clients: Clients) -> None:
    client = clients.new(peer=ABROAD)
    await client.line()
    await client.stream.write(b"a1 STARTTLS\r\na2 LOGIN alice@example.org sesame\r\n")
    said = await client.stream.read_all()
    assert said.startswith(b"a1 OK")
    assert b"a2" not in said


async def test_tls_is_begun_once(clients: Clients) -> None:
    client = clients.new(tls=True)
    await client.line()
    assert (await client.do("STARTTLS"))[-1].startswith(b"BAD")


@pytest.mark.parametrize(
    "command",
    ["LOGIN alice@example.org wrong", "LOGIN nobody@example.org sesame", "LOGIN alice@elsewhere.example sesame", "LOGIN x y"],
)
async def test_a_failed_login_says_nothing_of_who_exists(clients: Clients, command: str) -> None:
    client = clients.new()
    await client.line()
    assert await client.do(command) == [b"NO [AUTHENTICATIONFAILED] wrong name or password"]


async def test_authenticate_plain_with_and_without_an_initial_response(clients: Clients) -> None:
    client = clients.new()
    await client.line()
    assert b"[CAPABILITY IMAP4rev1" in (await client.ok(f"AUTHENTICATE PLAIN {PLAIN}"))[-1]
    client = clients.new()
    await client.line()
    await client.stream.write(b"a AUTHENTICATE PLAIN\r\n")
    assert await client.line() == b"+ \r\n"
    await client.stream.write(PLAIN.encode() + b"\r\n")
    assert (await client.line()).startswith(b"a OK")


@pytest.mark.parametrize(("said", "answer"), [(b"*", b"BAD"), (b"no base64!", b"BAD"), (b"YWJj", b"NO [CANNOT]")])
async def test_an_exchange_that_breaks_off_leaves_the_connection_as_it_was(
    clients: Clients, said: bytes, answer: bytes
) -> None:
    client = clients.new()
    await client.line()
    await client.stream.write(b"a AUTHENTICATE PLAIN\r\n" + said + b"\r\n")
    assert await client.line() == b"+ \r\n"
    assert (await client.line()).startswith(b"a " + answer)
    await client.ok(f"AUTHENTICATE PLAIN {PLAIN}")


@pytest.mark.parametrize("plus", [False, True])
async def test_scram(clients: Clients, plus: bool) -> None:
    client = clients.new(tls=OLDER_TLS if plus else True)
    await client.line()
    binding = ("tls-server-end-point", OLDER_TLS.channel_bindings["tls-server-end-point"]) if plus else None
    exchange = sasl.scram_sha_256("alice@example.org", "sesame", "fyko+d2lbbFgONRv9qkxdawL", binding)
    name = b"SCRAM-SHA-256-PLUS" if plus else b"SCRAM-SHA-256"
    await client.stream.write(b"a AUTHENTICATE %b %b\r\n" % (name, base64.b64encode(next(exchange))))
    while (line := await client.line()).startswith(b"+ "):
        await client.stream.write(base64.b64encode(exchange.send(base64.b64decode(line[2:]))) + b"\r\n")
    assert line.startswith(b"a OK")


async def test_an_unknown_mechanism_is_refused(clients: Clients) -> None:
    client = clients.new()
    await client.line()
    assert (await client.do("AUTHENTICATE GSSAPI"))[-1].startswith(b"NO [CANNOT]")


async def test_a_capability_can_be_switched_off_for_an_account(clients: Clients) -> None:
    account = await clients.office.kept.account("alice@example.org")
    assert account is not None
    await clients.office.kept.change_account(replace(account, settings={"disabled_capabilities": "QRESYNC,idle,APPENDLIMIT"}))
    client = await clients.one()
    said = (await client.ok("CAPABILITY"))[0].split()
    assert not {b"QRESYNC", b"IDLE"} & set(said)
    assert not any(word.startswith(b"APPENDLIMIT") for word in said)
    assert (await client.ok("ENABLE QRESYNC CONDSTORE"))[0] == b"* ENABLED CONDSTORE"


# Going away.


class Hurrying(SystemClock):
    """Every look at it takes ten seconds."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += 10.0
        return self._now


async def test_all_that_comes_before_login_has_one_time(tmp_path: Path) -> None:
    async with house(tmp_path, clock=Hurrying()) as office:
        client = Client(office)
        await client.line()
        heard = b""
        for _ in range(20):
            if client.stream.closed:
                break
            await client.stream.write(b"a NOOP\r\n")
            heard += await client.stream.read()
        assert b"a OK" in heard
        assert b"* BYE" in heard
        client.stream.end()


@pytest.mark.parametrize("last", [b"", b"b IDLE\r\n"])
async def test_whoever_falls_silent_is_told_goodbye(tmp_path: Path, last: bytes) -> None:
    async with house(tmp_path, limits=Limits(connection=ConnectionLimits(imap_idle=0.1))) as office:
        client = await Client(office).log_in("INBOX")
        if last:
            await client.stream.write(last)
            assert await client.line() == b"+ idling\r\n"
        assert (await client.line()).startswith(b"* BYE")
        client.stream.end()
        await asyncio.wait_for(client.task, 60)


async def test_a_server_that_goes_down_says_so(clients: Clients) -> None:
    client = await clients.one("INBOX")
    client.task.cancel()
    assert (await client.line()).startswith(b"* BYE")
    client.stream.end()
    with pytest.raises(asyncio.CancelledError):
        await client.task
    clients.all.clear()


@pytest.mark.parametrize("last", [b"", b"a", b"a IDLE\r\n", b"a APPEND INBOX {10}\r\n", b"a APPEND INBOX {10}\r\nabc"])
async def test_a_client_may_vanish_anywhere(clients: Clients, tmp_path: Path, last: bytes) -> None:
    client = await clients.one("INBOX")
    await client.stream.write(last)
    await client.close()
    assert client.task.exception() is None
    assert (await (await clients.one()).ok("STATUS INBOX (MESSAGES)"))[0] == b"* STATUS INBOX (MESSAGES 0)"
    assert not list((tmp_path / "spool").glob("in-*"))


async def test_a_fault_of_ours_costs_the_command_and_no_more(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await clients.one("INBOX")
    with monkeypatch.context() as patch:
        patch.setattr("pillarbox.store.sqlite.mail.SqliteMail.subscriptions", lambda self: 1 / 0)
        assert (await client.do('LIST "" *'))[-1].startswith(b"NO [SERVERBUG]")
    await client.ok('LIST "" *')


async def test_a_hundred_commands_at_once_are_answered_in_order(clients: Clients) -> None:
    await clients.fill(3)
    client = await clients.one("INBOX")
    await client.stream.write(b"".join(b"p%d UID FETCH %d (FLAGS)\r\n" % (number, number % 3 + 1) for number in range(100)))
    said = [await client.line() for _ in range(200)]
    assert [line.split()[0] for line in said[1::2]] == [b"p%d" % number for number in range(100)]


# Messages coming in.


async def test_a_multiappend_is_kept_whole_or_not_at_all(clients: Clients) -> None:
    client = await clients.one()
    small = replace(clients.office.settings.mail, message_size=100)
    clients.office.settings = replace(clients.office.settings, mail=small)
    refused = await client.do(b"APPEND INBOX {5+}\r\nabcde {200+}\r\n%b {5+}\r\nabcde" % (b"x" * 200))
    assert refused[-1].startswith(b"NO [TOOBIG]")
    assert (await client.ok("STATUS INBOX (MESSAGES)"))[0] == b"* STATUS INBOX (MESSAGES 0)"
    await client.append(b"y" * 100)


async def test_a_large_message_comes_in_and_goes_out_byte_for_byte(clients: Clients, tmp_path: Path) -> None:
    client = await clients.one("INBOX")
    large = message(1, b"".join(b"%06d %b\r\n" % (number, b"z" * 60) for number in range(40_000)))
    await client.append(large)
    lines = await client.ok("FETCH 1 (BODY.PEEK[] RFC822.SIZE)")
    assert large in lines[0]
    assert lines[0].endswith(b"RFC822.SIZE %d)" % len(large))
    cut = large[large.index(b"000000 ") :][2_000_000:2_000_007]
    assert (await client.ok("FETCH 1 BODY.PEEK[TEXT]<2000000.7>"))[0].endswith(b"{7}\r\n%b)" % cut)
    assert not list((tmp_path / "spool").glob("in-*"))


async def test_utf8_messages_and_names(clients: Clients) -> None:
    client = await clients.one(enable="UTF8=ACCEPT")
    data = "Subject: Grüße\r\n\r\nhallo\r\n".encode()
    await client.ok('CREATE "Entwürfe"')
    await client.ok(b'APPEND "%b" UTF8 (~{%d+}\r\n%b)' % ("Entwürfe".encode(), len(data), data))
    await client.ok('SELECT "Entwürfe"')
    assert data in (await client.ok("FETCH 1 BODY.PEEK[]"))[0]
    assert (await client.ok('SEARCH SUBJECT "grüsse"'))[0] in (b"* SEARCH", b"* SEARCH 1")
    assert (await client.ok('SEARCH SUBJECT "GRÜß"'))[0] == b"* SEARCH 1"


async def test_a_quota_is_kept(clients: Clients) -> None:
    account = await clients.office.kept.account("alice@example.org")
    assert account is not None
    await clients.office.kept.change_account(replace(account, settings={"quota_bytes": "1000"}))
    client = await clients.one("INBOX")
    await client.append(b"x" * 900)
    assert (await client.do(b"APPEND INBOX {200+}\r\n" + b"x" * 200))[-1].startswith(b"NO [OVERQUOTA]")
    assert (await client.do("COPY 1 Sent"))[-1].startswith(b"NO [OVERQUOTA]")
    await client.ok("MOVE 1 Sent")


async def test_a_mailbox_has_room_for_so_many_keywords(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(imap=ImapLimits(keywords=2))) as office:
        clients = Clients(office)
        await clients.fill(1)
        client = await clients.one("INBOX")
        await client.ok("STORE 1 +FLAGS (one two)")
        assert (await client.do("STORE 1 +FLAGS (three)"))[-1].startswith(b"NO [LIMIT]")
        await client.ok("STORE 1 FLAGS (ONE)")
        assert (await client.do(b"APPEND INBOX (two Three) {1+}\r\nx"))[-1].startswith(b"NO [LIMIT]")
        await client.ok(b"APPEND Sent (two three) {1+}\r\nx")
        assert (await client.do("COPY 1 Sent"))[-1].startswith(b"NO [LIMIT]")
        assert (await client.do("MOVE 1 Sent"))[-1].startswith(b"NO [LIMIT]")
        await client.ok("STORE 1 FLAGS (THREE)")
        await client.ok("COPY 1 Sent")
        await client.close()


async def test_keywords_that_come_and_go_are_not_told_of_for_ever(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(imap=ImapLimits(keywords=3))) as office:
        clients = Clients(office)
        await clients.fill(2)
        client = await clients.one("INBOX")
        await client.ok("STORE 2 +FLAGS (lasting)")
        for number in range(20):
            (flags, *_) = await client.ok(f"STORE 1 +FLAGS (a{number} b{number})")
            assert flags.count(b" a") + flags.count(b" b") <= 6
            await client.ok(f"STORE 1 -FLAGS (a{number} b{number})")
        assert b"lasting" in b"".join(await client.ok("FETCH 1:* FLAGS"))
        flags = next(line for line in await client.ok("SELECT INBOX") if line.startswith(b"* FLAGS"))
        assert b"lasting" in flags
        assert flags.count(b" a") + flags.count(b" b") <= 6
        await client.close()


@pytest.mark.slow
async def test_fifty_thousand_keywords_are_refused_politely(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(50_000)]
    async with house(tmp_path) as office:
        clients = Clients(office)
        await clients.fill(3)
        client = await clients.one("INBOX")
        most = office.limits.imap.keywords
        for at in range(0, len(words), 500):
            done = await client.do(f"STORE {1 + at // 500 % 3} +FLAGS.SILENT ({' '.join(words[at : at + 500])})")
            assert done[-1].startswith(b"OK" if at < most else b"NO [LIMIT]")
            assert sum(map(len, done)) < 30_000
        for line in (f"STORE 1 +FLAGS ({' '.join(words)})", f"APPEND INBOX ({' '.join(words)}) {{1+}}\r\nx"):
            assert (await client.do(line))[-1].startswith(b"BAD")
            client = await clients.one("INBOX")
        for at in range(most, len(words), 5000):
            said = await client.do(f"APPEND INBOX ({' '.join(words[at : at + 5000])}) {{1+}}\r\nx")
            assert said[-1].startswith(b"NO [LIMIT]")
        assert len(await client.ok("FETCH 1:3 FLAGS")) == 4
        assert (await client.ok(f"SEARCH KEYWORD {words[most - 1]}"))[0] == b"* SEARCH 2"
        await client.ok(f"STORE 1:3 -FLAGS.SILENT ({' '.join(words[:most])})")
        await client.ok("STORE 1 +FLAGS (another)")
        await client.close()


async def test_keywords_are_told_of_when_a_mailbox_is_opened(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        first = await Clients(office).one()
        await first.ok(b"APPEND INBOX ($Forwarded work) {1+}\r\nx")
        await first.close()
    async with house(tmp_path) as office:
        second = await Clients(office).one()
        flags = next(line for line in await second.ok("SELECT INBOX") if line.startswith(b"* FLAGS"))
        assert b"$Forwarded" in flags
        assert b"work" in flags
        await second.close()


async def test_a_mailbox_is_opened_where_nothing_can_be_written(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> int:
        raise Unavailable("the disk is full")

    client = await clients.one()
    await clients.fill(1)
    monkeypatch.setattr(SqliteMail, "claim_recent", full)
    said = await client.ok("SELECT INBOX")
    assert b"* 1 EXISTS" in said
    assert b"* 1 RECENT" in said
