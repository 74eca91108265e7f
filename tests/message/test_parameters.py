import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import parameters


@pytest.mark.parametrize(
    ("value", "main", "found"),
    [
        (b"text/plain", "text/plain", []),
        (b"Text/Plain; Charset=UTF-8", "text/plain", [("charset", "UTF-8")]),
        (b"text/plain; charset=us-ascii (Plain text)", "text/plain", [("charset", "us-ascii")]),
        (b"text/plain; charset=us-ascii(Plain text); a=b", "text/plain", [("charset", "us-ascii"), ("a", "b")]),
        (b"text/plain (a (nested) comment; x=y) ; charset=a", "text/plain", [("charset", "a")]),
        (b'x/y; a="b c"; d="e\\"f\\\\"', "x/y", [("a", "b c"), ("d", 'e"f\\')]),
        (b'x/y; a="semi;colon"; b=""', "x/y", [("a", "semi;colon"), ("b", "")]),
        (b"x/y;;; a = b ;", "x/y", [("a", "b")]),
        (b'x/y a=b c="d" e=f', "x/y", [("a", "b"), ("c", "d"), ("e", "f")]),
        (b"x/y; name=my holiday (2).jpg; a=b", "x/y", [("name", "my holiday (2).jpg"), ("a", "b")]),
        (b"x/y; name=a b c=d", "x/y", [("name", "a b"), ("c", "d")]),
        (b'x/y; a="never closed; b=c', "x/y", [("a", "never closed; b=c")]),
        (b'x/y; a="b"junk; c=d', "x/y", [("a", "b"), ("c", "d")]),
        (b"x/y; a=b; A=c", "x/y", [("a", "b")]),
        (b"x/y; a; b=c; =d; e=", "x/y", [("b", "c"), ("e", "")]),
        (b'x/y; name="=?utf-8?Q?=C3=A9?= =?utf-8?Q?=C3=A9?="', "x/y", [("name", "éé")]),
        (b'x/y; name="\xc3\xa9"; b=\xe9', "x/y", [("name", "é"), ("b", "é")]),
        (b"", "", []),
        (b"; a=b", "", [("a", "b")]),
        (b'"attachment"; a=b', "", [("a", "b")]),
        # RFC 2231 §3, §4, §4.1
        (
            b'message/external-body; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/"',
            "message/external-body",
            [("access-type", "URL"), ("url", "ftp://cs.utk.edu/")],
        ),
        (
            b"application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
            "application/x-stuff",
            [("title", "This is ***fun***")],
        ),
        (
            b"application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; "
            b'title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2="isn\'t it!"',
            "application/x-stuff",
            [("title", "This is even more ***fun*** isn't it!")],
        ),
        (b"x/y; a*1=two; a*0=one", "x/y", [("a", "onetwo")]),
        (b"x/y; a*0=one; a*2=three", "x/y", [("a", "one")]),
        (b"x/y; a*0=one; a*2=three; a*3=four", "x/y", [("a", "one")]),
        (b"x/y; a*1=one; a*2=two", "x/y", [("a", "onetwo")]),
        (b"x/y; name=plain; name*=utf-8''%C3%A9; z=1", "x/y", [("name", "é"), ("z", "1")]),
        (b"x/y; name*0*=utf-8''%C3; name*1*=%A9", "x/y", [("name", "é")]),
        (b"x/y; name*=%C3%A9", "x/y", [("name", "é")]),
        (b"x/y; name*=bogus''%C3%A9%0D%0A", "x/y", [("name", "é  ")]),
        (b"x/y; name*99999=a; *=b; **=c", "x/y", [("name*99999", "a"), ("*", "b"), ("**", "c")]),
    ],
)
def test_values_and_parameters_are_read(value: bytes, main: str, found: list[tuple[str, str]]) -> None:
    assert parameters.parse(value) == (main, found)


def test_raw_parameters_stay_as_they_are() -> None:
    assert parameters.raw(b'X/y; A*0*="b\\c"; D=e (f)') == (b"X/y", [(b"a*0*", b"bc"), (b"d", b"e")])


@pytest.mark.parametrize("count", [3, 4])
def test_parameters_beyond_the_limit_are_not_read(count: int) -> None:
    value = b"x/y" + b"".join(b"; a%d=b" % number for number in range(count))
    assert len(parameters.parse(value, MessageLimits(parameters=3))[1]) == 3


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"text/plain; Charset=UTF-8", [(b"charset", b"UTF-8")]),
        (b'x/y; name="=?utf-8?Q?=C3=A9?="', [(b"name", b"=?utf-8?Q?=C3=A9?=")]),
        (b"x/y; name=\xe9t\xe9", [(b"name", b"\xe9t\xe9")]),
        (b"x/y; name=plain; name*=utf-8''%C3%A9; z=1", [(b"name", b"plain"), (b"name*", b"utf-8''%C3%A9"), (b"z", b"1")]),
        (b"x/y; name*1*=%A9; name*0*=utf-8''%C3", [(b"name*", b"utf-8''%C3%A9")]),
        (b'x/y; url*0="ftp://"; url*1=example.org', [(b"url", b"ftp://example.org")]),
        (b"x/y; name*0*=utf-8''%C3%A9; name*1=\" a'b\"; name*3=lost", [(b"name*", b"utf-8''%C3%A9%20a%27b")]),
        (b'x/y; name*0="a b"; name*1*=%C3%A9', [(b"name*", b"''a%20b%C3%A9")]),
        (b"x/y; a=b; A=c", [(b"a", b"b")]),
    ],
)
def test_parameters_are_told_undecoded(value: bytes, found: list[tuple[bytes, bytes]]) -> None:
    assert parameters.undecoded(value) == found
