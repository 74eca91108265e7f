import pytest

from pillarbox.proto.imap.commands import Authenticate, Login, StartTls, State
from pillarbox.proto.imap.events import CommandReceived
from pillarbox.proto.imap.tolerances import STRICT
from proto.imap.driver import Driver, is_bad, received


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"STARTTLS", StartTls(b"t")),
        (b"LOGIN u p", Login(b"t", "u", "p")),
        (b'login "u x" "p\\"\\\\"', Login(b"t", "u x", 'p"\\')),
        (b'LOGIN u ""', Login(b"t", "u", "")),
        ('LOGIN u "pässwort"'.encode(), Login(b"t", "u", "pässwort")),
        ('LOGIN u "pässwort"'.encode("latin-1"), Login(b"t", "u", "pässwort")),
        (b"LOGIN u@example.org p(%*{]", Login(b"t", "u@example.org", "p(%*{]")),
        (b"LOGIN  u  p ", Login(b"t", "u", "p")),
        (b"AUTHENTICATE plain", Authenticate(b"t", "PLAIN")),
        (b"AUTHENTICATE SCRAM-SHA-256-PLUS", Authenticate(b"t", "SCRAM-SHA-256-PLUS")),
        (b"AUTHENTICATE PLAIN AHRlc3QAdGVzdA==", Authenticate(b"t", "PLAIN", b"\0test\0test")),
        (b"AUTHENTICATE PLAIN =", Authenticate(b"t", "PLAIN", b"")),
        (b"AUTHENTICATE PLAIN ", Authenticate(b"t", "PLAIN")),
    ],
)
def test_logging_in_is_for_those_who_have_not(line: bytes, expected: Login) -> None:
    assert received(line, State.NOT_AUTHENTICATED) == expected
    assert received(line, State.AUTHENTICATED) == b"t BAD [CLIENTBUG] not while authenticated\r\n"
    assert received(line, State.SELECTED) == b"t BAD [CLIENTBUG] not while selected\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"LOGIN",
        b"LOGIN u",
        b"LOGIN u p x",
        b'LOGIN "u p',
        b'LOGIN u "\\x"',
        b"LOGIN u p\xff",
        b"AUTHENTICATE",
        b"AUTHENTICATE PL(AIN",
        b"AUTHENTICATE " + b"X" * 21,
        b"AUTHENTICATE PLAIN !",
        b"AUTHENTICATE PLAIN AHRlc",
        b"AUTHENTICATE PLAIN AHRlc3QA=dGVzdA==",
        b"AUTHENTICATE PLAIN ==",
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line, State.NOT_AUTHENTICATED))


@pytest.mark.parametrize("line", [b"LOGIN u p(%*{]", b"LOGIN  u p", b"LOGIN u p ", 'LOGIN u "ä"'.encode("latin-1")])
def test_the_strict_forgive_nothing(line: bytes) -> None:
    assert is_bad(received(line, State.NOT_AUTHENTICATED, tolerances=STRICT))


def test_a_password_may_be_a_literal_of_any_bytes_but_nul() -> None:
    driver = Driver()
    driver.feed(b't LOGIN {1+}\r\nu {5+}\r\na\r\n"\xff\r\n')
    assert driver.events == [CommandReceived(Login(b"t", "u", 'a\r\n"\xff'))]
