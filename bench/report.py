"""The table: theirs, ours, the bar, and a sentence on what limits a row that falls short."""

import os
import platform
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.rows import NotTried, Plan, Row, Sample
from bench.side import Side

RESULTS = Path(__file__).parent / "RESULTS.md"
NOTES = Path(__file__).parent / "notes.toml"
HEAD = ("row", "theirs", "ours", "ours : theirs", "bar", "")


@dataclass
class Taken:
    """Every sample of a row, by side."""

    row: Row
    samples: dict[str, list[Sample]] = field(default_factory=lambda: {"theirs": [], "ours": []})
    failure: str = ""

    def best(self, side: str) -> Sample | None:
        """The round in which a unit cost least: whatever else the machine did only ever adds."""
        return min(self.samples[side], key=lambda sample: sample.each, default=None)

    def verdict(self) -> str:
        ours, theirs = self.best("ours"), self.best("theirs")
        if not ours:
            return self.failure or "not measured"
        behind = theirs is not None and ours.each > theirs.each
        if ours.each <= self.row.bar:
            return "at the bar, behind theirs" if behind else "at the bar"
        return "**behind**" if behind or not theirs else "ahead, short of the bar"


def measure(taken: Taken, side: Side, plan: Plan) -> None:
    """One row once, and a line about it. What goes wrong is kept in `failure`."""
    row = taken.row
    try:
        sample = row.measure(side, plan)
    except NotTried:
        return
    except Exception as error:
        taken.failure = f"{side.name}: {type(error).__name__} {error}"[:200]
        print(f"round {plan.round + 1}  {row.name:16} {taken.failure}", flush=True)
        return
    taken.samples[side.name].append(sample)
    print(
        f"round {plan.round + 1}  {row.name:16} {side.name:6} {sample.each:10.2f} {row.unit}"
        f"  {sample.count} in {sample.seconds:.2f} s  {sample.answers or ''}",
        flush=True,
    )


def table(taken: Sequence[Taken]) -> list[tuple[str, ...]]:
    return [HEAD, *(_line(each) for each in sorted(taken, key=lambda each: each.row.once))]


def text(rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def write(title: str, lines: Sequence[str]) -> None:
    """Put a part under its title into RESULTS.md, in place of what is there of it; the other parts stay."""
    parts: dict[str, str] = {}
    for part in RESULTS.read_text("utf-8").split("\n# ") if RESULTS.exists() else ():
        name, _, rest = part.removeprefix("# ").partition("\n")
        parts[name] = rest.strip()
    parts[title] = "\n".join(lines).strip()
    RESULTS.write_text("\n\n".join(f"# {name}\n\n{rest}" for name, rest in parts.items()) + "\n", "utf-8")


def part(says: str, circumstances: Mapping[str, str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A part of RESULTS.md that is a table."""
    return [says, "", *(f"- {name}: {value}" for name, value in circumstances.items()), "", *_rows_of(rows)]


def markdown(taken: Sequence[Taken], circumstances: Mapping[str, str]) -> list[str]:
    """The first part of RESULTS.md."""
    lines = [
        "Written by `make bench`: both servers on one machine, in one run, with the same mail, taking turns. What a unit costs",
        "is CPU time, user and system, of all processes of the server (memory, PSS, for idle connections); the rate beside it",
        "is by the clock, with the load on the same cores. Of several rounds the cheapest counts, for either side.",
        "",
        *(f"- {name}: {value}" for name, value in circumstances.items()),
        "",
        *_rows_of(table(taken)),
    ]
    if notes := _notes(taken):
        lines += ["", "## What limits the rows that fall short", "", *notes]
    if differing := _differing(taken):
        lines += ["", "## Searches that found different numbers", "", *differing]
    return lines


def machine() -> str:
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text("ascii", "replace").split("\n"):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def _rows_of(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]


def _line(taken: Taken) -> tuple[str, ...]:
    row, theirs, ours = taken.row, taken.best("theirs"), taken.best("ours")
    ratio = f"{ours.each / theirs.each:.2f}" if theirs and ours and theirs.each else "–"
    return (
        row.title,
        _cell(row, theirs),
        _cell(row, ours),
        ratio,
        f"≤ {row.bar:g} {row.unit}",
        taken.verdict(),
    )


def _cell(row: Row, sample: Sample | None) -> str:
    if sample is None:
        return "–"
    cost = f"{_rounded(sample.each)} {row.unit}"
    return f"{_rounded(sample.count / sample.seconds)}/s, {cost}" if row.timed else cost


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _notes(taken: Sequence[Taken]) -> list[str]:
    written = tomllib.loads(NOTES.read_text("utf-8")) if NOTES.exists() else {}
    short = [each for each in taken if each.verdict() != "at the bar"]
    said = [f"- {each.row.title}: {written.get(each.row.name, 'not looked into yet')}" for each in short]
    return said + [f"- {each.row.title}: in one round {each.failure}" for each in taken if each.failure]


def _differing(taken: Sequence[Taken]) -> list[str]:
    return [
        f"- {each.row.title}: theirs {theirs.answers}, ours {ours.answers}"
        for each in taken
        if (theirs := each.best("theirs")) and (ours := each.best("ours")) and theirs.answers != ours.answers
    ]
