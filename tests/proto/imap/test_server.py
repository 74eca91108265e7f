"""The engine's promises that no transcript can show."""

import tracemalloc

import pytest

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import codes, commands
from pillarbox.proto.imap.commands import State
from pillarbox.proto.imap.events import (
    AppendAbandoned,
    AppendOffered,
    CommandReceived,
    LineReceived,
    LiteralChunk,
    PeerClosed,
)
from pillarbox.proto.imap.responses import Bye, Continue, Exists, List, Raw, Status, Tagged
from pillarbox.proto.imap.server import Phase, ServerConnection
from proto.imap.driver import Driver

MiB = 1 << 20


def connection_with(data: bytes, state: State = State.AUTHENTICATED) -> ServerConnection:
    connection = ServerConnection()
    connection.state = state
    connection.receive_data(data)
    return connection


def test_nothing_said_before_tls_survives_it() -> None:
    driver = Driver()
    assert driver.feed(b"a1 starttls\r\na2 login mallory x\r\n") == b"a1 OK STARTTLS completed\r\n"
    assert driver.events == [CommandReceived(commands.StartTls(b"a1"))]
    assert driver.feed(b"a3 noop\r\n") == b"a3 OK NOOP completed\r\n"


def test_nothing_is_read_between_starttls_and_tls() -> None:
    connection = connection_with(b"a1 STARTTLS\r\na2 NOOP\r\n", State.NOT_AUTHENTICATED)
    connection.next_event()
    connection.send(Tagged(b"a1", Status.OK, "begin"))
    assert connection.next_event() is None
    assert connection.phase is Phase.TLS
    assert connection.unread == len(b"a2 NOOP\r\n")
    connection.tls_started()
    assert connection.unread == 0
    connection.receive_data(b"a3 NOOP\r\n")
    assert connection.next_event() == CommandReceived(commands.Noop(b"a3"))


def test_a_starttls_refused_changes_nothing() -> None:
    connection = connection_with(b"a1 STARTTLS\r\na2 NOOP\r\n", State.NOT_AUTHENTICATED)
    connection.next_event()
    connection.send(Tagged(b"a1", Status.NO, "no certificate"))
    assert connection.next_event() == CommandReceived(commands.Noop(b"a2"))


def test_a_command_is_not_read_before_the_last_is_answered() -> None:
    connection = connection_with(b"a1 NOOP\r\na2 NOOP\r\n")
    assert connection.next_event() == CommandReceived(commands.Noop(b"a1"))
    assert connection.next_event() is None
    connection.send(Exists(3))
    assert connection.next_event() is None
    connection.send(Tagged(b"a1", Status.OK, "done"))
    assert connection.next_event() == CommandReceived(commands.Noop(b"a2"))


def test_what_is_sent_goes_out_in_order_and_once() -> None:
    connection = connection_with(b"a1 NOOP\r\n")
    connection.next_event()
    connection.send(Exists(3))
    connection.send(Raw(b"* 1 FETCH (FLAGS ())\r\n"))
    connection.send(Tagged(b"a1", Status.OK, "done"))
    assert connection.data_to_send() == b"* 3 EXISTS\r\n* 1 FETCH (FLAGS ())\r\na1 OK done\r\n"
    assert connection.data_to_send() == b""


def test_names_are_sent_as_the_connection_speaks() -> None:
    connection = ServerConnection()
    connection.send(List((), "/", "Entwürfe"))
    connection.utf8 = True
    connection.send(List((), "/", "Entwürfe"))
    assert connection.data_to_send() == b'* LIST () "/" Entw&APw-rfe\r\n' + '* LIST () "/" "Entwürfe"\r\n'.encode()


def test_a_message_on_offer_says_all_the_client_said_of_it() -> None:
    connection = connection_with(b'a1 APPEND "Sent" (\\seen $Work) "17-Jul-1996 02:44:25 -0700" ~{5}\r\n')
    offer = connection.next_event()
    assert isinstance(offer, AppendOffered)
    assert (offer.tag, offer.mailbox, offer.size, offer.flags) == (b"a1", "Sent", 5, ("\\Seen", "$Work"))
    assert (offer.binary, offer.utf8, offer.index) == (True, False, 0)
    assert offer.received_at is not None
    assert offer.received_at.isoformat() == "1996-07-17T02:44:25-07:00"


def test_a_message_streams_and_its_last_chunk_says_so() -> None:
    connection = connection_with(b"a1 APPEND INBOX {6+}\r\nabc")
    connection.next_event()
    connection.accept_literal()
    assert connection.data_to_send() == b""
    assert connection.next_event() == LiteralChunk(b"abc")
    assert connection.next_event() is None
    connection.receive_data(b"def")
    assert connection.next_event() == LiteralChunk(b"def", last=True)
    assert connection.next_event() is None
    connection.receive_data(b"\r\n")
    assert connection.next_event() == CommandReceived(commands.Append(b"a1", "INBOX", 1))


@pytest.mark.parametrize("begun", [b"INBOX {0+}\r\n", b"INBOX (\\Seen) ~{0+}\r\n", b"INBOX {3+}\r\nabc {0+}\r\n"])
def test_an_empty_message_cancels_the_append(begun: bytes) -> None:
    connection = connection_with(b"a1 APPEND %b\r\na2 NOOP\r\n" % begun)
    event = connection.next_event()
    if isinstance(event, AppendOffered):
        connection.accept_literal()
        assert isinstance(connection.next_event(), LiteralChunk)
        assert connection.next_event() == AppendAbandoned(b"a1")
        event = connection.next_event()
    assert event == CommandReceived(commands.Noop(b"a2"))
    assert connection.data_to_send().startswith(b"a1 NO ")


def test_an_empty_part_of_a_message_has_one_empty_chunk() -> None:
    connection = connection_with(b"a1 APPEND INBOX CATENATE (TEXT {0}\r\n")
    connection.next_event()
    connection.accept_literal()
    assert connection.next_event() == LiteralChunk(b"", last=True)


@pytest.mark.parametrize("arrived", [b"", b"abc", b"abcdef", b"abcdef\r", b"abcdef (\\Seen) {3+}\r\nxyz"])
def test_a_message_may_be_refused_while_it_comes(arrived: bytes) -> None:
    stream = b"abcdef (\\Seen) {3+}\r\nxyz\r\na2 NOOP\r\n"
    connection = connection_with(b"a1 APPEND INBOX {6+}\r\n" + arrived)
    connection.next_event()
    connection.accept_literal()
    if arrived:
        assert isinstance(connection.next_event(), LiteralChunk)
    connection.send(Tagged(b"a1", Status.NO, "the disk is full", codes.OVER_QUOTA))
    connection.receive_data(stream[len(arrived) :])
    assert connection.next_event() == CommandReceived(commands.Noop(b"a2"))
    assert connection.data_to_send() == b"a1 NO [OVERQUOTA] the disk is full\r\n"


@pytest.mark.parametrize("tail", [b" x\r\n", b"x" * 70000 + b"\r\n", b" (\\Seen) {99999999999}\r\n", b")\r\n"])
def test_an_append_ill_formed_after_its_message_is_abandoned(tail: bytes) -> None:
    driver = Driver(state=State.AUTHENTICATED)
    said = driver.feed(b"a1 APPEND INBOX {3+}\r\nabc" + tail + b"a2 NOOP\r\n")
    assert AppendAbandoned(b"a1") in driver.events
    assert driver.messages == []
    assert said.startswith((b"a1 BAD ", b"a1 NO "))
    assert said.endswith(b"a2 OK NOOP completed\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"a1 LOGIN u {%d+}\r\n",
        b"a1 NOSUCH {%d+}\r\n",
        b"a1 APPEND INBOX {%d+}\r\n",
        b"a1 APPEND INBOX {3+}\r\nabc {%d+}\r\n",
        b"a1 APPEND INBOX nonsense {%d+}\r\n",
    ],
)
def test_a_refused_literal_costs_no_memory(sent: bytes) -> None:
    driver = Driver(state=State.AUTHENTICATED)
    chunk = b"a2 DELETE INBOX\r\n" * 4096
    count = 20 * MiB // len(chunk)
    tracemalloc.start()
    driver.feed(sent % (count * len(chunk)))
    for _ in range(count):
        driver.feed(chunk)
    said = driver.feed(b"\r\na3 NOOP\r\n")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said.endswith(b"a3 OK NOOP completed\r\n")
    assert not any(isinstance(event, CommandReceived) and event.command.tag == b"a2" for event in driver.events)
    assert peak < 1 * MiB


def test_a_line_without_end_costs_no_memory() -> None:
    driver = Driver()
    tracemalloc.start()
    for _ in range(200):
        driver.feed(b"x" * 65536)
    said = driver.feed(b"\r\na1 NOOP\r\n")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said == b"* BAD the line is too long\r\na1 OK NOOP completed\r\n"
    assert peak < 1 * MiB


@pytest.mark.parametrize("length", [51, 52, 53, 54, 55, 56, 57, 100])
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_a_literal_behind_a_line_too_long_is_not_commands(step: int, length: int) -> None:
    """The dropped line's end announces bytes that are no more commands than the line was, wherever the limit falls in it."""
    driver = Driver(ImapLimits(line_before_login=64))
    stream = b"a1 LOGIN " + b"x" * length + b" {9+}\r\na2 noop\r\n\r\na3 noop\r\n"
    assert driver.feed_in_steps(stream, step) == b"a1 BAD the line is too long\r\na3 OK NOOP completed\r\n"


@pytest.mark.parametrize("step", [1, 100_000])
def test_a_literal_of_more_digits_than_are_looked_at_ends_the_connection(step: int) -> None:
    driver = Driver(ImapLimits(line_before_login=64))
    stream = b"a1 LOGIN " + b"x" * 100 + b" {" + b"0" * 100 + b"9+}\r\na2 noop\r\n\r\na3 noop\r\n"
    assert driver.feed_in_steps(stream, step) == b"* BYE no literal has that size\r\n"
    assert driver.events == []


def test_idle_takes_updates_until_done() -> None:
    connection = connection_with(b"a1 IDLE\r\nDONE\r\na2 NOOP\r\n")
    connection.next_event()
    connection.send(Continue(b"idling"))
    connection.send(Exists(4))
    assert connection.next_event() == LineReceived(b"DONE")
    connection.send(Exists(5))
    connection.send(Tagged(b"a1", Status.OK, "done"))
    assert connection.data_to_send() == b"+ idling\r\n* 4 EXISTS\r\n* 5 EXISTS\r\na1 OK done\r\n"
    assert connection.next_event() == CommandReceived(commands.Noop(b"a2"))


def test_a_sasl_line_too_long_is_a_cancellation() -> None:
    limits = ImapLimits()
    for length, line in ((limits.auth_line, b"x" * limits.auth_line), (limits.auth_line + 1, b"*")):
        driver = Driver()
        driver.feed(b"a1 AUTHENTICATE PLAIN\r\n")
        driver.feed(b"x" * length + b"\r\n")
        assert driver.events[-1] == LineReceived(line)


def test_secrets_are_in_no_repr() -> None:
    driver = Driver()
    driver.feed(b"a1 login u sesame\r\na2 authenticate plain c2VzYW1l\r\n")
    assert "sesame" not in repr(driver.events)
    fresh = Driver()
    fresh.feed(b"a1 authenticate plain c2VzYW1l\r\n")
    other = Driver()
    other.feed(b"a1 authenticate plain\r\nsesame\r\n")
    assert "sesame" not in repr(fresh.events) + repr(other.events) + repr(Raw(b"sesame"))


@pytest.mark.parametrize("sent", [b"", b"a1", b"a1 NOOP\r", b"a1 APPEND INBOX {5+}\r\nab", b"a1 LOGIN {5}\r\n", b"a1 IDLE\r\n"])
def test_the_end_of_the_stream_is_told_once(sent: bytes) -> None:
    driver = Driver(state=State.AUTHENTICATED)
    driver.feed(sent)
    driver.eof()
    assert driver.events[-1] == PeerClosed()
    assert driver.connection.phase is Phase.CLOSED
    assert driver.connection.next_event() is None


def test_the_end_of_the_stream_waits_for_the_answer() -> None:
    connection = connection_with(b"a1 NOOP\r\n")
    connection.receive_eof()
    connection.next_event()
    assert connection.next_event() is None
    connection.send(Tagged(b"a1", Status.OK, "done"))
    assert connection.next_event() == PeerClosed()


def test_nothing_is_read_after_logout_or_our_goodbye() -> None:
    driver = Driver()
    assert driver.feed(b"a1 LOGOUT\r\na2 NOOP\r\n") == b"* BYE see you\r\na1 OK LOGOUT completed\r\n"
    assert driver.feed(b"a3 NOOP\r\n") == b""
    connection = connection_with(b"a1 NOOP\r\n")
    connection.send(Bye("shutting down"))
    assert connection.phase is Phase.CLOSED
    connection.send(Tagged(b"a1", Status.OK, "too late"))
    assert connection.data_to_send() == b"* BYE shutting down\r\n"
    assert connection.next_event() is None


def test_bad_commands_in_a_row_end_the_connection_and_good_ones_forgive() -> None:
    driver = Driver(ImapLimits(bad_commands=3), state=State.AUTHENTICATED)
    assert driver.feed(b"a x\r\na x\r\na NOOP\r\na x\r\na x\r\n").count(b"BAD") == 4
    assert driver.feed(b"a x\r\n").endswith(b"* BYE too many bad commands\r\n")
    assert driver.connection.phase is Phase.CLOSED


def test_bad_commands_before_login_are_not_forgiven() -> None:
    driver = Driver(ImapLimits(bad_commands=3))
    assert driver.feed(b"a x\r\na x\r\na NOOP\r\na x\r\n").endswith(b"* BYE too many bad commands\r\n")


def test_answering_what_was_not_asked_is_our_bug() -> None:
    connection = ServerConnection()
    with pytest.raises(RuntimeError):
        connection.send(Tagged(b"a1", Status.OK, "done"))
    with pytest.raises(RuntimeError):
        connection.accept_literal()


def test_a_tag_may_be_anything_but_plus() -> None:
    driver = Driver()
    assert driver.feed(b"!#$&',-./:;<=>?@[]^_`|}~ NOOP\r\n") == b"!#$&',-./:;<=>?@[]^_`|}~ OK NOOP completed\r\n"
