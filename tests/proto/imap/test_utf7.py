import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.proto.imap import utf7

PAIRS = [
    ("", b""),
    ("INBOX", b"INBOX"),
    ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 §5.1.3
    ("R&D", b"R&-D"),
    ("&&", b"&-&-"),
    ("Entwürfe", b"Entw&APw-rfe"),
    ("é&", b"&AOk-&-"),
    ("😀", b"&2D3eAA-"),
    ("\x01", b"&AAE-"),
    ("\x7f", b"&AH8-"),
    ("a/b c", b"a/b c"),
]


@pytest.mark.parametrize(("name", "raw"), PAIRS)
def test_a_name_and_its_encoding_lead_to_each_other(name: str, raw: bytes) -> None:
    assert utf7.encode(name) == raw
    assert utf7.decode(raw) == name


@pytest.mark.parametrize(
    "raw",
    [
        b"&",
        b"a&",
        b"&U,BTFw",  # the shift is left open
        b"&U,BTFw-&ZeVnLIqe-",  # a shift beside a shift
        b"&Jjo!",
        b"&AGE-",  # printable ASCII in base64
        b"&ACY-",  # an ampersand in base64
        b"&2AA-",  # half a surrogate pair
        b"&A-",
        b"&AA-",
        b"&AAAA-",  # a code unit and a half
        b"a\x01",
        b"&U/BTFw-",  # a slash for the comma
        b"&AOk=-",
        b"Entw\xfcrfe",
        b"&AOl-",  # padding bits that are set
        b"R&D",
    ],
)
def test_what_is_not_the_one_form_is_refused(raw: bytes) -> None:
    assert utf7.decode(raw) is None


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_name_survives(name: str) -> None:
    assert utf7.decode(utf7.encode(name)) == name


@given(st.text(alphabet="a&-,/AB日😀\x00") | st.text())
def test_an_encoding_is_ascii_and_has_no_controls(name: str) -> None:
    assert all(0x20 <= byte < 0x7F for byte in utf7.encode(name))


@given(st.binary() | st.text("&-,AOk=/x ").map(lambda text: text.encode()))
def test_nothing_raises_and_what_decodes_encodes_back(raw: bytes) -> None:
    name = utf7.decode(raw)
    assert name is None or utf7.encode(name) == raw


def test_a_lone_surrogate_can_be_sent() -> None:
    assert utf7.decode(utf7.encode("a\ud800")) == "a\ufffd"
