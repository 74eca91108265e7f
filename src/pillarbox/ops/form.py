"""Which form of the program runs: pure Python, or with its hot modules compiled (docs/decisions/0029-compiled.md)."""

from importlib.util import find_spec


def form() -> str:
    """ "compiled" or "pure Python"."""
    found = find_spec("pillarbox.proto.wire")
    return "pure Python" if found is None or str(found.origin).endswith(".py") else "compiled"
