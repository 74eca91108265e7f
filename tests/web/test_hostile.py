"""Mail that means harm, seen in Chromium: whatever is in it, no script runs and nobody is asked for anything.

Each case is shown twice: as the webmail does, in the sandboxed frame with its policy; and in a frame without either, where
nothing but the server's cleaning stands between a stranger and the reader. A canary listens for every request to a host that is
not ours; after each case something is asked of it on purpose: when that has come, all that the case asked for would have.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

import webdriver
from chromium import Page, browsing, needed
from jmapping import ALICE, USING, Person, persons
from pillarbox.mail.office import Office
from pillarbox.servers.http.app import application
from pillarbox.servers.http.webmail import policies

TESTS = Path(__file__).resolve().parents[1]
FOLDERS = (TESTS / "cases" / "hostile_html", TESTS.parent / "web" / "src" / "reading" / "hostile")
CASES = sorted(path for folder in FOLDERS for path in folder.glob("*.html"))
WEBMAIL = "urn:x-pillarbox:webmail"
PAGE = b"<!doctype html><html><head><title>test</title></head><body></body></html>"
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
SHOW = """
const shown = async (frame, source) => {
  const loaded = new Promise(done => frame.addEventListener("load", done, { once: true }));
  if (source) frame.src = source;
  document.body.append(frame);
  if (source) await loaded;
  const page = frame.contentDocument;
  frame.contentWindow.pwn ??= () => { window.ran = true; };
  page.body.innerHTML = html;
  while (![...page.images].every(each => each.complete)) await new Promise(requestAnimationFrame);
  // where no listener is called (WebKit, in the reader) a click on a link would follow it
  let hears = false;
  page.addEventListener("hears", () => { hears = true; });
  page.dispatchEvent(new Event("hears"));
  for (const each of page.querySelectorAll("*")) {
    for (const kind of ["click", "focus", "mouseover", "toggle", "animationstart", "pointerenter", "beforetoggle"]) {
      if (kind === "click" && !hears) continue;
      const event = new Event(kind, { bubbles: true, cancelable: true });
      if (kind === "click") each.addEventListener(kind, click => click.preventDefault(), { once: true });
      each.dispatchEvent(event);
    }
    page.defaultView.getComputedStyle(each).backgroundImage;
  }
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
};
const reader = document.createElement("iframe");
reader.setAttribute("sandbox", sandbox);
const open = document.createElement("iframe");
await shown(reader, "/mail/reader");
await shown(open, "");
const clobbered = ["body", "head", "cookie", "forms", "getElementById"].filter(
  name => open.contentDocument[name] instanceof open.contentWindow.HTMLElement && !["body", "head"].includes(name));
reader.remove();
open.remove();
await fetch(`http://canary.invalid/sentinel/${name}`, { mode: "no-cors" }).catch(() => null);
return clobbered;
"""
UNCLEAN = """
const open = document.createElement("iframe");
document.body.append(open);
open.contentWindow.pwn ??= () => { window.ran = true; };
open.contentDocument.body.innerHTML = '<img src="http://canary.invalid/unclean" onerror="pwn()">';
await new Promise(done => open.contentDocument.images[0].addEventListener("error", done));
open.remove();
"""


SINKS = """
const made = name => document.createElement(name);
const sinks = {
  innerHTML: () => { made("p").innerHTML = "<b>a</b>"; },
  outerHTML: () => { document.body.appendChild(made("p")).outerHTML = "<b>a</b>"; },
  insertAdjacentHTML: () => made("p").insertAdjacentHTML("beforeend", "<b>a</b>"),
  srcdoc: () => { made("iframe").srcdoc = "<b>a</b>"; },
  parse: () => new DOMParser().parseFromString("<b>a</b>", "text/html"),
  fragment: () => document.createRange().createContextualFragment("<b>a</b>"),
  write: () => document.write("<b>a</b>"),
  script: () => { made("script").src = "/mail/sw.js"; },
  worker: () => navigator.serviceWorker.register("/mail/sw.js"),
  policy: () => trustedTypes.createPolicy("other", {}),
};
const taken = [];
for (const [name, sink] of Object.entries(sinks)) {
  try { await sink(); taken.push(name); } catch (error) { if (!(error instanceof TypeError)) throw error; }
}
trustedTypes.createPolicy("pillarbox", { createHTML: text => text });
trustedTypes.createPolicy("dompurify", { createHTML: text => text });
return taken;
"""
_MAKER = re.compile(r"\.(?:mozilla|firefox)\.(?:com|net|org)[:/]")


class Canary:
    """Everybody else's server: notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
            line = await reader.readline()
            self.asked.append(line.decode("latin-1").strip())
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    def strangers(self) -> list[str]:
        """What was asked beyond what was on purpose. Who only connects may be the browser, making ready for a sentinel."""
        return [line for line in self.asked if line and " /sentinel/" not in line]


class _Bare:
    """The app, and in front of it a page that has no policy at all, and one that has only the webmail's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in ("/bare", "/policed"):
            policy = [(b"content-security-policy", policies.PAGE.encode())] if scope["path"] == "/policed" else []
            headers = [(b"content-type", b"text/html"), *policy]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": PAGE})
            return
        await self._app(scope, receive, send)


@asynccontextmanager
async def serving(office: Office) -> AsyncIterator[str]:
    """The real pages, on loopback."""
    server = uvicorn.Server(uvicorn.Config(_Bare(application(office)), log_config=None, lifespan="off", ws="none"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await task


async def views(person: Person, html: str) -> list[str]:
    """An email with this HTML as the server shows it: without pictures from elsewhere, and with them."""
    head = "From: Mallory <mallory@canary.invalid>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    blob = (await person.upload((head + html).encode(), "message/rfc822")).json()["blobId"]
    ((_, boxes),) = await person.ask(("Mailbox/get", {"ids": None}))
    place = {boxes["list"][0]["id"]: True}
    ((_, made),) = await person.ask(("Email/import", {"emails": {"x": {"blobId": blob, "mailboxIds": place}}}))
    email = made["created"]["x"]["id"]
    found = []
    for pictures in (False, True):
        asked = ("EmailView/get", {"ids": [email], "pictures": pictures})
        answer = await person.request(asked, using=(*USING, WEBMAIL))
        found.append(answer["methodResponses"][0][1]["list"][0]["html"])
    return found


@needed
@pytest.mark.timeout(300)
async def test_hostile_mail_runs_no_script_and_asks_nobody_for_anything(tmp_path: Path) -> None:
    assert len(CASES) > 10
    canary = Canary()
    async with persons(tmp_path / "house") as people, serving(people[ALICE].office) as ours, canary.listening() as port:
        hosts = ", ".join(f"MAP {name} 127.0.0.1:{port}" for name in ("canary.invalid", "*.canary.invalid"))
        rules = f"--host-resolver-rules={hosts}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        async with browsing(tmp_path / "profile", rules, "--disable-popup-blocking") as page:
            await _begin(page, ours)
            await page.evaluate(UNCLEAN)
            assert canary.strangers() == ["GET /unclean HTTP/1.1"], "nobody would hear of a request"
            assert page.happened("Runtime.bindingCalled"), "nobody would hear of a script"
            canary.asked.clear()
            page.events.clear()
            for case in CASES:
                for number, html in enumerate(await views(people[ALICE], case.read_text("utf-8"))):
                    name = f"{case.stem}-{number}"
                    clobbered = await page.evaluate(SHOW, html=html, name=name, sandbox=SANDBOX)
                    assert any(f"/sentinel/{name} " in line for line in canary.asked), name
                    assert not page.happened("Runtime.bindingCalled"), f"{name} ran a script"
                    assert canary.strangers() == [], f"{name} asked for something"
                    assert _unwanted(page, ours) == [], f"{name} tried to ask for something"
                    assert not page.happened("Page.javascriptDialogOpening"), name
                    assert not page.happened("Page.windowOpen"), name
                    assert clobbered == [], name
                    page.events.clear()


@pytest.mark.client
@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("engine", webdriver.ENGINES)
async def test_nor_does_it_in_other_engines(engine: str, tmp_path: Path) -> None:
    """They ask others by way of the canary, whoever they ask for."""
    canary = Canary()
    async with persons(tmp_path / "house") as people, serving(people[ALICE].office) as ours, canary.listening() as port:
        proxy = f"127.0.0.1:{port}"
        hosts = {"proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy, "noProxy": ["127.0.0.1"]}
        with webdriver.ENGINES[engine](tmp_path / "browser", proxy=hosts) as page:
            await asyncio.to_thread(page.go, f"{ours}/bare")
            await asyncio.to_thread(page.work, UNCLEAN)
            assert _asked(canary) == ["GET http://canary.invalid/unclean HTTP/1.1"], "nobody would hear of a request"
            assert page.run("return window.ran"), "nobody would hear of a script"
            page.run("window.ran = false; window.pwn = () => { window.ran = true; };")
            canary.asked.clear()
            for case in CASES:
                for number, html in enumerate(await views(people[ALICE], case.read_text("utf-8"))):
                    name = f"{case.stem}-{number}"
                    clobbered = await asyncio.to_thread(page.work, SHOW, html=html, name=name, sandbox=SANDBOX)
                    assert any(f"/sentinel/{name} " in line for line in canary.asked), name
                    assert not page.run("return window.ran"), f"{name} ran a script"
                    assert _asked(canary) == [], f"{name} asked for something"
                    assert len(page.do("GetWindowHandles")) == 1, name
                    assert clobbered == [], name


@needed
async def test_no_text_becomes_markup_in_the_webmail_s_page_but_by_its_own_policies(tmp_path: Path) -> None:
    async with (
        persons(tmp_path / "house") as people,
        serving(people[ALICE].office) as ours,
        browsing(tmp_path / "profile") as page,
    ):
        await page.open(f"{ours}/policed")
        assert await page.evaluate(SINKS) == []


def _asked(canary: Canary) -> list[str]:
    """But for what Firefox asks of its maker."""
    return [line for line in canary.asked if line and "/sentinel/" not in line and not _MAKER.search(line)]


async def _begin(page: Page, ours: str) -> None:
    await page.call("Runtime.addBinding", name="pwned")
    await page.call("Page.addScriptToEvaluateOnNewDocument", source="globalThis.pwn = () => pwned('ran');")
    await page.open(f"{ours}/bare")


def _unwanted(page: Page, ours: str) -> list[str]:
    """What was to be asked, of others or of us, whether or not it was then allowed; but for pictures by way of us."""
    wanted = (
        f"{ours}/mail/reader",
        f"{ours}/picture?",
        f"{ours}/jmap/download/",
        "http://canary.invalid/sentinel/",
        "data:image/",
    )
    asked = [each["request"]["url"] for each in page.happened("Network.requestWillBeSent")]
    return [url for url in asked if not url.startswith(wanted)]
