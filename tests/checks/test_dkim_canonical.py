import hashlib
import re
from collections.abc import Generator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pace import within
from pillarbox.checks import canonical
from pillarbox.checks.canonical import BodyDigests, Fields
from pillarbox.checks.questions import Breath
from pillarbox.limits import MiB
from pillarbox.message import headers


def plain(body: bytes, *, relaxed: bool) -> bytes:
    """The canonical body by the words of RFC 6376 §3.4.3 and §3.4.4, slowly."""
    lines = body.split(b"\r\n")
    if relaxed:
        lines = [re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines) or (b"" if relaxed else b"\r\n")


def digested(body: bytes, *, relaxed: bool, lengths: tuple[int | None, ...] = ()) -> BodyDigests:
    asking: Generator[object, object, BodyDigests] = canonical.digests(body, 0, relaxed=relaxed, lengths=lengths)
    while True:
        try:
            assert next(asking) == Breath()
        except StopIteration as end:
            found: BodyDigests = end.value
            return found


# RFC 6376 §3.4.5 and §3.4.6
@pytest.mark.parametrize(
    ("body", "simple", "relaxed"),
    [
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C \r\nD \t E\r\n", b" C\r\nD E\r\n"),
        (b"", b"\r\n", b""),
        (b"\r\n", b"\r\n", b""),
        (b"\r\n\r\n", b"\r\n", b""),
        (b" \t\r\n\t\r\n", b" \t\r\n\t\r\n", b""),
        (b" ", b" \r\n", b""),
        (b"x", b"x\r\n", b"x\r\n"),
        (b"x \t", b"x \t\r\n", b"x\r\n"),
        (b"x\r\n ", b"x\r\n \r\n", b"x\r\n"),
        (b"\r\nx\r\n", b"\r\nx\r\n", b"\r\nx\r\n"),
        (b"x\n", b"x\n\r\n", b"x\n\r\n"),
        (b"x\r", b"x\r\r\n", b"x\r\r\n"),
        (b"x \r", b"x \r\r\n", b"x \r\r\n"),
        (b"x\r\r\n\r\n", b"x\r\r\n", b"x\r\r\n"),
        (b"x\n\r\n\r\n", b"x\n\r\n", b"x\n\r\n"),
        (b"x\r\n\r\n\n\r\n\r\n", b"x\r\n\r\n\n\r\n", b"x\r\n\r\n\n\r\n"),
        (b"\n\r\n", b"\n\r\n", b"\n\r\n"),
        (b"\r\r\n", b"\r\r\n", b"\r\r\n"),
    ],
)
def test_a_body_becomes_what_the_standard_says(body: bytes, simple: bytes, relaxed: bytes) -> None:
    assert b"".join(canonical.body(body, 0, relaxed=False)) == plain(body, relaxed=False) == simple
    assert b"".join(canonical.body(body, 0, relaxed=True)) == plain(body, relaxed=True) == relaxed


@pytest.mark.parametrize("stride", [1, 2, 3, 5, 7])
@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b" ", b"\t", b"x", b"          "])).map(b"".join))
@example(b"x \r\n\r\n \r\n\r")
def test_how_a_body_is_cut_changes_nothing(stride: int, body: bytes) -> None:
    before = canonical.STRIDE
    canonical.STRIDE = stride
    try:
        for relaxed in (False, True):
            assert b"".join(canonical.body(body, 0, relaxed=relaxed)) == plain(body, relaxed=relaxed)
    finally:
        canonical.STRIDE = before


@given(st.lists(st.sampled_from([b"\r\n", b" ", b"x"])).map(b"".join), st.lists(st.integers(0, 20)))
def test_every_length_has_its_digest_in_one_pass(body: bytes, lengths: list[int]) -> None:
    content = plain(body, relaxed=True)
    found = digested(body, relaxed=True, lengths=(None, *lengths))
    assert (found.size, found.whole, found.of(None)) == (len(content), hashlib.sha256(content).digest(), found.whole)
    for length in lengths:
        assert found.of(length) == (hashlib.sha256(content[:length]).digest() if length <= len(content) else None)


HOSTILE = {
    "spaces": b" ",
    "tabs and spaces": b"\t ",
    "empty lines": b"\r\n",
    "lines of white space": b" \t\r\n",
    "bare CR": b"\r",
    "CR LF LF": b"\r\n\n",
    "CR CR LF": b"\r\r\n",
    "runs of spaces among text": b" " * 4096 + b"x" * 60000,
    "one space and one letter": b" x",
}


@pytest.mark.parametrize("last", [b"", b"x"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_hashed_in_linear_time_and_in_short_turns(name: str, last: bytes) -> None:
    body = HOSTILE[name] * (4 * MiB // len(HOSTILE[name])) + last
    for relaxed in (False, True):
        with within(2):
            turns = sum(1 for _ in canonical.digests(body, 0, relaxed=relaxed))
            assert turns >= 16


# RFC 6376 §3.4.2 and §3.4.5
@pytest.mark.parametrize(
    ("raw", "relaxed"),
    [
        (b"A: X\r\n", b"a:X\r\n"),
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),
        (b"SUBJect:\r\n x\r\n", b"subject:x\r\n"),
        (b"A:\r\n", b"a:\r\n"),
        (b"A: \t\r\n \t\r\n", b"a:\r\n"),
        (b"A:x\x0b \x0cy\r\n", b"a:x\x0b \x0cy\r\n"),
        (b"A: x\ry\r\n", b"a:x\ry\r\n"),
        (b"A: \xff  \xfe\r\n", b"a:\xff \xfe\r\n"),
        (b"A: x", b"a:x\r\n"),
        (b"A: x\n", b"a:x\r\n"),
    ],
)
def test_a_field_becomes_what_the_standard_says(raw: bytes, relaxed: bytes) -> None:
    fields = Fields(headers.read(raw + b"\r\n" if raw.endswith(b"\n") else raw))
    assert fields.canonical(0, relaxed=True) == relaxed
    assert fields.canonical(0, relaxed=False) == (raw if raw.endswith(b"\n") else raw + b"\r\n")


@pytest.mark.parametrize("stride", [1, 2, 3, 5, 7])
@given(st.lists(st.sampled_from([b"\r", b"\r\n ", b"\r\n\t", b" ", b"\t", b"x", b"          "])).map(b"".join))
@example(b"x \r\n \r\r\n\tx\r ")
def test_how_a_field_is_cut_changes_nothing(stride: int, value: bytes) -> None:
    before, expected = canonical.STRIDE, re.sub(rb"[ \t]+", b" ", value.removesuffix(b"\r").replace(b"\r\n", b"")).strip(b" ")
    canonical.STRIDE = stride
    try:
        assert canonical.relaxed_field(b"a", value + b"\r\n" * (not value.endswith(b"\r"))) == b"a:" + expected
        fields = Fields(headers.read(b"B: 0\r\nA:" + value + b"\r\n\r\n"))
        turns = sum(1 for _ in fields.make_ready({b"a", b"b", b"none"}))
        ready = [fields.canonical(place, relaxed=True) for place in range(len(fields.header.fields))]
    finally:
        canonical.STRIDE = before
    again = Fields(fields.header)
    assert ready == [again.canonical(place, relaxed=True) for place in range(len(ready))]
    assert turns >= len(value) // stride


FIELDS = {
    "one long field": b"X: " + b"a b  c\t" * 120_000 + b"\r\n",
    "one of spaces": b"X: " + b" \t" * 450_000 + b"x\r\n",
    "one folded": b"X: " + b"ab  c\r\n " * 100_000 + b"x\r\n",
    "many": b"".join(b"X: %b\r\n" % (b"a b  c\t" * 60) for _ in range(1900)),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_hostile_header_is_made_canonical_in_short_turns(name: str) -> None:
    fields = Fields(headers.read(FIELDS[name] + b"\r\n"))
    with within(1):
        assert sum(1 for _ in fields.make_ready([b"x"])) >= 12
    assert sum(1 for _ in fields.make_ready([b"x"])) == 0


def test_a_usual_header_takes_no_turns() -> None:
    assert not list(Fields(headers.read(b"A: b\r\n" * 100 + b"\r\n")).make_ready([b"a"]))


@pytest.mark.parametrize(
    ("names", "without", "places"),
    [
        (b"a", -1, [3]),
        (b"a a", -1, [3, 2]),
        (b"a a a a", -1, [3, 2, 0]),
        (b"b a b a", -1, [1, 3, 2]),
        (b"a a", 3, [2, 0]),
        (b"a a a", 2, [3, 0]),
        (b"a a", 0, [3, 2]),
        (b"none", -1, []),
    ],
)
def test_fields_are_taken_from_the_bottom(names: bytes, without: int, places: list[int]) -> None:
    fields = Fields(headers.read(b"A: 0\r\nB: 1\r\na: 2\r\nA: 3\r\n\r\n"))
    found = list(fields.selected(names.split(), relaxed=True, without=without))
    assert [int(field[2:3]) for field in found] == places
