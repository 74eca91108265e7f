"""What leaves as a message: nothing in it can end it early, or be two messages to anyone."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pillarbox.proto.smtp.content import DottedText as Received
from pillarbox.proto.smtp.sending import Chunks, CleanText, DottedText
from pillarbox.proto.wire import InputBuffer

BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")

pieces = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b".", b"..", b"\r\n.", b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"\0", b"a", b"\r\r\n"]
)
texts = st.lists(pieces | st.binary(max_size=3), max_size=14).map(b"".join)
cuts = st.lists(st.integers(0, 40), max_size=5)


def cut(text: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(edge, len(text)) for edge in at), len(text)]
    return [text[start:stop] for start, stop in pairwise(edges)]


def sent(text: DottedText | Chunks | CleanText, pieces: list[bytes]) -> bytes:
    return b"".join([*map(text.add, pieces), text.end()])


def by_the_book(text: bytes) -> bytes:
    """Each line end, however written, as CRLF; the last line made whole."""
    lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"".join(line + b"\r\n" for line in lines[:-1]) + (lines[-1] + b"\r\n" if lines[-1] else b"")


@settings(max_examples=500, deadline=None)
@given(texts, cuts)
@example(b"\r\n.\r\nMAIL FROM:<a@b>\r\n", [1, 2, 3, 4])
@example(b"a\r", [1])
@example(b"\r.", [0, 1])
def test_what_follows_data_has_one_end_and_no_bare_line_end(text: bytes, at: list[int]) -> None:
    out = sent(DottedText(), cut(text, at))
    assert not BARE.search(out)
    assert (b"\r\n" + out).find(b"\r\n.\r\n") == len(out) + 2 - 5
    assert out == sent(DottedText(), [text])


@settings(max_examples=300, deadline=None)
@given(texts, cuts)
def test_the_server_engine_takes_from_it_what_was_meant(text: bytes, at: list[int]) -> None:
    buffer = InputBuffer(100)
    received = Received(buffer)
    buffer.feed(sent(DottedText(), cut(text, at)))
    taken = b""
    while not received.ended:
        taken += received.read()
    assert taken == by_the_book(text)
    assert len(buffer) == 0


@settings(max_examples=300, deadline=None)
@given(texts, cuts)
def test_chunks_carry_the_same_lines_and_binary_ones_the_same_bytes(text: bytes, at: list[int]) -> None:
    assert unchunked(sent(Chunks(binary=False), cut(text, at))) == by_the_book(text)
    assert unchunked(sent(Chunks(binary=True), cut(text, at))) == text


def unchunked(out: bytes) -> bytes:
    """The bytes of a run of BDATs of which only the very last is LAST, and only a message of nothing is empty."""
    text = b""
    while out:
        command, _, out = out.partition(b"\r\n")
        found = re.fullmatch(rb"BDAT ([0-9]+)( LAST)?", command)
        assert found, command
        size = int(found[1])
        text, out = text + out[:size], out[size:]
        assert bool(found[2]) is not bool(out)
        assert size or not text
    return text


@pytest.mark.parametrize(("given", "out"), [
    (b"", b".\r\n"),
    (b"a", b"a\r\n.\r\n"),
    (b"a\r\n", b"a\r\n.\r\n"),
    (b".", b"..\r\n.\r\n"),
    (b".\r\n.\r\n", b"..\r\n..\r\n.\r\n"),
    (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\r.\rb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\n\r.\n\r", b"a\r\n\r\n..\r\n\r\n.\r\n"),
    (b"a\r\r\n.", b"a\r\n\r\n..\r\n.\r\n"),
    (b"a\0b\r\n", b"a\0b\r\n.\r\n"),
])  # fmt: skip
@pytest.mark.parametrize("step", [1, 2, 100])
def test_data(given: bytes, out: bytes, step: int) -> None:
    assert sent(DottedText(), [given[at : at + step] for at in range(0, len(given), step)]) == out
