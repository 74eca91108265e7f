"""How a conversation is held, and how it ends."""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pillarbox.limits import ConnectionLimits, Limits
from pillarbox.mail.office import Office
from pillarbox.net import authority
from pillarbox.net.bounds import Bounds
from pillarbox.net.listener import Door, Listener, Premises
from pillarbox.net.sockets import listen
from pillarbox.net.stream import Stream
from pillarbox.net.tls import ServerTls
from pillarbox.servers.smtp.serve import LINES, serve
from pillarbox.testing.memory_stream import pair
from servers.smtp.talk import Client, call, conversation, messages_of

MESSAGE = "From: alice@example.org\r\nSubject: hello\r\n\r\n.\r\n..\r\nHow are you?\r\n"


async def test_silence_is_answered_with_goodbye(office: Office) -> None:
    office.limits = Limits(connection=ConnectionLimits(smtp_idle=0.05))
    client, _ = call(office)
    assert (await client.read_all()).endswith(b"421 4.4.2 Nothing heard for too long\r\n")


async def test_a_server_that_stops_says_so(office: Office) -> None:
    client, task = call(office)
    await client.read_line()
    await client.write(b"EHLO there\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\nhalf")
    await client.read_until(b"354 ")
    await client.read_line()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await client.read_line()).startswith(b"421 4.3.2 ")
    assert await messages_of(office, "alice@example.org") == []


async def test_a_server_that_stops_finishes_a_message_and_begins_no_other(office: Office) -> None:
    stream, raw = pair()
    task = asyncio.create_task(serve(stream, Door("smtp"), office))
    client = Client(raw)
    await client.reply()
    await client.say("EHLO there", "MAIL FROM:<>", "RCPT TO:<alice@example.org>", "DATA")
    stream.is_leaving = True
    await raw.write(b"X: y\r\n\r\n.\r\n")
    assert (await client.reply()).startswith("250 ")
    assert (await client.say("MAIL FROM:<>")).startswith("421 4.3.2 ")
    await asyncio.wait_for(task, 60)
    assert len(await messages_of(office, "alice@example.org")) == 1


async def test_a_client_that_goes_in_the_middle_of_a_message_leaves_nothing(office: Office) -> None:
    async with conversation(office) as client:
        await client.say("MAIL FROM:<>", "RCPT TO:<alice@example.org>", "DATA")
        await client.raw.write(b"y" * 2_000_000)
        client.raw.end()
        assert await client.raw.read_all() == b""
    assert await messages_of(office, "alice@example.org") == []
    assert not list(Path(office.kept.spool()).iterdir())


@pytest.mark.parametrize(("turn", "least"), [(10.0, 6 * 40_000 // LINES), (-1.0, 40_000)], ids=["by bytes", "by time"])
async def test_a_client_that_pipelines_all_it_can_lets_others_have_their_turn(
    office: Office, monkeypatch: pytest.MonkeyPatch, turn: float, least: int
) -> None:
    monkeypatch.setattr("pillarbox.servers.smtp.serve.TURN", turn)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    client, _ = call(office, window=1 << 24)
    await client.read_line()
    waiting = asyncio.create_task(other())
    await client.write(b"NOOP\r\n" * 40_000 + b"QUIT\r\n")
    said = await client.read_until(b"221 ")
    waiting.cancel()
    assert said.count(b"250 2.0.0 OK") == 40_000
    assert turns >= least


@asynccontextmanager
async def open_doors(office: Office, folder: Path) -> AsyncIterator[tuple[dict[str, int], ssl.SSLContext]]:
    """Every door on a real socket: its ports, and TLS for a client that trusts us."""
    made = authority.ensure(folder, "localhost", datetime.now(UTC))
    limits = ConnectionLimits(close=0.5)
    premises = Premises(bounds=Bounds(100, 0), tls=ServerTls(made.certificate, made.key, limits), limits=limits)

    async def hold(stream: Stream, door: Door) -> None:
        await serve(stream, door, office)

    listeners = {
        door.name: Listener(listen(("127.0.0.1", 0)), door, hold, premises)
        for door in (Door("smtp"), Door("submission"), Door("submissions", implicit_tls=True, can_start_tls=False))
    }
    for listener in listeners.values():
        listener.start()
    try:
        ports = {name: int(listener.address.rpartition(":")[2]) for name, listener in listeners.items()}
        yield ports, ssl.create_default_context(cafile=str(made.authority))
    finally:
        for listener in listeners.values():
            await listener.drain(0)
            listener.close()


def send_by_smtplib(port: int, context: ssl.SSLContext, *, implicit: bool, log_in: bool) -> dict[str, tuple[int, bytes]]:
    connect = partial(smtplib.SMTP_SSL, context=context) if implicit else smtplib.SMTP
    with connect("localhost", port, timeout=60) as client:
        if not implicit:
            client.starttls(context=context)
        if log_in:
            client.login("alice@example.org", "sesame")
        return client.sendmail("alice@example.org", ["bob@example.org", "carol@example.org"], MESSAGE, ["BODY=8BITMIME"])


async def test_smtplib_sends_by_every_door(office: Office, tmp_path: Path) -> None:
    async with open_doors(office, tmp_path / "tls") as (ports, context):
        for door, how in (
            ("smtp", {"implicit": False, "log_in": False}),
            ("submission", {"implicit": False, "log_in": True}),
            ("submissions", {"implicit": True, "log_in": True}),
        ):
            refused = await asyncio.to_thread(send_by_smtplib, ports[door], context, **how)
            assert list(refused) == ["carol@example.org"]
            assert refused["carol@example.org"][0] == 550
    kept = await messages_of(office, "bob@example.org")
    assert len(kept) == 3
    assert all(message.endswith(b"\r\n.\r\n..\r\nHow are you?\r\n") for message in kept)


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r"])
async def test_no_false_end_gets_through_a_real_socket(office: Office, tmp_path: Path, end: bytes) -> None:
    async with open_doors(office, tmp_path / "tls") as (ports, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports["smtp"])
        writer.write(b"EHLO there\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n")
        await reader.readuntil(b"354 ")
        writer.write(b"text" + end)
        await asyncio.sleep(0)
        writer.write(b"MAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nforged\r\n.\r\nQUIT\r\n")
        said = await asyncio.wait_for(reader.read(), 60)
        writer.close()
    assert said.count(b"550 5.6.11 ") == 1
    assert said.endswith(b"221 2.0.0 Goodbye\r\n")
    assert await messages_of(office, "bob@example.org") == []
    assert await messages_of(office, "alice@example.org") == []
