"""COMPRESS in a session: what one message holds does not show in how well another compresses (RFC 4978, CRIME)."""

import pytest

from pillarbox.limits import KiB, MiB
from servers.imap.parley import Client, Clients, Deflated

GUESSES = (b"your code is 471108", b"your code is 990177")
"""What somebody writes who wants to know what stands in the mail beside it: right and wrong."""


def mail(body: bytes) -> bytes:
    return b"From: x@example.net\r\nSubject: s\r\n\r\n" + body + b"\r\n"


async def received(client: Client, command: str) -> int:
    """How many bytes come for a command."""
    assert isinstance(client.stream, Deflated)
    before = client.stream.received
    await client.ok(command)
    return client.stream.received - before


async def compressed(clients: Clients) -> Client:
    client = await clients.one("INBOX")
    await client.ok("COMPRESS DEFLATE")
    client.compress()
    return client


@pytest.mark.parametrize("item", ["BODY.PEEK[]", "BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BINARY.PEEK[1]"])
@pytest.mark.parametrize("size", [0, 100 * KiB], ids=["small", "large"])
async def test_a_guess_in_one_message_does_not_show_in_the_length_of_all(item: str, size: int, clients: Clients) -> None:
    """Large messages lie outside the database, and are read and told by themselves."""
    for guess in GUESSES:
        await clients.put([mail(guess + bytes(size)), mail(b"your code is 471108" + bytes(size))])
    client = await compressed(clients)
    right, wrong = [await received(client, f"UID FETCH {which} ({item})") for which in ("1:2", "3:4")]
    assert abs(right - wrong) <= 3  # the digits of the numbers differ, and six digits more or less repeated would be more


async def test_an_answer_is_not_compressed_by_the_one_before(clients: Clients) -> None:
    await clients.put([mail(guess) for guess in GUESSES])
    client = await compressed(clients)
    first, again = [await received(client, "FETCH 1 (ENVELOPE)") for _ in range(2)]
    assert first == again


async def test_what_is_told_compressed_is_smaller(clients: Clients) -> None:
    await clients.put([mail(b"many times the same\r\n" * 1000)])
    client = await compressed(clients)
    assert await received(client, "FETCH 1 (BODY[])") < 1000


async def test_a_bomb_meets_the_limits_of_a_line(clients: Clients) -> None:
    client = await compressed(clients)
    assert (await client.do(b"NOOP " + bytes(8 * MiB)))[-1].startswith(b"BAD")
    await client.ok("NOOP")


async def test_idle_tells_under_compression(clients: Clients) -> None:
    client = await compressed(clients)
    await client.stream.write(b"a IDLE\r\n")
    assert (await client.line()).startswith(b"+ ")
    await clients.fill(1)
    assert await client.line() == b"* 1 EXISTS\r\n"
    await client.stream.write(b"DONE\r\n")


async def test_what_comes_behind_the_command_is_compressed_already(clients: Clients) -> None:
    client = await clients.one("INBOX")
    plain = client.stream
    client.compress()
    await plain.write(b"a COMPRESS DEFLATE\r\n" + client.stream.packed(b"z NOOP\r\n"))
    assert (await plain.read_line()).startswith(b"a OK")
    assert (await client.line()).startswith(b"z OK")


async def test_a_client_that_goes_on_in_the_clear_is_dropped(clients: Clients) -> None:
    client = await clients.one("INBOX")
    await client.stream.write(b"a COMPRESS DEFLATE\r\n")
    assert (await client.line()).startswith(b"a OK")
    await client.stream.write(b"b NOOP\r\n")
    with pytest.raises(EOFError):
        await client.line()
