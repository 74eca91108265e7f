"""bench/COMPARE.md: what was compared, and why answers differ where they do."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.compare.causes import RULES, cause
from bench.compare.differences import Difference, Tally

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "bench" / "COMPARE.md"
CASES = ROOT / "tests" / "cases" / "imap"
SHOWN = 200


def explained(tallies: Sequence[Tally]) -> tuple[dict[str, Counter[str]], list[Difference]]:
    """How many differences of each kind each case explains; and those none does."""
    counts: dict[str, Counter[str]] = {tally.kind: Counter() for tally in tallies}
    unexplained = []
    for tally in tallies:
        for difference in tally.differences:
            case = cause(difference)
            if case is None:
                unexplained.append(difference)
            else:
                counts[tally.kind][case] += 1
    return counts, unexplained


def markdown(tallies: Sequence[Tally], circumstances: dict[str, str]) -> str:
    """The whole report."""
    counts, unexplained = explained(tallies)
    lines = ["# Beside Dovecot", "", "Written by `make compare`: the same mail in both, the same questions to both, over IMAP."]
    lines += ["", *(f"- {name}: {value}" for name, value in circumstances.items()), ""]
    lines += ["| asked | compared | differ | explained by |", "|---|---:|---:|---|"]
    lines += [_row(tally, counts[tally.kind]) for tally in tallies]
    lines += [
        "",
        "## Causes",
        "",
        "A cause is a rule in `bench/compare/causes.py`; its case says why ours is as it is, and a test shows it.",
        "",
    ]
    total: Counter[str] = sum(counts.values(), Counter())
    lines += ["| case | differences | messages |", "|---|---:|---:|"]
    messages = {case: {d.name for t in tallies for d in t.differences if cause(d) == case} for case in total}
    lines += [
        f"| [{case}](../tests/cases/imap/{case}.why) | {total[case]:,} | {len(messages[case]):,} |"
        for case in RULES
        if total[case]
    ]
    lines += ["", f"Unexplained: {len(unexplained)}.", ""]
    return "\n".join(lines)


def _row(tally: Tally, causes: Counter[str]) -> str:
    if tally.skipped:
        return f"| {tally.kind} | – | – | not compared: {tally.skipped} |"
    numbers = ", ".join(f"[{case[:2]}](../tests/cases/imap/{case}.why) {count:,}" for case, count in sorted(causes.items()))
    return f"| {tally.kind} | {tally.compared:,} {tally.unit} | {len(tally.differences):,} | {numbers or '–'} |"


def shown(difference: Difference) -> str:
    """One difference, for a terminal."""
    return (
        f"{difference.kind}: {difference.name} {difference.fact}\n"
        f"  asked   {difference.question[:SHOWN]!r}\n"
        f"  ours    {difference.ours!r:.{SHOWN}}\n"
        f"  theirs  {difference.theirs!r:.{SHOWN}}"
    )
