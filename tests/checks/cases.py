"""Cases in files: NN-name.eml is a message, .dns what names have, .expect what comes of it, .why why it is there."""

import functools
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from pillarbox.checks import arc, dkim
from pillarbox.checks.questions import Asking, Question
from pillarbox.testing.fake_dns import Zone

CASES = Path(__file__).parents[1] / "cases"
NOW = 1_795_255_200
"""When the cases are: 21 November 2026, 10:00 UTC."""


@functools.cache
def private_key(name: str) -> bytes:
    """One of the keys that the cases are signed with, as keys are kept."""
    key = serialization.load_pem_private_key((CASES / "dkim" / "keys" / f"{name}.pem").read_bytes(), None)
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def stems(kind: str) -> list[str]:
    return sorted(path.stem for path in (CASES / kind).glob("*.eml"))


def run_dkim(message: bytes, zone: str) -> list[str]:
    """A line a signature: verdict | algorithm, bits | domain, selector, identity | remarks | reason."""
    lines = []
    for found in Zone(zone).run(dkim.verify(message, now=NOW)):
        remarks = ["testing"] * found.is_testing + [f"{found.unsigned_bytes} bytes unsigned"] * bool(found.unsigned_bytes)
        names = f"{found.domain or '-'} {found.selector or '-'} {found.identity or '-'} {found.tag or '-'}"
        algorithm = f"{found.algorithm or '-'} {found.key_bits}"
        lines.append(f"{found.verdict} | {algorithm} | {names} | {', '.join(remarks)} | {found.reason}")
    return lines


def run_arc(message: bytes, zone: str) -> list[str]:
    """verdict | oldest pass | reason, then a line a sealer."""
    found = Zone(zone).run(arc.verify(message, now=NOW))
    lines = [f"{found.verdict} | {found.oldest_pass} | {found.reason}"]
    return lines + [f"{each.instance} {each.domain} {each.selector} | {each.results.decode()}" for each in found.sealers]


def questions(asking: Asking[Any], zone: Zone) -> list[Question]:
    """What a check asks, one after another, until it ends."""
    asked: list[Question] = []
    answer = None
    while True:
        try:
            asked.append(asking.send(answer))
        except StopIteration:
            return asked
        answer = zone.ask(asked[-1])
