"""The queue in a data folder: several processes, processes that die, disks that fail, and how much is looked at."""

import asyncio
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from contract.outgoing import came_of, delivered, outgoing, to
from pillarbox.errors import AlreadyExists, Unavailable
from pillarbox.limits import StoreLimits
from pillarbox.store.api import StoreFailed
from pillarbox.store.queued import Conversation, Intervention, QueueFilter, State
from pillarbox.store.sqlite import SqliteAccounts, writer
from pillarbox.store.sqlite.connection import open_database
from pillarbox.store.sqlite.queue import SqliteQueue, claiming, destinations
from pillarbox.store.sqlite.verify import verify

TESTS = Path(__file__).parent.parent
NOW = 5000
Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[SqliteAccounts]:
    made = SqliteAccounts(tmp_path)
    yield made
    await made.close()
    assert verify(tmp_path) == []


@pytest.fixture
def queue(kept: SqliteAccounts) -> SqliteQueue:
    return kept.queue()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Starts a process that works on the queue."""

    def started(*words: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(TESTS / "store" / "queue_process.py"), str(tmp_path), *map(str, words)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
        )

    return started


def told(process: "subprocess.Popen[str]") -> list[list[str]]:
    """The rest of what it printed, to its end: `communicate` would not know what has been read ahead."""
    with process:
        assert process.stdout is not None
        return [line.split() for line in process.stdout.read().split("\n")[:-1]]


def blobs(folder: Path) -> list[Path]:
    return [path for path in (folder / "queue").glob("*/*") if path.parent.name != "owners"]


# Several processes.


async def test_two_processes_never_claim_the_same_recipient(queue: SqliteQueue, run: Run) -> None:
    for n in range(90):
        await queue.add(outgoing(str(n), f"you@{n % 7}.example"))
    lines = [line for process in (run("claim", 90), run("claim", 90)) for line in told(process)]
    for verb in ("claimed", "delivered"):
        assert Counter(name for said, name in lines if said == verb) == {str(n): 1 for n in range(90)}
    assert await queue.counts() == {}


async def test_processes_that_open_a_new_folder_at_once_share_one_queue(run: Run, tmp_path: Path) -> None:
    SqliteAccounts(tmp_path)
    processes = [run("add", name, 10) for name in ("one", "two", "three")]
    assert [len(told(process)) for process in processes] == [10, 10, 10]
    accounts = SqliteAccounts(tmp_path)
    assert len(await accounts.queue().listed(QueueFilter())) == 30
    await accounts.close()


async def test_what_the_dead_had_in_hand_is_given_back_and_the_living_keep_theirs(
    queue: SqliteQueue, run: Run, tmp_path: Path
) -> None:
    for n in range(6):
        await queue.add(outgoing(str(n)))
    dying, living = run("hold", 3), run("hold", 2)
    assert dying.stdout is not None
    assert living.stdout is not None
    assert dying.stdout.readline() + living.stdout.readline() == "holds 3\nholds 2\n"
    assert await queue.recover() == 0
    dying.kill()
    dying.wait()
    assert await queue.recover() == 3
    assert await queue.recover() == 0
    assert len(await queue.claim(await queue.enlist(), NOW, 10)) == 4
    living.kill()
    living.wait()
    assert await queue.verify() == []
    assert len(await queue.listed(QueueFilter(state=State.WAITING))) == 2
    assert len(list((tmp_path / "queue/owners").iterdir())) == 1
    for process in (dying, living):
        process.stdout.close()  # type: ignore[union-attr]


async def test_what_was_acknowledged_outlives_any_kill_and_nothing_is_delivered_twice(run: Run, tmp_path: Path) -> None:
    chance = random.Random(11)
    acknowledged: set[str] = set()
    delivered_by: Counter[str] = Counter()
    for turn in range(4):
        processes = [run("add", f"r{turn}", 1000), run("claim", 1000)]
        for process in processes:
            assert process.stdout is not None
            for _ in range(chance.randint(2, 30)):
                said, name = [*process.stdout.readline().split(), "", ""][:2]
                acknowledged |= {name} if said == "added" else set()
                delivered_by[name] += said == "delivered"
        for process in processes:
            process.kill()
            for said, name in told(process):
                acknowledged |= {name} if said == "added" else set()
                delivered_by[name] += said == "delivered"
    assert verify(tmp_path) == []
    accounts = SqliteAccounts(tmp_path)
    queue = accounts.queue()
    wanted = QueueFilter(ids=sorted(acknowledged), most=len(acknowledged))
    found = {one.message.id: one.recipients[0].state for one in await queue.listed(wanted)}
    assert found.keys() == acknowledged
    assert max(delivered_by.values()) == 1
    assert all(found[name] is State.DELIVERED for name, count in delivered_by.items() if count and name in found)
    owner = await queue.enlist()
    while claimed := await queue.claim(owner, NOW, 50):
        for one in claimed:
            assert await queue.read(one.message.id)
            await queue.settle(delivered(one))
    await accounts.close()
    assert verify(tmp_path) == []
    assert blobs(tmp_path) == []


async def test_who_dies_between_a_file_and_its_commit_leaves_nothing_missing_and_nothing_for_long(
    run: Run, tmp_path: Path
) -> None:
    assert run("die").wait(timeout=240) == 9
    assert len(blobs(tmp_path)) == 2  # incoming, and under its name
    accounts = SqliteAccounts(tmp_path)
    queue = accounts.queue()
    assert blobs(tmp_path) == []
    assert await queue.listed(QueueFilter()) == []
    await queue.add(outgoing("never", data=b"x" * 200_000))
    assert await queue.read("never") == b"x" * 200_000
    await accounts.close()
    assert verify(tmp_path) == []


async def test_who_dies_after_a_commit_leaves_a_large_message_whole(run: Run, tmp_path: Path) -> None:
    assert run("linger").wait(timeout=240) == 9
    assert len(blobs(tmp_path)) == 2
    accounts = SqliteAccounts(tmp_path)
    assert await accounts.queue().read("large") == b"x" * 200_000
    assert len(blobs(tmp_path)) == 1
    await accounts.close()
    assert verify(tmp_path) == []


async def test_who_dies_before_a_file_goes_has_kept_what_came_of_its_message(run: Run, tmp_path: Path) -> None:
    assert run("leave").wait(timeout=240) == 9
    assert len(blobs(tmp_path)) == 1
    accounts = SqliteAccounts(tmp_path)
    found = await accounts.queue().listed(QueueFilter(ids=["large", "bounce"]))
    assert [one.recipients[0].state for one in found] == [State.DELIVERED, State.WAITING]
    assert blobs(tmp_path) == []
    await accounts.close()
    assert verify(tmp_path) == []


async def test_who_stands_still_keeps_what_it_has_in_hand(queue: SqliteQueue, run: Run) -> None:
    await queue.add(outgoing("one"))
    still = run("hold", 1)
    assert still.stdout is not None
    assert still.stdout.readline() == "holds 1\n"
    still.send_signal(signal.SIGSTOP)
    owner = await queue.enlist()
    assert await queue.recover() == 0
    assert await queue.claim(owner, NOW, 5) == []
    still.kill()
    still.communicate(timeout=240)
    assert await queue.recover() == 1
    assert len(await queue.claim(owner, NOW, 5)) == 1


async def test_what_was_held_is_held_again_where_whoever_took_it_dies(queue: SqliteQueue, run: Run) -> None:
    await queue.add(outgoing("one"))
    await queue.change(QueueFilter(), Intervention.HOLD, NOW)
    taking = run("take")
    assert taking.stdout is not None
    assert taking.stdout.readline() == "holds 1\n"
    taking.kill()
    taking.communicate(timeout=240)
    assert await queue.recover() == 1
    assert await queue.claim(await queue.enlist(), NOW, 5) == []
    assert (await queue.counts()) == {"there.example": {"held": 1}}


# Files.


async def test_the_file_of_a_message_goes_when_nobody_needs_it(
    kept: SqliteAccounts, queue: SqliteQueue, tmp_path: Path
) -> None:
    data = b"large " * 20_000
    for name in ("one", "two"):
        await queue.add(outgoing(name, data=data))
    assert len(blobs(tmp_path)) == 1
    one, two = await queue.claim(await queue.enlist(), NOW, 5)
    await queue.settle(delivered(one))
    await queue.settle([])
    assert len(blobs(tmp_path)) == 1
    await queue.change(QueueFilter(), Intervention.DROP, NOW)
    await queue.settle(delivered(two))
    await queue.remember("afterwards", b"", 0)
    assert blobs(tmp_path) == []


async def test_who_is_cancelled_while_a_large_message_is_taken_in_leaves_it_whole(queue: SqliteQueue, tmp_path: Path) -> None:
    adding = asyncio.create_task(queue.add(outgoing("one", data=b"large " * 20_000)))
    await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    await asyncio.gather(*queue._apart)
    assert len(await queue.read("one")) == 120_000
    assert list((tmp_path / "queue/incoming").iterdir()) == []


async def test_a_large_message_that_is_refused_leaves_no_file(queue: SqliteQueue, tmp_path: Path) -> None:
    await queue.add(outgoing("one"))
    with pytest.raises(AlreadyExists):
        await queue.add(outgoing("one", data=b"large " * 20_000))
    await queue.remember("afterwards", b"", 0)
    assert blobs(tmp_path) == []


# Group commit.


async def test_those_who_wait_for_a_commit_go_together_into_the_next(queue: SqliteQueue) -> None:
    commits = []
    queue._writer._connection.set_commit_hook(lambda: bool(commits.append(1)))
    await asyncio.gather(*(queue.add(outgoing(str(n))) for n in range(100)))
    assert 1 < len(commits) <= 4


async def test_who_leaves_before_the_commit_disturbs_nobody(queue: SqliteQueue) -> None:
    adding = [asyncio.create_task(queue.add(outgoing(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    for task in adding[::2]:
        task.cancel()
    ended = await asyncio.gather(*adding, return_exceptions=True)
    assert ended[1::2] == [None] * 10
    found = {one.message.id for one in await queue.listed(QueueFilter())}
    assert {str(n) for n in range(1, 20, 2)} <= found


async def test_who_waits_too_long_for_another_process_is_told_to_try_again(tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path, limits=replace(StoreLimits(), busy=0.05))
    queue = accounts.queue()
    await queue.add(outgoing("one"))
    other = open_database(str(tmp_path / "queue.db"), "queue")
    other.execute("BEGIN IMMEDIATE")
    told = await asyncio.gather(*(queue.add(outgoing(f"{n}")) for n in range(3)), return_exceptions=True)
    assert [type(error) for error in told] == [Unavailable] * 3
    other.execute("ROLLBACK")
    other.close()
    await queue.add(outgoing("two"))
    await accounts.close()
    assert verify(tmp_path) == []


async def test_those_who_wait_for_another_process_wait_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = SqliteAccounts(tmp_path, limits=replace(StoreLimits(), busy=0.01))
    queue = accounts.queue()
    await queue.add(outgoing("one"))
    begin, waits = writer.begin, 0

    def counted(connection: apsw.Connection, wait: float) -> None:
        nonlocal waits
        waits += 1
        begin(connection, wait)

    monkeypatch.setattr(writer, "begin", counted)
    other = open_database(str(tmp_path / "queue.db"), "queue")
    other.execute("BEGIN IMMEDIATE")
    told = await asyncio.gather(*(queue.add(outgoing(f"{n}")) for n in range(50)), return_exceptions=True)
    assert {type(error) for error in told} == {Unavailable}
    assert waits == 2
    other.execute("ROLLBACK")
    other.close()
    await accounts.close()


async def test_a_large_result_on_its_way_is_settled_before_its_owner_resigns(queue: SqliteQueue) -> None:
    await queue.add(outgoing("one"))
    owner = await queue.enlist()
    (claimed,) = await queue.claim(owner, NOW, 1)
    bounce = outgoing("bounce", data=b"large " * 20_000)
    settling = asyncio.create_task(queue.settle(came_of(claimed, State.FAILED), new=[bounce]))
    await asyncio.sleep(0)
    settling.cancel()
    await queue.resign(owner)
    found = await queue.listed(QueueFilter(ids=["one", "bounce"]))
    assert [one.recipients[0].state for one in found] == [State.FAILED, State.WAITING]


async def test_who_leaves_with_the_file_of_a_large_message_leaves_nothing(queue: SqliteQueue, tmp_path: Path) -> None:
    """A client that is cut off while its message is taken in: its spool goes at any moment."""
    spooled = tmp_path / "spooled"
    spooled.write_bytes(b"large " * 20_000)
    message = outgoing("one", data=b"large " * 20_000)
    adding = asyncio.create_task(queue.add(replace(message, content=replace(message.content, data=None, path=str(spooled)))))
    await asyncio.sleep(0)
    spooled.unlink()
    adding.cancel()
    await asyncio.gather(adding, *queue._apart, return_exceptions=True)
    await queue.add(outgoing("two"))
    assert len(blobs(tmp_path)) == len(await queue.listed(QueueFilter(ids=["one"])))


async def test_on_a_full_disk_what_does_not_fit_is_refused_and_the_rest_is_kept(queue: SqliteQueue) -> None:
    await queue.add(outgoing("first"))
    connection = queue._writer._connection
    connection.pragma("max_page_count", int(connection.pragma("page_count")) + 4)
    told = await asyncio.gather(
        *(queue.add(outgoing(f"{n}", data=b"x" * (60_000 if n == 3 else 10))) for n in range(5)), return_exceptions=True
    )
    assert [n for n, error in enumerate(told) if error is not None] == [3]
    assert isinstance(told[3], Unavailable)
    connection.pragma("max_page_count", 1 << 30)
    await queue.add(outgoing("3", data=b"x" * 60_000))


async def test_after_a_failed_commit_nothing_more_is_acknowledged(tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path)
    queue = accounts.queue()
    await queue.add(outgoing("first"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "queue.db-wal").stat().st_size + 8192, before[1]))
    try:
        waiting = [asyncio.ensure_future(queue.add(outgoing(f"{n}", data=b"x" * 60_000))) for n in range(4)]
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [type(error) for error in ended] == [StoreFailed] * 4
    with pytest.raises(StoreFailed):
        await queue.remember("x", b"", 1)
    assert [one.message.id for one in await queue.listed(QueueFilter())] == ["first"]
    await accounts.close()
    assert verify(tmp_path) == []


async def test_the_wal_does_not_grow_however_fast_one_writes(
    queue: SqliteQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_PAGES", 20)
    monkeypatch.setattr(writer, "CHECKPOINT_AT_LAST", 60)
    for n in range(400):
        await queue.remember(f"{n % 9}", b"x" * 1000, n)
    assert (tmp_path / "queue.db-wal").stat().st_size < 150 * 4200


# How much is looked at.


async def test_a_claim_looks_only_at_what_is_due(queue: SqliteQueue) -> None:
    await queue.add(outgoing("one"))
    db = queue._reader
    for query, bindings in (
        (destinations.READY, (NOW, 5)),
        (claiming.DUE, ("there.example", NOW)),
        ("SELECT min(ready) FROM destination", ()),
        ("SELECT min(at) FROM recipient WHERE state = 0 AND destination = ?", ("there.example",)),
        ("UPDATE recipient SET state = 0 WHERE state = 1 AND owner = ?", (1,)),
        ("SELECT key FROM message WHERE over_at < ? LIMIT ?", (1, 1)),
        ("SELECT 1 FROM message WHERE blob = ? AND place = 1", (b"",)),
    ):
        plan = [str(row[-1]) for row in db.execute(f"EXPLAIN QUERY PLAN {query}", bindings)]
        assert not [step for step in plan if step.startswith("SCAN")], (query, plan)
        assert not [step for step in plan if "TEMP B-TREE" in step], (query, plan)


async def test_a_claim_costs_the_same_however_much_waits_for_destinations_that_are_busy(queue: SqliteQueue) -> None:
    for n in range(20):
        await queue.add(outgoing(f"busy {n}", *(f"{k}@busy{n}.example" for k in range(500)), created_at=10))
    for n in range(40):
        await queue.add(outgoing(f"free {n}", f"you@free{n}.example"))
    steps = 0

    def step() -> bool:
        nonlocal steps
        steps += 1
        return False

    owner = await queue.enlist()
    queue._writer._connection.set_progress_handler(step, 1)
    claimed = await queue.claim(owner, NOW, 40, busy=[f"busy{n}.example" for n in range(20)])
    assert {one.message.id for one in claimed} == {f"free {n}" for n in range(40)}
    assert steps < 40 * 400, "virtual machine instructions"


# What is broken is told.

BROKEN = [
    ("DELETE FROM message WHERE id = 'one'", "is of no message"),
    ("DELETE FROM recipient WHERE message = 1", "has no recipients"),
    ("UPDATE message SET open = 7 WHERE id = 'one'", "counts 7 recipients"),
    ("UPDATE message SET over_at = 7 WHERE id = 'one'", "not over at once"),
    ("INSERT INTO content SELECT key, x'00' FROM message WHERE id = 'over'", "content is still there"),
    ("DELETE FROM content WHERE message = 1", "message one has no content"),
    ("UPDATE content SET data = x'00'", "not what it was"),
    ("INSERT INTO content VALUES (77, x'00')", "content of message 77"),
    ("UPDATE conversation SET message = 77", "conversation about message 77"),
    ("UPDATE recipient SET state = 9", "in state 9"),
    ("UPDATE recipient SET owner = 99 WHERE state = 1", "owner who is gone"),
    ("UPDATE recipient SET owner = 1 WHERE state = 0", "is in no hand"),
    ("DELETE FROM destination", "has no turn"),
    ("INSERT INTO destination VALUES ('nowhere.example', 1, 0)", "nothing waits for it"),
    ("UPDATE destination SET ready = 0", "before anything of it is due"),
    ("UPDATE message SET place = 0, blob = x'00' WHERE id = 'large'", "no message has the content of file"),
    ("UPDATE message SET place = 1 WHERE id = 'one'", "is not there, and a message needs it"),
]


@pytest.mark.parametrize(("statement", "sentence"), BROKEN)
async def test_what_is_broken_is_told(tmp_path: Path, statement: str, sentence: str) -> None:
    accounts = SqliteAccounts(tmp_path)
    queue = accounts.queue()
    for name in ("one", "hand", "large", "over"):
        data = b"large " * 20_000 if name == "large" else b"small"
        await queue.add(outgoing(name, to(f"you@{name}.example"), data=data))
    owner = await queue.enlist()
    (over,) = await queue.claim(owner, NOW, 1, destination="over.example")
    await queue.settle(delivered(over), conversation=Conversation(id="over", at=1, host="", text=""))
    await queue.claim(owner, NOW, 1, destination="hand.example")
    with closing(sqlite3.connect(tmp_path / "queue.db")) as connection:
        connection.execute(statement)
        connection.commit()
    wrong = await queue.verify()
    assert any(sentence in line for line in wrong), wrong
    assert [f"queue: {line}" for line in wrong] == [line for line in verify(tmp_path) if line.startswith("queue: ")]
    await accounts.close()


async def test_keys_of_nobody_are_told(tmp_path: Path) -> None:
    await SqliteAccounts(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "system.db")) as connection:
        connection.execute("INSERT INTO domain_key VALUES ('example.org', 's', 'rsa', x'00', 'odd', 1)")
        connection.commit()
    wrong = verify(tmp_path)
    assert len(wrong) == 2
    assert "which is not ours" in wrong[0]
    assert "in a state" in wrong[1]


async def test_a_queue_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path)
    await accounts.queue().add(outgoing("one"))
    await accounts.close()
    (tmp_path / "queue.db").write_bytes(b"no database at all" * 1000)
    assert [line for line in verify(tmp_path) if line.startswith("queue: ")]
