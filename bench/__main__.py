"""`python -m bench [--quick] [--rows NAME,…] [--rounds N] [--only ours|theirs] [--list]`"""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence

from bench import mail, ours, report, rows, theirs
from bench.report import Taken
from bench.rows import Plan
from bench.side import Side
from pillarbox import __version__

BOUND = 540.0
"""Seconds after which no further round begins."""


def main() -> int:
    wanted = _arguments()
    if wanted.list:
        print("\n".join(f"{row.name:16} {row.title}" for row in rows.ROWS))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))  # what was started is stopped on the way out
    began, busy = time.monotonic(), os.getloadavg()[0]
    taken = [Taken(row) for row in rows.chosen(wanted.rows)]
    post = mail.load(1500 if wanted.quick else 6000)
    absence = "asked for ours alone" if wanted.only == "ours" else theirs.absence()
    if absence:
        print(f"Dovecot and Postfix are not measured: {absence}")
    with contextlib.ExitStack() as stack:
        sides = [] if absence else [stack.enter_context(theirs.running())]
        if wanted.only != "theirs":
            sides.append(stack.enter_context(ours.running(wanted.rounds)))
        for number in range(wanted.rounds):
            if time.monotonic() - began < BOUND * number / (number + 1) or not number:
                _round(sides if number % 2 == 0 else sides[::-1], taken, Plan(post, number, 0.25 if wanted.quick else 1))
    print("\n" + report.text(taken))
    if not (wanted.rows or wanted.quick or wanted.only):
        report.RESULTS.write_text(report.markdown(taken, _circumstances(post, absence, wanted.rounds, began, busy)), "utf-8")
        print(f"\nwritten to {report.RESULTS}")
    return int(any(each.failure for each in taken))


def _round(sides: Sequence[Side], taken: Sequence[Taken], plan: Plan) -> None:
    """Every row on one side, then on the next: a server has the machine to itself while it is measured."""
    for each in taken:
        for side in sides if plan.round == 0 or not each.row.once else ():
            try:
                sample = each.row.measure(side, plan)
            except Exception as error:
                each.failure = f"{side.name}: {type(error).__name__} {error}"[:200]
                print(f"round {plan.round + 1}  {each.row.name:16} {each.failure}", flush=True)
                continue
            each.samples[side.name].append(sample)
            print(
                f"round {plan.round + 1}  {each.row.name:16} {side.name:6} {sample.each:10.2f} {each.row.unit}"
                f"  {sample.count} in {sample.seconds:.2f} s  {sample.answers or ''}",
                flush=True,
            )


def _circumstances(post: mail.Mail, absence: str | None, rounds: int, began: float, busy: float) -> dict[str, str]:
    size = sum(map(len, post.messages)) / len(post.messages)
    return {
        "ours": f"Pillarbox {__version__}, {ours.WORKERS} workers",
        "theirs": f"not measured: {absence}" if absence else theirs.version(),
        "mail": f"{len(post.messages):,} messages, {size:,.0f} bytes on average; {post.origin}",
        "machine": f"{report.machine()}; load average {busy:.1f} before the run",
        "run": f"{rounds} rounds, {time.monotonic() - began:.0f} seconds",
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Pillarbox beside Dovecot and Postfix.")
    parser.add_argument("--quick", action="store_true", help="a quarter of the mail and of the work; RESULTS.md stays as it is")
    parser.add_argument(
        "--rows", type=lambda text: text.split(","), default=[], metavar="NAME,…", help="these rows only (see --list)"
    )
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="2 unless told")
    parser.add_argument("--only", choices=("ours", "theirs"), help="one side only; RESULTS.md stays as it is")
    parser.add_argument("--list", action="store_true", help="the rows' names")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
