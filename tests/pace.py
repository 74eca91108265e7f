"""Bounds on CPU time that hold on a slow or busy machine too: their seconds are those of the machine they were found on."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

WORK = 0.006
"""Seconds that `_work` takes there."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done here takes less CPU time than that. The collector of garbage is not let in: most of it is of other tests."""
    before, was_enabled = slowness(), gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        yield
        spent = time.process_time() - began
    finally:
        if was_enabled:
            gc.enable()
    bound = seconds * max(before, slowness())
    assert spent < bound, f"{spent:.3f} s of CPU time, not {bound:.3f}"


def slowness() -> float:
    """How many times longer than there everything takes here and now, at least once."""
    began = time.process_time()
    _work()
    return max(1.0, (time.process_time() - began) / WORK)


def _work() -> int:
    """Objects, dictionaries, bytes: what a server does."""
    kept = {}
    for number in range(20_000):
        kept[number & 1023] = str(number).encode() + b"x"
    return len(kept)
