"""The modules that are compiled where a C compiler is: they pass the tests that the same files pass as Python."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import hatch_build
import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
TESTS = (
    "tests/proto/test_wire.py",
    "tests/proto/imap/test_server.py",
    "tests/proto/imap/test_transcripts.py",
    "tests/proto/imap/test_limits.py",
    "tests/proto/imap/test_tolerances.py",
    "tests/proto/imap/test_properties.py",
    "tests/proto/imap/parse",
    "tests/proto/pop3/test_server.py",
    "tests/proto/pop3/test_transcripts.py",
    "tests/proto/smtp/test_server.py",
    "tests/proto/smtp/test_transcripts.py",
    "tests/proto/smtp/test_grammar.py",
)
NAMES = ["pillarbox." + name.removesuffix(".py").replace("/", ".") for name in hatch_build.MODULES]
SHOW = "import importlib, sys; [print(importlib.import_module(name).__file__) for name in sys.argv[1:]]"


@pytest.fixture(autouse=True)
def without_the_webmail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILLARBOX_WEBMAIL", "0")


@pytest.mark.timeout(900)  # it compiles, unless that has been done since the source last changed
def test_compiled_modules_pass_the_tests_of_their_source(tmp_path: Path) -> None:
    try:
        hatch_build.put(tmp_path)
    except hatch_build.NotCompiled as reason:
        pytest.skip(str(reason))
    front = {**os.environ, "PYTHONPATH": str(tmp_path)}
    shown = subprocess.run([sys.executable, "-c", SHOW, *NAMES], env=front, capture_output=True, text=True, check=True)
    assert [Path(line).suffix for line in shown.stdout.split()] == [".so"] * len(NAMES)
    assert all(Path(line).is_relative_to(tmp_path) for line in shown.stdout.split())
    pytest_ = [sys.executable, "-m", "pytest", "-n", "0", "-x", "--tb=short", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(pytest_, env=front, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def test_what_is_installed_for_developers_is_what_they_edit() -> None:
    without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    shown = subprocess.run([sys.executable, "-c", SHOW, *NAMES], env=without, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == [str(hatch_build.PACKAGE / name) for name in hatch_build.MODULES]


@pytest.mark.parametrize("name", ["limits.py", "proto/wire.py", "proto/imap/codes.py", "proto/smtp/new.py"])
def test_what_was_compiled_of_another_source_is_not_used(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "src" / "pillarbox"
    for path in hatch_build.sources():
        copy = package / path.relative_to(hatch_build.PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(hatch_build, "PACKAGE", package)
    before = hatch_build.state()
    assert hatch_build.state() == before
    with (package / name).open("a") as edited:
        edited.write("# edited\n")
    assert hatch_build.state() != before


def test_who_wants_it_pure_gets_it_pure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILLARBOX_PURE", "1")
    assert hook().dependencies() == []
    wheel = Path(next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as opened:
        assert "pillarbox/proto/wire.py" in opened.namelist()
        assert [name for name in opened.namelist() if name.endswith(".so")] == []


def test_without_a_compiler_it_is_pure_and_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PILLARBOX_PURE", raising=False)
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    assert hatch_build.obstacle() == "there is no C compiler (no-such-compiler)"
    assert hook().dependencies() == []


def test_a_failure_to_compile_makes_a_pure_wheel_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Path:
        raise hatch_build.NotCompiled("the compiler is tired")

    monkeypatch.setattr(hatch_build, "compiled", fail)
    build_data: dict[str, Any] = {}
    hook().initialize("standard", build_data)
    assert build_data == {}
    assert "Pillarbox is built as pure Python: the compiler is tired" in "".join(capfd.readouterr())


def test_a_compiled_wheel_has_both_forms_and_names_its_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suffix = hatch_build.sysconfig.get_config_var("EXT_SUFFIX")
    library = tmp_path / "made" / "pillarbox" / "proto" / f"wire{suffix}"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"")
    monkeypatch.setattr(hatch_build, "compiled", lambda: tmp_path / "made")
    build_data: dict[str, Any] = {"force_include": {}}
    hook().initialize("standard", build_data)
    assert build_data == {
        "force_include": {str(library): f"pillarbox/proto/wire{suffix}"},
        "pure_python": False,
        "infer_tag": True,
    }


def test_an_editable_install_is_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "compiled", lambda: pytest.fail("it is compiled"))
    build_data: dict[str, Any] = {}
    hook().initialize("editable", build_data)
    assert build_data == {}


def hook() -> hatch_build.Compiling:
    builder = WheelBuilder(str(ROOT))
    return hatch_build.Compiling(str(ROOT), {}, builder.config, builder.metadata, str(ROOT), "wheel", builder.app)
