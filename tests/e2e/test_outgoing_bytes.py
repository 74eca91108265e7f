"""No message, whatever it is made of and however it came in, leaves us in a form that another server could read as two."""

import asyncio
import contextlib
import hashlib
import smtplib
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from pillarbox.ids import BlobId
from pillarbox.limits import KiB
from pillarbox.store.models import Content
from pillarbox.store.queued import NewQueued, NewRecipient
from pillarbox.store.sqlite.accounts import SqliteAccounts
from pillarbox.testing.neighbourhood import House, Neighbourhood
from pillarbox.testing.served import PASSWORD
from rawsink import BARE, LINE_END, Message, RawSink, raw_sink
from street import CHUNKS, SINK, meanwhile, parsed

ALICE = "alice@here.example"
HEADER = b"From: <alice@here.example>\r\nMessage-ID: <bytes@here.example>\r\nSubject: bytes\r\n\r\n"
HIDDEN = b"MAIL FROM:<eve@example>\r\nRCPT TO:<bob@example>\r\nDATA\r\nSubject: hidden\r\n\r\nhidden\r\n.\r\n"
ENDS = (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\n\r.\r\n", b"\r\r\n.\r\r\n", b"\r\n.\r\n")
"""What one server or another has taken for the end of a message."""
PIECE = 256 * KiB
"""Such pieces a large message is read in."""
BODIES = {
    **{f"an end as {end!r}": b"before" + end + HIDDEN for end in ENDS},
    "bare CR": b"one\rtwo\r\rthree\r",
    "bare LF": b"one\ntwo\n\nthree\n",
    "CR.CR LF": b"one\r.\r\ntwo\r\n",
    "only dots": b".\r\n..\r\n...\r\n.\r\n..\r\n.",
    "dots after every kind of line end": b".a\r\n.b\n.c\r.d\r\n\n.e\r\r.f\n\r.g",
    "NULs": b"\0.\0\r\n.\0\r\n\0\r\n",
    "no final line end": b"the end",
    "a CR at the end": b"the end\r",
    "nothing": b"",
    "a long line": b"x" * 1_000_000,
    "a long line of dots": b"." * 1_000_000,
    "a long line, then an end": b"x" * 1_000_000 + b"\n.\r\n" + HIDDEN,
    **{
        f"an end {before} before a piece's": b"x" * (PIECE - len(HEADER) - before) + b"\r\n.\r\n" + HIDDEN + b"y" * 100
        for before in range(6)
    },
}
NAMES = {name: f"n{number}" for number, name in enumerate(BODIES)}


def normal(text: bytes) -> bytes:
    """With every line end as it has to be, and one at the end."""
    text = LINE_END.sub(b"\r\n", text)
    return text if text.endswith(b"\r\n") or not text else text + b"\r\n"


@contextlib.asynccontextmanager
async def sinks(street: Neighbourhood) -> AsyncIterator[tuple[RawSink, RawSink]]:
    """One for lines, one for chunks too."""
    async with (
        raw_sink(SINK, street.port, b"PIPELINING", b"8BITMIME", b"SMTPUTF8") as lines,
        raw_sink(CHUNKS, street.port, b"PIPELINING", b"8BITMIME", b"CHUNKING", b"BINARYMIME") as chunks,
    ):
        yield lines, chunks


async def _until(done: Callable[[], bool], within: float = 90.0) -> None:
    async with asyncio.timeout(within):
        while not done():
            await asyncio.sleep(0.02)


async def _queue(house: House, body: str, domain: str) -> None:
    """Every body as the queue may have it, whoever put it there."""
    now = int(time.time())
    kept = SqliteAccounts(house.served.data)
    try:
        for name, text in BODIES.items():
            data = HEADER + text
            message = NewQueued(
                id=f"{NAMES[name]}-{body}-{domain}",
                kind="submission",
                sender=ALICE,
                recipients=[NewRecipient(address=f"{NAMES[name]}@{domain}", destination=domain)],
                content=Content(blob=BlobId(hashlib.sha256(data).digest()), size=len(data), data=data),
                created_at=now,
                expires_at=now + 60,
                body=body,
            )
            await kept.queue().add(message)
    finally:
        await kept.close()


def is_one(message: Message) -> bool:
    """Whether nobody can take it for two."""
    return message.chunked or (message.ends() == 1 and BARE.search(message.raw) is None)


@pytest.mark.parametrize("body", ["7BIT", "8BITMIME"])
async def test_what_is_queued_leaves_as_one_message_with_its_lines_as_they_must_be(street: Neighbourhood, body: str) -> None:
    async with sinks(street) as (lines, _):
        await _queue(street.here, body, "sink.example")
        await _until(lambda: len(lines.messages) >= len(BODIES))
    assert lines.strays == []
    for name, text in BODIES.items():
        got = lines.to(f"{NAMES[name]}@sink.example".encode())
        assert got is not None, name
        assert is_one(got), name
        assert got.text == normal(HEADER + text), name


async def test_what_is_queued_as_bytes_leaves_as_the_same_bytes_where_they_can_go(street: Neighbourhood) -> None:
    async with sinks(street) as (_, chunks):
        await _queue(street.here, "BINARYMIME", "chunks.example")
        await _until(lambda: len(chunks.messages) >= len(BODIES))
    assert chunks.strays == []
    for name, text in BODIES.items():
        got = chunks.to(f"{NAMES[name]}@chunks.example".encode())
        assert got is not None, name
        assert got.chunked
        assert got.text == HEADER + text, name


async def test_what_is_queued_as_bytes_leaves_in_lines_where_there_are_no_others(street: Neighbourhood) -> None:
    async with sinks(street) as (lines, _):
        await _queue(street.here, "BINARYMIME", "sink.example")
        await _until(lambda: len(lines.messages) >= len(BODIES))
    assert lines.strays == []
    for name, text in BODIES.items():
        got = lines.to(f"{NAMES[name]}@sink.example".encode())
        assert got is not None, name
        assert is_one(got), name
        assert got.raw.isascii(), name
        assert decoded(got.text) == normal(text), name


def decoded(message: bytes) -> bytes:
    """Its text, whatever it is wrapped in, in lines as they have to be."""
    found = parsed(message).get_payload(decode=True)
    assert isinstance(found, bytes)
    return normal(found)


# By the doors.


@contextlib.contextmanager
def submitting(house: House) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(house.host, house.served.ports["submission"], timeout=90) as client:
        client.starttls()
        client.login(house.person, PASSWORD)
        client.ehlo()
        yield client


def chunked(client: smtplib.SMTP, sender: str, to: str, data: bytes, body: str, *, options: str = "") -> tuple[int, bytes]:
    """Handed in by BDAT, in two chunks that part in a bad place; the first reply that refuses it, or the last."""
    client.docmd("RSET")
    assert client.docmd(f"MAIL FROM:<{sender}> BODY={body}{options}")[0] == 250
    assert client.docmd(f"RCPT TO:<{to}>")[0] == 250
    cut = len(data) - 4
    client.send(b"BDAT %d\r\n%bBDAT %d LAST\r\n%b" % (cut, data[:cut], len(data) - cut, data[cut:]))
    replies = [client.getreply(), client.getreply()]
    return next((reply for reply in replies if reply[0] != 250), replies[-1])


def is_clean(data: bytes) -> bool:
    return BARE.search(data) is None and b"\0" not in data


@pytest.mark.parametrize("body", ["8BITMIME", "7BIT"])
def test_our_own_door_takes_no_lines_that_end_otherwise(street: Neighbourhood, body: str) -> None:
    """What is refused here never gets to be sent; what is taken is one message."""
    with submitting(street.here) as client:
        for name, text in BODIES.items():
            code, said = chunked(client, ALICE, ALICE, HEADER + text, body)
            assert (code == 250) is is_clean(HEADER + text), name
            assert code == 250 or (code == 550 and said.startswith((b"5.6.11", b"5.6.0"))), (name, code, said)


async def test_what_is_submitted_as_bytes_leaves_as_one_message(street: Neighbourhood) -> None:
    def submit() -> None:
        with submitting(street.here) as client:
            for name, text in BODIES.items():
                to = f"{NAMES[name]}@sink.example"
                assert chunked(client, ALICE, to, HEADER + text, "BINARYMIME")[0] == 250, name

    async with sinks(street) as (lines, _):
        await meanwhile(submit)
        await _until(lambda: len(lines.messages) >= len(BODIES))
    assert lines.strays == []
    for message in lines.messages:
        assert is_one(message)
        assert message.raw.startswith(b"DKIM-Signature: ")


async def test_what_others_send_as_bytes_is_forwarded_and_returned_as_one_message(street: Neighbourhood) -> None:
    """As chunks to where they are taken, in lines to where not; and with all of it in a bounce."""
    for alias, target in (("bytes", "x@chunks.example"), ("lines", "x@sink.example"), ("none", "x@null.example")):
        street.there.served.run("alias", "add", f"{alias}@there.example", target)
    small = {name: HEADER + text for name, text in BODIES.items() if len(text) < 100 * KiB}

    def send() -> None:
        with smtplib.SMTP(street.there.host, street.port, "sink.example", timeout=90) as client:
            client.ehlo()
            for name, data in small.items():
                data = data.replace(b"alice@here.example", b"who@sink.example")
                for alias in ("bytes", "lines", "none"):
                    sender, options = f"{alias}-{NAMES[name]}@sink.example", " RET=FULL"
                    reply = chunked(client, sender, f"{alias}@there.example", data, "BINARYMIME", options=options)
                    assert reply[0] == 250, (name, reply)

    async with sinks(street) as (lines, chunks):
        await meanwhile(send)
        await _until(lambda: len(lines.messages) >= 2 * len(small) and len(chunks.messages) >= len(small))
    assert lines.strays == chunks.strays == []
    assert all(map(is_one, lines.messages))
    for name, data in small.items():
        bounce = lines.to(f"none-{NAMES[name]}@sink.example".encode())
        assert bounce is not None, name
        assert parsed(bounce.text).get_content_type() == "multipart/report"
        assert any(message.raw.endswith(data[len(HEADER) :]) for message in chunks.messages), name


def test_the_sink_itself_sees_what_leaks() -> None:
    """Else the tests above would prove nothing."""
    for end in ENDS[:-1]:
        message = Message([], b"before" + end + HIDDEN[:-5] + b"\r\n.\r\n")
        assert not is_one(message), end
    assert is_one(Message([], b"fine\r\n..\r\n.\r\n"))
