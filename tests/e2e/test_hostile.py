"""Clients that mean harm, or have gone mad: whoever else is connected does not notice."""

import contextlib
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pace import slowness
from person import EVENING, LARGE, Person
from pillarbox.limits import ConnectionLimits, ImapLimits, MiB
from pillarbox.testing.served import Served
from raw import Raw, imap

BOUND = 0.200
STRAY = 2
"""Answers that may be late because the machine, not the server, was busy."""


class Bystander:
    """Someone who says NOOP all the time, and how long each answer took."""

    def __init__(self, person: Person) -> None:
        # enough of them that every worker has one
        self.clients = [imap(person.server.ports["imap"], person.address, person.password) for _ in range(8)]
        self.waits: list[float] = []
        self.stalls: list[float] = []
        """Of each wait how long a worker's loop can have been at work: the rest is the machine's."""
        self._workers = [Path(f"/proc/{pid}/task/{pid}/schedstat") for pid in person.server.workers()]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Bystander":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        for client in self.clients:
            client.close()

    def answers(self, count: int) -> None:
        """Wait until so many more answers have come."""
        goal, deadline = len(self.waits) + count, time.monotonic() + 90
        while len(self.waits) < goal and time.monotonic() < deadline and self._thread.is_alive():
            self._ended.wait(0.005)
        assert len(self.waits) >= goal, "a bystander gets no answers"

    def check(self) -> None:
        middle, longest = statistics.median(self.waits), max(self.waits)
        print(f"{len(self.waits)} NOOPs, {middle * 1e3:.2f} ms, {longest * 1e3:.1f} ms at most")
        assert sorted(self.stalls)[-1 - STRAY] < BOUND * slowness()
        assert middle < BOUND

    def _worked(self) -> list[float]:
        """Seconds of CPU time that the loop of each worker has had."""
        return [int(path.read_text().split()[0]) / 1e9 for path in self._workers]

    def _watch(self) -> None:
        while not self._ended.is_set():
            for client in self.clients:
                began, worked = time.perf_counter(), self._worked()
                client.ask(b"n NOOP", b"n OK")
                self.waits.append(time.perf_counter() - began)
                worked = [after - before for before, after in zip(worked, self._worked(), strict=True)]
                self.stalls.append(min(self.waits[-1], max(worked)))


@pytest.fixture
def bystander(person: Person) -> Iterator[Bystander]:
    with Bystander(person) as one:
        one.answers(20)
        yield one
        one.answers(100)
    one.check()


def test_a_client_that_stops_reading_is_no_longer_written_to(
    bystander: Bystander, server: Served, unused: Iterator[str]
) -> None:
    person = Person(server, next(unused))
    person.append(*[LARGE] * 20)
    before = memory(server)
    greedy = [imap(server.ports["imap"], person.address, person.password) for _ in range(4)]
    for client in greedy:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send(b"f FETCH 1:* BODY.PEEK[]\r\n" * 10)
    bystander.answers(200)
    assert memory(server) - before < 64 * MiB
    for client in greedy:
        client.close()


def test_plaintext_to_a_tls_port_leaves_nothing_behind(bystander: Bystander, server: Served) -> None:
    for door in ("imaps", "pop3s", "submissions"):
        for opening in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 300, b"", b"A1 LOGIN a b\r\n" * 500):
            with Raw(server.ports[door]) as client, contextlib.suppress(ConnectionError):
                client.send(opening)
                client.socket.shutdown(socket.SHUT_WR)
                assert b"LOGIN" not in client.rest()
    bystander.answers(20)


def test_a_huge_literal_is_refused_without_memory(bystander: Bystander, server: Served, person: Person) -> None:
    before = memory(server)
    with imap(server.ports["imap"], person.address, person.password) as client:
        assert b"a NO" in client.ask(b"a APPEND INBOX {4294967295}", b"a NO")
        assert b"OK" not in client.ask(b"b APPEND INBOX {%b}" % (b"9" * 300), b"b ")
        client.send(b"c APPEND INBOX {%d+}\r\n" % (2 * ImapLimits().message))
        piece = b"x" * MiB
        with contextlib.suppress(ConnectionError):
            for _ in range(2 * ImapLimits().message // MiB):
                client.send(piece)
            client.send(b"\r\n")
            assert b"TOOBIG" in client.until(b"c NO")
    bystander.answers(50)
    assert memory(server) - before < 32 * MiB


def test_slow_strangers_hold_up_nobody(bystander: Bystander, server: Served) -> None:
    doors = [server.ports[door] for door in ("imap", "pop3", "smtp", "submission")]
    strangers = [Raw(doors[number % len(doors)]) for number in range(200)]
    for letter in (b"a", b" ", b"L", b"O"):
        for stranger in strangers:
            stranger.send(letter)
        bystander.answers(20)
    for stranger in strangers:
        stranger.close()
    assert ConnectionLimits().before_login <= 60


def test_a_message_of_horrors_holds_up_nobody(bystander: Bystander, server: Served, unused: Iterator[str]) -> None:
    """Nesting, encoded words, combining marks, addresses: what other parsers fall over."""
    person = Person(server, next(unused))
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(20_000))
    words = b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\r\n\r\n"
    marks = b"Subject: a" + "\u0301".encode() * 200_000 + b"\r\n\r\n"
    people = b"To: " + b"<a@b>, " * 100_000 + b"\r\n\r\n"
    letters = [nested, words, marks, people]
    person.deliver(*letters)
    with imap(server.ports["imap"], person.address, person.password) as client:
        answer = client.ask(b"f FETCH 1:* (ENVELOPE BODYSTRUCTURE)", b"f OK")
        assert answer.count(b" FETCH (") >= len(letters)
        client.ask(b"s SEARCH TEXT nothing", b"s OK")
    bystander.answers(20)


def test_impossible_searches_and_lists_hold_up_nobody(bystander: Bystander, person: Person, server: Served) -> None:
    person.append(EVENING)
    with imap(server.ports["imap"], person.address, person.password) as client:
        client.ask(b"a SEARCH " + b"NOT " * 10_000 + b"ALL", b"a ")
        client.ask(b"b SEARCH " + b"OR ALL " * 50 + b"ALL", b"b ")
        client.ask(b'c LIST "" "' + b"*a" * 400 + b'"', b"c ")
        client.ask(b'd LIST "" "' + b"%*" * 400 + b'"', b"d ")
        client.ask(b"e FETCH 1:4294967295,1:4294967295,4294967295:1 FLAGS", b"e ")
    bystander.answers(20)


def memory(server: Served) -> int:
    """Bytes the workers hold (PSS)."""
    total = 0
    for pid in server.workers():
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").split("\n"):
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total
