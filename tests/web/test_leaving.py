"""Lists are left by one click (RFC 8058), seen in Chromium: what the list is handed, and what its reader is told."""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from chromium import PROGRAM, needed
from jmapping import ALICE, Person, persons
from pillarbox.checks.questions import Post
from pillarbox.mail.office import Office
from pillarbox.servers.http.app import application
from pillarbox.testing.fake_dns import Zone
from pillarbox.testing.house import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "web" / "e2e" / "leaving.mjs"
BUILT = ROOT / "src" / "pillarbox" / "servers" / "http" / "webmail" / "static" / "index.html"
MODULE = ROOT / "web" / "node_modules" / "playwright-core"
PATIENCE = 200.0
LEFT, KEPT = "https://kites.example/leave?1", "https://kites.example/stay?1"
LETTER = (
    "From: Kites <news@kites.example>\r\nTo: {}\r\nSubject: {}\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\n"
    "List-Unsubscribe: <{}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nUp, and away.\r\n"
)

pytestmark = [
    needed,
    pytest.mark.skipif(shutil.which("node") is None or not MODULE.exists(), reason="playwright-core is not installed"),
    pytest.mark.skipif(not BUILT.exists(), reason="the webmail is not built (make web)"),
]


@asynccontextmanager
async def serving(office: Office) -> AsyncIterator[str]:
    """The real pages, on loopback; of others nobody is asked but who `office.answers` knows."""
    server = uvicorn.Server(uvicorn.Config(application(office), log_config=None, lifespan="off", ws="none"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            yield f"http://localhost:{listening.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await task


@pytest.mark.timeout(300)
async def test_a_list_is_left_by_one_click_and_one_is_told(tmp_path: Path) -> None:
    zone = Zone()
    zone.document(LEFT, "")
    zone.document(KEPT, "", status=500)
    async with persons(tmp_path / "house") as people:
        people[ALICE].office.answers = zone
        for subject, url in (("Kites of the week", LEFT), ("Kites that cling", KEPT)):
            await _put(people[ALICE], LETTER.format(ALICE, subject, url))
        async with serving(people[ALICE].office) as url:
            given = {
                "url": url,
                "people": [{"address": ALICE, "password": PASSWORD}],
                "program": PROGRAM,
                "folder": str(tmp_path),
            }
            await asyncio.to_thread(_tell, json.dumps(given))
    body = b"List-Unsubscribe=One-Click"
    assert zone.asked == [Post(url, "application/x-www-form-urlencoded", body) for url in (LEFT, KEPT)]


async def _put(person: Person, letter: str) -> None:
    blob = (await person.upload(letter.encode(), "message/rfc822")).json()["blobId"]
    ((_, boxes),) = await person.ask(("Mailbox/get", {"ids": None}))
    place = {box["id"]: True for box in boxes["list"] if box["role"] == "inbox"}
    ((_, made),) = await person.ask(("Email/import", {"emails": {"x": {"blobId": blob, "mailboxIds": place}}}))
    assert made["created"]


def _tell(given: str) -> None:
    command = ["node", str(STORY), given]
    told = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=STORY.parent, timeout=PATIENCE)
    assert told.returncode == 0, told.stderr
