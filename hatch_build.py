"""A wheel with a few hot modules compiled by mypyc, from the source that runs uncompiled (docs/decisions/0029-compiled.md), and
with the webmail built, in the source distribution too.

Compiled where there is a C compiler, unless PILLARBOX_PURE=1; else pure, with a line that says why, and never a failure. What
is installed as editable is pure: who edits a file runs that file. The webmail is built by npm where it is not there, or older
than its source, unless PILLARBOX_WEBMAIL=0; without npm it is left out, and that is said. Who installs a wheel needs neither.

    python hatch_build.py             # build/front: the package as a compiled wheel has it, for `make bench`
    python hatch_build.py --webmail   # the webmail alone, for `make run` in a checkout
"""

import contextlib
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / "src" / "pillarbox"
KEPT = ROOT / "build" / "compiled"
"""What has been compiled, a folder for each state of the source."""
FRONT = ROOT / "build" / "front"
"""The whole package with it; used only by those who put it on their PYTHONPATH, and made anew for each of them."""
WEB = ROOT / "web"
STATIC = PACKAGE / "servers" / "http" / "webmail" / "static"
"""What the webmail is built of, and into."""
NEEDED = ("mypy==2.4.*", "setuptools>=68")
"""To compile; nothing of it is needed to run."""

MODULES = (
    "proto/wire.py",
    "proto/imap/server.py",
    "proto/imap/reading.py",
    "proto/imap/parse/scanner.py",
    "proto/pop3/server.py",
    "proto/pop3/parse.py",
    "proto/pop3/replies.py",
    "proto/smtp/server.py",
    "proto/smtp/session.py",
    "proto/smtp/grammar.py",
    "proto/smtp/parse.py",
)
"""Those that are compiled: what every command and every line of a client goes through."""
READ = ("__init__.py", "errors.py", "ids.py", "limits.py", "proto")
"""All that they are compiled from: constants and types of modules that are not among them go in too."""


class NotCompiled(Exception):
    """Why the package stays pure."""


class NotBuilt(Exception):
    """Why there is no webmail, or an old one."""


class Compiling(BuildHookInterface[Any]):
    """What hatchling asks when it builds a wheel or a source distribution."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if obstacle() or self.target_name != "wheel" else list(NEEDED)

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        try:
            build_webmail()
        except NotBuilt as reason:
            self.app.display_warning(f"The webmail is {'an old one' if STATIC.exists() else 'left out'}: {reason}")
        if self.target_name != "wheel":
            return
        try:
            folder = compiled()
        except NotCompiled as reason:
            self.app.display_warning(f"Pillarbox is built as pure Python: {reason}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update({str(path): str(path.relative_to(folder)) for path in libraries(folder)})


def obstacle() -> str:
    """What keeps us from compiling on this machine, whatever is installed; "" where nothing does."""
    if os.environ.get("PILLARBOX_PURE", "0") != "0":
        return "PILLARBOX_PURE is set"
    if sys.implementation.name != "cpython":
        return "only CPython has compiled modules"
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler})"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "Python's header files are not installed"
    return ""


def compiled() -> Path:
    """The folder with the libraries that were made of the source as it is now. Raises NotCompiled."""
    if reason := obstacle() or _missing():
        raise NotCompiled(reason)
    folder = KEPT / state()
    if not folder.exists():
        with tempfile.TemporaryDirectory(prefix="pillarbox-compile-") as work:
            _compile(Path(work))
            _keep(Path(work), folder)
    return folder


def _missing() -> str:
    missing = [name for name in ("mypyc", "setuptools") if find_spec(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


def state() -> str:
    """A name for what the libraries depend on: the source, this file, the compilers."""
    found = hashlib.sha256()
    for name in ("mypy", "setuptools"):
        with contextlib.suppress(PackageNotFoundError):
            found.update(f"{name} {version(name)}\n".encode())
    found.update(f"{sys.version}\n{sysconfig.get_config_var('EXT_SUFFIX')}\n{os.environ.get('CC')}\n".encode())
    found.update(Path(__file__).read_bytes())
    for path in sources():
        found.update(b"\n%b %b" % (str(path.relative_to(PACKAGE)).encode(), hashlib.sha256(path.read_bytes()).digest()))
    return found.hexdigest()[:16]


def sources() -> list[Path]:
    """Every file that goes into the libraries."""
    return sorted(path for name in READ for path in ((PACKAGE / name).rglob("*.py") if "." not in name else [PACKAGE / name]))


def libraries(folder: Path) -> list[Path]:
    return sorted(folder.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"))


def _compile(work: Path) -> None:
    for path in sources():
        copy = work / path.relative_to(PACKAGE.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    done = subprocess.run([sys.executable, __file__, "--here"], cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotCompiled(f"compiling failed: {(done.stderr or done.stdout).strip()[-500:]}")


def _compile_here() -> None:
    """In a process of its own, in the folder with the sources: mypyc ends its process when it fails."""
    from mypyc.build import mypycify
    from setuptools import setup

    Path("mypy.ini").write_text("[mypy]\nfollow_imports = silent\nignore_missing_imports = true\n", encoding="ascii")
    paths = [f"pillarbox/{name}" for name in MODULES]
    setup(
        name="pillarbox",
        packages=[],
        ext_modules=mypycify(
            ["--config-file=mypy.ini", "--explicit-package-bases", *paths],
            opt_level="1",  # more makes it no faster, only slower to compile
            debug_level="0",
            multi_file=True,
            group_name="pillarbox",
        ),
        script_args=["--quiet", "build_ext", "--inplace"],
    )


def _keep(work: Path, folder: Path) -> None:
    """Put the libraries into their folder, all at once, whoever else does the same."""
    KEPT.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=KEPT))
    for path in libraries(work):
        if "build" not in path.relative_to(work).parts:
            _copy(path, made / path.relative_to(work))
    try:
        made.rename(folder)
    except OSError:
        shutil.rmtree(made)
        if not folder.exists():
            raise


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


def build_webmail() -> None:
    """Have the webmail as its source is now. Raises NotBuilt."""
    if os.environ.get("PILLARBOX_WEBMAIL", "1") == "0" or not is_webmail_old():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NotBuilt("npm is not installed")
    commands = [["run", "build"]] if _has_packages() else [["ci", "--no-audit", "--no-fund"], ["run", "build"]]
    for command in commands:
        done = subprocess.run([npm, *command], cwd=WEB, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotBuilt(f"npm {command[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")


def _has_packages() -> bool:
    """Whether what the lock file names is installed; npm leaves a note of what it did."""
    lock, note = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    return lock.exists() and note.exists() and note.stat().st_mtime >= lock.stat().st_mtime


def is_webmail_old() -> bool:
    """Whether anything of its source is newer than what was built; a source distribution has both of one time."""
    page = STATIC / "index.html"
    if not (WEB / "package.json").exists():
        return False
    if not page.exists():
        return True
    built = page.stat().st_mtime
    found = [path for path in WEB.iterdir() if path.is_file()]
    found += [path for name in ("src", "public") for path in (WEB / name).rglob("*") if path.is_file()]
    return any(path.stat().st_mtime > built for path in found)


def _build_webmail_or_say() -> None:
    if is_webmail_old():
        print("building the webmail", file=sys.stderr)
    try:
        build_webmail()
    except NotBuilt as reason:
        sys.exit(f"The webmail is {'an old one' if STATIC.exists() else 'left out'}: {reason}")


def put(into: Path) -> None:
    """The whole package, as the source is now, with its libraries: for the head of a PYTHONPATH. Raises NotCompiled."""
    folder = compiled()
    shutil.copytree(PACKAGE, into / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in libraries(folder):
        _copy(path, into / path.relative_to(folder))


def main() -> None:
    if sys.argv[1:] == ["--here"]:
        sys.argv[1:] = []
        return _compile_here()
    if sys.argv[1:] == ["--webmail"]:
        return _build_webmail_or_say()
    shutil.rmtree(FRONT, ignore_errors=True)
    try:
        put(FRONT)
    except NotCompiled as reason:
        print(f"Pillarbox stays pure Python: {reason}", file=sys.stderr)
    return None


if __name__ == "__main__":
    main()
