"""`python -m bench [--quick] [--rows NAME,…] [--rounds N] [--only ours|theirs] [--messages N | --scale] [--list]`, or
`python -m bench --jmap [--quick] [--messages N]`"""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence

from bench import jmap, mail, ours, report, rows, sizes, theirs
from bench.report import Taken
from bench.rows import Plan
from bench.side import Side
from pillarbox import __version__
from pillarbox.ops.form import form

BOUND = 540.0
"""Seconds after which no further round begins."""


def main() -> int:
    wanted = _arguments()
    if wanted.list:
        print("\n".join(f"{row.name:16} {row.title}" for row in rows.ROWS))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))  # what was started is stopped on the way out
    began, busy = time.monotonic(), os.getloadavg()[0]
    if wanted.jmap:
        return _jmap(wanted, began, busy)
    absence = "asked for ours alone" if wanted.only == "ours" else theirs.absence()
    if absence:
        print(f"Dovecot and Postfix are not measured: {absence}")
    with contextlib.ExitStack() as stack:
        sides = [] if absence else [stack.enter_context(theirs.running())]
        if wanted.only != "theirs":
            sides.append(stack.enter_context(ours.running(max(wanted.rounds, sizes.DOUBLINGS))))
        if wanted.messages or wanted.scale:
            return _sizes(wanted, sides, absence, began, busy)
        return _usual(wanted, sides, absence, began, busy)


def _usual(wanted: argparse.Namespace, sides: Sequence[Side], absence: str | None, began: float, busy: float) -> int:
    """Every row, some rounds of them."""
    taken = [Taken(row) for row in rows.chosen(wanted.rows)]
    post = mail.load(1500 if wanted.quick else sizes.USUAL)
    for number in range(wanted.rounds):
        if time.monotonic() - began < BOUND * number / (number + 1) or not number:
            _round(sides if number % 2 == 0 else sides[::-1], taken, Plan(post, number, 0.25 if wanted.quick else 1))
    print("\n" + report.text(report.table(taken)))
    if not (wanted.rows or wanted.quick or wanted.only):
        said = _circumstances(absence, began, busy, mail=_about(post), rounds=str(wanted.rounds))
        report.write("Measured", report.markdown(taken, said))
        print(f"\nwritten to {report.RESULTS}")
    return int(any(each.failure for each in taken))


def _sizes(wanted: argparse.Namespace, sides: Sequence[Side], absence: str | None, began: float, busy: float) -> int:
    """Some rows on one large mailbox, or on three that double; added to RESULTS.md."""
    if wanted.scale:
        first = sizes.USUAL // 16 if wanted.quick else sizes.USUAL // 4
        table = sizes.growth_text(sizes.growth(sides, first), first)
        title, says = "How it grows", "CPU time for the whole of a mailbox, by its messages, or for one search of it."
    else:
        table = sizes.large_text(sizes.large(sides, wanted.messages))
        title, says = f"{wanted.messages:,} messages", "The rows that a large mailbox makes a difference to, in one of them."
    print("\n" + report.text(table))
    if not (wanted.quick or wanted.only):
        report.write(title, report.part(says, _circumstances(absence, began, busy), table))
        print(f"\nwritten to {report.RESULTS}")
    return 0


def _jmap(wanted: argparse.Namespace, began: float, busy: float) -> int:
    """JMAP, which has no second server beside it; added to RESULTS.md."""
    count = wanted.messages or (jmap.USUAL // 10 if wanted.quick else jmap.USUAL)
    table = jmap.measure(count, 0.25 if wanted.quick else 1)
    if not wanted.quick:
        said = _circumstances("nobody else is asked", began, busy)
        report.write("JMAP", report.part("Server CPU a request, of several the least; waits by the clock.", said, table))
        print(f"\nwritten to {report.RESULTS}")
    return 0


def _round(sides: Sequence[Side], taken: Sequence[Taken], plan: Plan) -> None:
    """Every row on one side, then on the next: a server has the machine to itself while it is measured."""
    for each in taken:
        for side in sides if plan.round == 0 or not each.row.once else ():
            report.measure(each, side, plan)


def _about(post: mail.Mail) -> str:
    size = sum(map(len, post.messages)) / len(post.messages)
    return f"{len(post.messages):,} messages, {size:,.0f} bytes on average; {post.origin}"


def _circumstances(absence: str | None, began: float, busy: float, **more: str) -> dict[str, str]:
    return {
        "ours": f"Pillarbox {__version__}, {form()}, {ours.WORKERS} workers",
        "theirs": f"not measured: {absence}" if absence else theirs.version(),
        **more,
        "machine": f"{report.machine()}; load average {busy:.1f} before the run",
        "run": f"{time.monotonic() - began:.0f} seconds",
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Pillarbox beside Dovecot and Postfix.")
    parser.add_argument("--quick", action="store_true", help="a quarter of the mail and of the work; RESULTS.md stays as it is")
    parser.add_argument(
        "--rows", type=lambda text: text.split(","), default=[], metavar="NAME,…", help="these rows only (see --list)"
    )
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="2 unless told")
    parser.add_argument("--only", choices=("ours", "theirs"), help="one side only; RESULTS.md stays as it is")
    parser.add_argument("--messages", type=int, metavar="N", help="some rows on one mailbox of so many, say 100000")
    parser.add_argument("--scale", action="store_true", help="some rows on mailboxes of n, 2 n and 4 n messages")
    parser.add_argument("--jmap", action="store_true", help="JMAP, on an account of 100,000 messages unless told")
    parser.add_argument("--list", action="store_true", help="the rows' names")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
