import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import encoded_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # RFC 2047 §8
        (b"=?ISO-8859-1?Q?a?=", "a"),
        (b"(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a?=  \r\n   =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        (b"=?US-ASCII*EN?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        (
            b"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
            "If you can read this you understand the example.",
        ),
        # what mail has
        (b"plain", "plain"),
        (b"=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "é"),
        (b"=?utf-8?B?w6k?=", "é"),
        (b"=?utf-8?b?w6k=?= =?UTF-8?q?_x?=", "é x"),
        (b'"=?utf-8?Q?=C3=A9?=" <a@b>', '"é" <a@b>'),
        (b"a=?utf-8?Q?=C3=A9?=b", "aéb"),
        (b"=?utf-8?Q?two words?=", "two words"),
        (b"=?utf-8?Q?what=3F?=", "what?"),
        (b"=?utf-8?Q?=41=4?=", "A=4"),
        (b"=?utf-8?Q??= x", " x"),
        (b"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?x-unknown?Q?=C3=A9?=", "é"),
        (b"=?x-unknown?Q?=E9?=", "é"),
        (b"raw \xc3\xa9", "raw é"),
        (b"raw \xe9", "raw é"),
        (b"=?iso-8859-1?Q?=E9?= =?utf-8?Q?=C3=A9?=", "éé"),
        # what is none
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?Q?never", "=?utf-8?Q?never"),
        (b"=?utf-8?Q?a?= =?", "a =?"),
        (b"=? =?utf-8?Q?a?=", "=? a"),
        (b"1 =? 2 ?= 3", "1 =? 2 ?= 3"),
        # what must not come out
        (b"=?utf-8?Q?a=0D=0ABcc:_b=00?=", "a  Bcc: b"),
        (b"a\0b", "ab"),
        (b"a\r\n b", "a b"),
    ],
)
def test_words_are_decoded(value: bytes, text: str) -> None:
    assert encoded_words.decode(value) == text


def test_raw_bytes_are_read_by_the_charset_they_may_be_in() -> None:
    assert encoded_words.decode("привет".encode("koi8-r"), "koi8-r") == "привет"


@pytest.mark.parametrize("words", [3, 4])
def test_words_beyond_the_limit_stay_encoded(words: int) -> None:
    decoded = encoded_words.decode(b" ".join([b"=?utf-8?Q?a?="] * words), limits=MessageLimits(encoded_words=3))
    assert decoded == "aaa" + " =?utf-8?Q?a?=" * (words - 3)
