"""What of one account may be on its way at a time: requests that are not whole, and WebSockets. Each holds memory, and a client
that is slow enough could have hundreds."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from jmapping import ALICE, BOB, CORE, Person, persons
from pillarbox.limits import JmapLimits, Limits
from pillarbox.servers.http.app import application
from pillarbox.testing.house import PASSWORD, house

ECHO = json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"a": 1}, "0"]]}).encode()
JSON = {"content-type": "application/json"}
PATIENCE = 60


class Slow:
    """Requests whose end comes when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.now = asyncio.Event()

    async def said(self) -> AsyncIterator[bytes]:
        yield ECHO[:-1]
        self.begun += 1
        await self.now.wait()
        yield ECHO[-1:]

    async def status(self, person: Person) -> tuple[int, str | None]:
        answer = await person.http.post("/jmap/api", content=self.said(), headers=JSON)
        return answer.status_code, answer.json().get("limit")


async def test_so_many_large_requests_of_one_account_are_on_their_way_at_a_time(tmp_path: Path) -> None:
    slow = Slow()
    async with persons(tmp_path, Limits(jmap=JmapLimits(requests=4))) as people, asyncio.timeout(PATIENCE):
        alice, bob = people[ALICE], people[BOB]
        hers = [asyncio.ensure_future(slow.status(alice)) for _ in range(4)]
        while slow.begun < 4:
            await asyncio.sleep(0)
        assert await slow.status(alice) == (400, "maxConcurrentRequests")
        small = await alice.http.post("/jmap/api", content=ECHO, headers=JSON)
        assert small.status_code == 200
        his = asyncio.ensure_future(slow.status(bob))
        while slow.begun < 5:
            await asyncio.sleep(0)
        slow.now.set()
        assert await asyncio.gather(*hers, his) == [(200, None)] * 5
        assert await slow.status(alice) == (200, None)


class Socket:
    """One that somebody has opened, or tried to."""

    def __init__(self, app: Any, address: str) -> None:
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        self._asked: asyncio.Queue[Any] = asyncio.Queue()
        self._asked.put_nowait({"type": "websocket.connect"})
        basic = b"Basic " + base64.b64encode(f"{address}:{PASSWORD}".encode())
        scope = {"type": "websocket", "path": "/jmap/ws", "scheme": "wss", "client": ("192.0.2.7", 1), "query_string": b""}
        scope |= {"headers": [(b"host", b"here"), (b"authorization", basic)], "subprotocols": ["jmap"]}
        self.task = asyncio.ensure_future(
            app({**scope, "extensions": {"websocket.http.response": {}}}, self._asked.get, self.said.put)
        )

    async def answer(self) -> Any:
        message = await self.said.get()
        return message.get("status", message["type"])

    async def leave(self) -> None:
        self._asked.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.task


async def test_so_many_websockets_of_one_account_are_open_at_a_time(tmp_path: Path) -> None:
    async with house(tmp_path, limits=Limits(jmap=JmapLimits(listeners=2))) as office, asyncio.timeout(PATIENCE):
        app = application(office)
        hers = [Socket(app, ALICE) for _ in range(2)]
        assert [await each.answer() for each in hers] == ["websocket.accept"] * 2
        refused, his = Socket(app, ALICE), Socket(app, BOB)
        assert await refused.answer() == 503
        assert await his.answer() == "websocket.accept"
        await hers.pop().leave()
        hers.append(Socket(app, ALICE))
        assert await hers[-1].answer() == "websocket.accept"
        for each in (refused, his, *hers):
            await each.leave()
