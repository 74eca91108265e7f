"""aioimaplib: the asynchronous one, which many programs of homes and chats use."""

import asyncio

import pytest

from person import EVENING, LETTERS, Person

aioimaplib = pytest.importorskip("aioimaplib")
pytestmark = pytest.mark.client


async def connected(person: Person) -> "aioimaplib.IMAP4_SSL":
    client = aioimaplib.IMAP4_SSL(
        "localhost", person.server.ports["imaps"], ssl_context=person.server.client_context(), timeout=90
    )
    await client.wait_hello_from_server()
    assert (await client.login(person.address, person.password)).result == "OK"
    return client


async def test_it_reads_what_was_written(person: Person) -> None:
    person.append(*LETTERS)
    client = await connected(person)
    await client.select("INBOX")
    for number, letter in enumerate(LETTERS, 1):
        answer = await client.fetch(str(number), "(BODY.PEEK[])")
        assert bytes(answer.lines[1]) == letter
    await client.logout()


async def test_it_appends_and_stores(person: Person) -> None:
    client = await connected(person)
    assert (await client.append(EVENING, "INBOX", r"\Seen")).result == "OK"
    await client.select("INBOX")
    assert (await client.uid("store", "1", "+FLAGS", r"(\Deleted)")).result == "OK"
    assert (await client.expunge()).result == "OK"
    await client.logout()
    assert person.messages() == []


async def test_idle_pushes_new_mail(person: Person) -> None:
    client = await connected(person)
    await client.select("INBOX")
    waiting = await client.idle_start(timeout=90)
    await asyncio.to_thread(person.deliver, EVENING)
    told = await client.wait_server_push(timeout=60)
    assert b"1 EXISTS" in told
    client.idle_done()
    await asyncio.wait_for(waiting, 60)
    await client.logout()
