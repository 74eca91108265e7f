"""The webmail in the engines of Firefox and Safari: what a person does with it in a morning, by a real server over TLS.

What is told here once is run in each; `web/e2e` tells far more, in Chromium.
"""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import monotonic

import pytest

from person import Person, done
from pillarbox.testing.served import Served
from webdriver import ENGINES, PATIENCE, Page

pytestmark = [pytest.mark.client, pytest.mark.slow, pytest.mark.timeout(400)]

BUILT = Path(__file__).resolve().parents[2] / "src" / "pillarbox" / "servers" / "http" / "webmail" / "static" / "index.html"
ROW = ".list-row[data-id]"
LETTER = (
    "From: Ines <ines@example.net>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%s>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n%s\r\n"
)
KITES = (
    "<!doctype html><html><body><h1>Kites!</h1><p><a href='mailto:shop@kites.example?subject=More'>Write to us</a> or"
    " <a href='https://stranger.example/'>https://bank.example/</a></p>"
    + "<p>A kite flies, and flies again, in the wind over the sea.</p>" * 60
    + "<img src='http://127.0.0.1:9/kite.png' width=300 height=200><p>The end</p></body></html>"
)
DROP = """
const [element, data] = arguments;
const transfer = new DataTransfer();
transfer.items.add(new File([Uint8Array.from(atob(data), letter => letter.charCodeAt(0))], "key.png", { type: "image/png" }));
const { x, y } = element.getBoundingClientRect();
for (const kind of ["dragenter", "dragover", "drop"])
  element.dispatchEvent(
    new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer, clientX: x + 20, clientY: y + 20 }));
"""
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAAH0lEQVR42mM4oaBAFcQwatCoQaMGjRo0atCoQQNvEACQBlIfdhaySQAAAABJRU5ErkJggg=="
)
IS_WHOLE = """
const { clientHeight, contentDocument } = arguments[0];
return clientHeight > 1500 && clientHeight >= contentDocument.documentElement.scrollHeight - 1;
"""
IS_HEARD = """
const inside = arguments[0].contentDocument;
let isHeard = false;
inside.addEventListener("heard", () => { isHeard = true; }, { once: true });
inside.dispatchEvent(new Event("heard"));
return isHeard || !inside.hasFocus();
"""
KEPT = """
const rows = database => Promise.all([...database.objectStoreNames].map(name => new Promise(done => {
  const asked = database.transaction(name).objectStore(name).count();
  asked.onsuccess = () => done(asked.result);
})));
const opened = name => new Promise((done, failed) => {
  const asked = indexedDB.open(name);
  asked.onsuccess = () => done(asked.result);
  asked.onerror = failed;
});
const databases = await Promise.all((await indexedDB.databases()).map(({ name }) => opened(name)));
const files = (await caches.keys()).includes("seen") ? (await (await caches.open("seen")).keys()).length : 0;
return (await Promise.all(databases.map(rows))).flat().reduce((all, each) => all + each, files);
"""


@pytest.fixture
def line(server: Served) -> Iterator["Line"]:
    with Line(server.ports["https"]) as line:
        yield line


@pytest.mark.parametrize("engine", ENGINES)
def test_a_morning_with_the_mail(engine: str, server: Served, unused: Iterator[str], line: "Line", tmp_path: Path) -> None:
    if not BUILT.exists():
        pytest.skip("the webmail is not built (make web)")
    ada, ben = (Person(server, address) for address in islice(unused, 2))
    deliver(ada, "Key to the workshop", "It hangs by the stairs.")
    deliver(ada, "A catalogue of kites", KITES, "text/html")
    with ENGINES[engine](tmp_path / "browser") as page:
        try:
            sign_in(page, ada, line)
            read(page)
            search(page)
            write(page, ben)
            file(page)
            hear(page, ada, line)
            go_offline(page, ada, line)
            look(page)
            sign_out(page)
        except BaseException:
            page.picture(tmp_path / "failed.png")
            raise


def sign_in(page: Page, person: Person, line: "Line") -> None:
    page.go(f"https://localhost:{line.port}/mail/")
    page.fill("[name=address]", person.address)
    page.fill("#sign-in-password", person.password)
    page.click("button", "Sign in")
    page.find(ROW, "A catalogue of kites")


def read(page: Page) -> None:
    """Plain text; HTML as high as it is, pictures held back, links that are asked about; keys are heard after a click."""
    page.click(ROW, "Key to the workshop")
    page.find(".shell-reading", "It hangs by the stairs.")
    page.click(ROW, "A catalogue of kites")
    frame = page.find(".reading-frame")
    page.wait("return arguments[0].contentDocument?.body?.textContent.includes('The end')", frame)
    page.wait(IS_WHOLE, frame)
    page.find(".shell-reading", "A picture is held back")
    with page.within(frame):
        page.click("a", "https://bank.example/")
    page.find("[role=dialog], dialog", "stranger.example")
    page.press("Escape")
    page.gone("[role=dialog], dialog", "stranger.example")
    with page.within(frame):
        page.click("a", "Write to us")
    page.wait("return document.querySelector('.compose-subject')?.value === 'More'")
    page.find(".compose-rich")
    page.click(".compose-panel button", "Discard the draft")
    page.gone(".compose-panel")
    with page.within(frame):
        page.click("h1")
    page.wait(IS_HEARD, frame)
    page.press("?")
    page.find("[role=dialog], dialog", "Keyboard shortcuts")
    page.press("Escape")
    page.gone("[role=dialog], dialog", "Keyboard shortcuts")


def search(page: Page) -> None:
    page.fill("input[role=combobox]", "subject:workshop")
    page.press("Enter")
    page.find(".chip", "workshop")
    page.gone(ROW, "A catalogue of kites")
    page.find(ROW, "Key to the workshop")
    page.click("button", "Clear the search")
    page.find(ROW, "A catalogue of kites")


def write(page: Page, to: Person) -> None:
    """Rich text by keys, a picture, sent, taken back, sent."""
    page.click("button", "Write")
    page.wait("return document.activeElement?.closest('[data-field=to]')")
    page.write(f"{to.address},")
    page.press("Tab")
    page.write("Plans for the boat")
    page.press("Tab")
    page.wait("return document.activeElement?.matches('.compose-rich')")
    page.write("The glue is ")
    page.press("Control+b")
    page.write("dry")
    page.press("Control+b", "Enter")
    page.click(".compose-bar button", "Bullet")
    page.write("first")
    page.press("Enter")
    page.write("wrong")
    page.press("Control+z")
    page.wait("return !document.querySelector('.compose-rich').textContent.includes('wrong')")
    html = page.run("return document.querySelector('.compose-rich').innerHTML")
    assert "<b>dry</b>" in html
    assert "<ul><li>" in html
    page.run(DROP, page.find(".compose-rich"), PICTURE)
    page.wait("return document.querySelector('.compose-rich img')?.naturalWidth === 24")
    page.gone(".compose-drop")
    page.find(".compose-state", "Saved")
    page.press("Control+Enter")
    page.gone(".compose-panel")
    page.click(".toast button", "Undo")
    page.find(".compose-panel", "has not been sent")
    page.wait("return document.querySelector('.compose-rich img')?.naturalWidth === 24")
    page.click(".compose-panel button", "Send")
    page.gone(".compose-panel")
    page.click(".shell-folders [role=treeitem]", "Sent")
    page.find(ROW, "Plans for the boat")
    page.click(".shell-folders [role=treeitem]", "Inbox")
    (message,) = came(to)
    assert b"<b>dry</b>" in message
    assert b"Content-ID:" in message


def file(page: Page) -> None:
    """By a button and undone; by keys into a folder."""
    page.click(ROW, "Key to the workshop")
    page.find(".shell-reading h1", "Key to the workshop")
    page.click(".shell-reading button", "Archive")
    page.gone(ROW, "Key to the workshop")
    page.press("z")
    page.click(ROW, "Key to the workshop")
    page.find(".shell-reading h1", "Key to the workshop")
    page.press("m")
    page.fill(".palette input", "Archive")
    page.press("Enter")
    page.gone(ROW, "Key to the workshop")
    page.click(".shell-folders [role=treeitem]", "Archive")
    page.find(ROW, "Key to the workshop")
    page.click(".shell-folders [role=treeitem]", "Inbox")
    page.find(ROW, "A catalogue of kites")


def hear(page: Page, person: Person, line: "Line") -> None:
    """New mail comes by itself, in both windows."""
    deliver(person, "By hand", "Nobody was at home.")
    page.find(ROW, "By hand")
    with page.another():
        page.go(f"https://localhost:{line.port}/mail/")
        page.find(ROW, "By hand")
        deliver(person, "Heard in both", "Twice.")
        page.find(ROW, "Heard in both")
    page.find(ROW, "Heard in both")


def go_offline(page: Page, person: Person, line: "Line") -> None:
    """What was seen is there without a network, and what is done then is done when there is one again."""
    page.click(ROW, "By hand")
    page.find(".shell-reading", "Nobody was at home.")
    page.work("await navigator.serviceWorker.ready;")
    again(page)
    page.find(".shell-reading", "Nobody was at home.")
    page.wait("return navigator.serviceWorker.controller !== null")
    line.cut()
    again(page)
    page.find(ROW, "By hand")
    page.find(".shell-reading", "Nobody was at home.")
    page.press("e")
    page.gone(ROW, "By hand")
    line.mend()
    page.run("dispatchEvent(new Event('online'));")  # as the browser does, were it its own network
    with person.imap("Archive") as client:
        settled(lambda: done(client.noop()) is not None and done(client.search(None, "SUBJECT", '"By hand"')) != [b""])


def again(page: Page) -> None:
    """Not by Refresh: Firefox asks no worker then."""
    page.go(page.run("return location.href"))


def look(page: Page) -> None:
    page.click("button", "Settings")
    choice = page.find("select", "Appearance")
    page.run("arguments[0].value = 'dark'; arguments[0].dispatchEvent(new Event('change', { bubbles: true }));", choice)
    page.wait("return getComputedStyle(document.documentElement).colorScheme === 'dark'")
    page.click("button", "Back to the mail")
    page.find(ROW)
    page.do("SetWindowRect", x=0, y=0, width=480, height=800)
    page.wait("return innerWidth <= 500")
    page.find(ROW)
    assert page.run("return document.documentElement.scrollWidth <= innerWidth"), "one scrolls sideways"
    page.do("SetWindowRect", x=0, y=0, width=1280, height=900)
    page.wait("return innerWidth > 1200")


def sign_out(page: Page) -> None:
    page.click("button", "Account")
    page.click("[role=menuitem]", "Sign out")
    page.find("[name=address]")
    again(page)
    page.find("[name=address]")
    assert page.work(KEPT) == 0, "something of it stays in the browser"


def deliver(person: Person, subject: str, text: str, kind: str = "text/plain") -> None:
    slug = f"{subject.replace(' ', '-')}@letters.example"
    person.deliver((LETTER % (person.address, subject, slug, f"{kind}; charset=utf-8", text)).encode())


def came(person: Person) -> list[bytes]:
    with person.imap() as client:
        settled(lambda: done(client.noop()) is not None and done(client.search(None, "ALL")) != [b""])
    return person.messages("INBOX")


def settled(is_so: Callable[[], object]) -> None:
    end = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < end, "never"


class Line:
    """Between the browser and the server: it can be cut, and mended."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._is_cut = threading.Event()
        self._ends: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]

    def __enter__(self) -> "Line":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """Whoever is connected is not any more, and nobody else will be."""
        self._is_cut.set()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                end, _ = self._listening.accept()
                if self._is_cut.is_set():
                    end.close()
                    continue
                pair = end, socket.create_connection(("127.0.0.1", self._to))
                self._ends += pair
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with one, other, suppress(OSError):
            while True:
                for ready in select.select([one, other], [], [])[0]:
                    if not (data := ready.recv(65536)):
                        return
                    (other if ready is one else one).sendall(data)
