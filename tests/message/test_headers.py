import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import headers

CASES: list[tuple[str, bytes, list[tuple[bytes, bytes]], bytes]] = [
    # what it is, the message, its fields, its body
    ("plain", b"A: 1\r\nB: 2\r\n\r\nbody", [(b"a", b"1"), (b"b", b"2")], b"body"),
    ("folded", b"A: 1\r\n 2\r\n\t3\r\nB:\r\n 4\r\n\r\n", [(b"a", b"1 2\t3"), (b"b", b"4")], b""),
    ("folded over a line of spaces", b"A: 1\r\n \r\n 2\r\n\r\nbody", [(b"a", b"1  2")], b"body"),
    ("space before the colon", b"Subject \t: x\r\n\r\nbody", [(b"subject", b"x")], b"body"),
    ("bare LF", b"A: 1\n 2\nB: 3\n\nbody", [(b"a", b"1 2"), (b"b", b"3")], b"body"),
    ("a bare CR ends no line", b"A: 1\rB: 2\r\n\r\nbody", [(b"a", b"1 B: 2")], b"body"),
    ("mbox line first", b"From a@b Mon Jan  1\r\nA: 1\r\n\r\nbody", [(b"a", b"1")], b"body"),
    ("quoted mbox line first", b">From a@b Mon Jan  1\r\nA: 1\r\n\r\nbody", [(b"a", b"1")], b"body"),
    ("quoted mbox line within", b"A: 1\r\n>From a@b Mon\r\nFrom: x\r\n\r\nbody", [(b"a", b"1"), (b"from", b"x")], b"body"),
    ("mbox line within", b"A: 1\r\nFrom a@b Mon\r\nFrom: x\r\n\r\nbody", [(b"a", b"1"), (b"from", b"x")], b"body"),
    ("From with a space before the colon", b"From : x\r\n\r\n", [(b"from", b"x")], b""),
    ("folded line first", b" lost\r\nA: 1\r\n\r\nbody", [(b"a", b"1")], b"body"),
    ("no name", b": lost\r\n too\r\nA: 1\r\n\r\nbody", [(b"a", b"1")], b"body"),
    ("no empty line", b"A: 1\r\nbody: is\r\nthis one\r\n", [(b"a", b"1"), (b"body", b"is")], b"this one\r\n"),
    ("no body", b"A: 1\r\n", [(b"a", b"1")], b""),
    ("no line end", b"A: 1", [(b"a", b"1")], b""),
    ("empty line first", b"\r\nA: 1\r\n", [], b"A: 1\r\n"),
    ("nothing", b"", [], b""),
    ("no header", b"hello there\r\n", [], b"hello there\r\n"),
    ("8-bit and NUL", b"A: \xe9\0\xff\r\n\r\n", [(b"a", b"\xe9\0\xff")], b""),
    ("8-bit name is none", b"A\xe9: 1\r\n\r\n", [], b"A\xe9: 1\r\n\r\n"),
    ("twice", b"A: 1\r\na: 2\r\n\r\n", [(b"a", b"1"), (b"a", b"2")], b""),
]


@pytest.mark.parametrize(("data", "expected", "body"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_fields_are_found_and_every_byte_has_its_place(data: bytes, expected: list[tuple[bytes, bytes]], body: bytes) -> None:
    header = headers.read(data)
    assert list(header) == expected
    assert data[header.body_start :] == body


def test_fields_are_got_by_name_and_as_received() -> None:
    data = b"X: 0\r\nA: 1\r\n 2\r\nB : 3\r\na: 4\r\n\r\n"
    header = headers.read(data)
    assert (header.first(b"a"), header.all(b"a")) == (b"1 2", [b"1 2", b"4"])
    assert (header.first(b"c"), header.all(b"c")) == (None, [])
    assert b"b" in header
    assert b"c" not in header
    assert b"".join(map(header.raw, header.fields)) == data[:-2]


def test_a_header_may_begin_and_must_end_within_the_message() -> None:
    data = b"A: 1\r\n\r\nB: 2\r\nC: 3\r\n\r\nbody"
    assert list(headers.read(data, 8)) == [(b"b", b"2"), (b"c", b"3")]
    assert list(headers.read(data, 8, 14)) == [(b"b", b"2")]
    assert headers.fields(data, 8, 14) == [headers.Field(b"b", 8, 10, 14)]


@pytest.mark.parametrize(("room", "found"), [(3, 3), (2, 2), (1, 1), (0, 0)])
def test_fields_beyond_the_limit_are_header_and_not_read(room: int, found: int) -> None:
    data = b"A: 1\r\nB: 2\r\n folded\r\nC: 3\r\n\r\nbody"
    header = headers.read(data, limits=MessageLimits(header_fields=room))
    assert len(header.fields) == found
    assert data[header.body_start :] == b"body"


@pytest.mark.parametrize(
    ("room", "body"),
    [(14, b""), (13, b"\r\n"), (12, b"\r\n"), (11, b"\n\r\n"), (7, b"B: 2\r\n\r\n"), (6, b"B: 2\r\n\r\n")],
)
def test_header_bytes_beyond_the_limit_are_body(room: int, body: bytes) -> None:
    data = b"A: 1\r\nB: 2\r\n\r\n"
    header = headers.read(data, limits=MessageLimits(header_bytes=room))
    assert data[header.body_start :] == body


@pytest.mark.parametrize(
    ("limits", "is_whole"),
    [
        (MessageLimits(header_fields=2), True),
        (MessageLimits(header_fields=1), False),
        (MessageLimits(header_bytes=14), True),
        (MessageLimits(header_bytes=12), False),
        (MessageLimits(header_bytes=8), False),
        (MessageLimits(header_bytes=7), False),
    ],
)
def test_a_header_beyond_the_limits_is_not_whole(limits: MessageLimits, is_whole: bool) -> None:
    assert headers.read(b"A: 1\r\nB: 2\r\n\r\nbody", limits=limits).is_whole is is_whole


@pytest.mark.parametrize(
    ("data", "is_closed"),
    [
        (b"A: 1\r\n\r\nbody", True),
        (b"A: 1\n\nbody", True),
        (b"\r\nbody", True),
        (b"A: 1\r\nbody\r\n\r\n", False),
        (b"body\r\n\r\n", False),
        (b"A: 1\r\n", False),
        (b"A:\r\n", False),
        (b"", False),
    ],
)
def test_only_an_empty_line_closes_a_header(data: bytes, is_closed: bool) -> None:
    assert headers.read(data).is_closed is is_closed


@pytest.mark.parametrize(
    ("value", "line"),
    [(b" a\r\n b \r\n", b"a b"), (b"a\n\tb", b"a\tb"), (b"a\r\nb", b"a b"), (b"a\rb", b"a b"), (b"a\r\r\n b", b"a b")],
)
def test_an_unfolded_value_is_one_line(value: bytes, line: bytes) -> None:
    assert headers.unfold(value) == line
