"""Whatever a client sends, and however it is cut, the IMAP engine answers alike and never raises.

`target` takes any bytes, so that a fuzzer can drive it; here it is given every input that ever found something, commands of
every family, and some hundred of either with changes.
"""

import random
from pathlib import Path

import pytest

from fuzz.mutate import mutated
from pillarbox.limits import ImapLimits
from pillarbox.proto.imap.commands import State
from proto.imap.driver import Driver, merged

CORPUS = sorted((Path(__file__).parent / "corpus" / "imap").iterdir())
LIMITS = ImapLimits(line=256, line_before_login=128, auth_line=128, literal_bytes=64, message=64, literals=4, append_messages=3)


def target(data: bytes) -> None:
    """The first byte chooses the state to start in."""
    if b"starttls" in data.lower():
        return  # what it forgets depends on what has come
    state = list(State)[data[0] % len(State)] if data else State.SELECTED
    whole, bits = Driver(LIMITS, state, 50), Driver(LIMITS, state, 50)
    said = whole.feed(data[1:]) + whole.eof()
    assert bits.feed_in_steps(data[1:], 1) + bits.eof() == said
    assert merged(bits.events) == merged(whole.events)


@pytest.mark.parametrize("seed", range(8))
def test_commands_of_every_family_with_changes_are_answered_alike(seed: int) -> None:
    dice, corpus = random.Random(seed), [path.read_bytes() for path in CORPUS]
    for _ in range(100):
        target(mutated(corpus, dice))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_once_found_something_finds_nothing(path: Path) -> None:
    target(path.read_bytes())
