import codecs
import encodings.aliases

import pytest

from pillarbox.message import charsets

PANGRAM = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5
NO_CHARSETS = [
    *("zip", "zlib", "bz2", "hex", "base64", "rot13", "uu", "quopri", "punycode", "idna", "unicode_escape"),
    *("raw_unicode_escape", "undefined", "mbcs", "oem", "palmos", "charmap", "utf_8_zip", "../etc/passwd", "a\0b", "", "é"),
    "x" * 100,
]


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("utf8", "utf-8"),
        ("unicode-1-1-utf-7", "utf-7"),
        ("us-ascii", "ascii"),
        ("ANSI_X3.4-1968", "ascii"),
        ("iso-8859-1", "cp1252"),
        ("Latin1", "cp1252"),
        ("x-ansi", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("iso-8859-15", "iso8859-15"),
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("euc-kr", "cp949"),
        ("x-sjis", "cp932"),
        ("Shift_JIS", "cp932"),
        ("iso-8859-8-i", "iso8859-8"),
        ("iso-2022-jp", "iso2022_jp_ext"),
        ("big5", "big5hkscs"),
        ("windows-1251", "cp1251"),
        ("x-cp1250", "cp1250"),
        ("cp-850", "cp850"),
        ("ibm852", "cp852"),
        ("koi8-r", "koi8-r"),
        ("tis-620", "cp874"),
        ("macintosh", "mac-roman"),
    ],
)
def test_labels_of_mail_are_known(label: str, codec: str) -> None:
    found = charsets.lookup(label)
    assert found is not None
    assert found.name == codec


@pytest.mark.parametrize("label", NO_CHARSETS)
def test_what_is_no_charset_is_never_used(label: str) -> None:
    assert charsets.lookup(label) is None
    assert charsets.decode(b"abc", label) == "abc"


def test_every_codec_in_use_is_a_text_encoding() -> None:
    for label in [*encodings.aliases.aliases, *encodings.aliases.aliases.values()]:
        found = charsets.lookup(label)
        assert found is None or codecs.lookup(found.name)._is_text_encoding, label


@pytest.mark.parametrize(
    "label", ["utf-8", "utf-7", "utf-16", "utf-32", "gb18030", "hz", "iso-2022-jp", "iso-2022-kr", "big5", "cp932", "?"]
)
def test_no_bytes_make_decoding_raise(label: str) -> None:
    for data in (b"\xff\xfe", b"+\xff", b"~{\xff~", b"\x1b$", b"\x1b$)C\x0e\xff", bytes(range(256)), b"\xed\xa0\x80", b"+2AA-"):
        assert isinstance(charsets.decode(data, label), str)


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"\x93hi\x94", "iso-8859-1", "“hi”"),
        ("é".encode(), "us-ascii", "é"),
        ("é".encode(), "", "é"),
        ("é".encode(), "x-nonsense", "é"),
        (b"\xe9", "utf-8", "\ufffd"),
        (PANGRAM.encode("koi8-r"), "", PANGRAM),
    ],
)
def test_text_is_decoded_as_labelled_or_as_it_looks(data: bytes, charset: str, text: str) -> None:
    assert charsets.decode(data, charset) == text


def test_a_broken_place_does_not_make_utf_8_another_charset() -> None:
    assert charsets.decode(("naïve café " * 50).encode() + b"\xff") == "naïve café " * 50 + "\ufffd"


def test_without_guessing_it_is_windows_1252() -> None:
    assert charsets.decode("Привет".encode("koi8-r"), guess=False) == "ðÒÉ×ÅÔ"
