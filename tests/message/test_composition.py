"""Messages written from their parts, and read back."""

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.errors import Invalid
from pillarbox.message import addresses, composition, encoded_words, structure, summary, text, threading
from pillarbox.message.composition import Group, Part
from pillarbox.message.headers import read

LINE_ENDS = str.maketrans({"\r": " ", "\n": " ", "\0": None})


def boundaries() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"=-b{next(numbers)}"


def value(field: bytes) -> bytes:
    """A field's unfolded value; there must be just this one, in lines that are no longer than they may be."""
    assert field.endswith(b"\r\n")
    lines = field[:-2].split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert all(len(line) <= composition.LONGEST_LINE and (not place or line.strip()) for place, line in enumerate(lines))
    header = read(field)
    assert len(header.fields) == 1
    return header.value(header.fields[0])


@pytest.mark.parametrize(
    ("given_", "written"),
    [
        ("", b"X: \r\n"),
        ("plain", b"X: plain\r\n"),
        ("a=?b", b"X: =?utf-8?Q?a=3D=3Fb?=\r\n"),
        ("two  spaces", b"X: =?utf-8?Q?two__spaces?=\r\n"),
        ("Grüße", b"X: =?utf-8?B?R3LDvMOfZQ==?=\r\n"),
        ("日本", b"X: =?utf-8?B?5pel5pys?=\r\n"),
        ("a\r\nBcc: b", b"X: a Bcc: b\r\n"),
    ],
)
def test_text_is_encoded_only_where_it_has_to_be(given_: str, written: bytes) -> None:
    assert composition.text_field(b"X", given_) == written


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
@settings(max_examples=150)
def test_any_text_reads_back(given_: str) -> None:
    whole = " ".join(given_.replace("\r\n", "\n").translate(LINE_ENDS).split(" "))
    assert encoded_words.decode(value(composition.text_field(b"Subject", given_))) == whole


@given(
    st.lists(
        st.tuples(
            st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=80).map(lambda name: name.strip()),
            st.sampled_from(["a@example.org", "a.b+c@x.y", '"a b"@x.y', "ü@ü.example", "a@[192.0.2.1]"]),
        ),
        max_size=8,
    )
)
@settings(max_examples=100)
def test_any_addresses_read_back(listed: list[tuple[str, str]]) -> None:
    found = addresses.parse(value(composition.addresses_field(b"To", [Group(None, listed)])))
    assert [one.host.decode() for one in found if one.host is not None] == [each[1].rpartition("@")[2] for each in listed]
    names = [" ".join(encoded_words.decode(one.name or b"").split()) for one in found]
    assert names == [" ".join(each[0].split()) for each in listed]


def test_groups_read_back() -> None:
    groups = [Group("A. Team", [("", "a@b.c"), ("D", "d@e.f")]), Group("Nobody", []), Group(None, [("", "g@h.i")])]
    assert composition.addresses_field(b"To", groups) == b'To: "A. Team": a@b.c, D <d@e.f>;, Nobody: ;, g@h.i\r\n'


def test_an_address_of_a_draft_need_not_be_finished() -> None:
    assert composition.addresses_field(b"To", [Group(None, [("Ann", "ann"), ("", "bob")])]) == b"To: Ann <ann>, bob\r\n"


@pytest.mark.parametrize("address", ["", "a b", "a@b c", "a@", "@", "a\n@b", "a@b\r\nBcc: c@d", "a@b>, c@d", "<a@b>"])
def test_what_is_no_address_is_not_written(address: str) -> None:
    with pytest.raises(Invalid):
        composition.addresses_field(b"To", [Group(None, [("", address)])])


@pytest.mark.parametrize("raw", ["a\r\nX: b", "a\n", "a\r", "a\0", "a\r\n \r\n b", " \r\n ", "x" * 999])
def test_a_raw_field_cannot_end_before_its_end(raw: str) -> None:
    with pytest.raises(Invalid):
        composition.raw_field(b"X", raw)


def test_a_raw_field_stays_as_it_is() -> None:
    assert composition.raw_field(b"X-A", " one\r\n\ttwo\n three") == b"X-A: one\r\n\ttwo\r\n three\r\n"
    assert composition.raw_field(b"X-A", "ü") == "X-A:ü\r\n".encode()


@pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"\xc3\xbc", b"a\r\nb"])
def test_a_name_is_one(name: bytes) -> None:
    with pytest.raises(Invalid):
        composition.text_field(name, "x")


def test_message_ids_dates_and_urls_read_back() -> None:
    ids = [f"{number}.{'x' * 60}@example.org" for number in range(20)]
    assert threading.message_ids(value(composition.ids_field(b"References", ids))) == ids
    assert (
        composition.date_field(b"Date", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        == b"Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
    )
    assert composition.urls_field(b"List-Post", ["mailto:a@b", "https://c"]) == b"List-Post: <mailto:a@b>, <https://c>\r\n"
    for wrong in ("a b", "<a>", "", "a\n"):
        with pytest.raises(Invalid):
            composition.ids_field(b"References", [wrong])
        with pytest.raises(Invalid):
            composition.urls_field(b"List-Post", [wrong])


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
@settings(max_examples=100)
def test_any_file_name_reads_back(name: str) -> None:
    field = composition.parameters_field(b"Content-Disposition", "attachment", [("filename", name)])
    part = structure.parse(field + b"\r\n")
    assert part.disposition == ("attachment", (("filename", name),)) or "=?" in name
    value(field)


@pytest.mark.parametrize(
    ("given_", "encoding"),
    [
        ("plain\n", b"7bit"),
        ("", b"7bit"),
        ("x" * 998, b"7bit"),
        ("x" * 999, b"quoted-printable"),
        ("From here\n", b"quoted-printable"),
        ("a\0b and more that is plain", b"quoted-printable"),
        ("mostly plain text with one ü in it\n", b"quoted-printable"),
        ("日本語のテキスト", b"base64"),
    ],
)
def test_text_is_in_the_encoding_that_suits_it(given_: str, encoding: bytes) -> None:
    found, body = composition.text_body(given_)
    assert found == encoding
    assert body.isascii()
    assert all(len(line) <= composition.LONGEST_LINE for line in body.split(b"\r\n"))
    assert b"\nFrom " not in b"\n" + body


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
@settings(max_examples=150)
def test_any_text_part_reads_back(given_: str) -> None:
    data = composition.write(Part("text/plain", text=given_), [], boundaries())
    root = structure.parse(data)
    assert text.text_of(data, root) == given_.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    assert data.isascii()


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "text/x", "image/png", "message/delivery-status"])
@pytest.mark.parametrize("content", [b"", b"a", b"a\r\nb\r\n", b"a\nb", b"\x00\xff" * 500, b"From a\r\n", b"x" * 1000])
def test_any_bytes_arrive_as_they_are(kind: str, content: bytes) -> None:
    whole = composition.write(Part("multipart/mixed", children=[Part(kind, content=content)]), [], boundaries())
    part = structure.parse(whole).children[0]
    assert text.decoded(whole, part) == content
    assert whole.isascii()


@pytest.mark.parametrize("content", [b"Subject: a\r\n\r\nb\r\n", "Subject: ü\n\nb".encode()])
def test_a_message_within_is_never_encoded(content: bytes) -> None:
    whole = composition.write(Part("multipart/mixed", children=[Part("message/rfc822", content=content)]), [], boundaries())
    part = structure.parse(whole).children[0]
    assert part.message is not None
    assert whole[part.body_start : part.end] == content


def test_other_readers_find_the_same_parts() -> None:
    body = Part("multipart/alternative", children=[Part("text/plain", text="ü"), Part("text/html", text="<p>ü")])
    pdf = Part(
        "application/pdf",
        fields=[composition.parameters_field(b"Content-Disposition", "attachment", [("filename", "ü.pdf")])],
        content=b"%PDF",
    )
    data = composition.write(
        Part("multipart/mixed", children=[body, pdf]), [composition.text_field(b"Subject", "Grüße")], boundaries()
    )
    theirs = message_from_bytes(data, policy=default)
    assert theirs["subject"] == "Grüße"
    assert [part.get_content_type() for part in theirs.walk()] == [part.content_type for part in summary.read(data).root.walk()]
    assert [part.get_filename() for part in theirs.iter_attachments()] == ["ü.pdf"]
    plain = theirs.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().strip() == "ü"


def test_a_tree_of_any_depth_is_written() -> None:
    part = Part("text/plain", text="inside")
    for _ in range(2000):
        part = Part("multipart/mixed", children=[part])
    assert composition.write(part, [], boundaries()).count(b"boundary=") == 2000


@pytest.mark.parametrize(
    "kind", ["text", "text/", "/plain", "text/pl ain", "text/plain; x=y", "TEXT/plain", "text/plain\r\nX: y"]
)
def test_what_is_no_media_type_is_not_written(kind: str) -> None:
    with pytest.raises(Invalid):
        composition.write(Part(kind, text=""), [], boundaries())
