"""Whatever the bytes: nothing raises, every span lies within, and twice the bytes take about twice the time."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.limits import MessageLimits
from pillarbox.message import (
    addresses,
    charsets,
    dates,
    encoded_words,
    headers,
    html,
    parameters,
    structure,
    summary,
    text,
    threading,
)

FREE = MessageLimits(
    header_bytes=1 << 30,
    header_fields=10**7,
    depth=10**6,
    parts=10**6,
    addresses=10**6,
    parameters=10**6,
    references=10**6,
    encoded_words=10**6,
)
DEFAULT = MessageLimits()


def whole(data: bytes) -> None:
    found = summary.read(data)
    for fact in ("subject", "base_subject", "sent", "message_id", "references", "preview", "search_text", "has_attachment"):
        getattr(found, fact)
    for name in (b"from", b"to"):
        found.display_name(name)
    text.search_body(data, found.root, "needle that is not there")


def nested_multiparts(size: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=0\r\n\r\n" + b"".join(
        b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (level, level + 1) for level in range(size // 50)
    )


def traps(size: int) -> bytes:
    """A hundred multiparts, each boundary the beginning of the next, and lines that are nearly all of them."""
    part = b"--%b\r\nContent-Type: multipart/mixed; boundary=%b\r\n\r\n"
    opened = b"".join(part % (b"a" * length, b"a" * (length + 1)) for length in range(1, 90))
    line = b"--" + b"a" * 90 + b"b\r\n"
    return b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + opened + line * (size // len(line))


def repeated(piece: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: before + piece * (size // len(piece)) + after


MIXED = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
HTML = b"Content-Type: text/html\r\n\r\n"
QP = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
BASE64 = b"Content-Transfer-Encoding: base64\r\n\r\n"
UUE = b"Content-Transfer-Encoding: x-uuencode\r\n\r\n"
COMBINING = "e\u0301".encode()[1:]

Attack = tuple[str, Callable[[bytes], object], Callable[[int], bytes]]

ATTACKS: list[Attack] = [
    # each piece is fed whole to what reads it, at one size and at four times as much
    ("nested multiparts", lambda data: structure.parse(data, FREE), nested_multiparts),
    ("nested multiparts, limited", whole, nested_multiparts),
    ("nested messages", lambda data: structure.parse(data, FREE), repeated(b"Content-Type: message/rfc822\r\n\r\n")),
    ("empty parts", whole, repeated(b"--a\r\n", MIXED)),
    ("many parts", lambda data: structure.parse(data, FREE), repeated(b"--a\r\n\r\nx\r\n", MIXED)),
    ("many 8-bit parts without charset", whole, repeated(b"--a\r\n\r\n\xe9\xe8\xf0\r\n", MIXED)),
    ("lines that look like delimiters", whole, repeated(b"--\r\n", MIXED)),
    ("lines that begin as delimiters do", whole, repeated(b"--ab\r\n", MIXED)),
    ("boundaries that begin alike", whole, traps),
    ("delimiter followed by spaces", whole, repeated(b" ", MIXED + b"--a")),
    ("fields", lambda data: headers.read(data, limits=FREE), repeated(b"a:\r\n")),
    ("folds", lambda data: headers.read(data, limits=FREE).first(b"a"), repeated(b"\r\n ", b"a:")),
    ("colons", lambda data: headers.read(data, limits=FREE), repeated(b":\r\n")),
    ("mbox lines", lambda data: headers.read(data, limits=FREE), repeated(b"From \r\n")),
    ("a name without end", lambda data: headers.read(data, limits=FREE), repeated(b"a")),
    ("a name and spaces", lambda data: headers.read(data, limits=FREE), repeated(b" ", b"a")),
    ("encoded words", lambda data: encoded_words.decode(data, limits=FREE), repeated(b"=?utf-8?Q?a?= ")),
    (
        "encoded words of many charsets",
        lambda data: encoded_words.decode(data, limits=FREE),
        repeated(b"=?utf-8?Q?a?= =?latin1?B?YQ?= "),
    ),
    ("encoded words that never end", lambda data: encoded_words.decode(data, limits=FREE), repeated(b"=?utf-8?Q?a ")),
    ("heads of encoded words", lambda data: encoded_words.decode(data, limits=FREE), repeated(b"=?")),
    ("unknown charsets", lambda data: encoded_words.decode(data, limits=FREE), repeated(b"=?a?Q?=e9?= =?b?Q?=e9?= ")),
    ("parameters", lambda data: parameters.parse(data, FREE), repeated(b"; a=b", b"x/y")),
    (
        "sections",
        lambda data: parameters.parse(data, FREE),
        lambda size: b"x/y" + b"".join(b"; a*%d=b" % n for n in range(size // 10)),
    ),
    ("sections of one number", lambda data: parameters.parse(data, FREE), repeated(b"; a*1*=''b", b"x/y")),
    ("comments never closed", parameters.parse, repeated(b"(", b"x/y; a=")),
    ("words and no names", lambda data: parameters.parse(data, FREE), repeated(b"a ", b"x/y; a=")),
    ("names and no values", lambda data: parameters.parse(data, FREE), repeated(b'a;"', b"x/y;")),
    ("quotes in parameters", lambda data: parameters.parse(data, FREE), repeated(b'"\\', b"x/y; a=")),
    ("parentheses in addresses", lambda data: addresses.parse(data, FREE), repeated(b"(")),
    ("comments in addresses", lambda data: addresses.parse(data, FREE), repeated(b"()")),
    ("angles", lambda data: addresses.parse(data, FREE), repeated(b"<")),
    ("a name of angles", lambda data: addresses.parse(data, FREE), repeated(b"a <")),
    ("ats", lambda data: addresses.parse(data, FREE), repeated(b"@")),
    ("colons in addresses", lambda data: addresses.parse(data, FREE), repeated(b":")),
    ("a name without address", lambda data: addresses.parse(data, FREE), repeated(b"a ")),
    ("groups", lambda data: addresses.parse(data, FREE), repeated(b"a:;")),
    ("routes", lambda data: addresses.parse(data, FREE), repeated(b"@a,", b"<")),
    ("heads of encoded words in addresses", lambda data: addresses.parse(data, FREE), repeated(b"=?a?q?")),
    ("brackets", lambda data: addresses.parse(data, FREE), repeated(b"[")),
    ("quotes", lambda data: addresses.parse(data, FREE), repeated(b'"')),
    ("dates", dates.parse, repeated(b"1 ")),
    ("blobs in a subject", lambda data: threading.base_subject(data.decode()), repeated(b"[a]")),
    ("blobs never closed", lambda data: threading.base_subject(data.decode()), repeated(b"[a")),
    ("replies", lambda data: threading.base_subject(data.decode()), repeated(b"re: ")),
    ("forwards", lambda data: threading.base_subject(data.decode()), lambda size: b"[fwd:" * (size // 6) + b"]" * (size // 6)),
    ("forwards never closed", lambda data: threading.base_subject(data.decode()), repeated(b"[fwd: ")),
    ("trailers", lambda data: threading.base_subject(data.decode()), repeated(b"(fwd) ")),
    (
        "references",
        lambda data: threading.references(data, FREE),
        lambda size: b"".join(b"<%d@x>" % n for n in range(size // 10)),
    ),
    ("references never closed", lambda data: threading.references(data, FREE), repeated(b"<a@b ")),
    ("combining marks", lambda data: text.fold(data.decode()), repeated(COMBINING)),
    ("combining marks of two classes", lambda data: text.fold(data.decode()), repeated("\u0301\u0316".encode(), b"a")),
    ("elements", lambda data: html.text(data.decode()), repeated(b"<div>")),
    ("attributes", lambda data: html.text(data.decode()), repeated(b" a=b", b"<p")),
    ("signs that begin tags", lambda data: html.text(data.decode()), repeated(b"<a")),
    ("quotes in tags", lambda data: html.text(data.decode()), repeated(b"<a b=\"<a b='")),
    ("equals signs in tags", lambda data: html.text(data.decode()), repeated(b"=  ", b"<a ")),
    ("comments in HTML", lambda data: html.text(data.decode()), repeated(b"<!--")),
    ("scripts", lambda data: html.text(data.decode()), repeated(b"<script>")),
    ("scripts that nearly end", lambda data: html.text(data.decode()), repeated(b"</scrip", b"<script>")),
    ("entities", lambda data: html.text(data.decode()), repeated(b"&amp")),
    ("HTML whole", whole, repeated(b"<p>&lt;<b a='b'>", HTML)),
    ("spaces in quoted-printable", whole, repeated(b" ", QP)),
    ("spaces and letters in quoted-printable", whole, repeated(b"  \t a", QP)),
    ("equals signs in quoted-printable", whole, repeated(b"=", QP)),
    ("padding in base64", whole, repeated(b"=", BASE64)),
    ("padding and letters in base64", whole, repeated(b"a=", BASE64)),
    ("lines of uuencode", whole, repeated(b"\n", UUE + b"begin 644 x\n")),
    ("no lines in uuencode", whole, repeated(b"M", UUE + b"begin 644 x\n")),
    ("begins of uuencode", whole, repeated(b"begin 644 x", UUE)),
    ("UTF-7", lambda data: charsets.decode(data, "utf-7"), repeated(b"+AOk")),
    ("Japanese shifts", lambda data: charsets.decode(data, "iso-2022-jp"), repeated(b"\x1b$B")),
    ("no bytes of any charset", whole, repeated(b"\xff\x81", b"\r\n")),
]

SIZE = 30_000
NOISE = 0.01
"""Seconds below which nothing is measured."""


def seconds(read: Callable[[bytes], object], data: bytes) -> float:
    start = time.process_time()
    read(data)
    return time.process_time() - start


@pytest.mark.parametrize(("read", "made"), [attack[1:] for attack in ATTACKS], ids=[attack[0] for attack in ATTACKS])
def test_time_grows_with_size_and_not_with_its_square(read: Callable[[bytes], object], made: Callable[[int], bytes]) -> None:
    small, large = made(SIZE), made(4 * SIZE)
    ratios = (seconds(read, large) / max(seconds(read, small), NOISE) for _ in range(4))
    assert any(ratio < 8 for ratio in ratios)  # a busy machine may spoil one measurement, not four; a square is 16


PIECES = [
    b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\xff", "é".encode(), b"--a", b"--a--", b"--b",
    b"From ", b"From: ", b"Subject: Re: ", b"To: ", b"Date: ", b"1 Jan 2002",
    b"Content-Type: ", b"multipart/mixed; boundary=a", b"multipart/digest; boundary=b", b"message/rfc822",
    b"text/html; charset=", b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"x-uuencode", b"begin 644 a\n",
    b"Content-Disposition: attachment; filename*0*=", b"utf-8''%c3", b"=?utf-8?q?=c3?=", b"=?b?B?", b"?=", b"<", b">", b"@",
    b",", b";", b":", b"(", b")", b'"', b"\\", b"=", b"<p>", b"&#x110000;", b"References: <a@b>",
]  # fmt: skip

noise = st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))


@given(noise)
@settings(max_examples=400, deadline=None)
def test_no_message_makes_reading_raise_and_every_span_lies_within(data: bytes) -> None:
    whole(data)
    root = structure.parse(data)
    assert (root.start, root.end) == (0, len(data))
    for part in root.walk():
        assert part.start <= part.body_start <= part.end <= len(data)
        assert part.lines == data.count(b"\n", part.body_start, part.end)
        assert bool(part.children) == (part.type == "multipart")
        assert (part.message is not None) == (part.content_type in ("message/rfc822", "message/global"))
        for inside in (*part.children, *([part.message] if part.message else [])):
            assert part.body_start <= inside.start <= inside.end <= part.end or inside.start == inside.body_start == inside.end


@given(noise)
@settings(max_examples=300, deadline=None)
def test_no_field_makes_reading_raise(value: bytes) -> None:
    line = headers.unfold(value)
    assert not set(b"\r\n") & set(line)
    assert not set("\r\n\0") & set(encoded_words.decode(value))
    parameters.parse(line)
    depth = 0
    for address in addresses.parse(line):
        depth += (address.mailbox is not None and address.host is None) - (address.mailbox is None)
        assert depth in (0, 1)
    assert depth == 0
    dates.parse(line)
    threading.message_id(line)
    threading.base_subject(encoded_words.decode(value))


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_a_base_subject_has_itself_as_base(subject: str) -> None:
    base = threading.base_subject(subject)
    assert threading.base_subject(base) == base


@given(st.text(alphabet="aA[]rRe: wfd()FWD\t", max_size=40))
@settings(max_examples=400, deadline=None)
def test_a_base_subject_made_of_what_is_removed_has_itself_as_base(subject: str) -> None:
    base = threading.base_subject(subject)
    assert threading.base_subject(base) == base
