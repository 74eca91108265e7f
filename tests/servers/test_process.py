"""A process that splits off: what it has of its parent, and how it ends. In a parent of one thread, as it asks for."""

import signal
import subprocess
import sys

import pytest

PARENT = """
import asyncio, os, signal, sys, time
from pillarbox.servers.process import split_off

def run(told):
    {child}

async def main():
    heard = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, heard.append, "SIGTERM")
    kept, other = os.pipe(), os.pipe()
    process = await split_off(run, keep=kept)
    {parent}

asyncio.run(main())
"""


def told(child: str, parent: str) -> str:
    """What a parent and its child say."""
    script = PARENT.format(child=child, parent=parent)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_says_when_it_is_ready_and_its_status_is_told() -> None:
    assert told("os.write(told, b'!'); return 7", "print(await process.is_ready(), await process.wait())") == "True 7"


def test_one_that_ends_before_it_is_ready_never_was() -> None:
    assert told("return 3", "print(await process.is_ready(), await process.wait())") == "False 3"


def test_what_it_raises_is_shown_and_ends_it() -> None:
    parent = "sys.stderr = sys.stdout; print(await process.wait())"
    assert told("sys.stderr = sys.stdout; raise KeyError('of its own')", parent).endswith("KeyError: 'of its own'\n1")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_does_to_it_what_it_does_to_a_new_process(number: signal.Signals) -> None:
    parent = f"await process.is_ready(); process.send_signal({int(number)}); print(await process.wait(), heard)"
    assert told("os.write(told, b'!'); time.sleep(60)", parent) == f"{-number} []"


def test_it_has_a_loop_of_its_own() -> None:
    child = "return asyncio.run(asyncio.wait_for(asyncio.sleep(0, 5), 60))"
    assert told(child, "print(await process.wait())") == "5"


def test_it_is_a_session_of_its_own_and_nothing_is_typed_to_it() -> None:
    child = "print(os.getsid(0) == os.getpid(), sys.stdin.read() == ''); return 0"
    assert told(child, "await process.wait()") == "True True"


def test_it_has_no_descriptor_but_those_it_is_given() -> None:
    child = "print(sorted(int(fd) for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd))); return told"
    parent = "expected = sorted([0, 1, 2, *kept, await process.wait()]); print(expected)"
    inside, expected = told(child, parent).split("\n")
    assert inside == expected
