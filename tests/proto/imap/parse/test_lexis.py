from datetime import date

import pytest

from pace import within
from pillarbox.limits import ImapLimits
from pillarbox.proto.imap.parse import lexis
from pillarbox.proto.imap.parse.lexis import NUMBER64_MAX, literal_header
from pillarbox.proto.imap.parse.scanner import Scanner, SyntaxProblem
from pillarbox.proto.imap.tolerances import STRICT, Tolerances


def scanner(text: bytes, *literals: bytes, utf8: bool = False, tolerances: Tolerances = Tolerances()) -> Scanner:
    """A scanner over text in which `|` stands for each literal."""
    return Scanner(text.split(b"|"), literals, ImapLimits(), tolerances, utf8)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"a LOGIN {5}", (8, 5, True)),
        (b"a LOGIN {5+}", (8, 5, False)),
        (b"{0}", (0, 0, True)),
        (b"{007}", (0, 7, True)),
        (b"~{5+}", (1, 5, False)),
        (b"{9223372036854775807}", (0, NUMBER64_MAX, True)),
        (b"{99999999999999999999}", (0, NUMBER64_MAX + 1, True)),
        (b"{" + b"9" * 5000 + b"+}", (0, NUMBER64_MAX + 1, False)),
        (b"9" * 62 + b"+}", (0, NUMBER64_MAX + 1, False)),
        (b"9" * 61 + b"+}", None),
        (b"{}", None),
        (b"{+}", None),
        (b"{5-}", None),
        (b"{5 }", None),
        (b"{-5}", None),
        (b"{5", None),
        (b"5}", None),
        (b"{5}x", None),
        (b"", None),
        (b"{{5}", (1, 5, True)),
    ],
)
def test_a_literal_header_ends_its_line(line: bytes, expected: tuple[int, int, bool] | None) -> None:
    found = literal_header(line)
    assert (None if found is None else tuple(found)) == expected


def test_a_line_of_braces_takes_no_time() -> None:
    with within(0.05):
        for line in (b"{" * 65535 + b"}", b"{1" * 32000 + b"}", b"{" + b"1" * 65000 + b"x}", b"1" * 65535 + b"}"):
            literal_header(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"abc", b"abc"),
        (b"a]b", b"a]b"),
        (b'""', b""),
        (b'"a b"', b"a b"),
        (b'"\\"\\\\"', b'"\\'),
        (b'"{5}"', b"{5}"),
        ('"ü"'.encode(), "ü".encode()),
        (b'"a', None),
        (b'"\\a"', None),
        (b'"\xff"', None),
        (b"(", None),
        (b"%", None),
        (b"", None),
    ],
)
def test_a_string_is_an_atom_or_quoted(text: bytes, expected: bytes | None) -> None:
    if expected is None:
        with pytest.raises(SyntaxProblem):
            lexis.astring(scanner(text))
    else:
        assert lexis.astring(scanner(text)) == expected


def test_a_string_may_be_a_literal() -> None:
    scan = scanner(b"| x", b'any "\xff bytes')
    assert lexis.astring(scan) == b'any "\xff bytes'
    scan.space()
    assert lexis.astring(scan) == b"x"
    scan.end()


def test_nul_is_in_no_literal() -> None:
    with pytest.raises(SyntaxProblem, match="NUL"):
        lexis.astring(scanner(b"|", b"a\0"))


@pytest.mark.parametrize(
    ("raw", "utf8", "name"),
    [
        (b"inbox", False, "INBOX"),
        (b"InBoX/Child", False, "INBOX/Child"),
        (b"inboxes", False, "inboxes"),
        (b"Entw&APw-rfe", False, "Entwürfe"),
        (b"Entw&APw-rfe", True, "Entw&APw-rfe"),
        ('"Entwürfe"'.encode(), True, "Entwürfe"),
        ('"Entwürfe"'.encode(), False, "Entwürfe"),
        ("Entwürfe".encode(), False, "Entwürfe"),
        (b"R&D", False, "R&D"),
        (b'""', False, ""),
        (b'"NFD u\xcc\x88"', True, "NFD u\u0308"),
    ],
)
def test_a_mailbox_name_is_decoded_as_the_connection_speaks(raw: bytes, utf8: bool, name: str) -> None:
    assert lexis.mailbox(scanner(raw, utf8=utf8)) == name


@pytest.mark.parametrize("raw", ["Entwürfe".encode(), '"Entwürfe"'.encode(), b"R&D", b"&AGE-"])
def test_the_strict_take_only_modified_utf7(raw: bytes) -> None:
    scan = scanner(raw, tolerances=STRICT)
    with pytest.raises(SyntaxProblem):
        _ = lexis.mailbox(scan), scan.end()


def test_a_mailbox_name_that_is_no_utf8_is_no_name() -> None:
    with pytest.raises(SyntaxProblem):
        lexis.mailbox(scanner(b"|", b"\xff", utf8=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"0", 0),
        (b"4294967295", 4294967295),
        (b"0000000000000000000000001", 1),
        (b"4294967296", None),
        (b"9" * 100_000, None),
        (b"", None),
        (b"-1", None),
        (b"\xb2", None),
    ],
)
def test_a_number_has_32_bits(text: bytes, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(SyntaxProblem):
            lexis.number(scanner(text))
    else:
        assert lexis.number(scanner(text)) == expected


@pytest.mark.parametrize(("text", "expected"), [(b"9223372036854775807", NUMBER64_MAX), (b"9223372036854775808", None)])
def test_a_mod_sequence_has_63_bits(text: bytes, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(SyntaxProblem):
            lexis.number64(scanner(text))
    else:
        assert lexis.number64(scanner(text)) == expected


def test_an_nz_number_is_not_zero() -> None:
    with pytest.raises(SyntaxProblem):
        lexis.nz_number(scanner(b"00"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1-Feb-1994", date(1994, 2, 1)),
        (b"01-FEB-1994", date(1994, 2, 1)),
        (b'"29-feb-2000"', date(2000, 2, 29)),
        (b"29-Feb-1900", None),
        (b"0-Feb-1994", None),
        (b"1-Foo-1994", None),
        (b"1-Feb-94", None),
        (b"1-Feb-0000", None),
        (b"1/2/1994", None),
    ],
)
def test_a_day_must_be_one(text: bytes, expected: date | None) -> None:
    if expected is None:
        with pytest.raises(SyntaxProblem):
            lexis.day(scanner(text))
    else:
        assert lexis.day(scanner(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'"17-Jul-1996 02:44:25 -0700"', "1996-07-17T02:44:25-07:00"),
        (b'" 7-Feb-1994 22:43:04 +0530"', "1994-02-07T22:43:04+05:30"),
        (b'"07-Feb-1994 22:43:04 +0000"', "1994-02-07T22:43:04+00:00"),
        (b'"7-Feb-1994 22:43:04 +0000"', "1994-02-07T22:43:04+00:00"),
        (b'"30-Jun-2015 23:59:60 +0000"', "2015-06-30T23:59:59+00:00"),
        (b'"31-Feb-1994 22:43:04 +0000"', None),
        (b'"07-Feb-1994 24:00:00 +0000"', None),
        (b'"07-Feb-1994 22:43:04 +9900"', None),
        (b'"07-Feb-1994 22:43:04"', None),
        (b'"01-Jan-0001 00:00:00 +1400"', None),
        (b'"31-Dec-9999 23:59:59 -1400"', None),
        (b'"01-Jan-0000 00:00:00 +0000"', None),
    ],
)
def test_a_time_must_be_one(text: bytes, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(SyntaxProblem):
            lexis.date_time(scanner(text))
    else:
        assert lexis.date_time(scanner(text)).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"()", ()),
        (b"(\\seen \\FLAGGED $Work)", ("\\Seen", "\\Flagged", "$Work")),
        (b"(a A a)", ("a", "A")),
        (b"(\\Recent \\Seen)", ("\\Seen",)),
        (b"( a  b )", ("a", "b")),
        (b"(\\Nonsense)", None),
        (b"(\\*)", None),
        (b"(a", None),
        (b"(a]b)", None),
        (b"(a(b))", None),
        (b'("a")', None),
    ],
)
def test_flags_are_spelt_as_the_rfc_spells_them(text: bytes, expected: tuple[str, ...] | None) -> None:
    if expected is None:
        with pytest.raises(SyntaxProblem):
            lexis.flag_list(scanner(text))
    else:
        assert lexis.flag_list(scanner(text)) == expected
