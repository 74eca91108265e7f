"""Chromium without a window, driven by its own protocol over a WebSocket: enough to load a page, to ask it things, and to hear
what it asks of others."""

import asyncio
import json
import os
import shutil
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 120.0
_OPTIONS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-pings",
)

needed = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed")


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket = socket
        self._session = session
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.events: deque[tuple[str, Mapping[str, Any]]] = deque()
        """All that has happened so far: (name, parameters)."""

    async def call(self, method: str, **parameters: Any) -> Any:
        """The result of a command. Raises RuntimeError with its error."""
        self._number += 1
        answered = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        message = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send(json.dumps({**message, "sessionId": self._session} if self._session else message))
        async with asyncio.timeout(PATIENCE):
            return await answered

    async def evaluate(self, expression: str, **values: Any) -> Any:
        """What JavaScript makes of it, in the page; `values` are there as constants. A promise is waited for."""
        given = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        source = f"(async () => {{ {given} {expression} }})()"
        answer = await self.call("Runtime.evaluate", expression=source, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", "it failed"))
        return answer["result"].get("value")

    async def open(self, url: str) -> None:
        """Load a page, and wait until all of it is there."""
        await self.call("Page.navigate", url=url)
        await self.evaluate(
            "for (;;) { if (location.href === url && document.readyState === 'complete') return;"
            " await new Promise(done => setTimeout(done, 5)); }",
            url=url,
        )

    def happened(self, name: str) -> Sequence[Mapping[str, Any]]:
        return [parameters for event, parameters in self.events if event == name]

    def hear(self, message: Mapping[str, Any]) -> None:
        if "id" not in message:
            self.events.append((message["method"], message["params"]))
        elif (waiting := self._waiting.pop(message["id"], None)) is not None and not waiting.done():
            if "error" in message:
                waiting.set_exception(RuntimeError(message["error"]["message"]))
            else:
                waiting.set_result(message["result"])


@asynccontextmanager
async def browsing(folder: Path, *options: str) -> AsyncIterator[Page]:
    """A browser of its own with one empty tab."""
    assert PROGRAM is not None
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *_OPTIONS,
        *root,
        f"--user-data-dir={folder}",
        *options,
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(folder)},
        start_new_session=True,
    )
    try:
        async with connect(await _address(process), max_size=None, open_timeout=PATIENCE, ping_interval=None) as socket:
            browser = Page(socket, "")
            pages = {"": browser}
            reading = asyncio.ensure_future(_read(socket, pages))
            try:
                target = await browser.call("Target.createTarget", url="about:blank")
                attached = await browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
                page = pages[attached["sessionId"]] = Page(socket, attached["sessionId"])
                for domain in ("Page", "Runtime", "Network"):
                    await page.call(f"{domain}.enable")
                yield page
            finally:
                reading.cancel()
    finally:
        await _end(process)


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where the browser says that it listens."""
    assert process.stderr is not None
    said: list[bytes] = []
    async with asyncio.timeout(PATIENCE):
        async for line in process.stderr:
            said.append(line)
            if b"DevTools listening on " in line:
                return line.decode().partition("DevTools listening on ")[2].strip()
    raise RuntimeError(f"Chromium did not start: {b''.join(said)[-2000:]!r}")


async def _read(socket: ClientConnection, pages: Mapping[str, Page]) -> None:
    async for text in socket:
        message = json.loads(text)
        if (page := pages.get(message.get("sessionId", ""))) is not None:
            page.hear(message)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Of the browser; what it says meanwhile is read, so that nothing keeps it from ending."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(PATIENCE / 4):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
