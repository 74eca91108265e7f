"""What goes over the wire: no text breaks out of its line, no message out of its dots."""

import poplib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pace import within
from pillarbox.proto.pop3.replies import LONGEST_REPLY, Code, Content, Continue, Err, Listing, Ok
from pillarbox.proto.pop3.stuffing import Cutter, Stuffer, after_lines, stuff, top


@pytest.mark.parametrize(
    ("reply", "wire"),
    [
        (Ok(), b"+OK\r\n"),
        (Ok("2 320"), b"+OK 2 320\r\n"),
        (Err("no"), b"-ERR no\r\n"),
        (Err("locked", Code.IN_USE), b"-ERR [IN-USE] locked\r\n"),
        (Err("a\r\n+OK b\0\x7f"), b"-ERR a  +OK b  \r\n"),
        (Ok("Grüße"), "+OK Grüße\r\n".encode()),
        (Ok("a\ud800b"), b"+OK a?b\r\n"),
        (Listing("", []), b"+OK\r\n.\r\n"),
        (Listing("two", [b"1 a", b".2"]), b"+OK two\r\n1 a\r\n..2\r\n.\r\n"),
        (Content("", b""), b"+OK\r\n.\r\n"),
        (Content("8 octets", b".\r\n.a\r\n"), b"+OK 8 octets\r\n..\r\n..a\r\n.\r\n"),
        (Continue(), b"+ \r\n"),
        (Continue(b"VXNlcm5hbWU6"), b"+ VXNlcm5hbWU6\r\n"),
    ],
)
def test_encoded(reply: Ok | Err | Listing | Content | Continue, wire: bytes) -> None:
    assert reply.encode() == wire


@pytest.mark.parametrize("text", ["x" * 1000, "ü" * 1000])
def test_a_long_text_is_cut_between_characters(text: str) -> None:
    wire = Err(text).encode()
    assert LONGEST_REPLY - 2 < len(wire) + 1 <= LONGEST_REPLY + 1
    assert set(wire[5:-2].decode()) == set(text)


SMUGGLED = [
    b"\r\n.\r\n",
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b".\r\n",
    b".\n",
    b".",
    b"..",
    b"\r\n..\r\n",
]


@pytest.mark.parametrize("inner", SMUGGLED)
@pytest.mark.parametrize("before", [b"", b"a", b"a\r\n", b"a\n", b"a\r"])
@pytest.mark.parametrize("after", [b"", b"+OK b", b"+OK b\r\n", b"\r", b"\n"])
def test_no_message_ends_early_for_any_reader(before: bytes, inner: bytes, after: bytes) -> None:
    """Neither one that ends lines at CRLF, nor one that does so at LF, finds a lone dot before the end."""
    data = before + inner + after
    wire = Content("", data).encode()
    body = wire.removeprefix(b"+OK\r\n")
    assert body.split(b"\r\n").index(b".") == len(body.split(b"\r\n")) - 2
    assert [line.rstrip(b"\r") for line in body.split(b"\n")].index(b".") == body.count(b"\n") - 1
    assert unstuffed_by_lf(body) in (data, data + b"\r\n")


def unstuffed_by_lf(body: bytes) -> bytes:
    lines = body.removesuffix(b".\r\n").split(b"\n")
    return b"\n".join(line[1:] if line.startswith(b".") else line for line in lines)


@settings(max_examples=300)
@given(st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"bcd"]), max_size=15).map(b"".join), st.data())
def test_a_message_in_parts_is_the_same_as_whole(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.sets(st.integers(0, len(data)), max_size=5)))
    stuffer = Stuffer()
    parts = [stuffer.feed(data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert b"".join([*parts, stuffer.end()]) == stuff(data)


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b"A: b\r\n\r\nbody", b"A: b\r\n\r\n"),
        (b"A: b\n\nbody\r\n\r\n", b"A: b\n\n"),
        (b"A: b\r\n\nbody", b"A: b\r\n\n"),
        (b"A: b\n\r\nbody\n\n", b"A: b\n\r\n"),
        (b"\r\nbody\r\n\r\n", b"\r\n"),
        (b"\nbody", b"\n"),
        (b"A: b\r\n", b"A: b\r\n"),
        (b"", b""),
    ],
)
def test_the_header_ends_with_the_first_empty_line(data: bytes, header: bytes) -> None:
    assert top(data, 0) == header
    assert top(data, 10**20) == data


@settings(max_examples=300)
@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"a"]), max_size=20).map(b"".join), st.integers(0, 6), st.data())
def test_the_top_of_a_message_in_parts_is_the_same_as_whole(data: bytes, lines: int, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.sets(st.integers(0, len(data)), max_size=5)))
    cutter = Cutter(lines)
    parts = [cutter.feed(data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert b"".join(parts) == top(data, lines)


@settings(max_examples=300)
@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"a"]), max_size=30).map(b"".join), st.integers(0, 20))
def test_so_many_lines_are_so_many(data: bytes, lines: int) -> None:
    expected = b"".join([line + b"\n" for line in data.split(b"\n")][:lines])[: len(data)]
    assert data[: after_lines(data, 0, lines)] == expected


def test_a_top_of_a_million_empty_lines_is_quick() -> None:
    data = b"A: b\r\n\r\n" + b"\r\n" * 5_000_000
    with within(0.2):
        assert len(top(data, 2_500_000)) == 8 + 5_000_000


def test_a_response_code_is_one_that_poplib_can_show() -> None:
    assert all(code.value.startswith("[") and code.value.endswith("]") for code in Code)
    assert poplib.error_proto
