"""Which form of the program runs is told by where its modules come from."""

from importlib.machinery import ModuleSpec

import pytest
from click.testing import CliRunner

from pillarbox import __version__
from pillarbox.cli import program
from pillarbox.ops import form


@pytest.mark.parametrize(
    ("origin", "told"),
    [("/x/pillarbox/proto/wire.py", "pure Python"), ("/x/pillarbox/proto/wire.cpython-311-x86_64-linux-gnu.so", "compiled")],
)
def test_the_form_is_that_of_the_modules(origin: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "find_spec", lambda name: ModuleSpec(name, None, origin=origin))
    assert form.form() == told


def test_the_version_comes_with_the_form() -> None:
    assert CliRunner().invoke(program, ["--version"]).output == f"pillarbox, version {__version__} ({form.form()})\n"
