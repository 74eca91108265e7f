"""`python -m bench.compare [--only fetch,search,order] [--messages N]`"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from bench.compare import causes, dovecot, fetching, ordering, parties, report, reproduction, searching
from bench.compare.differences import Difference, Tally
from bench.compare.parties import Party
from bench.report import machine
from pillarbox import __version__

Compare = Callable[[tuple[Party, Party], Sequence[str], Sequence[bytes]], Iterator[Tally]]
CHAPTERS: dict[str, Compare] = {"fetch": fetching.compare, "search": searching.compare, "order": ordering.compare}
REPRODUCED = 5
"""Unexplained differences shown with the smallest message that has them, one of a kind."""


def main() -> int:
    """0: all is equal or explained, or there is nothing to compare with; 1: something is unexplained."""
    wanted = _arguments()
    absence = dovecot.absence() or ("" if parties.CORPUS.exists() else f"no corpus at {parties.CORPUS}; set PILLARBOX_CORPUS")
    if absence:
        print(f"not compared: {absence}")
        return 0
    began = time.monotonic()
    names, messages = parties.corpus()
    names, messages = names[: wanted.messages], messages[: wanted.messages]
    causes.know(messages)
    with parties.both(messages) as both:
        tallies = [tally for chapter in wanted.only for tally in _told(CHAPTERS[chapter](both, names, messages))]
        _, unexplained = report.explained(tallies)
        _show(both, unexplained)
    circumstances = {
        "command": "`make compare`",
        "Pillarbox": __version__,
        "Dovecot": dovecot.version(),
        "mail": f"{len(messages):,} messages of the SpamAssassin public corpus, {sum(map(len, messages)):,} bytes",
        "machine": machine(),
        "run": f"{time.monotonic() - began:.0f} seconds",
    }
    if wanted.only == list(CHAPTERS) and wanted.messages is None:
        report.REPORT.write_text(report.markdown(tallies, circumstances), "utf-8")
        print(f"written to {report.REPORT}")
    return int(bool(unexplained))


def _told(tallies: Iterator[Tally]) -> Iterator[Tally]:
    for tally in tallies:
        print(
            f"{tally.kind:32} {tally.skipped or f'{tally.compared:6,} {tally.unit}, {len(tally.differences):,} differ'}",
            flush=True,
        )
        yield tally


def _show(both: tuple[Party, Party], unexplained: Sequence[Difference]) -> None:
    """A few of what nothing explains, each with the smallest message that shows it."""
    print(f"\n{len(unexplained)} differences without an explanation")
    kinds = {(each.kind, each.fact): each for each in reversed(unexplained)}
    for difference in list(kinds.values())[::-1][:REPRODUCED]:
        smallest = reproduction.smallest(both, difference)
        print("\n" + report.shown(smallest))
        print("\n".join(f"  | {line!r}"[:160] for line in smallest.message.split(b"\r\n")[:60]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description="Compare answers with Dovecot's.")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(CHAPTERS), metavar="CHAPTER,…", help=", ".join(CHAPTERS)
    )
    parser.add_argument("--messages", type=int, metavar="N", help="the first N only; COMPARE.md stays as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
