"""Whatever a server says, and however it is cut, the SMTP client's engine acts alike, never raises, and sends nothing unasked.

`target` takes any bytes, so that a fuzzer can drive it; here it is given every input that ever found something, and a few
conversations to begin with.
"""

from pathlib import Path

import pytest

from pillarbox.limits import SmtpClientLimits
from pillarbox.proto.smtp import client_events as e
from pillarbox.proto.smtp.client import Phase
from proto.smtp.mailer import BOTH, MAIL, Mailer

CORPUS = sorted((Path(__file__).parent / "corpus" / "smtp_client").iterdir())
LIMITS = SmtpClientLimits(line=100, lines=8, keywords=6, pipelined=3)
SECRET = b"for those who were accepted"


def target(data: bytes) -> None:
    """The first byte chooses LMTP, and chunks. Lines come one by one, for what comes too early ends the connection."""
    flags, stream = data[0] if data else 0, data[1:]
    lines, bits = mailer(flags), mailer(flags)
    said = b"".join(lines.feed(line + b"\r\n") for line in stream.split(b"\r\n")) + lines.eof()
    assert bits.feed(stream + b"\r\n", step=1) + bits.eof() == said
    assert bits.events == lines.events
    assert lines.connection.phase is Phase.CLOSED
    assert said.count(SECRET) <= sum(isinstance(event, e.ContentWanted) for event in lines.events)


def mailer(flags: int) -> Mailer:
    messages = [(MAIL, BOTH, (SECRET,)), (MAIL, BOTH, (SECRET, b"\r\n.\r\n"))]
    return Mailer(LIMITS, messages, lmtp=bool(flags & 1), prefer_chunking=bool(flags & 2), password="sesame")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_once_found_something_finds_nothing(path: Path) -> None:
    target(path.read_bytes())
