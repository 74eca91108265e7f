"""Dependencies point down, files and functions stay small, and the pure shelf stays pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
LONGEST_FILE = 500
LONGEST_FUNCTION = 80
BAD_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "misc", "core"}


def test_imports_keep_to_the_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_no_file_is_long(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= LONGEST_FILE


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_long(trees: dict[Path, ast.Module]) -> None:
    long = [
        f"{path.relative_to(ROOT)}: {function.name}"
        for path, tree in trees.items()
        for function in functions(tree)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_has_a_noun_for_a_name_and_says_what_it_is(trees: dict[Path, ast.Module]) -> None:
    assert [path for path in SOURCES if path.stem in BAD_NAMES] == []
    silent = [path for path, tree in trees.items() if path.stat().st_size and ast.get_docstring(tree) is None]
    assert silent == []
