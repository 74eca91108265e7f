"""The documents that are written from the code: `make docs` writes them, and a test finds them stale.

python -m pillarbox.testing.documents [--check]
"""

import dataclasses
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import settings
from ..limits import Limits
from ..mail.preferences import AccountSettings

ROOT = Path(__file__).resolve().parents[3]
_MARK = "<!-- rfc: generated from rfc/rfc.toml by `make docs` -->\n"
_MARK_END = "<!-- /rfc -->"
_WRITTEN = "<!-- Written by `make docs` from the code. -->\n\n"


def documents(root: Path = ROOT) -> Mapping[Path, str]:
    """Every document that is written, as it should be now."""
    readme = (root / "README.md").read_text("utf-8")
    entries = tomllib.loads((root / "rfc" / "rfc.toml").read_text("utf-8"))["rfc"]
    return {
        root / "docs" / "limits.md": limits(),
        root / "docs" / "settings.md": all_settings(),
        root / "docs" / "protocols.md": protocols(entries),
        root / "README.md": _between_marks(readme, rfc_table(entries)),
    }


def limits() -> str:
    """Every limit, a table a class."""
    text = (
        f"# Limits\n\n{_WRITTEN}Sizes are bytes and times seconds, unless the name says otherwise. What comes from a standard "
    )
    text += "names its section; a limit is never below the floor that a standard sets.\n"
    for group in dataclasses.fields(Limits):
        kind: Any = group.default
        text += f"\n## {group.name}\n\n{kind.__doc__}\n\n"
        text += _table(("limit", "default", "floor", "source", "beyond it"), _limit_rows(kind))
    return text


def _limit_rows(kind: Any) -> Iterator[Sequence[str]]:
    for field in dataclasses.fields(kind):
        about = field.metadata
        default: Any = field.default
        yield f"`{field.name}`", _number(default), _number(about["floor"]), about["source"], about["says"]


def all_settings() -> str:
    """Every setting of pillarbox.toml, and every setting of an account."""
    text = f"# Settings\n\n{_WRITTEN}`pillarbox.toml` has what is needed to start; domains, accounts and policies live in the "
    text += (
        "store. Paths are relative to the file. `pillarbox config check` finds every mistake in it, `pillarbox config show` "
    )
    text += "prints what is in force.\n"
    for title, rows in _by_table():
        text += f"\n## {title}\n\n{_table(('setting', 'default', 'meaning', 'example'), rows)}"
    text += "\n## Of an account\n\n`pillarbox account set ADDRESS name=value`; `name=` goes back to the default.\n\n"
    return text + _table(
        ("setting", "default", "meaning"),
        [(f"`{field.name}`", _value(_default(field)), field.metadata["says"]) for field in dataclasses.fields(AccountSettings)],
    )


def _by_table() -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    tables: dict[str, list[Sequence[str]]] = {}
    for name, field in settings.describe():
        table, _, key = name.rpartition(".")
        example = field.metadata["example"]
        row = (f"`{key}`", _value(_default(field)), field.metadata["says"], f"`{example}`" if example else "")
        tables.setdefault(f"[{table}]" if table else "At the top", []).append(row)
    yield from tables.items()


def protocols(entries: Sequence[Mapping[str, Any]]) -> str:
    """Every RFC we meet, by area."""
    text = f"# Protocols, by RFC\n\n{_WRITTEN}"
    text += "`yes`: all that the RFC asks of a server; `partial`: the note says what not; `no`: not yet, or never, and why.\n"
    for area in dict.fromkeys(entry["area"] for entry in entries):
        rows = [
            (_link(entry["number"]), entry["title"], entry["done"], entry.get("note", ""))
            for entry in entries
            if entry["area"] == area
        ]
        text += f"\n## {area}\n\n{_table(('RFC', 'title', 'done', 'note'), rows)}"
    return text


def rfc_table(entries: Sequence[Mapping[str, Any]]) -> str:
    """The short form: what is done, an area a row."""
    rows = []
    for area in dict.fromkeys(entry["area"] for entry in entries):
        of_area = [entry for entry in entries if entry["area"] == area]
        rows.append((area, *(_numbers(of_area, done) for done in ("yes", "partial", "no"))))
    return _table(("", "done", "in part", "not"), rows) + "\nTitles and reasons: [protocols](docs/protocols.md).\n"


def _numbers(entries: Sequence[Mapping[str, Any]], done: str) -> str:
    return " ".join(_link(entry["number"]) for entry in entries if entry["done"] == done)


def _link(number: int) -> str:
    return f"[{number}](https://www.rfc-editor.org/rfc/rfc{number})"


def _between_marks(text: str, table: str) -> str:
    before, mark, rest = text.partition(_MARK)
    _, end, after = rest.partition(_MARK_END)
    return f"{before}{mark}{table}{end}{after}" if mark and end else text


def _table(head: Sequence[str], rows: Any) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _default(field: "dataclasses.Field[Any]") -> Any:
    return field.default_factory() if callable(field.default_factory) else field.default


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case None | "" | () | frozenset():
            return ""
        case int():
            return f"`{value}`"
        case _:
            return f'`"{value}"`'


def stale(root: Path = ROOT) -> Sequence[Path]:
    """The documents that are not as they should be."""
    return [path for path, text in documents(root).items() if not path.exists() or path.read_text("utf-8") != text]


def write(root: Path = ROOT) -> None:
    for path, text in documents(root).items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif old := stale():
        sys.exit(f"not up to date, run `make docs`: {', '.join(path.name for path in old)}")
