"""The server's connection: what it must hold to, whatever comes."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.limits import SmtpLimits
from pillarbox.proto.smtp import events as e
from pillarbox.proto.smtp import replies
from pillarbox.proto.smtp.replies import Reply
from pillarbox.proto.smtp.server import Phase, ServerConnection
from proto.smtp.toy import Toy, merged

SMALL = SmtpLimits(line=64, auth_line=128, message=200, recipients=3, bad_commands=5, transactions=3)
BEGIN = b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"

# pieces chosen so that most of what is generated is nearly right
PIECES = [
    b"EHLO a\r\n", b"LHLO a\r\n", b"MAIL FROM:<a@b>\r\n", b"MAIL FROM:<no@b>\r\n", b"MAIL FROM:<a@b> BODY=BINARYMIME\r\n",
    b"RCPT TO:<a@b>\r\n", b"RCPT TO:<no@b>\r\n", b"DATA\r\n", b".\r\n", b"\r\n.\r\n", b"\n.\n", b"..\r\n", b"BDAT 5\r\n",
    b"BDAT 5 LAST\r\n", b"BDAT 0 LAST\r\n", b"BDAT 300\r\n", b"BDAT x\r\n", b"BDAT 3 x\r\n", b"BDAT 99999999999999999999\r\n",
    b"RSET\r\n", b"NOOP\r\n", b"QUIT\r\n", b"STARTTLS\r\n", b"AUTH PLAIN\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"AUTH X =\r\n",
    b"*\r\n",
    b"AGEAYg==\r\n", b"VRFY x\r\n", b"GET / HTTP/1.1\r\n", b"\r\n", b"\r", b"\n", b"\0", b"\xff", b" ",
    b"x" * 63, b"x" * 64, b"x" * 127, b"x" * 128,
]  # fmt: skip
noise = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=25).map(b"".join)


def toy(*, lmtp: bool = False) -> Toy:
    return Toy(SMALL, lmtp=lmtp)


@settings(max_examples=300, deadline=None)
@given(noise, st.sets(st.integers(0, 400), max_size=6), st.booleans())
def test_how_the_bytes_are_cut_changes_nothing(stream: bytes, cuts: set[int], lmtp: bool) -> None:
    stream = stream.replace(b"STARTTLS", b"NOOP")  # what comes behind it is dropped, so there the cut does matter
    whole, bits = toy(lmtp=lmtp), toy(lmtp=lmtp)
    said = whole.feed(stream)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    assert b"".join(bits.feed(stream[a:b]) for a, b in pairwise(edges)) == said
    assert merged(bits.events) == merged(whole.events)
    assert bits.messages == whole.messages


@settings(max_examples=300, deadline=None)
@given(noise, st.booleans())
def test_nothing_a_client_sends_raises(stream: bytes, lmtp: bool) -> None:
    server = toy(lmtp=lmtp)
    server.feed(stream)
    server.eof()
    assert server.connection.phase is Phase.CLOSED
    assert server.feed(b"NOOP\r\n") == b""


@pytest.mark.parametrize("step", [0, 1, 13])
@pytest.mark.parametrize("length", [SMALL.line - 1, SMALL.line, SMALL.line + 1, SMALL.auth_line, SMALL.auth_line + 1, 1000])
def test_a_command_line_may_be_as_long_as_the_limit(length: int, step: int) -> None:
    said = toy().feed(b"NOOP ".ljust(length, b"x") + b"\r\nRSET\r\n", step)
    first = replies.OK if length <= SMALL.line else replies.LINE_TOO_LONG
    assert said == first.encode() + replies.OK.encode()


@pytest.mark.parametrize("step", [0, 1, 13])
@pytest.mark.parametrize("length", [SMALL.auth_line, SMALL.auth_line + 4])
def test_a_line_of_auth_may_be_longer(length: int, step: int) -> None:
    server = toy()
    server.feed(b"EHLO a\r\n")
    said = server.feed(b"AUTH PLAIN\r\n" + b"A" * length + b"\r\nNOOP\r\n", step)
    outcome = replies.AUTHENTICATED if length <= SMALL.auth_line else replies.LINE_TOO_LONG
    assert said == b"334 \r\n" + outcome.encode() + replies.OK.encode()
    assert toy().feed(b"EHLO a\r\nAUTH PLAIN " + b"A" * 116 + b"\r\n", step).endswith(replies.AUTHENTICATED.encode())


@pytest.mark.parametrize("step", [0, 1, 1000])
@pytest.mark.parametrize("length", [SMALL.message, SMALL.message + 1])
@pytest.mark.parametrize("by", ["DATA", "BDAT"])
def test_a_message_may_be_as_big_as_the_limit(by: str, length: int, step: int) -> None:
    server = toy()
    server.feed(BEGIN)
    if by == "DATA":
        server.feed(b"DATA\r\n")
        said = server.feed(b"x" * (length - 2) + b"\r\n.\r\nNOOP\r\n", step)
    else:
        said = server.feed(b"BDAT %d LAST\r\n" % length + b"x" * length + b"NOOP\r\n", step)
    outcome = replies.OK if length <= SMALL.message else replies.TOO_BIG
    assert said == outcome.encode() + replies.OK.encode()
    assert len(server.messages) == (length <= SMALL.message)


def test_recipients_beyond_the_limit_are_put_off() -> None:
    server = toy()
    server.feed(b"EHLO a\r\nMAIL FROM:<a@b>\r\n")
    said = [server.feed(b"RCPT TO:<c@d>\r\n")[:9] for _ in range(SMALL.recipients + 1)]
    assert said == [b"250 2.1.5"] * SMALL.recipients + [b"452 4.5.3"]
    assert server.feed(b"DATA\r\n.\r\n").endswith(b"250 2.0.0 OK\r\n")


def test_messages_beyond_the_limit_end_the_connection() -> None:
    server = toy()
    message = BEGIN + b"DATA\r\n.\r\n"
    for _ in range(SMALL.transactions):
        assert server.feed(message).endswith(b"250 2.0.0 OK\r\n")
    assert server.feed(message).endswith(replies.TOO_MANY_MESSAGES.encode())
    assert server.connection.phase is Phase.CLOSED


def test_bad_commands_beyond_the_limit_end_the_connection() -> None:
    server = toy()
    assert server.feed(b"FOO\r\n" * SMALL.bad_commands) == replies.UNKNOWN_COMMAND.encode() * SMALL.bad_commands
    assert server.feed(b"NOOP\r\n") == replies.OK.encode()
    assert server.feed(b"FOO\r\nNOOP\r\n") == replies.UNKNOWN_COMMAND.encode() + replies.TOO_MANY_BAD_COMMANDS.encode()
    assert server.connection.phase is Phase.CLOSED


def test_failed_log_ins_count_as_bad_commands() -> None:
    server = toy()
    server.feed(b"EHLO a\r\n")
    server.feed(b"AUTH PLAIN AHUAd3Jvbmc=\r\n" * SMALL.bad_commands)
    assert server.connection.phase is Phase.COMMAND
    assert server.feed(b"AUTH PLAIN AHUAd3Jvbmc=\r\n").endswith(replies.TOO_MANY_BAD_COMMANDS.encode())


def test_a_message_accepted_forgives_bad_commands() -> None:
    server = toy()
    server.feed(b"FOO\r\n" * SMALL.bad_commands + BEGIN + b"DATA\r\n.\r\n")
    assert server.feed(b"FOO\r\n" * SMALL.bad_commands) == replies.UNKNOWN_COMMAND.encode() * SMALL.bad_commands


def test_bad_addresses_are_not_held_against_a_client() -> None:
    server = toy()
    server.feed(b"EHLO a\r\nMAIL FROM:<a@b>\r\n")
    server.feed(b"RCPT TO:<bad\r\n" * 50)
    assert server.connection.phase is Phase.COMMAND
    server.feed(b"RSET\r\nMAIL FROM:<no@b>\r\n" + b"RCPT TO:<c@d>\r\n" * 50)
    assert server.connection.phase is Phase.COMMAND


@pytest.mark.parametrize("rest", [
    b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + b"x" * 65536,
    b"MAIL FROM:<a@b> BODY=BINARYMIME\r\nRCPT TO:<c@d>\r\nBDAT 999999999\r\n" + b"\n" * 65536,
    b"BDAT 999999999\r\n" + b"x" * 65536,
    b"NOOP " + b"x" * 65536,
    b"AUTH PLAIN\r\n" + b"x" * 65536,
])  # fmt: skip
def test_what_is_too_long_costs_no_memory(rest: bytes) -> None:
    """200 MiB of it: the message's chunks up to the limit are told, the rest is dropped as it comes."""
    server = Toy(SmtpLimits(message=1 << 16))
    tracemalloc.start()
    server.feed(b"EHLO a\r\n" + rest)
    server.events.clear()
    for _ in range(3200):
        server.feed(rest[-65536:])
        server.events.clear()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_what_is_pipelined_behind_starttls_is_seen_and_never_run() -> None:
    connection = ServerConnection()
    connection.send(replies.greeting("mx"))
    connection.receive_data(b"EHLO a\r\nSTARTTLS\r\nMAIL FROM:<mallory@b>\r\n")
    connection.next_event()
    connection.send(replies.hello("mx", ["STARTTLS"]))
    connection.next_event()
    connection.send(replies.START_TLS)
    assert connection.phase is Phase.TLS
    assert connection.pending == 23
    assert connection.next_event() is None
    connection.tls_started()
    assert connection.pending == 0
    assert connection.next_event() is None
    assert connection.session.hello is None
    assert not connection.session.dialect.extensions


def test_starttls_is_had_only_where_it_was_announced() -> None:
    connection = ServerConnection()
    connection.send(replies.greeting("mx"))
    connection.receive_data(b"EHLO a\r\nSTARTTLS\r\n")
    connection.next_event()
    connection.send(replies.hello("mx", []))
    connection.data_to_send()
    assert connection.next_event() is None
    assert connection.data_to_send() == replies.NOT_OFFERED.encode()


def test_nothing_is_read_before_the_greeting() -> None:
    connection = ServerConnection()
    connection.receive_data(b"NOOP\r\n")
    assert connection.next_event() is None
    assert connection.pending == 6
    connection.send(replies.greeting("mx"))
    assert isinstance(connection.next_event(), e.CommandReceived)


def test_a_client_turned_away_can_only_quit() -> None:
    """RFC 5321 §3.1"""
    connection = ServerConnection()
    connection.send(Reply(554, "", "No SMTP service here"))
    connection.receive_data(b"EHLO a\r\nNOOP\r\nQUIT\r\n")
    assert isinstance(connection.next_event(), e.CommandReceived)
    connection.send(replies.GOODBYE)
    assert connection.data_to_send().count(replies.SERVICE_REFUSED.encode()) == 2


def test_a_421_is_the_last_word_at_any_time() -> None:
    server = toy()
    server.feed(BEGIN + b"DATA\r\nhalf a mess")
    server.connection.send(replies.SHUTTING_DOWN)
    assert server.connection.phase is Phase.CLOSED
    assert server.feed(b"age\r\n.\r\n") == replies.SHUTTING_DOWN.encode()
    assert server.messages == []


def test_a_connection_lost_in_a_message_delivers_nothing() -> None:
    server = toy()
    server.feed(BEGIN + b"DATA\r\nhalf a message\r\n.\r")
    server.eof()
    assert server.messages == []
    assert isinstance(server.events[-1], e.PeerClosed)


def test_a_reply_nobody_waits_for_is_a_bug() -> None:
    server = toy()
    with pytest.raises(RuntimeError):
        server.connection.send(replies.OK)
    with pytest.raises(RuntimeError):
        server.connection.tls_started()


def test_a_response_is_never_in_a_repr() -> None:
    server = toy()
    server.feed(b"EHLO a\r\nAUTH PLAIN\r\nAGEAc2VzYW1l\r\n")
    assert isinstance(server.events[-1], e.LineReceived)
    assert "c2VzYW1l" not in repr(server.events)
