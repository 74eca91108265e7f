import base64
import unicodedata

import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import html, structure, text

ALTERNATIVE = (
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Folded: one\r\n two\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    b"--a\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n%b\r\n"
    b"--a\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>Sch=F6n<b>e</b> W=\r\nelt</p><!-- hidden --><script>var x</script>\r\n"
    b"--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?b?w6k=?= inside\r\n\r\nDeep down\r\n"
    b'--a\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename="Holiday.PNG"\r\n\r\nU2VjcmV0\r\n--a--\r\n'
) % base64.encodebytes("Schöne Grüße\n".encode() * 20).replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    "needle", ["schöne grüße", "schöne welt", "schön<b>e</b>", "hidden", "deep down", "é inside", "holiday.png", "SCHÖNE"]
)
def test_bodies_are_searched_as_they_read(needle: str) -> None:
    root = structure.parse(ALTERNATIVE)
    found = text.searchable(ALTERNATIVE, root)
    assert found is not None
    assert text.fold(needle) in found.body
    assert text.search_body(ALTERNATIVE, root, text.fold(needle))


@pytest.mark.parametrize(
    "field",
    [
        b'Content-Type: application/pdf; name="plans.pdf"',
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=plans.pdf",
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*0=pla; filename*1=ns.pdf",
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%70lans.pdf",
        b"Content-Type: application/pdf; name==?utf-8?b?cGxhbnMucGRm?=",
    ],
)
@pytest.mark.parametrize("within", [True, False])
def test_names_of_files_are_searched_and_what_is_in_them_is_not(field: bytes, within: bool) -> None:
    part = field + b"\r\n\r\nsecret\r\n"
    data = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n%b\r\n--a--\r\n" % part if within else part
    root = structure.parse(data)
    found = text.searchable(data, root)
    assert found is not None
    assert "plans.pdf" in found.body
    assert "secret" not in found.body
    assert text.search_body(data, root, "plans.pdf")
    assert not text.search_body(data, root, "secret")


@pytest.mark.parametrize("needle", ["U2VjcmV0", "Grüße aus", "x-folded", "subject: grüße"])
def test_attachments_and_the_header_are_no_body(needle: str) -> None:
    root = structure.parse(ALTERNATIVE)
    found = text.searchable(ALTERNATIVE, root)
    assert found is not None
    assert text.fold(needle) not in found.body
    assert not text.search_body(ALTERNATIVE, root, text.fold(needle))


@pytest.mark.parametrize("field", [b"To:bob", b"To:\tbob", b"To:\r\n\tbob", b"TO : bob", b"To:  bob"])
def test_fields_are_searched_by_name_however_they_are_spaced(field: bytes) -> None:
    root = structure.parse(b"Subject: lunch\r\n%b\r\nX-Empty:\r\nFrom: a@example.org\r\n\r\n" % field)
    assert text.fold(text.header_text(root.header)) == "subject: lunch\nto: bob\nx-empty: \nfrom: a@example.org\n"


@pytest.mark.parametrize("needle", ["subject: Grüsse", "one two", "X-FOLDED"])
def test_headers_are_searched_unfolded_and_decoded(needle: str) -> None:
    root = structure.parse(ALTERNATIVE)
    found = text.searchable(ALTERNATIVE, root)
    assert found is not None
    assert text.fold(needle) in found.header
    assert text.search_header(root, text.fold(needle))
    assert text.search_header(structure.parse(b"X: one\r\n two\r\n"), "one two")


@pytest.mark.parametrize(
    "value",
    [
        b"<ann (of\tall) @ (the) example.net>",
        b"ann@ example.net",
        b'"ann"@example.net (Ann)',
        b"ann\r\n @example.net",
        b"=?utf-8?q?Gr=C3=BC?= <ann @example.net>",
        b"bob@example.net, ann(x)@example.net",
    ],
)
def test_an_address_is_searched_as_the_envelope_has_it_too(value: bytes) -> None:
    header = structure.parse(b"Cc: %b\r\n\r\n" % value).header
    assert "ann@example.net" in text.header_text(header)
    assert any("ann@example.net" in found for found in text.field_texts(header, b"cc"))


@pytest.mark.parametrize("field", [b"From: Ann <ann@example.net>", b"Subject: ann @example.net", b"To: <>, @ ,(@"])
def test_what_is_in_one_piece_or_no_address_is_searched_as_it_stands(field: bytes) -> None:
    header = structure.parse(field + b"\r\n\r\n").header
    assert text.header_text(header).partition(": ")[2].strip() == field.partition(b": ")[2].decode()


def test_text_longer_than_the_limit_is_not_kept_and_still_searched() -> None:
    data = b"Subject: x\r\n\r\n" + b"line\r\n" * 100 + b"needle"
    root = structure.parse(data)
    room = len(text.header_text(root.header)) + 606
    assert text.searchable(data, root, MessageLimits(search_text=room)) is not None
    assert text.searchable(data, root, MessageLimits(search_text=room - 1)) is None
    assert text.search_body(data, root, "needle", MessageLimits(search_text=room - 1))


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_a_long_body_is_searched_across_its_pieces(encoding: str) -> None:
    body = b"".join(b"%06d line\r\n" % number for number in range(60_000))
    encoded = base64.encodebytes(body).replace(b"\n", b"\r\n") if encoding == "base64" else body
    data = b"Content-Type: text/html\r\nContent-Transfer-Encoding: %b\r\n\r\n" % encoding.encode() + encoded
    root = structure.parse(data)
    assert root.size > 2 * text.CHUNK
    for start in range(0, len(body) - 60_000, 40_000):
        assert text.search_body(data, root, body[start : start + 60_000].decode())
    assert not text.search_body(data, root, "000001 line\r\n000003")


def test_no_more_charsets_are_guessed_than_the_limit() -> None:
    russian = "Съешь же ещё этих мягких французских булок. " * 5
    part = b"--a\r\n\r\n" + russian.encode("koi8-r") + b"\r\n"
    data = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + part * (text.GUESSES + 2)
    found = text.searchable(data, structure.parse(data))
    assert found is not None
    assert found.body.count(text.fold(russian)) == text.GUESSES


def test_characters_are_not_cut_between_pieces() -> None:
    data = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "日本語".encode() * 60_000
    root = structure.parse(data)
    assert "".join(text.text_chunks(data, root)) == "日本語" * 60_000 == text.text_of(data, root)
    undeclared = data.replace(b"; charset=utf-8", b"")
    assert "".join(text.text_chunks(undeclared, structure.parse(undeclared))) == "日本語" * 60_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÄÖ", "äö"),
        ("straße", "STRASSE"),
        ("ﬁne", "FINE"),
        ("Ａ", "a"),
        ("e\u0301", "É"),
        ("ΣΑΣ", "σας"),
        ("ABC", "abc"),
        ("e\u0301" * 2000, "é" * 2000),
    ],
)
def test_texts_that_read_alike_fold_alike(one: str, other: str) -> None:
    assert text.fold(one) == text.fold(other)


def test_every_combining_mark_is_known_as_one() -> None:
    marks = (chr(code) for code in range(0x110000) if unicodedata.combining(chr(code)))
    assert [mark for mark in marks if not text._MARKS.search(mark)] == []


@pytest.mark.parametrize(
    ("data", "preview"),
    [
        (ALTERNATIVE, ("Schöne Grüße " * 20)[:200].rstrip()),
        (b"\r\n  a \t b\r\n\r\nc\xc2\xa0d\0 ", "a b c d"),
        (
            b"Content-Type: text/html\r\n\r\n<head><title>T</title><style>p{}</style></head><p>a&nbsp;&amp; b</p><p>c\r\n",
            "a & b c",
        ),
        (b"Content-Type: text/html\r\n\r\n<style>" + b"x" * 5000 + b"</style>" + b" " * 5000 + b"late", "late"),
        (b"Content-Type: image/png\r\n\r\nabc", ""),
        (b"\r\n", ""),
        (b"\r\n" + b"word " * 1000, ("word " * 40).rstrip()),
        (b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + "hello".encode("utf-16"), "hello"),
        (
            b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
            b"--a\r\nContent-Disposition: attachment\r\n\r\nfile\r\n--a\r\n\r\nbody\r\n--a--",
            "body",
        ),
    ],
)
def test_a_preview_is_what_a_reader_sees_first(data: bytes, preview: str) -> None:
    assert text.preview(data, structure.parse(data)) == preview


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("bo<b>l</b>d <i>it</i>alic", "bold italic"),
        ("a<br>b<BR/>c<td>d", "a b c d"),
        ('<a title="a>b" href=x>link</a>', "link"),
        ("<a title='never closed>text", "text"),
        ("1 < 2 &lt; 3 &eacute;&#233;&#xe9;", "1 < 2 < 3 ééé"),
        ("<script>if (a<b) x</script>y<STYLE>z</STYLE>", "y"),
        ("<!-- a <p> b -->c<!-- never closed", "c"),
        ("a<!-- never <i>closed", "a"),
        ("<style>never closed", ""),
        ("<title>t</title>x", "x"),
        ("a\u200bb&zwnj;c\xad", "abc"),
        ("", ""),
    ],
)
def test_html_reads_as_text(source: str, shown: str) -> None:
    assert html.text(source) == shown
