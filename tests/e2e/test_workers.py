"""Several processes serve the same accounts: what is done on one is seen on the others at once."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from person import EVENING, Person
from pillarbox.testing.served import Served
from raw import Raw, imap

TYPICAL = 0.010
BOUND = 0.500


@pytest.fixture
def two(person: Person) -> Iterator[tuple[Raw, Raw]]:
    """Connections of one account, on different workers."""
    opened: dict[int, Raw] = {}
    spare: list[Raw] = []
    while len(opened) < 2 and len(spare) < 100:
        client = imap(person.server.ports["imap"], person.address, person.password)
        worker = worker_of(person.server, client)
        if worker in opened:
            spare.append(client)
        else:
            opened[worker] = client
    for client in spare:
        client.close()
    assert len(opened) == 2, "a hundred connections all landed on one worker"
    first, second = opened.values()
    yield first, second
    for client in opened.values():
        client.close()


def test_idle_on_one_worker_is_told_of_flags_set_on_another(person: Person, two: tuple[Raw, Raw]) -> None:
    watching, acting = two
    person.append(EVENING)
    waits = []
    for client in two:
        client.ask(b"n NOOP", b"n OK")
    for number in range(20):
        watching.ask(b"i IDLE", b"+ ")
        acting.ask(rb"f STORE 1 %bFLAGS.SILENT (\Flagged)" % (b"-" if number % 2 else b"+"), b"f OK")
        began = time.perf_counter()
        assert (rb"\Flagged" in watching.until(b"* 1 FETCH")) == (number % 2 == 0)
        waits.append(time.perf_counter() - began)
        watching.ask(b"DONE", b"i OK")
    print(f"IDLE told of another worker's STORE after {statistics.median(waits) * 1e3:.1f} ms, {max(waits) * 1e3:.1f} at most")
    assert min(waits) < TYPICAL * 5  # on a busy machine most of them wait for a turn
    assert statistics.median(waits) < BOUND


def test_idle_on_one_worker_is_told_of_mail_appended_on_another(two: tuple[Raw, Raw]) -> None:
    watching, acting = two
    waits = []
    for number in range(1, 6):
        watching.ask(b"i IDLE", b"+ ")
        acting.send(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(EVENING), EVENING))
        acting.until(b"a OK")
        began = time.perf_counter()
        watching.until(b"* %d EXISTS" % number)
        waits.append(time.perf_counter() - began)
        watching.ask(b"DONE", b"i OK")
    assert statistics.median(waits) < BOUND


def test_the_next_command_sees_what_another_worker_acknowledged(two: tuple[Raw, Raw]) -> None:
    reading, acting = two
    for number in range(1, 21):
        acting.send(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(EVENING), EVENING))
        acting.until(b"a OK")
        assert b"* %d EXISTS" % number in reading.ask(b"n NOOP", b"n OK")
        assert b"* STATUS INBOX (MESSAGES %d)" % number in reading.ask(b"s STATUS INBOX (MESSAGES)", b"s OK")


def test_expunges_and_new_mailboxes_are_seen(two: tuple[Raw, Raw], person: Person) -> None:
    reading, acting = two
    person.append(EVENING, EVENING)
    for client in two:
        client.ask(b"n NOOP", b"n OK")
    acting.ask(rb"d STORE 1 +FLAGS (\Deleted)", b"d OK")
    acting.ask(b"e EXPUNGE", b"e OK")
    assert b"* 1 EXPUNGE" in reading.ask(b"n NOOP", b"n OK")
    acting.ask(b"c CREATE Plans", b"c OK")
    assert b"Plans" in reading.ask(b'm LIST "" Plans', b"m OK")


def worker_of(server: Served, client: Raw) -> int:
    """The worker that holds the other end of a connection."""
    socket_name = f"socket:[{_inode(server.ports['imap'], client.port)}]"
    for pid in server.workers():
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(link.readlink()) == socket_name:
                    return pid
            except FileNotFoundError:
                continue
    raise AssertionError("no worker has this connection")


def _inode(local: int, remote: int) -> str:
    for line in Path("/proc/net/tcp").read_text("ascii").split("\n")[1:]:
        fields = line.split()
        if fields and fields[1].endswith(f":{local:04X}") and fields[2].endswith(f":{remote:04X}"):
            return fields[9]
    raise AssertionError("the kernel knows no such connection")
