"""The client libraries people use, over real sockets of loopback."""

import asyncio
import imaplib
import re
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from imapclient import IMAPClient

from pillarbox.net.stream import Stream, peer_of
from pillarbox.servers.imap.serve import serve
from pillarbox.testing.house import house
from servers.imap.parley import IMAP, Clients, message

T = TypeVar("T")


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """A server with five messages in Alice's INBOX."""
    conversations: set[asyncio.Task[None]] = set()
    async with house(tmp_path) as office:

        class Door(Stream):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                conversations.add(asyncio.create_task(self.converse()))

            async def converse(self) -> None:
                await serve(self, IMAP, office)
                await self.close()

        await Clients(office).fill(5)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Door(peer_of(("127.0.0.1", 1))), "127.0.0.1", 0, family=socket.AF_INET)
        yield server.sockets[0].getsockname()[1]
        server.close()
        await asyncio.gather(*conversations)


async def on_a_thread(work: Callable[[], T]) -> T:
    return await asyncio.wait_for(asyncio.to_thread(work), 90)


async def test_imaplib(port: int) -> None:
    def work() -> None:
        with imaplib.IMAP4("127.0.0.1", port) as client:
            client.login("alice@example.org", "sesame")
            assert client.select("INBOX") == ("OK", [b"5"])
            kind, found = client.search(None, "SUBJECT", '"message 3"')
            assert (kind, found) == ("OK", [b"3"])
            kind, data = client.fetch("3", "(RFC822 UID)")
            assert isinstance(data[0], tuple)
            assert data[0][1] == message(3)
            kind, _ = client.append("INBOX", "(\\Seen)", imaplib.Time2Internaldate(0), message(6))
            assert kind == "OK"
            assert client.uid("COPY", "1:2", "Trash")[0] == "OK"
            assert client.store("1", "+FLAGS", "(\\Deleted)")[0] == "OK"
            assert client.expunge() == ("OK", [b"1"])
            assert client.status("Trash", "(MESSAGES UNSEEN)")[1] == [b"Trash (MESSAGES 2 UNSEEN 2)"]
            kind, listed = client.list()
            assert any(isinstance(line, bytes) and b"\\Trash" in line for line in listed)
            assert client.namespace()[1] == [b'(("" "/")) (("Other Users/" "/")) (("Shared/" "/"))']

    await on_a_thread(work)


async def test_imapclient(port: int) -> None:
    def work() -> None:
        with IMAPClient("127.0.0.1", port, ssl=False) as client:
            client.login("alice@example.org", "sesame")
            assert client.select_folder("INBOX")[b"EXISTS"] == 5
            assert client.search(["UNSEEN", "FROM", "ann"]) == [1, 2, 3, 4, 5]
            fetched = client.fetch([2, 3], ["ENVELOPE", "BODYSTRUCTURE", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY[1]"])
            assert fetched[2][b"ENVELOPE"].subject == b"message 2"
            assert fetched[3][b"BODY[1]"] == b"Hello\r\n"
            assert fetched[3][b"RFC822.SIZE"] == len(message(3))
            client.add_flags([4], ["\\Flagged", "work"])
            assert client.get_flags([4])[4] == (b"\\Flagged", b"\\Recent", b"work")
            client.create_folder("Größe/klein")
            assert "Größe/klein" in [name for _, _, name in client.list_folders()]
            client.move([1], "Größe/klein")
            assert client.folder_status("Größe/klein", ["MESSAGES"]) == {b"MESSAGES": 1}
            assert client.find_special_folder(b"\\Sent") == "Sent"
            client.idle()
            with IMAPClient("127.0.0.1", port, ssl=False) as other:
                other.login("alice@example.org", "sesame")
                other.append("INBOX", message(9))
            assert (5, b"EXISTS") in client.idle_check(timeout=60)
            client.idle_done()
            client.delete_messages([2, 3])
            client.expunge()
            assert client.search("ALL") == [4, 5, 6]
            client.logout()

    await on_a_thread(work)


async def test_aioimaplib(port: int) -> None:
    aioimaplib = pytest.importorskip("aioimaplib")
    client = aioimaplib.IMAP4(host="127.0.0.1", port=port, timeout=60)
    await client.wait_hello_from_server()
    await client.login("alice@example.org", "sesame")
    result = await client.select("INBOX")
    assert result.result == "OK"
    assert re.search(rb"^5 EXISTS$", b"\n".join(result.lines), re.MULTILINE)
    result = await client.uid("fetch", "1:2", "(FLAGS BODY.PEEK[])")
    assert message(2) in [bytes(line) for line in result.lines]
    await client.idle_start(timeout=60)
    client.idle_done()
    await client.logout()
