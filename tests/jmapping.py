"""Somebody who speaks JMAP to a whole office, without a network between: for tests of what is answered."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from pillarbox.clock import Clock
from pillarbox.limits import Limits
from pillarbox.mail.office import Office
from pillarbox.servers.http.app import application
from pillarbox.testing.house import PASSWORD, house

ALICE, BOB = "alice@example.org", "bob@example.org"
CORE = "urn:ietf:params:jmap:core"
USING = (
    CORE,
    *(f"urn:ietf:params:jmap:{name}" for name in ("mail", "blob", "quota", "submission", "vacationresponse", "mdn")),
    "urn:x-pillarbox:forwarding",
)


class Person:
    """One who is logged in at every request."""

    def __init__(self, office: Office, address: str, number: int, http: httpx2.AsyncClient) -> None:
        self.office = office
        self.address = address
        self.account = f"A{number}"
        self.http = http

    async def ask(self, *calls: tuple[str, Mapping[str, Any]], **more: Any) -> list[Any]:
        """The answers to these calls: (name, arguments) each; `accountId` is this person's where none is given."""
        answer = await self.request(*calls, **more)
        return [(name, arguments) for name, arguments, _ in answer["methodResponses"]]

    async def request(self, *calls: tuple[str, Mapping[str, Any]], using: Any = USING, **more: Any) -> Any:
        wanted = [
            [name, arguments if name == "Core/echo" else {"accountId": self.account, **arguments}, f"c{number}"]
            for number, (name, arguments) in enumerate(calls)
        ]
        response = await self.post({"using": list(using), "methodCalls": wanted, **more})
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, value: Any) -> httpx2.Response:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return await self.http.post("/jmap/api", content=data, headers={"Content-Type": "application/json"})

    async def upload(self, data: bytes, kind: str = "text/plain", account: str = "") -> httpx2.Response:
        return await self.http.post(f"/jmap/upload/{account or self.account}/", content=data, headers={"Content-Type": kind})

    async def download(
        self, blob: str, name: str = "x", *, account: str = "", accept: str = "", **headers: str
    ) -> httpx2.Response:
        path = f"/jmap/download/{account or self.account}/{blob}/{name}"
        return await self.http.get(path, params={"accept": accept} if accept else None, headers=headers)


@asynccontextmanager
async def persons(
    folder: Path, limits: Limits | None = None, clock: Clock | None = None
) -> AsyncIterator[Mapping[str, Person]]:
    """Alice and Bob, by address."""
    async with house(folder, limits=limits, clock=clock) as office:
        transport = httpx2.ASGITransport(app=application(office))
        found = {}
        clients = []
        for address in (ALICE, BOB):
            account = await office.kept.account(address)
            assert account
            client = httpx2.AsyncClient(transport=transport, base_url="https://mail.example.org", auth=(address, PASSWORD))
            clients.append(client)
            found[address] = Person(office, address, account.id, client)
        try:
            yield found
        finally:
            for client in clients:
                await client.aclose()
