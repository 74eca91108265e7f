import binascii
import os
import tarfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.errors import Invalid
from pillarbox.limits import MessageLimits
from pillarbox.message import structure, text
from pillarbox.message.downgrade import base64_lines, needs_binary, needs_eight_bit, quoted_printable, to_seven_bit

CORPUS = Path(os.environ.get("PILLARBOX_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")) / "spamassassin-half.tar.gz"
MIXED = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"
GREETING = "Grüße von hier, und bis bald\r\n".encode()


def leaves(message: bytes) -> list[tuple[str, bytes]]:
    """What every part that holds no other says of itself, and what it decodes to, by our own reading."""
    parts = structure.parse(message).walk()
    return [(part.content_type, text.decoded(message, part)) for part in parts if not part.children and not part.message]


def contents(message: bytes) -> list[bytes]:
    """The decoded leaves, by the standard library's reading."""
    parts = message_from_bytes(message, policy=policy.compat32).walk()
    return [part.get_payload(decode=True) for part in parts if not part.is_multipart()]  # type: ignore[misc]


def body_lines(message: bytes) -> Iterator[bytes]:
    root = structure.parse(message)
    return iter(message[root.body_start :].split(b"\r\n"))


CASES = {
    "one text": TEXT + b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + GREETING,
    "no MIME at all": b"Subject: x\r\n\r\n" + GREETING,
    "no header at all": b"\r\n" + GREETING,
    "no charset it could be": b"Subject: x\r\n\r\n\xff\xfe\xfd plain words after it, for it to be text\r\n",
    "no line end at its end": TEXT + b"\r\n" + GREETING.rstrip(),
    "empty lines at its end": TEXT + b"\r\n" + GREETING + b"\r\n\r\n",
    "white space at line ends": TEXT + b"\r\n" + "é \r\né\t\r\n \r\n".encode(),
    "a long line": TEXT + b"\r\n" + b"x" * 5000 + b"\r\n",
    "mostly letters beyond ASCII": TEXT + b"\r\n" + ("ж" * 400 + "\r\n").encode(),
    "a bare CR": TEXT + b"\r\none\rtwo\r\n",
    "bare line feeds": TEXT + b"\r\none\ntwo\n",
    "NUL": TEXT + b"\r\none\0two\r\n",
    "a dot alone, and a line from": TEXT + "\r\né\r\n.\r\nFrom here\r\n".encode(),
    "two texts": MIXED + b"\r\n--b\r\n" + TEXT + b"\r\n" + GREETING + b"\r\n--b\r\n\r\nplain\r\n--b--\r\n",
    "a binary attachment": MIXED + b"\r\n--b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    + bytes(range(256)) + b"\r\n--b--\r\n",
    "a part without a header": MIXED + b"\r\n--b\r\n\r\n" + GREETING + b"\r\n--b--\r\n",
    "a message within": MIXED + b"Content-Transfer-Encoding: 8bit\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nSubject: within\r\n\r\n" + GREETING + b"\r\n--b--\r\n",
    "quoted-printable with raw letters": TEXT + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC " + GREETING,
    "base64 with raw letters": TEXT + b"Content-Transfer-Encoding: base64\r\n\r\naGVs\xe9bG8=\r\n",
    "a signed part": MIXED.replace(b"mixed", b"signed") + b"\r\n--b\r\n" + TEXT + b"\r\n" + GREETING
    + b"\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nxx\r\n--b--\r\n",
    "nothing beyond ASCII": TEXT + b"Content-Transfer-Encoding: 8bit\r\n\r\nplain\r\n",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_seven_bits_say_what_eight_said(case: str) -> None:
    before = CASES[case]
    after = to_seven_bit(before)
    assert after.isascii()
    assert not needs_binary(after)
    ours = leaves(before)
    assert leaves(after) == ours
    assert after.endswith(b"\r\n")
    assert b": 8bit" not in after
    assert b": binary" not in after
    if "raw letters" not in case:  # where the standard library reads what is broken in another way
        assert contents(after) == [content for _, content in ours]


@pytest.mark.parametrize("case", CASES)
def test_what_was_made_fit_stays_as_it_is(case: str) -> None:
    once = to_seven_bit(CASES[case])
    assert to_seven_bit(once) == once


def test_a_message_that_fits_is_not_touched() -> None:
    message = b"Subject:  odd   spaces\r\nX: y\r\n\r\nplain\r\n"
    assert to_seven_bit(message) == message


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (GREETING, b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"),
        (
            b"\xe9 and more of it in plain letters\r\n",
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\n",
        ),
        (b"x" * 999 + b"\r\n", b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"),
    ],
)
def test_a_message_that_is_no_mime_becomes_it(body: bytes, fields: bytes) -> None:
    after = to_seven_bit(b"Subject: x\r\n\r\n" + body)
    assert after.startswith(b"Subject: x\r\n" + fields + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n")


def test_there_is_one_encoding_field_in_the_end() -> None:
    message = b"Content-Transfer-Encoding: 8bit\r\n" + TEXT + b"content-transfer-encoding:\r\n binary\r\n\r\n" + GREETING
    after = to_seven_bit(message)
    assert after.lower().count(b"content-transfer-encoding") == 1
    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in after


def test_what_nobody_is_shown_is_left_out_where_it_does_not_fit() -> None:
    before = MIXED + b"\r\npreamble\r\n\xc3\xa9\r\n--b\r\n\r\nplain\r\n--b--\r\nepilogue " + b"x" * 2000 + b"\r\nlast\r\n"
    after = to_seven_bit(before)
    assert after == MIXED + b"\r\npreamble\r\n\r\n--b\r\n\r\nplain\r\n--b--\r\n\r\nlast\r\n"


def test_no_delimiter_comes_of_a_line_that_was_none() -> None:
    message = MIXED.replace(b"=b", b'="a?b"') + b"\r\n--a\xffb\r\n\r\nhidden\r\n--a?b\r\n\r\nseen\r\n--a?b--\r\n"
    assert contents(to_seven_bit(message)) == [b"seen"]


def test_a_global_message_is_encoded_as_one() -> None:
    within = "Subject: Grüße\r\n\r\nhallo\r\n".encode()
    after = to_seven_bit(MIXED + b"\r\n--b\r\nContent-Type: message/global\r\n\r\n" + within + b"\r\n--b--\r\n")
    assert after.isascii()
    part = structure.parse(after).children[0]
    assert (part.encoding, text.decoded(after, part)) == ("base64", within)


def test_bare_line_feeds_between_parts_become_line_ends() -> None:
    before = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n"
    assert to_seven_bit(before) == before.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    "message",
    [
        "Subject: Grüße\r\n\r\nx\r\n".encode(),
        MIXED + "\r\n--b\r\nX: é\r\n\r\nx\r\n--b--\r\n".encode(),
        MIXED + b"\r\nno part\r\n" + GREETING,
        b"Content-Type: multipart/mixed\r\n\r\n" + GREETING,
        b"Content-Type: message/partial; id=x; number=1\r\n\r\n" + GREETING,
    ],
    ids=["header", "part's header", "multipart without parts", "multipart without boundary", "message/partial"],
)
def test_what_cannot_be_converted_is_refused(message: bytes) -> None:
    with pytest.raises(Invalid):
        to_seven_bit(message)


def test_parts_beyond_the_limit_are_refused_where_they_do_not_fit() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(20))
    limits = MessageLimits(depth=5)
    assert to_seven_bit(deep + b"\r\nplain", limits)
    with pytest.raises(Invalid):
        to_seven_bit(deep + b"\r\n" + GREETING, limits)


@pytest.mark.parametrize(
    ("message", "eight_bit", "binary"),
    [
        (b"a\r\n", False, False),
        (b"\xe9\r\n", True, False),
        (b"a\nb", False, True),
        (b"a\rb", False, True),
        (b"a\r", False, True),
        (b"a\0b", False, True),
        (b"x" * 998 + b"\r\n", False, False),
        (b"x" * 998, False, False),
        (b"x" * 999 + b"\r\n", False, True),
        (b"\r\n" + b"x" * 998 + b"\r\n" + b"y" * 998 + b"\r\n", False, False),
        (b"\r\n" + b"x" * 999 + b"\r\n", False, True),
        (b"x\r\n" + b"x" * 999, False, True),
        (b"x" * 999, False, True),
    ],
)
def test_it_is_known_what_a_message_needs(message: bytes, eight_bit: bool, binary: bool) -> None:
    assert (needs_eight_bit(message), needs_binary(message)) == (eight_bit, binary)


@pytest.mark.parametrize(
    "content", [b"", b" ", b"\t", b"=", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"x" * 300, bytes(range(256)) * 3]
)
def test_encodings_are_undone_by_others(content: bytes) -> None:
    assert binascii.a2b_qp(quoted_printable(content)) == content
    assert binascii.a2b_base64(base64_lines(content)) == content
    lines = [*quoted_printable(content).split(b"\r\n"), *base64_lines(content).split(b"\r\n")]
    assert all(len(line) <= 76 and b"\n" not in line for line in lines)


@settings(max_examples=200, deadline=None)
@given(st.text("a =.\t\r\n\xe9", max_size=200).map(str.encode))
def test_quoted_printable_is_exact(content: bytes) -> None:
    encoded = quoted_printable(content)
    assert binascii.a2b_qp(encoded) == content
    assert not needs_binary(encoded)
    assert not any(line.endswith((b" ", b"\t")) for line in encoded.split(b"\r\n"))


@settings(max_examples=200, deadline=None)
@given(st.text("a\r\n\xe9-b:", max_size=200).map(str.encode))
def test_whatever_the_bytes_the_outcome_fits_or_is_refused(noise: bytes) -> None:
    message = MIXED + b"\r\n" + noise + b"\r\n--b\r\n\r\n" + noise + b"\r\n--b--\r\n" + noise
    try:
        after = to_seven_bit(message)
    except Invalid:
        return
    assert after.isascii()
    assert leaves(after) == leaves(message)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason=f"no corpus at {CORPUS}; set PILLARBOX_CORPUS")
def test_real_mail_says_the_same_in_seven_bits() -> None:
    converted = 0
    with tarfile.open(CORPUS) as archive:
        for member in archive:
            file = archive.extractfile(member)
            data = file.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if file else b""
            if not needs_eight_bit(data) or not data[: structure.parse(data).body_start].isascii():
                continue
            after = to_seven_bit(data)
            assert after.isascii(), member.name
            assert leaves(after) == leaves(data), member.name
            assert max(map(len, body_lines(after))) <= 998, member.name
            converted += 1
    assert converted > 100
