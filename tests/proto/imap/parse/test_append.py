import pytest

from pillarbox.proto.imap.commands import State
from pillarbox.proto.imap.events import AppendOffered
from proto.imap.driver import Driver


@pytest.mark.parametrize(
    ("line", "mailbox", "flags", "binary"),
    [
        (b"APPEND INBOX {3+}", "INBOX", (), False),
        (b"append inbox () {3+}", "INBOX", (), False),
        (b'APPEND "a b" (\\Seen) {3+}', "a b", ("\\Seen",), False),
        (b"APPEND {3+}\r\na b (x) {3+}", "a b", ("x",), False),
        (b'APPEND x "17-Jul-1996 02:44:25 -0700" {3+}', "x", (), False),
        (b"APPEND x (a \\Recent)  ~{3+}", "x", ("a",), True),
        (b"APPEND &U,BTFw- {3+}", "台北", (), False),
    ],
)
def test_what_is_said_of_a_message_is_told_with_it(line: bytes, mailbox: str, flags: tuple[str, ...], binary: bool) -> None:
    driver = Driver(state=State.AUTHENTICATED)
    assert driver.feed(b"t " + line + b"\r\nabc\r\n") == b"t OK APPEND completed\r\n"
    offer = driver.events[0]
    assert isinstance(offer, AppendOffered)
    assert (offer.mailbox, offer.size, offer.flags, offer.binary, offer.utf8) == (mailbox, 3, flags, binary, False)
    assert driver.messages == [b"abc"]


@pytest.mark.parametrize(
    "line",
    [
        b"APPEND INBOX",
        b"APPEND INBOX (\\Seen)",
        b"APPEND INBOX{3}",
        b"APPEND INBOX (\\Seen){3}",
        b"APPEND INBOX \\Seen {3}",
        b"APPEND INBOX (\\Nonsense) {3}",
        b'APPEND INBOX "yesterday" {3}',
        b'APPEND INBOX "17-Jul-1996 02:44:25 -0700" (\\Seen) {3}',
        b"APPEND INBOX UTF8 (~{3}",
        b"APPEND INBOX CATENATE ({3}",
        b"APPEND INBOX ~x{3}",
        b'APPEND INBOX "abc"',
    ],
)
def test_what_does_not_fit_is_refused_before_the_message(line: bytes) -> None:
    driver = Driver(state=State.AUTHENTICATED)
    assert driver.feed(b"t " + line + b"\r\n").startswith(b"t BAD ")
    assert driver.events == []


def test_utf8_is_told_and_needs_a_literal8() -> None:
    driver = Driver(state=State.AUTHENTICATED)
    driver.connection.utf8 = True
    assert driver.feed(b"t APPEND INBOX UTF8 (~{3+}\r\nabc) UTF8 (~{3+}\r\ndef) {1+}\r\nx\r\n") == b"t OK APPEND completed\r\n"
    assert [event.utf8 for event in driver.events if isinstance(event, AppendOffered)] == [True, True, False]
    assert driver.feed(b"u APPEND INBOX UTF8 ({3}\r\n").startswith(b"u BAD ")
    assert driver.feed(b"u APPEND INBOX UTF8 ~{3}\r\n").startswith(b"u BAD ")
