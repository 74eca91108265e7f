"""The webmail is built into what is packaged, where it can be, and whoever installs that needs no Node.js."""

import os
import tarfile
import zipfile
from pathlib import Path

import hatch_build
import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
NPM = """#!/bin/sh
echo "$@" >> "$NPM_LOG"
[ "$1" = ci ] || { mkdir -p "$NPM_STATIC" && echo page > "$NPM_STATIC/index.html"; }
exit ${NPM_FAILS:-0}
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A webmail's source, and an npm that notes what it is told."""
    web, static, tools = tmp_path / "web", tmp_path / "static", tmp_path / "tools"
    (web / "src").mkdir(parents=True)
    (web / "package.json").write_text("{}")
    (web / "src" / "main.tsx").write_text("")
    tools.mkdir()
    (tools / "npm").write_text(NPM)
    (tools / "npm").chmod(0o755)
    monkeypatch.setattr(hatch_build, "WEB", web)
    monkeypatch.setattr(hatch_build, "STATIC", static)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NPM_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("NPM_STATIC", str(static))
    monkeypatch.delenv("PILLARBOX_WEBMAIL", raising=False)
    return web


def told(source: Path) -> list[str]:
    log = source.parent / "log"
    return log.read_text().splitlines() if log.exists() else []


def test_what_is_not_there_is_built_with_the_packages_of_the_lock_file(source: Path) -> None:
    hatch_build.build_webmail()
    assert told(source) == ["ci --no-audit --no-fund", "run build"]
    assert (source.parent / "static" / "index.html").exists()


def test_what_is_newer_than_its_source_is_not_built_again(source: Path) -> None:
    hatch_build.build_webmail()
    hatch_build.build_webmail()
    assert len(told(source)) == 2


def test_what_is_older_than_its_source_is_built_again(source: Path) -> None:
    hatch_build.build_webmail()
    page = source.parent / "static" / "index.html"
    os.utime(source / "src" / "main.tsx", (page.stat().st_mtime + 5,) * 2)
    hatch_build.build_webmail()
    assert len(told(source)) == 4


def test_packages_that_are_installed_stay(source: Path) -> None:
    (source / "package-lock.json").write_text("{}")
    (source / "node_modules").mkdir()
    note = source / "node_modules" / ".package-lock.json"
    note.write_text("{}")
    hatch_build.build_webmail()
    assert told(source) == ["run build"]
    os.utime(note, (0, 0))
    (source.parent / "static" / "index.html").unlink()
    hatch_build.build_webmail()
    assert told(source)[1:] == ["ci --no-audit --no-fund", "run build"]


def test_who_runs_a_checkout_is_told_why_there_is_none(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["hatch_build.py", "--webmail"])
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="left out: npm is not installed"):
        hatch_build.main()


def test_without_npm_that_is_said_and_nothing_fails(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(hatch_build.NotBuilt, match="npm is not installed"):
        hatch_build.build_webmail()


def test_a_failing_npm_says_why(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_FAILS", "1")
    with pytest.raises(hatch_build.NotBuilt, match="npm ci failed"):
        hatch_build.build_webmail()


def test_who_wants_none_gets_none(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILLARBOX_WEBMAIL", "0")
    hatch_build.build_webmail()
    assert told(source) == []


def test_a_source_without_the_webmails_own_is_packaged_as_it_is(source: Path) -> None:
    (source / "package.json").unlink()
    hatch_build.build_webmail()
    assert told(source) == []


def test_what_is_built_is_in_both_packages_though_it_is_not_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILLARBOX_PURE", "1")
    monkeypatch.setenv("PILLARBOX_WEBMAIL", "0")
    static = hatch_build.STATIC
    mark = static / "assets" / f"test-{os.getpid()}.txt"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text("built")
    try:
        wheel = Path(next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
        sdist = Path(next(SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    finally:
        mark.unlink()
    name = f"pillarbox/servers/http/webmail/static/assets/{mark.name}"
    with zipfile.ZipFile(wheel) as opened:
        assert name in opened.namelist()
    with tarfile.open(sdist) as packed:
        names = packed.getnames()
    assert any(each.endswith(f"/src/{name}") for each in names)
    assert any(each.endswith("/web/package.json") for each in names)
    assert not any("node_modules" in each for each in names)
