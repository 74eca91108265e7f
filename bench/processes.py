"""What the processes of a server have used: CPU time and memory, of the whole tree below the processes we started.

CPU is user and system time of every living process of the tree (by the scheduler's nanoseconds, `schedstat`, or by the
hundredths of `stat` where threads have come and gone) and of those that ended and were waited for (`cutime`, `cstime`): nothing
that short-lived processes did is lost. Memory is PSS: pages shared by several processes count once.
"""

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
QUIET = 0.1
"""Seconds in which a server that has ended its work uses no CPU worth mentioning."""
SLOW = 0.5
"""Seconds between two looks at memory."""
GONE = (FileNotFoundError, ProcessLookupError, PermissionError)

Stats = dict[int, list[bytes]]


def cpu(roots: Iterable[int]) -> float:
    """Seconds of CPU used so far by the trees below `roots`."""
    stats = _stats()
    return sum(_used(pid, stats[pid]) for pid in _tree(roots, stats))


def memory(roots: Iterable[int]) -> int:
    """Bytes (PSS) held by the trees below `roots`."""
    return sum(_proportional_set(pid) for pid in _tree(roots, _stats()))


def settled_memory(roots: Iterable[int], within: float = 15.0) -> int:
    """Memory once it no longer changes: processes that were told to end may take a while."""
    deadline = time.monotonic() + within
    before = memory(roots)
    while time.monotonic() < deadline:
        time.sleep(SLOW)
        now = memory(roots)
        if abs(now - before) < now / 100:
            return now
        before = now
    return before


def settle(roots: Iterable[int], within: float = 3.0, quiet: float = QUIET) -> None:
    """Wait until the trees have stopped working for `quiet` seconds, so that what a row left to do later is counted in it."""
    deadline = time.monotonic() + within
    before, since = cpu(roots), time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(QUIET)
        now = cpu(roots)
        if now - before >= QUIET / 20:
            since = time.monotonic()
        elif time.monotonic() - since >= quiet:
            return
        before = now


def _tree(roots: Iterable[int], stats: Stats) -> Iterator[int]:
    children = defaultdict(list)
    for pid, fields in stats.items():
        children[int(fields[1])].append(pid)
    waiting = [pid for pid in roots if pid in stats]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children[pid]


def _stats() -> Stats:
    """/proc/PID/stat of every process, from the field behind its name (which may hold spaces): state, parent, …"""
    found = {}
    for folder in os.listdir("/proc"):
        if folder.isdigit():
            with contextlib.suppress(*GONE):
                text = Path(f"/proc/{folder}/stat").read_bytes()
                found[int(folder)] = text[text.rindex(b")") + 2 :].split()
    return found


def _used(pid: int, fields: list[bytes]) -> float:
    user, system, children_user, children_system = (int(ticks) * TICK for ticks in fields[11:15])
    exact = 0
    with contextlib.suppress(*GONE):
        for thread in os.listdir(f"/proc/{pid}/task"):
            exact += int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_bytes().split()[0])
    return max(exact / 1e9, user + system) + children_user + children_system


def _proportional_set(pid: int) -> int:
    with contextlib.suppress(*GONE):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").split("\n")
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0
