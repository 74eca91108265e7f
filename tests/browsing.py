"""Somebody in a browser: with its cookies, and with what it says of the page that asks."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx2

from pillarbox.clock import SystemClock
from pillarbox.mail.office import Office
from pillarbox.servers.http.app import application
from pillarbox.testing.house import PASSWORD

ALICE, BOB = "alice@example.org", "bob@example.org"
ROOT = "https://mail.example.org"
COOKIE = "__Host-pillarbox"
CORE, PEOPLE = "urn:ietf:params:jmap:core", "urn:x-pillarbox:people"


class Clock(SystemClock):
    """Stands still, and goes on when it is told to."""

    def __init__(self) -> None:
        self.began = super().now()
        self.ahead = timedelta()

    def now(self) -> datetime:
        return self.began + self.ahead


class Browser:
    """One that has our own page open, unless told otherwise."""

    def __init__(self, office: Office, http: httpx2.AsyncClient) -> None:
        self.office = office
        self.http = http
        self.token = ""
        self.agent = "Browser/1"

    def headers(self, **more: str | None) -> dict[str, str]:
        said = {"origin": ROOT, "sec-fetch-site": "same-origin", "user-agent": self.agent}
        if self.token:
            said["x-pillarbox-token"] = self.token
        said.update({name.replace("_", "-"): value for name, value in more.items() if value is not None})
        return {name: value for name, value in said.items() if more.get(name.replace("-", "_"), "") is not None}

    @property
    def cookie(self) -> str:
        return self.http.cookies.get(COOKIE) or ""

    async def post(self, path: str, value: Any = None, **headers: str | None) -> httpx2.Response:
        response = await self.http.post(path, json=value if value is not None else {}, headers=self.headers(**headers))
        if response.status_code == 200 and "token" in response.json():
            self.token = response.json()["token"]
        return response

    async def get(self, path: str, **headers: str | None) -> httpx2.Response:
        return await self.http.get(path, headers=self.headers(**{"origin": None, **headers}))

    async def sign_in(self, address: str = ALICE, password: str = PASSWORD, **more: Any) -> httpx2.Response:
        return await self.post("/sign-in", {"address": address, "password": password, **more})

    async def jmap(self, *calls: tuple[str, Mapping[str, Any]]) -> list[Any]:
        asked = [[name, arguments, f"c{number}"] for number, (name, arguments) in enumerate(calls)]
        response = await self.post("/jmap/api", {"using": [CORE, PEOPLE], "methodCalls": asked})
        assert response.status_code == 200, response.text
        return [(name, arguments) for name, arguments, _ in response.json()["methodResponses"]]

    async def one(self, name: str, **arguments: Any) -> Any:
        """The answer of one call, that is not refused."""
        [(said, answer)] = await self.jmap((name, arguments))
        assert said == name, answer
        return answer

    async def refused(self, name: str, **arguments: Any) -> Any:
        [(said, answer)] = await self.jmap((name, arguments))
        assert said == "error", answer
        return answer


@asynccontextmanager
async def browsing(office: Office, address: str = "192.0.2.7") -> AsyncIterator[Browser]:
    transport = httpx2.ASGITransport(app=application(office), client=(address, 40_000))
    async with httpx2.AsyncClient(transport=transport, base_url=ROOT) as http:
        yield Browser(office, http)
