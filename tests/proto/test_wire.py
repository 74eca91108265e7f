"""Lines out of pieces: CRLF only, bounded, linear."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pace import within
from pillarbox.proto.wire import InputBuffer, LineTooLong

pieces = st.sampled_from([b"\r\n", b"\r", b"\n", b"a", b"bcd", b"\r\r\n", b"x" * 7, b"x" * 8, b"x" * 9])
streams = st.lists(pieces, max_size=20).map(b"".join)


def lines(chunks: list[bytes], most: int) -> list[bytes | None]:
    """Every line, None for one that was too long."""
    buffer, found, dropping = InputBuffer(most), [], False
    for chunk in chunks:
        buffer.feed(chunk)
        while True:
            if dropping:
                if not buffer.drop_line():
                    break
                found.append(None)
                dropping = False
            try:
                line = buffer.take_line()
            except LineTooLong:
                dropping = True
                continue
            if line is None:
                break
            found.append(line)
    return found


@settings(max_examples=300)
@given(streams, st.data())
def test_how_the_bytes_are_cut_changes_no_line(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=6)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    expected = [line if len(line) <= 8 else None for line in stream.split(b"\r\n")[:-1]]
    assert lines(chunks, 8) == expected
    assert lines([stream[i : i + 1] for i in range(len(stream))], 8) == expected


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(("length", "taken"), [(63, True), (64, True), (65, False)])
def test_a_line_may_have_so_many_bytes_and_no_more(length: int, taken: bool, step: int) -> None:
    stream = b"x" * length + b"\r\n"
    chunks = [stream[i : i + step] for i in range(0, len(stream), step)]
    assert lines(chunks, 64) == [stream[:-2] if taken else None]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\n\r", b"\0", b"\x85", b"\xe2\x80\xa8", b"\x0b", b"\x0c"])
def test_only_crlf_ends_a_line(end: bytes) -> None:
    assert lines([b"a" + end + b"b" + end + b"c\r\n"], 100) == [b"a" + end + b"b" + end + b"c"]


def test_counted_bytes_and_lines_follow_one_another() -> None:
    buffer = InputBuffer(100)
    buffer.feed(b"one\r\nabc\r\ndef")
    assert buffer.take_line() == b"one"
    assert buffer.take_at_most(5) == b"abc\r\n"
    assert buffer.take_line() is None
    assert buffer.take_at_most(99) == b"def"
    assert buffer.take_at_most(99) == b""
    assert len(buffer) == 0


def test_what_was_searched_once_is_not_searched_again() -> None:
    """A line that comes a byte at a time costs what it is long, not its square."""
    buffer = InputBuffer(1 << 20)
    with within(2.0):
        for _ in range(200_000):
            buffer.feed(b"x")
            assert buffer.take_line() is None


def test_many_lines_in_one_piece_cost_no_copying_of_the_rest() -> None:
    buffer = InputBuffer(100)
    buffer.feed(b"NOOP\r\n" * 200_000)
    with within(2.0):
        for _ in range(200_000):
            assert buffer.take_line() == b"NOOP"
