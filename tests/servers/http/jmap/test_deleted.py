"""What IMAP has marked as \\Deleted is nothing that JMAP knows of (RFC 8621 §4.1.1): by both, through a real server."""

import base64
import imaplib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2
import pytest

from pillarbox.testing.served import HOST, PASSWORD, Served, served

ALICE, BOB = "alice@example.org", "bob@example.org"
MAIL = "urn:ietf:params:jmap:mail"
WITHIN = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("deleted"), accounts=[ALICE, BOB], web=True) as running:
        yield running


@contextmanager
def imap(server: Served, address: str = ALICE) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4(HOST, server.ports["imap"]) as made:
        made.login(address, PASSWORD)
        made.select()
        yield made


class Jmap:
    """Somebody's requests, all of one account."""

    def __init__(self, http: httpx2.AsyncClient, account: str) -> None:
        self.http = http
        self.account = account

    async def ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        calls = [[name, {"accountId": self.account, **arguments}, "c"]]
        answer = await self.http.post("/jmap/api", json={"using": ["urn:ietf:params:jmap:core", MAIL], "methodCalls": calls})
        ((said, found, _),) = answer.json()["methodResponses"]
        assert said == name, found
        return dict(found)

    async def since(self, state: str) -> tuple[list[str], list[str], list[str]]:
        told = await self.ask("Email/changes", sinceState=state)
        return told["created"], told["updated"], told["destroyed"]

    async def inbox(self) -> Mapping[str, Any]:
        boxes = (await self.ask("Mailbox/get"))["list"]
        return next(box for box in boxes if box["role"] == "inbox")

    async def download(self, blob: str) -> int:
        return (await self.http.get(f"/jmap/download/{self.account}/{blob}/x")).status_code

    @asynccontextmanager
    async def pushed(self, types: str) -> AsyncIterator[AsyncIterator[set[str]]]:
        """The types of this account that each event tells of."""
        async with self.http.stream("GET", f"/jmap/eventsource?types={types}&closeafter=no&ping=0") as said:
            lines = aiter(said.aiter_lines())
            assert (await anext(lines)).startswith(":")
            yield self._events(lines)

    async def _events(self, lines: AsyncIterator[str]) -> AsyncIterator[set[str]]:
        async for line in lines:
            if line.startswith("data: "):
                changed = json.loads(line.removeprefix("data: "))["changed"]
                if self.account in changed:
                    yield set(changed[self.account])


@asynccontextmanager
async def jmap(server: Served, address: str = ALICE, owner: str = ALICE) -> AsyncIterator[Jmap]:
    auth = "Basic " + base64.b64encode(f"{address}:{PASSWORD}".encode()).decode()
    async with httpx2.AsyncClient(
        base_url=f"http://{HOST}:{server.ports['http']}", headers={"Authorization": auth}, timeout=WITHIN, verify=False
    ) as http:
        accounts = (await http.get("/jmap/session")).json()["accounts"]
        yield Jmap(http, next(key for key, account in accounts.items() if account["name"] == owner))


async def test_a_message_that_imap_marks_goes_and_comes_back_when_it_is_not_marked(server: Served) -> None:
    with imap(server) as client:
        for n in (1, 2):
            client.append("INBOX", "", None, b"Subject: %d\r\n\r\nhello" % n)  # type: ignore[arg-type]
        async with jmap(server) as alice, alice.pushed("Email,Mailbox,Thread") as pushes:
            first, second = sorted((await alice.ask("Email/query"))["ids"])
            got = await alice.ask("Email/get", ids=[first, second], properties=["blobId", "threadId"])
            (blob, thread), before = (got["list"][0]["blobId"], got["list"][0]["threadId"]), got["state"]

            client.store("1", "+FLAGS", "\\Deleted")
            assert await anext(pushes) == {"Email", "Mailbox", "Thread"}
            assert await alice.since(before) == ([], [], [first])
            got = await alice.ask("Email/get", ids=[first, second], properties=["id"])
            assert (got["notFound"], [one["id"] for one in got["list"]]) == ([first], [second])
            assert (await alice.ask("Email/query"))["ids"] == [second]
            assert (await alice.ask("Thread/get", ids=[thread]))["notFound"] == [thread]
            box = await alice.inbox()
            assert [box[f"{kind}{of}"] for kind in ("total", "unread") for of in ("Emails", "Threads")] == [1, 1, 1, 1]
            assert await alice.download(blob) == 404
            done = await alice.ask("Email/set", update={first: {"keywords/$seen": True}}, destroy=[first])
            assert done["notUpdated"][first]["type"] == done["notDestroyed"][first]["type"] == "notFound"

            client.store("1", "-FLAGS", "\\Deleted")
            assert await anext(pushes) == {"Email", "Mailbox", "Thread"}
            assert await alice.since(got["state"]) == ([first], [], [])
            assert (await alice.inbox())["totalEmails"] == 2
            assert await alice.download(blob) == 200


async def test_whoever_a_mailbox_is_shared_with_is_told_too(server: Served) -> None:
    with imap(server, BOB) as client:
        client.append("INBOX", "", None, b"Subject: x\r\n\r\nhello")  # type: ignore[arg-type]
        client.setacl("INBOX", ALICE, "lrs")
        async with jmap(server, ALICE, BOB) as alice, alice.pushed("Email,Thread") as pushes:
            got = await alice.ask("Email/get", ids=(await alice.ask("Email/query"))["ids"], properties=["id"])
            client.store("1", "+FLAGS", "\\Deleted")
            assert await anext(pushes) == {"Email", "Thread"}
            assert await alice.since(got["state"]) == ([], [], [got["list"][0]["id"]])
