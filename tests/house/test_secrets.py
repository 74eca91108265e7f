"""No password is in any log, in any spelling, whatever goes wrong."""

import asyncio
import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from pillarbox.mail.office import Office
from pillarbox.net.listener import Door
from pillarbox.ops import log
from pillarbox.servers.imap.serve import serve as imap
from pillarbox.servers.pop3.serve import serve as pop3
from pillarbox.servers.smtp.serve import serve as smtp
from pillarbox.testing.house import house
from pillarbox.testing.memory_stream import pair

RIGHT, WRONG = "sesame", "wr0ng-s3cret"


def plain(password: str) -> bytes:
    return base64.b64encode(f"\0alice@example.org\0{password}".encode())


def spellings(password: str) -> list[str]:
    raw = password.encode()
    return [password, base64.b64encode(raw).decode(), plain(password).decode(), raw.hex(), plain(password).decode()[-12:]]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    file = io.StringIO()
    log.configure("debug", "json", file=file)
    yield file
    structlog.reset_defaults()


SAID = {
    "pop3": [
        b"USER alice@example.org\r\nPASS %b\r\n",
        b"AUTH PLAIN %p\r\n",
        b"PASS %b\r\n",
        b"AUTH %b\r\n",
    ],
    "imap": [
        b'a LOGIN alice@example.org "%b"\r\n',
        b"b AUTHENTICATE PLAIN %p\r\n",
        b"c LOGIN alice@example.org %b extra %b\r\n",
        b"d %b\r\n",
    ],
    "submission": [
        b"EHLO me.example.org\r\nAUTH PLAIN %p\r\n",
        b"AUTH %b %b\r\n",
        b"AUTH LOGIN YWxpY2VAZXhhbXBsZS5vcmc=\r\n%b\r\n",
    ],
}
SERVE = {"pop3": pop3, "imap": imap, "submission": smtp}


@pytest.mark.parametrize("door", SAID)
async def test_what_is_said_to_log_in_is_not_logged(tmp_path: Path, written: io.StringIO, door: str) -> None:
    async with house(tmp_path) as office:
        for password in (WRONG, RIGHT):
            for said in SAID[door]:
                await converse(office, door, said.replace(b"%b", password.encode()).replace(b"%p", plain(password)))
    text = written.getvalue()
    assert "log" in text, "nothing was logged at all"
    assert [word for password in (RIGHT, WRONG) for word in spellings(password) if word in text] == []


async def converse(office: Office, door: str, said: bytes) -> None:
    server, client = pair(tls=door == "submission")
    serving = asyncio.ensure_future(SERVE[door](server, Door(door), office))
    await client.read_line()
    for line in said.split(b"\r\n")[:-1]:
        await client.write(line + b"\r\n")
        await client.read()
    client.close()
    await serving


def test_a_traceback_shows_no_values(written: io.StringIO) -> None:
    def fail(password: str) -> None:
        raise ValueError("something else")

    for form in ("json", "console"):
        log.configure("debug", form, file=written)
        try:
            fail(RIGHT)
        except ValueError:
            structlog.get_logger(__name__).exception("it failed")
    assert "something else" in written.getvalue()
    assert RIGHT not in written.getvalue().replace("fail(RIGHT)", "")
