"""Mailboxes of other sizes: one of a hundred thousand messages, and three that double, to see what a row grows with."""

import math
import threading
from collections.abc import Sequence

from bench import mail, report, rows
from bench.report import Taken
from bench.rows import GROWING, LARGE, OPEN, Plan, Row
from bench.side import Side

USUAL = 6000
"""Messages that the rows' numbers of times are meant for."""
LEAST = 0.3
"""However large a mailbox is, so much of them is done: what a server knows the second time must show."""
DOUBLINGS = 3
AGAIN, FIRST = "the same again", ", first time"
"""Titles that go on from the row before."""
TRIES = 2
"""The cheaper one counts: a slow moment of the machine looks like growth."""
ONCE = frozenset({"listing-first", "sort-first", "thread-first", "copy", "expunge"})
"""What is another thing the second time."""
SLACK = 1.25
"""What costs so many times as much as n log n of the size before has grown faster."""


def large(sides: Sequence[Side], count: int) -> list[Taken]:
    """The rows of LARGE on one mailbox of so many messages."""
    plan = Plan(mail.load(count), 0, max(USUAL / count, LEAST))
    fill(sides, plan)
    taken = [Taken(row) for row in (OPEN, *_named(LARGE))]
    for each in taken:
        for side in sides:
            report.measure(each, side, plan)
    return taken


def growth(sides: Sequence[Side], first: int) -> list[tuple[Row, dict[str, list[float]]]]:
    """For each row of GROWING and each side, milliseconds for the whole of a mailbox of `first` messages, and of twice and four
    times as many."""
    plans = [Plan(mail.load(first << step), step, 0.5 / (1 << step)) for step in range(DOUBLINGS)]
    for plan in plans:
        fill(sides, plan)
    found = []
    for row in _named(GROWING):
        costs: dict[str, list[float]] = {side.name: [] for side in sides}
        for plan in plans:
            for side in sides:
                taken = Taken(row)
                for _ in range(1 if row.name in ONCE else TRIES):
                    report.measure(taken, side, plan)
                if sample := taken.best(side.name):
                    costs[side.name].append(sample.each / 1e3 * plan.count if row.unit == "µs" else sample.each)
        found.append((row, costs))
    return found


def fill(sides: Sequence[Side], plan: Plan) -> None:
    """Put the mail into everyone's account, all at the same time, and wait until it has been indexed."""
    failures: list[Exception] = []

    def one(side: Side) -> None:
        try:
            rows.append_together(side, plan)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(side,)) for side in sides]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    for side in sides:
        side.settle_index()


def _named(names: Sequence[str]) -> list[Row]:
    return [row for row in rows.ROWS if row.name in names]


def large_text(taken: Sequence[Taken]) -> list[tuple[str, ...]]:
    """A table: the bars are of smaller mailboxes, so there are none."""
    return [("row", "theirs", "ours", "ours : theirs"), *(line[:4] for line in report.table(taken)[1:])]


def growth_text(found: Sequence[tuple[Row, dict[str, list[float]]]], first: int) -> list[tuple[str, ...]]:
    """A table: what each size took as a whole, and the power of n it grew with, beside theirs."""
    before = ""
    sizes = [first << step for step in range(DOUBLINGS)]
    lines = [("row", *(f"{size:,}" for size in sizes), "grows as", "theirs", "")]
    for row, costs in found:
        before = row.title if row.title != AGAIN else f"{before.removesuffix(FIRST)}, again"
        ours = costs.get("ours", [])
        if len(ours) == DOUBLINGS:
            shown = [f"{cost:,.2f} ms" for cost in ours]
            verdict = "**faster than n log n**" if _exceeds(ours, sizes) else ""
            lines.append((before, *shown, _power(ours), _power(costs.get("theirs", [])), verdict))
    return lines


def _power(costs: Sequence[float]) -> str:
    if len(costs) < DOUBLINGS or min(costs) <= 0:
        return "–"
    return f"n^{math.log2(costs[-1] / costs[0]) / (DOUBLINGS - 1):.2f}"


def _exceeds(costs: Sequence[float], sizes: Sequence[int]) -> bool:
    fair = sizes[-1] * math.log(sizes[-1]) / (sizes[0] * math.log(sizes[0]))
    return costs[-1] > costs[0] * fair * SLACK
