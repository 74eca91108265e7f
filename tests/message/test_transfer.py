import base64
import binascii
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.message import transfer
from pillarbox.message.transfer import DECODERS


def decode(encoding: str, data: bytes, step: int | None = None) -> bytes:
    step = step or len(data) or 1
    return b"".join(DECODERS[encoding](data[at : at + step] for at in range(0, len(data), step)))


def uuencode(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 file\n" + b"".join(lines) + b"`\nend\n"


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVs\r\nbG8=\r\n", b"hello"),
        (b"a G!V\0s\xffbG8=", b"hello"),
        (b"aGVsbG8=aGVsbG8=", b"hello"),
        (b"aGVs=bG8=", b"hello"),
        (b"==aGVsbG8=", b"hello"),
        (b"aGVsb", b"hel"),
        (b"aGVsbA", b"hell"),
        (b"aGVsbA==footer", b"hell"),
        (b"a", b""),
        (b"=", b""),
        (b"", b""),
    ],
)
@pytest.mark.parametrize("step", [1, 3, 100])
def test_base64_is_decoded_to_its_padding(data: bytes, decoded: bytes, step: int) -> None:
    assert decode("base64", data, step) == decoded


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (b"caf=C3=A9", "café".encode()),
        (b"caf=c3=a9", "café".encode()),
        (b"soft=\r\n break=\n s", b"soft break s"),
        (b"soft= \t\r\nbreak", b"softbreak"),
        (b"spaces \t \r\nend  ", b"spaces\r\nend"),
        (b"bad =ZZ =4", b"bad =ZZ =4"),
        (b"end=", b"end"),
        (b"a = b", b"a = b"),
        (b"", b""),
    ],
)
def test_quoted_printable_is_decoded(data: bytes, decoded: bytes) -> None:
    assert decode("quoted-printable", data) == decoded


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (uuencode(b"hello" * 40), b"hello" * 40),
        (b"text before\r\n" + uuencode(b"hello").replace(b"\n", b"\r\n") + b"text after", b"hello"),
        (b"begin 644 x\n%:&5L;&\\ \nend\n", b"hello"),
        (b"no begin\nM....\nend\n", b""),
        (b"begin 644 x\n", b""),
        (b"begin 644 x\n%:&5L;&\\\n\x80bad\nmore\n", b"hello"),
        (b"", b""),
    ],
)
def test_uuencode_is_decoded(data: bytes, decoded: bytes) -> None:
    assert decode("x-uuencode", data) == decoded


def test_spaces_are_not_kept_back_for_longer_than_a_chunk() -> None:
    chunks = transfer.quoted_printable_chunks([b" " * 100] * 3)
    assert next(chunks) == b" " * 100


@given(st.binary(max_size=300), st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_how_the_bytes_are_cut_changes_nothing(data: bytes, step: int) -> None:
    wrapped = base64.encodebytes(data).replace(b"\n", b"\r\n")
    assert decode("base64", wrapped, step) == data
    assert decode("x-uuencode", uuencode(data), step) == data
    text = data.replace(b"\r", b"").replace(b"\n", b"\r\n")
    assert decode("quoted-printable", quopri.encodestring(text), step) == text


@given(
    st.lists(st.sampled_from([b"=", b" ", b"\t", b"\r\n", b"\n", b"4", b"1", b"a", b"=4", b"=41"]), max_size=30),
    st.integers(1, 9),
)
@settings(max_examples=300, deadline=None)
def test_how_broken_quoted_printable_is_cut_at_lines_changes_nothing(pieces: list[bytes], step: int) -> None:
    data = b"".join(pieces)
    lines = data.split(b"\n")
    chunks = [b"\n".join(lines[at : at + step]) + b"\n" for at in range(0, len(lines), step)]
    assert b"".join(transfer.quoted_printable_chunks(chunks)) == decode("quoted-printable", data + b"\n")


@given(st.binary(max_size=200), st.integers(1, 20), st.sampled_from(sorted(DECODERS)))
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_a_decoder_raise(data: bytes, step: int, encoding: str) -> None:
    decode(encoding, data, step)
    decode(encoding, b"begin 644 x\n" + data, step)
