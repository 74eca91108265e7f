import pytest

from pace import within
from pillarbox.proto.imap.encode.bodystructure import Body, BodyLeaf, BodyMessage, BodyMulti, Extension, body, bodystructure
from pillarbox.proto.imap.encode.envelope import Envelope

ASCII = ((b"CHARSET", b"US-ASCII"),)
TEXT = BodyLeaf(type=b"TEXT", subtype=b"PLAIN", parameters=ASCII, encoding=b"7BIT", octets=1152, lines=23)
DIFF = BodyLeaf(
    type=b"TEXT",
    subtype=b"PLAIN",
    parameters=(*ASCII, (b"NAME", b"cc.diff")),
    id=b"<960723163407.20117h@cac.washington.edu>",
    description=b"Compiler diff",
    encoding=b"BASE64",
    octets=4554,
    lines=73,
)
IMAGE = BodyLeaf(
    type=b"image",
    subtype=b"png",
    encoding=b"base64",
    octets=9,
    md5=b"Q2hlY2s=",
    extension=Extension(disposition=(b"attachment", ((b"filename", b"a b.png"),)), language=(b"de", b"en"), location=b"x"),
)
NILS = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


@pytest.mark.parametrize(
    ("part", "short", "long"),
    [
        # RFC 9051 §7.5.2
        (
            TEXT,
            b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23)',
            b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23 NIL NIL NIL NIL)',
        ),
        (
            BodyMulti(subtype=b"MIXED", parts=(TEXT, DIFF)),
            b'(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23)'
            b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "cc.diff") '
            b'"<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4554 73) "MIXED")',
            b'(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23 NIL NIL NIL NIL)'
            b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "cc.diff") '
            b'"<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4554 73 NIL NIL NIL NIL) '
            b'"MIXED" NIL NIL NIL NIL)',
        ),
        (
            IMAGE,
            b'("image" "png" NIL NIL NIL "base64" 9)',
            b'("image" "png" NIL NIL NIL "base64" 9 "Q2hlY2s=" ("attachment" ("filename" "a b.png")) ("de" "en") "x")',
        ),
        (
            BodyMessage(envelope=Envelope(), body=TEXT, octets=2000, lines=40),
            b'("message" "rfc822" NIL NIL NIL "7bit" 2000 '
            + NILS
            + b' ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23) 40)',
            b'("message" "rfc822" NIL NIL NIL "7bit" 2000 '
            + NILS
            + b' ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23 NIL NIL NIL NIL) 40 NIL NIL NIL NIL)',
        ),
        (
            BodyMulti(parts=(), parameters=((b"boundary", b"x"),)),
            b'(("text" "plain" NIL NIL NIL "7bit" 0 0) "mixed")',
            b'(("text" "plain" NIL NIL NIL "7bit" 0 0 NIL NIL NIL NIL) "mixed" ("boundary" "x") NIL NIL NIL)',
        ),
        (
            BodyMulti(subtype=b"related", parts=(BodyMulti(subtype=b"alternative", parts=(TEXT,)), IMAGE)),
            b'((("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23) "alternative")'
            b'("image" "png" NIL NIL NIL "base64" 9) "related")',
            None,
        ),
    ],
)
def test_a_structure_is_written_as_the_rfc_writes_it(part: Body, short: bytes, long: bytes | None) -> None:
    assert body(part) == short
    assert long is None or bodystructure(part) == long


def test_the_type_decides_about_lines() -> None:
    assert body(BodyLeaf(type=b"Text", lines=3)).endswith(b" 0 3)")
    assert body(BodyLeaf(type=b"application", lines=3)).endswith(b" 0)")


def test_depth_costs_no_stack() -> None:
    nested: Body = TEXT
    for level in range(5000):
        nested = BodyMulti(parts=(nested,)) if level % 2 else BodyMessage(envelope=Envelope(), body=nested)
    with within(0.5):
        written = bodystructure(nested)
    assert written.count(b"(") == written.count(b")")


def test_8_bit_in_a_parameter_goes_as_a_literal() -> None:
    assert b'("name" {2}\r\n\xfc\xe4)' in body(BodyLeaf(parameters=((b"name", b"\xfc\xe4"),)))
