"""JMAP: what a request costs on a large account, how soon a change is pushed, and what a session takes.

    python -m bench --jmap [--messages 100000] [--quick]

There is no second server beside it: what is compared is the bar.
"""

import base64
import contextlib
import gzip
import http.client
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from websockets.sync.client import ClientConnection, connect

from bench import mail, processes
from bench.wire import Imap
from pillarbox.testing.served import HOST, PASSWORD, Served, served

USER = "me@example.org"
WORKERS = 2
USUAL = 100_000
_MAILBOXES = 499
AT_ONCE = 100
"""Messages appended by one command."""
_MESSAGE_ID = re.compile(rb"(?mi)^(message-id:\s*<)")
CORE, MAIL, QUOTA = (f"urn:ietf:params:jmap:{name}" for name in ("core", "mail", "quota"))
LISTED = ["id", "threadId", "mailboxIds", "keywords", "from", "subject", "receivedAt", "preview", "hasAttachment", "size"]
"""What a list of emails shows."""
_CROWD = [f"person{number}@example.org" for number in range(50)]
"""Who else has WebSockets open: one person may have so many."""


def _authorization(who: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{who}:{PASSWORD}".encode()).decode()}


AUTHORIZATION = _authorization(USER)
Call = tuple[str, dict[str, Any]]
Line = tuple[str, str, str, str]


@dataclass
class Web:
    """A server, and one person's account on it."""

    server: Served
    account: str = ""
    inbox: str = ""
    first: str = ""
    """An email to be changed, so that nothing is remembered."""
    turn: int = 0
    coding: str = "identity"
    """In which answers may come."""
    came: int = 0
    """Bytes of the last one."""

    @property
    def roots(self) -> tuple[int, ...]:
        assert self.server.process
        return (self.server.process.pid,)

    def ask(self, connection: http.client.HTTPConnection, *calls: Call) -> list[Any]:
        wanted = [[name, {"accountId": self.account, **more}, f"c{number}"] for number, (name, more) in enumerate(calls)]
        body = json.dumps({"using": [CORE, MAIL, QUOTA], "methodCalls": wanted})
        headers = {**AUTHORIZATION, "Content-Type": "application/json", "Accept-Encoding": self.coding}
        connection.request("POST", "/jmap/api", body, headers)
        response = connection.getresponse()
        data = response.read()
        self.came = len(data)
        said = json.loads(gzip.decompress(data) if response.getheader("Content-Encoding") == "gzip" else data)
        assert response.status == 200, said
        assert all(name != "error" for name, _, _ in said["methodResponses"]), said
        return [answer for _, answer, _ in said["methodResponses"]]

    def change(self, connection: http.client.HTTPConnection) -> None:
        self.turn += 1
        self.ask(connection, ("Email/set", {"update": {self.first: {"keywords/$seen": True if self.turn % 2 else None}}}))

    def receive(self, connection: http.client.HTTPConnection) -> None:
        """One more message."""
        self.turn += 1
        self.ask(connection, ("Email/set", {"create": {"new": {"mailboxIds": {self.inbox: True}, "subject": f"{self.turn}"}}}))

    def cost(self, work: Callable[[int], object], times: int, before: Callable[[int], object] = lambda number: None) -> float:
        """Seconds of the server's CPU that a work takes, the least of several times: all else that is done only adds."""
        found = []
        for number in range(times):
            before(number)
            processes.settle(self.roots)
            used = processes.cpu(self.roots)
            work(number)
            processes.settle(self.roots)
            found.append(processes.cpu(self.roots) - used)
        return min(found)


@contextlib.contextmanager
def running(count: int) -> Iterator[Web]:
    with (
        tempfile.TemporaryDirectory(prefix="pillarbox-bench-jmap-") as folder,
        served(Path(folder), WORKERS, accounts=[USER, *_CROWD], web=True) as server,
    ):
        web = Web(server)
        _fill(server, mail.load(count).messages)
        processes.settle(web.roots, 600.0, 2.6)  # until what came is indexed
        yield web


def _fill(server: Served, messages: list[bytes]) -> None:
    imap = Imap(server.ports["imap"])
    imap.log_in(USER, PASSWORD)
    for first in range(0, len(messages), AT_ONCE):
        part = enumerate(messages[first : first + AT_ONCE], first)
        imap.append_together(b"INBOX", [_another(message, number) for number, message in part])
    imap.close()


def _another(message: bytes, number: int) -> bytes:
    """A message that is not the one it was made of, where that comes again and again: or all of them were one conversation."""
    return _MESSAGE_ID.sub(b"\\g<1>%d." % number, message, count=1)


def measure(count: int, scale: float) -> list[Line]:
    """The table."""
    lines: list[Line] = [("row", "ours", "bar", "")]
    with running(count) as web, contextlib.closing(http.client.HTTPConnection(HOST, web.server.ports["http"])) as connection:
        connection.request("GET", "/jmap/session", headers=AUTHORIZATION)
        web.account = next(iter(json.loads(connection.getresponse().read())["accounts"]))
        boxes = web.ask(connection, ("Mailbox/get", {"ids": None}))[0]["list"]
        web.inbox = next(box["id"] for box in boxes if box["role"] == "inbox")
        unseen = {"filter": {"notKeyword": "$seen"}, "limit": 1}
        web.first = web.ask(connection, ("Email/query", unseen))[0]["ids"][0]
        lines += _requests(web, connection, count, max(1, round(scale * 5)))
        lines += _pushes(web, connection, max(5, round(scale * 50)))
        lines += _sessions(web, max(50, round(scale * 1000)))
    return lines


def _requests(web: Web, connection: http.client.HTTPConnection, count: int, times: int) -> Iterator[Line]:
    def change(number: int) -> None:
        web.change(connection)

    def listing(**more: Any) -> Callable[[int], object]:
        sort = [{"property": "receivedAt", "isAscending": False}]
        query = {"filter": {"inMailbox": web.inbox}, "sort": sort, "limit": 50, "calculateTotal": True, **more}
        get = {"#ids": {"resultOf": "c0", "name": "Email/query", "path": "/ids"}, "properties": LISTED}
        return lambda number: web.ask(connection, ("Email/query", query), ("Email/get", get))

    unread = {"operator": "AND", "conditions": [{"inMailbox": web.inbox}, {"notKeyword": "$seen"}]}
    rows: Sequence[tuple[str, Callable[[int], object], Callable[[int], object], float]] = (
        (f"Email/query and get of 50 in {count:,}, after a change", listing(), change, 100),
        ("the same, after a message came", listing(), lambda number: web.receive(connection), 100),
        ("the same, nothing changed", listing(), lambda number: None, 10),
        ("the same, conversations", listing(collapseThreads=True), change, 100),
        ("the same, unread", listing(filter=unread, collapseThreads=True), change, 100),
        ("the same, by subject", listing(sort=[{"property": "subject"}]), change, 300),
        ("Mailbox/get of all, after a change", lambda number: web.ask(connection, ("Mailbox/get", {"ids": None})), change, 10),
    )
    for title, work, before, bar in rows:
        work(0)
        yield _line(title, web.cost(work, times, before) * 1e3, "ms", bar)
    yield from _sizes(web, connection, listing())
    yield from _mailboxes(web, connection, times)
    many = 500

    def echo(number: int) -> None:
        for _ in range(many):
            web.ask(connection, ("Core/echo", {}))

    yield _line("Core/echo, a request each", web.cost(echo, times) / many * 1e6, "µs", 500)


def _sizes(web: Web, connection: http.client.HTTPConnection, work: Callable[[int], object]) -> Iterator[Line]:
    """Of an answer on its way."""
    for title, coding, bar in (("as it is", "identity", 30_000), ("by gzip", "gzip", 12_000)):
        web.coding = coding
        work(0)
        yield _line(f"bytes of a list of 50, {title}", web.came, "B", bar)
    yield _line("CPU of a list of 50 by gzip, nothing changed", web.cost(work, 5) * 1e3, "ms", 10)
    web.coding = "identity"


def _mailboxes(web: Web, connection: http.client.HTTPConnection, times: int) -> Iterator[Line]:
    """Many of them in one call: a tree that is moved with all that is subscribed to, and each by itself."""
    made = web.ask(connection, ("Mailbox/set", {"create": {"top": {"name": "Top"}}}))[0]["created"]
    top = made["top"]["id"]
    below = {f"m{number}": {"name": f"M{number}", "parentId": top, "isSubscribed": True} for number in range(_MAILBOXES)}
    made = web.ask(connection, ("Mailbox/set", {"create": below}))[0]["created"]
    inside = [each["id"] for each in made.values()]

    def move(number: int) -> None:
        web.ask(connection, ("Mailbox/set", {"update": {top: {"name": f"Top {number}"}}}))

    def rename(number: int) -> None:
        web.ask(connection, ("Mailbox/set", {"update": {each: {"name": f"{each} {number}"} for each in inside}}))

    yield _line(f"a mailbox with {_MAILBOXES} in it renamed", web.cost(move, times) * 1e3, "ms", 100)
    yield _line(f"{_MAILBOXES} mailboxes renamed by one call", web.cost(rename, 1) * 1e3, "ms", 3000)
    web.ask(connection, ("Mailbox/set", {"destroy": inside}), ("Mailbox/set", {"destroy": [top]}))


def _pushes(web: Web, connection: http.client.HTTPConnection, times: int) -> Iterator[Line]:
    """From before a change is asked for until it is told by a WebSocket."""
    with _socket(web) as socket:
        _enable(socket)
        waits = []
        for _ in range(times):
            time.sleep(0.1)  # what comes close behind a push is held back on purpose
            began = time.perf_counter()
            web.change(connection)
            json.loads(socket.recv(60))
            waits.append(time.perf_counter() - began)
        yield _line("a change, asked for by HTTP, told by WebSocket, median", median(waits) * 1e3, "ms", 10)


_LISTENERS = 40
"""So many of them wait for changes."""


def _sessions(web: Web, count: int) -> Iterator[Line]:
    with contextlib.ExitStack() as stack:
        for who in _CROWD * 2:  # so that what is kept of people is not counted as their sockets
            _socket(web, who).close()
        before = processes.settled_memory(web.roots)
        sockets = []
        for number in range(count):
            sockets.append(stack.enter_context(_socket(web, _CROWD[number % len(_CROWD)])))
        for socket in sockets[:_LISTENERS]:
            _enable(socket)
        held = processes.settled_memory(web.roots) - before
        yield _line(f"memory of a WebSocket, of {count:,} open at once", held / count / 1024, "KiB", 100)
        used, began = processes.cpu(web.roots), time.monotonic()
        time.sleep(10)
        idle = (processes.cpu(web.roots) - used) / (time.monotonic() - began)
        yield _line("CPU a second while they are silent", idle * 1e3, "ms", 20)


def _socket(web: Web, who: str = USER) -> ClientConnection:
    url = f"ws://{HOST}:{web.server.ports['http']}/jmap/ws"
    return connect(url, subprotocols=["jmap"], additional_headers=_authorization(who))  # type: ignore[list-item]


def _enable(socket: ClientConnection) -> None:
    socket.send(json.dumps({"@type": "WebSocketPushEnable", "dataTypes": ["Email", "Mailbox"]}))
    socket.send(json.dumps({"@type": "Request", "using": [CORE], "methodCalls": [["Core/echo", {}, "c"]]}))
    socket.recv(60)  # what is asked after it is answered after it


def _line(title: str, value: float, unit: str, bar: float) -> Line:
    said = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
    line = (title, f"{said} {unit}", f"≤ {bar:g} {unit}", "at the bar" if value <= bar else "**behind**")
    print("  ".join(line), flush=True)
    return line
