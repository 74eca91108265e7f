"""The engine where a transcript does not reach: cuts, limits, TLS, memory, misuse, secrets."""

import itertools
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kinds import SHARED
from pillarbox.errors import MailError
from pillarbox.limits import Pop3Limits
from pillarbox.proto.pop3 import commands as c
from pillarbox.proto.pop3.commands import State
from pillarbox.proto.pop3.errors import RESPONSE_CODE, refusal
from pillarbox.proto.pop3.events import CommandReceived, LineReceived, PeerClosed
from pillarbox.proto.pop3.parse import READERS
from pillarbox.proto.pop3.replies import Content, ContentEnd, ContentPart, ContentStart, Continue, Err, Ok
from pillarbox.proto.pop3.server import Phase, ServerConnection
from proto.pop3.toy import Toy, closed

SMALL = Pop3Limits(line=32, auth_line=64)
LOGIN = b"USER mrose\r\nPASS secret\r\n"

# pieces chosen so that most of what is generated is nearly right
PIECES = [
    b"USER mrose\r\n",
    b"PASS secret\r\n",
    b"PASS ",
    b"RETR 1\r\n",
    b"retr 2\r\n",
    b"TOP 1 1\r\n",
    b"DELE 1\r\n",
    b"QUIT\r\n",
    b"STAT\r\n",
]
PIECES += [
    b"\r\n",
    b"\r",
    b"\n",
    b" ",
    b"1",
    b"9" * 21,
    b"x" * 31,
    b"x" * 33,
    b"x" * 64,
    b"x" * 65,
    b"AUTH PLAIN\r\n",
    b"AUTH LOGIN\r\n",
]
PIECES += [
    b"*\r\n",
    b"AG1yb3NlAHNlY3JldA==\r\n",
    b"bXJvc2U=\r\n",
    b"c2VjcmV0\r\n",
    b"STLS\r\n",
    b"CAPA\r\n",
    b"LANG en\r\n",
    b"\x00",
    b"\xff",
]
noise = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=25).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(noise, st.data())
@example(LOGIN + b"x" * 70 + b"\r\nRETR 2\r\nQUIT\r\n", None)
@example(b"AUTH LOGIN\r\n" + b"x" * 70 + b"\r\n" + LOGIN, None)
def test_how_the_bytes_are_cut_changes_nothing(stream: bytes, data: st.DataObject | None) -> None:
    stream = stream.replace(b"STLS\r\n", b"")  # there the cut is what counts: see below
    whole, bits = Toy(SMALL), Toy(SMALL)
    said_whole = whole.feed(stream)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=6))) if data else range(len(stream))
    edges = [0, *cuts, len(stream)]
    said_bits = b"".join(bits.feed(stream[a:b]) for a, b in itertools.pairwise(edges))
    assert bits.events == whole.events
    assert said_bits == said_whole
    assert bits.conn.phase is whole.conn.phase


@settings(max_examples=400, deadline=None)
@given(noise)
def test_nothing_a_client_sends_raises(stream: bytes) -> None:
    toy = Toy(SMALL)
    toy.feed(stream)
    toy.eof()
    assert closed(toy) or toy.conn.phase is Phase.TLS


@pytest.mark.parametrize("step", [1, 31, 1000])
@pytest.mark.parametrize("beyond", [-1, 0, 1])
@pytest.mark.parametrize(
    ("before", "start", "limit", "refusal"),
    [
        (b"", b"USER ", SMALL.line, b"-ERR line too long\r\n"),
        (b"", b"AUTH ", SMALL.auth_line, b"-ERR line too long\r\n"),
        (b"", b"auth X ", SMALL.auth_line, b"-ERR line too long\r\n"),
        (b"USER u\r\n", b"PASS ", SMALL.auth_line, b"-ERR line too long\r\n"),
        (b"AUTH PLAIN\r\n", b"", SMALL.auth_line, b"-ERR cancelled\r\n"),
    ],
)
def test_a_line_has_a_longest(before: bytes, start: bytes, limit: int, refusal: bytes, beyond: int, step: int) -> None:
    toy = Toy(SMALL)
    toy.feed(before)
    stream = start + b"A" * (limit + beyond - len(start)) + b"\r\n"
    said = b"".join(toy.feed(stream[at : at + step]) for at in range(0, len(stream), step))
    assert (said == refusal) is (beyond == 1)
    assert toy.feed(LOGIN).endswith(b"+OK maildrop ready\r\n")


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize(
    "bad", [b"XYZZY\r\n", b"STAT\r\n", b"RETR 1\r\n", b"x" * 65 + b"\r\n", b"x" * 33 + b"\r\n", b"PASS x\r\n"]
)
def test_bad_commands_are_counted_and_then_it_is_goodbye(bad: bytes, step: int) -> None:
    toy = Toy(SMALL)
    stream = bad * SMALL.bad_commands
    said = b"".join(toy.feed(stream[at : at + step]) for at in range(0, len(stream), step))
    assert said.count(b"-ERR ") == SMALL.bad_commands
    assert not closed(toy)
    assert toy.feed(bad + LOGIN) == b"-ERR too many bad commands\r\n"
    assert closed(toy)
    assert toy.feed(LOGIN) == b""


def test_who_has_logged_in_may_err_now_and_then_but_not_do_nothing_else() -> None:
    toy = Toy(SMALL)
    toy.feed(LOGIN)
    assert toy.feed(b"XYZZY\r\nNOOP\r\n" * 3 * SMALL.bad_commands).count(b"+OK") == 3 * SMALL.bad_commands
    assert toy.feed(b"XYZZY\r\n" * (SMALL.bad_commands + 1)).endswith(b"-ERR too many bad commands\r\n")
    assert closed(toy)


def test_a_line_without_end_costs_no_memory() -> None:
    toy = Toy()
    chunk = b"x" * 65536
    toy.feed(chunk)
    tracemalloc.start()
    for _ in range(1000):
        toy.feed(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 256 * 1024
    assert toy.feed(b"\r\nCAPA\r\n").startswith(b"-ERR line too long\r\n+OK capabilities\r\n")


def test_a_closed_connection_takes_nothing_more_in() -> None:
    toy = Toy()
    toy.feed(b"QUIT\r\n" + b"x" * 100)
    toy.feed(b"x" * 100)
    assert toy.conn.pending == 0


def test_nothing_said_before_tls_survives_it() -> None:
    toy = Toy()
    toy.feed(b"USER mrose\r\n")
    assert toy.feed(b"STLS\r\nPASS secret\r\n") == b"+OK begin TLS\r\n"
    assert toy.conn.pending == len(b"PASS secret\r\n")
    assert toy.feed(b"CAPA\r\n") == b"", "nothing is read before TLS"
    toy.conn.tls_started()
    assert toy.conn.pending == 0
    assert toy.conn.encrypted
    assert toy.feed(b"PASS secret\r\n") == b"-ERR USER comes before PASS\r\n"
    assert [type(event.command) for event in toy.events if isinstance(event, CommandReceived)] == [c.User, c.Stls]


def test_tls_is_not_started_twice() -> None:
    toy = Toy(encrypted=True)
    toy.feed(b"")
    assert toy.feed(b"STLS\r\n") == b"-ERR TLS is already active\r\n"


def test_a_refused_stls_leaves_things_as_they_were() -> None:
    conn = ServerConnection()
    conn.receive_data(b"STLS\r\nCAPA\r\n")
    assert conn.next_event() == CommandReceived(c.Stls())
    conn.send(Err("no certificate"))
    assert conn.next_event() == CommandReceived(c.Capa())


def test_after_log_in_a_dropped_connection_is_no_quit() -> None:
    toy = Toy()
    toy.feed(LOGIN + b"DELE 1\r\nQUI")
    toy.eof()
    assert toy.events[-1] == PeerClosed()
    assert toy.deleted == {1}
    assert toy.emptied == set()
    toy = Toy()
    toy.feed(LOGIN + b"DELE 1\r\nQUIT\r\n")
    assert toy.eof() == b""
    assert toy.emptied == {1}
    assert toy.conn.state is State.UPDATE


def test_what_came_before_the_end_is_still_answered() -> None:
    toy = Toy()
    toy.conn.receive_data(LOGIN + b"STAT\r\n")
    toy.conn.receive_eof()
    assert toy.pump().endswith(b"+OK 2 105\r\n")
    assert closed(toy)


def test_a_command_is_not_read_before_the_last_is_answered() -> None:
    conn = ServerConnection()
    conn.receive_data(b"CAPA\r\nQUIT\r\n")
    assert conn.next_event() == CommandReceived(c.Capa())
    assert conn.next_event() is None
    conn.send(Ok())
    assert conn.next_event() == CommandReceived(c.Quit())
    conn.send(Err("not all was deleted"))
    assert conn.phase is Phase.CLOSED


def test_an_interrupted_message_is_not_followed_by_words() -> None:
    """Within a message a goodbye would be read as a line of it; the missing end is what tells the client."""
    conn = ServerConnection()
    conn.state = State.TRANSACTION
    conn.receive_data(b"RETR 1\r\n")
    conn.next_event()
    conn.send(ContentStart(""))
    conn.send(ContentPart(b"half a mess"))
    conn.hang_up(Err("time is up"))
    assert conn.data_to_send() == b"+OK\r\nhalf a mess"
    assert conn.phase is Phase.CLOSED


@pytest.mark.parametrize("reply", [Ok(), Err("no"), Continue(), ContentPart(b""), ContentEnd(), Content("", b"")])
def test_an_answer_to_nothing_is_a_bug_of_ours(reply: object) -> None:
    conn = ServerConnection()
    conn.receive_data(b"QUIT\r\n")
    conn.next_event()
    conn.send(Ok())
    with pytest.raises(RuntimeError):
        conn.send(reply)  # type: ignore[arg-type]


def test_only_auth_goes_on_by_lines() -> None:
    conn = ServerConnection()
    conn.receive_data(b"CAPA\r\n")
    conn.next_event()
    with pytest.raises(RuntimeError):
        conn.send(Continue())


@pytest.mark.parametrize("kind", SHARED)
def test_every_error_has_a_reply(kind: type[MailError]) -> None:
    assert kind in RESPONSE_CODE
    assert refusal(kind("why")).encode().startswith(b"-ERR ")
    assert refusal(kind()).text


def test_a_secret_is_in_no_repr() -> None:
    toy = Toy()
    toy.feed(b"USER u\r\nPASS sesame\r\nAUTH PLAIN c2VzYW1l\r\nAUTH LOGIN\r\nc2VzYW1l\r\n*\r\n")
    assert len(toy.events) == 6
    assert not any(secret in repr(toy.events) for secret in ("sesame", "c2VzYW1l"))


def test_every_command_has_a_reader_by_its_name() -> None:
    assert set(READERS) == {kind.name for kind in c.Command.__args__}  # type: ignore[attr-defined]


def test_a_line_of_sasl_is_handed_on_as_it_came() -> None:
    toy = Toy()
    toy.feed(b"AUTH PLAIN\r\n  anything\x00 \r\n")
    assert toy.events[-1] == LineReceived(b"  anything\x00 ")
