"""Feeds every fuzz target inputs made of its corpus, for a while; what fails is printed and kept in the corpus.

PYTHONPATH=tests python tests/fuzz/mutate.py [--seconds 60] [NAME…]
"""

import argparse
import hashlib
import importlib.util
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
LONGEST = 4096
DICE = random.Random()
TRICKS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n.\r\n",
    b"{5}\r\n",
    b"{5+}\r\n",
    b"\0",
    b"\xff",
    b'"',
    b"\\",
    b"(",
    b")",
    b"*",
    b"99999999999999999999",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    failed = 0
    for path in sorted(HERE.glob("test_*.py")):
        name = path.stem.removeprefix("test_")
        target = load(path)
        if target and (not given.names or name in given.names):
            failed += not survives(name, target, given.seconds)
    return failed


def load(path: Path) -> Callable[[bytes], object] | None:
    """The `target` of a test file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, "target", None)


def survives(name: str, target: Callable[[bytes], object], seconds: float) -> bool:
    corpus = [path.read_bytes() for path in sorted((HERE / "corpus" / name).glob("*"))] or [b""]
    until, tried = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        data = mutated(corpus)
        tried += 1
        try:
            target(data)
        except Exception:
            traceback.print_exc()
            kept = HERE / "corpus" / name / hashlib.sha256(data).hexdigest()[:16]
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
            print(f"{name}: failed; kept as {kept}")
            return False
    print(f"{name}: {tried} inputs, nothing found")
    return True


def mutated(corpus: Sequence[bytes], dice: random.Random = DICE) -> bytes:
    """One of the corpus, with some changes."""
    data = bytearray(dice.choice(corpus))
    for _ in range(dice.randint(1, 6)):
        at = dice.randint(0, len(data))
        match dice.randrange(5):
            case 0:
                data[at:at] = dice.choice(TRICKS)
            case 1:
                del data[at : at + dice.randint(1, 20)]
            case 2:
                data[at:at] = data[(start := dice.randint(0, len(data))) : start + dice.randint(1, 40)]
            case 3:
                data[at:at] = dice.randbytes(dice.randint(1, 8))
            case _:
                other = dice.choice(corpus)
                data[at:] = other[dice.randint(0, len(other)) :]
    return bytes(data[:LONGEST])


if __name__ == "__main__":
    sys.exit(main())
