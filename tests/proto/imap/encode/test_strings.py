from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.proto.imap.encode import strings
from pillarbox.proto.imap.parse import lexis
from pillarbox.proto.imap.parse.lexis import literal_header
from pillarbox.proto.imap.parse.scanner import Scanner


def read(encoded: bytes, utf8: bool = True) -> bytes:
    """What a client that reads the grammar and nothing else makes of a string."""
    line, _, rest = encoded.partition(b"\r\n")
    header = literal_header(line)
    if header is None:
        scan = Scanner([encoded], utf8=utf8)
    else:
        assert len(rest) == header.size
        return rest
    data = lexis.astring(scan)
    scan.end()
    return data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b'""'),
        (b"abc", b'"abc"'),
        (b'a"b\\c', b'"a\\"b\\\\c"'),
        (b"tab\there", b'"tab\there"'),
        (b"a\rb", b"{3}\r\na\rb"),
        (b"a\nb", b"{3}\r\na\nb"),
        (b"a\0b", b"{3}\r\na\0b"),
        (b"\xfc", b"{1}\r\n\xfc"),
        (b"x" * strings.QUOTED_MAX, b'"' + b"x" * strings.QUOTED_MAX + b'"'),
        (b"x" * (strings.QUOTED_MAX + 1), b"{1025}\r\n" + b"x" * 1025),
    ],
)
def test_a_string_is_quoted_where_it_can_be(data: bytes, expected: bytes) -> None:
    assert strings.string(data) == strings.nstring(data) == expected


def test_nothing_is_nil() -> None:
    assert strings.nstring(None) == b"NIL"
    assert strings.nstring(b"NIL") == b'"NIL"'


def test_utf8_is_quoted_only_once_enabled() -> None:
    assert strings.string("ü".encode(), utf8=True) == '"ü"'.encode()
    assert strings.string("ü".encode()) == "{2}\r\nü".encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"abc", b"abc"),
        (b"a]b", b"a]b"),
        (b"a b", b'"a b"'),
        (b"", b'""'),
        (b"nil", b'"nil"'),
        (b"a*", b'"a*"'),
        (b"(", b'"("'),
    ],
)
def test_an_astring_is_bare_where_it_can_be(data: bytes, expected: bytes) -> None:
    assert strings.astring(data) == expected


@given(st.binary(max_size=40), st.booleans())
def test_every_string_reads_back(data: bytes, atom: bool) -> None:
    assert read((strings.astring if atom else strings.string)(data)) == data


@given(st.text(max_size=40))
def test_every_text_reads_back_as_utf8(text: str) -> None:
    data = text.encode("utf-8", "replace")
    assert read(strings.string(data, utf8=True)) == data


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.booleans())
def test_every_mailbox_name_reads_back(name: str, utf8: bool) -> None:
    encoded = strings.mailbox(name, utf8)
    raw = read(encoded, utf8)
    assert lexis.mailbox_name(Scanner([b""], utf8=utf8), raw) == name


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(1996, 7, 17, 2, 44, 25, tzinfo=timezone(timedelta(hours=-7))), b'"17-Jul-1996 02:44:25 -0700"'),
        (datetime(1994, 2, 7, 22, 43, 4, tzinfo=UTC), b'" 7-Feb-1994 22:43:04 +0000"'),
        (datetime(5, 1, 1, tzinfo=timezone(timedelta(minutes=-30))), b'" 1-Jan-0005 00:00:00 -0030"'),
        (datetime(2024, 12, 31, 23, 59, 59, 999, timezone(timedelta(hours=5, minutes=45))), b'"31-Dec-2024 23:59:59 +0545"'),
    ],
)
def test_a_time_is_written_in_its_own_zone(at: datetime, expected: bytes) -> None:
    assert strings.date_time(at) == expected
    assert lexis.date_time(Scanner([expected])) == at.replace(microsecond=0)


def test_lists_and_literals() -> None:
    assert strings.words(()) == b"()"
    assert strings.words(("\\Seen", "a")) == b"(\\Seen a)"
    assert strings.literal(b"a\r\n") == b"{3}\r\na\r\n"
    assert strings.literal8(b"a\0") == b"~{2}\r\na\0"
    assert strings.delimiter(None) == b"NIL"
    assert strings.delimiter("\\") == b'"\\\\"'
