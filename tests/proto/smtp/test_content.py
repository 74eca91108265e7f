"""Where a message ends, what is taken from it, and what refuses it."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pillarbox.proto.smtp import replies
from pillarbox.proto.smtp.content import Content, DottedText
from pillarbox.proto.wire import InputBuffer

LIMIT = 1000


def receive(stream: bytes, cuts: list[int], *, limit: int = LIMIT) -> tuple[bytes, replies.Reply | None, bytes] | None:
    """A DATA whose bytes are cut there: (text, refusal, what is left behind the end), or None if the end has not come."""
    buffer, kept = InputBuffer(100), b""
    text, content = DottedText(buffer), Content(limit, binary=False)
    for start, stop in pairwise([0, *cuts, len(stream)]):
        buffer.feed(stream[start:stop])
        while not text.ended:
            taken = text.read()
            kept += content.add(taken)
            if not taken:
                break
    return (kept, content.end(), buffer.take_at_most(len(buffer))) if text.ended else None


def by_the_book(stream: bytes) -> tuple[bytes, bytes] | None:
    """RFC 5321 §4.5.2, line by line: the text, and what is left behind its end."""
    text = b""
    while (end := stream.find(b"\r\n")) >= 0:
        line, stream = stream[: end + 2], stream[end + 2 :]
        if line == b".\r\n":
            return text, stream
        text += line[1:] if line.startswith(b".") else line
    return None


pieces = st.sampled_from([b"\r\n", b".", b"..", b"\r\n.", b"\r\n.\r\n", b"a", b"abc", b".\r\n", b"\r\n..\r\n"])


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, max_size=12).map(b"".join), st.lists(st.integers(0, 40), max_size=5))
@example(b".\r\nrest", [1, 2])
@example(b"..\r\n.\r\n", [])
@example(b"a\r\n..\r\n...\r\n.\r\n.\r\n", list(range(20)))
def test_text_is_what_the_book_says_however_it_is_cut(stream: bytes, cuts: list[int]) -> None:
    got = receive(stream, sorted(min(cut, len(stream)) for cut in cuts))
    expected = by_the_book(stream)
    assert (got and (got[0], got[2])) == expected
    assert got is None or got[1] is None


FALSE_ENDS = [
    b"\n.\n",
    b"\r.\r",
    b"\r\n.\n",
    b"\n.\r\n",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r\n\n.\r\n",
    b"\r\n\r.\r\n",
    b"\n\r.\n\r",
    b"\r\r\n.\r\n\n",
    b"\r\n.\r\r\n",
    b"\r\n.\n\r\n",
    b"\r\r\n\r\n",
]


@pytest.mark.parametrize("false_end", FALSE_ENDS, ids=repr)
def test_no_other_line_end_ends_a_message_and_each_refuses_it(false_end: bytes) -> None:
    """SMTP smuggling: what one server takes for the end and another for text."""
    stream = b"harmless" + false_end + b"MAIL FROM:<forged@example.org>\r\n.\r\nNOOP\r\n"
    end = stream.find(b"\r\n.\r\n") + 5
    for cut in range(len(stream)):
        for cuts in ([cut], [cut, min(cut + 1, len(stream))]):
            got = receive(stream, cuts)
            assert got is not None
            assert got[1] is replies.BARE_LINE_END, cuts
            assert got[2] == stream[end:], cuts


def test_a_nul_is_refused_in_text_and_kept_in_binary() -> None:
    got = receive(b"a\0b\r\n.\r\n", [])
    assert got is not None
    assert got[1] is replies.NUL_IN_TEXT
    binary = Content(LIMIT, binary=True)
    assert binary.add(b"a\0\n\r") == b"a\0\n\r"
    assert binary.end() is None


@pytest.mark.parametrize("length", [LIMIT - 1, LIMIT, LIMIT + 1])
@pytest.mark.parametrize("step", [1, 7, 5000])
def test_a_message_may_be_as_long_as_the_limit(length: int, step: int) -> None:
    """Dots that are stuffed and the dot that ends it are no part of its length."""
    body = (b"..\r\n" + b"x" * LIMIT)[: length - 1] + b"\r\n"
    assert len(body) - 1 == length
    got = receive(body + b".\r\n", list(range(step, len(body), step)))
    assert got is not None
    assert got[1] is (replies.TOO_BIG if length > LIMIT else None)


@pytest.mark.parametrize(("chunks", "clean"), [
    ([b"a\r", b"\nb"], True),
    ([b"a\r", b"", b"\nb"], True),
    ([b"a\r", b"b"], False),
    ([b"a\r", b"\rb"], False),
    ([b"a\r", b"\n\n"], False),
    ([b"a", b"\nb"], False),
    ([b"a\r"], False),
    ([b"\r", b"\n", b"\r", b"\n"], True),
    ([b"\r", b"\n", b"\n", b"\r"], False),
])  # fmt: skip
def test_a_line_end_may_be_cut_in_two_by_chunks(chunks: list[bytes], clean: bool) -> None:
    content = Content(LIMIT, binary=False)
    for chunk in chunks:
        content.add(chunk)
    assert content.end() is (None if clean else replies.BARE_LINE_END)
