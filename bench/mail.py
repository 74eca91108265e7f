"""The messages to measure with: the shared corpus of real mail twice over, or made-up mail where that is absent."""

import random
import tarfile
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "spamassassin-half.tar.gz"
SEED = 1


@dataclass(frozen=True)
class Mail:
    messages: list[bytes]
    for_smtp: list[bytes]
    """Those that SMTP can carry, dots doubled and the last line written."""
    origin: str


def load(count: int) -> Mail:
    """`count` messages, the same in every run."""
    if CORPUS.exists():
        found, origin = _corpus(), "SpamAssassin public corpus"
    else:
        found, origin = _made_up(3000), "made-up mail (the corpus is absent)"
    messages = (found * (count // len(found) + 1))[:count]
    return Mail(messages, [_stuffed(message) for message in messages if _fits_smtp(message)], origin)


def _corpus() -> list[bytes]:
    with tarfile.open(CORPUS) as archive:
        members = sorted((member for member in archive if member.isfile()), key=lambda member: member.name)
        return [file.read() for member in members if (file := archive.extractfile(member))]


def _fits_smtp(message: bytes) -> bool:
    bare = message.replace(b"\r\n", b"")
    return b"\r" not in bare and b"\n" not in bare and b"\0" not in bare


def _stuffed(message: bytes) -> bytes:
    dotted = message.replace(b"\r\n.", b"\r\n..")
    if dotted.startswith(b"."):
        dotted = b"." + dotted
    return dotted + (b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n")


def _made_up(count: int) -> list[bytes]:
    dice = random.Random(SEED)
    words = [bytes(dice.choices(b"abcdefghijklmnoprstuvwz", k=dice.randint(2, 11))) for _ in range(5000)]
    return [_message(dice, words, number) for number in range(count)]


def _message(dice: random.Random, words: list[bytes], number: int) -> bytes:
    lines = [b" ".join(dice.choices(words, k=10)) for _ in range(int(dice.lognormvariate(3.6, 0.9)) + 1)]
    return b"\r\n".join(
        [
            b"From: %b <%b@example.net>" % (dice.choice(words), dice.choice(words)),
            b"To: someone@example.org",
            b"Subject: " + b" ".join(dice.choices(words, k=5)),
            b"Date: Tue, %d Sep 2025 10:%02d:00 +0000" % (number % 30 + 1, number % 60),
            b"Message-ID: <%d@example.net>" % number,
            b"Content-Type: text/plain; charset=utf-8",
            b"",
            *lines,
            b"",
        ]
    )
