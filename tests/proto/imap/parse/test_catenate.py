"""Messages put together, and put in place of others, as they come in (RFC 4469, RFC 8508)."""

from dataclasses import replace

import pytest

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap.commands import Append, Replace, State
from pillarbox.proto.imap.events import AppendAbandoned, AppendOffered, CommandReceived
from pillarbox.proto.imap.sequence import STAR, SequenceSet
from proto.imap.driver import Driver, merged

Offer = tuple[int, int | None, str | None, int]


def offers(driver: Driver) -> list[Offer]:
    return [(one.index, one.part, one.url, one.size) for one in driver.events if isinstance(one, AppendOffered)]


def commanded(driver: Driver) -> object:
    return [event.command for event in driver.events if isinstance(event, CommandReceived)][-1]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b'CATENATE (URL "/a")', [(0, 0, "/a", 0)]),
        (b"catenate (url /a url /b)", [(0, 0, "/a", 0), (0, 1, "/b", 0)]),
        (b"CATENATE (TEXT {3+}\r\nabc)", [(0, 0, None, 3)]),
        (b"CATENATE (TEXT {0+}\r\n)", [(0, 0, None, 0)]),
        (b'CATENATE (URL "/a" TEXT {3+}\r\nabc URL /b)', [(0, 0, "/a", 0), (0, 1, None, 3), (0, 2, "/b", 0)]),
        (b"CATENATE (URL {2+}\r\n/a URL {2+}\r\n/b)", [(0, 0, "/a", 0), (0, 1, "/b", 0)]),
        (b"CATENATE (TEXT {1+}\r\nx URL {2+}\r\n/b TEXT {1+}\r\ny)", [(0, 0, None, 1), (0, 1, "/b", 0), (0, 2, None, 1)]),
        (b"(\\Seen) CATENATE (URL /a) {3+}\r\nabc", [(0, 0, "/a", 0), (1, None, None, 3)]),
        (b"{3+}\r\nabc CATENATE (URL /a) CATENATE (URL /b)", [(0, None, None, 3), (1, 0, "/a", 0), (2, 0, "/b", 0)]),
        (b"CATENATE (URL /a) CATENATE (TEXT {1+}\r\nx)", [(0, 0, "/a", 0), (1, 0, None, 1)]),
    ],
)
def test_parts_are_offered_in_order(line: bytes, wanted: list[Offer]) -> None:
    driver = Driver(state=State.AUTHENTICATED)
    assert driver.feed(b"t APPEND INBOX " + line + b"\r\n") == b"t OK APPEND completed\r\n"
    assert offers(driver) == wanted
    assert commanded(driver) == Append(b"t", "INBOX", wanted[-1][0] + 1, catenates=True)
    for step in (1, 3):
        bits = Driver(state=State.AUTHENTICATED)
        bits.feed_in_steps(b"t APPEND INBOX " + line + b"\r\n", step)
        assert merged(bits.events) == merged(driver.events)


def test_the_octets_of_a_text_are_taken_one_literal_after_the_other() -> None:
    driver = Driver(state=State.AUTHENTICATED)
    assert driver.feed(b"t APPEND INBOX CATENATE (URL /a TEXT {3}\r\n") == b"+ go ahead\r\n"
    assert driver.feed(b"abc TEXT {2}\r\n") == b"+ go ahead\r\n"
    assert driver.feed(b"de URL {2}\r\n") == b"+ go ahead\r\n"
    assert driver.feed(b"/b)\r\n") == b"t OK APPEND completed\r\n"
    assert driver.messages == [b"/a", b"abc", b"de", b"/b"]


@pytest.mark.parametrize(
    "line",
    [
        b"CATENATE ()",
        b"CATENATE (URL /a",
        b"CATENATE (URL)",
        b"CATENATE URL /a",
        b"CATENATE (URL /a TEXT)",
        b"CATENATE (URL /a  URL /b)x",
        b"CATENATE (URL /a){3+}\r\nabc",
        b"CATENATE (TEXT{3}",
        b"CATENATE ({3}",
        b"CATENATE (~{3}",
        b"CATENATE (TEXT ~{3}",
        b"CATENATE (BINARY {3}",
        b"CATENATE (UTF8 (~{3}",
        b"CATENATE (TEXT {1+}\r\nx",
        b"CATENATE (TEXT {1+}\r\nxURL /a)",
        b"CATENATE (TEXT {1+}\r\nx) y",
        b'CATENATE (URL "\xff")',
    ],
)
def test_what_does_not_fit_is_refused(line: bytes) -> None:
    driver = Driver(state=State.AUTHENTICATED)
    assert driver.feed(b"t APPEND INBOX " + line + b"\r\n").startswith(b"t BAD ")
    assert not any(isinstance(event, CommandReceived) for event in driver.events)
    taken = any(isinstance(event, AppendOffered) for event in driver.events)
    assert isinstance(driver.events[-1], AppendAbandoned) if taken else driver.events == []
    assert driver.feed(b"u NOOP\r\n") == b"u OK NOOP completed\r\n"


def test_utf8_parts_come_as_literal8() -> None:
    driver = Driver(state=State.AUTHENTICATED)
    driver.connection.utf8 = True
    line = b"t APPEND INBOX CATENATE (UTF8 (~{3+}\r\nabc) URL /a TEXT {1+}\r\nx) UTF8 (~{1+}\r\ny)\r\n"
    assert driver.feed(line) == b"t OK APPEND completed\r\n"
    assert [one.utf8 for one in driver.events if isinstance(one, AppendOffered)] == [True, False, False, True]
    assert [one.binary for one in driver.events if isinstance(one, AppendOffered)] == [True, False, False, True]


def test_what_is_too_much_is_refused() -> None:
    limits = replace(ImapLimits(), catenated_parts=3, append_messages=2, message=10)
    for line, said in (
        (b"CATENATE (URL /a URL /b URL /c URL /d)", b"t NO [LIMIT] "),
        (b"CATENATE (TEXT {11}", b"t NO [TOOBIG] "),
        (b"CATENATE (URL /a) CATENATE (URL /b) CATENATE (URL /c)", b"t NO [LIMIT] "),
    ):
        driver = Driver(limits, State.AUTHENTICATED)
        assert driver.feed(b"t APPEND INBOX " + line + b"\r\n").startswith(said)
        assert driver.feed(b"u NOOP\r\n") == b"u OK NOOP completed\r\n"


@pytest.mark.parametrize("refused", [0, 1, 2])
def test_a_part_refused_ends_the_command_whatever_follows(refused: int) -> None:
    """The driver refuses what is larger than it takes; here it is told to refuse the part of this place."""

    class Picky(Driver):
        def _handle(self, event: object) -> None:
            if isinstance(event, AppendOffered) and event.part == refused:
                event = replace(event, size=self.max_message + 1)
            super()._handle(event)  # type: ignore[arg-type]

    driver = Picky(state=State.AUTHENTICATED)
    said = driver.feed(b"t APPEND INBOX CATENATE (URL /a URL /b TEXT {3+}\r\nabc URL /c)\r\nu NOOP\r\n")
    assert said == b"t NO [TOOBIG] message too big\r\nu OK NOOP completed\r\n"
    driver = Picky(state=State.AUTHENTICATED)
    said = driver.feed(b"t APPEND INBOX CATENATE (URL /a URL /b TEXT {3}\r\n")
    assert said == b"t NO [TOOBIG] message too big\r\n"
    assert driver.feed(b"u NOOP\r\n") == b"u OK NOOP completed\r\n"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"REPLACE 4 Drafts {3+}\r\nabc", Replace(b"t", "Drafts", SequenceSet(((4, 4),)))),
        (b"replace * inbox (\\Draft) {3+}\r\nabc", Replace(b"t", "INBOX", SequenceSet(((STAR, STAR),)))),
        (b"UID REPLACE 20 {2+}\r\nab {3+}\r\nabc", Replace(b"t", "ab", SequenceSet(((20, 20),)), uid=True)),
        (b"UID REPLACE 20 x CATENATE (URL /a)", Replace(b"t", "x", SequenceSet(((20, 20),)), uid=True, catenates=True)),
        (
            b"REPLACE 1 x CATENATE (TEXT {1+}\r\nx URL ;UID=1/;partial=3.4)",
            Replace(b"t", "x", SequenceSet(((1, 1),)), catenates=True, cuts=True),
        ),
    ],
)
def test_replace_is_an_append_that_says_what_goes(line: bytes, wanted: Replace) -> None:
    driver = Driver(state=State.SELECTED)
    assert driver.feed(b"t " + line + b"\r\n").startswith(b"t OK ")
    assert commanded(driver) == wanted


@pytest.mark.parametrize(
    "line",
    [
        b"REPLACE INBOX {3}",
        b"REPLACE 1:2 INBOX {3}",
        b"REPLACE 1,2 INBOX {3}",
        b"REPLACE $ INBOX {3}",
        b"REPLACE 0 INBOX {3}",
        b"REPLACE 1 INBOX",
        b"REPLACE 1 INBOX {1+}\r\nx {1+}\r\ny",
        b"REPLACE 1 INBOX CATENATE (URL /a) CATENATE (URL /b)",
        b"REPLACE 1 INBOX CATENATE (URL /a) {3}",
        b"UID REPLACE INBOX {3}",
    ],
)
def test_one_message_is_replaced_by_one(line: bytes) -> None:
    driver = Driver(state=State.SELECTED)
    assert driver.feed(b"t " + line + b"\r\n").startswith(b"t BAD ")


def test_replace_is_for_a_mailbox_that_is_open() -> None:
    for line in (b"REPLACE 1 INBOX {3}", b"UID REPLACE 1 INBOX CATENATE (URL /a)"):
        driver = Driver(state=State.AUTHENTICATED)
        assert driver.feed(b"t " + line + b"\r\n").startswith(b"t BAD [CLIENTBUG] ")
