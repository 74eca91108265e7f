"""Invariants of the engine over streams that are nearly right."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap.commands import State
from pillarbox.proto.imap.server import Phase
from proto.imap.driver import Driver, merged

LIMITS = ImapLimits(line=64, line_before_login=64, auth_line=64, bad_commands=50, literal_bytes=30, message=20, literals=3)

PIECES = [
    b"a1 ", b"a2 ", b"NOOP", b"login ", b"u p", b'"q\\"" ', b"\r\n", b"\r", b"\n", b"{3}\r\n", b"{3+}\r\n", b"{0+}\r\n",
    b"~{3+}\r\n", b"{9999+}\r\n", b"{25+}\r\n", b"{99999999999999999999}\r\n", b"abc", b"APPEND x ", b"(\\Seen) ", b"idle",
    b"DONE", b"starttls", b"select inbox", b"\x00", b"\xff", b" ", b"x" * 50, b"x" * 63, b"x" * 64, b"x" * 65, b"UTF8 (",
    b")", b"enable utf8=accept", b"authenticate plain", b"*", b"a3 fetch 1:* (flags body[1.mime])\r\n", b"a4 search or not (",
    b"a5 uid store $ flags.silent ", b"list (subscribed) ", b'"" (% *) return (status (', b"logout", b"\r\na6 noop\r\n",
]  # fmt: skip
streams = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=25).map(b"".join)
states = st.sampled_from(list(State))


@settings(max_examples=400, deadline=None)
@given(streams, states, st.data())
@example(b"a1 login u {3+}\r\nabc\r\na2 append x {3+}\r\nabc\r\na3 noop\r\n", State.NOT_AUTHENTICATED, None)
@example(b"a2 append x {3+}\r\na\0c\r\na3 noop\r\n", State.SELECTED, None)
def test_how_the_bytes_are_cut_changes_nothing(stream: bytes, state: State, data: st.DataObject | None) -> None:
    if b"starttls" in stream:
        stream = stream.replace(b"starttls", b"capability")  # what it forgets depends on what has come
    whole, bits = Driver(LIMITS, state, 15), Driver(LIMITS, state, 15)
    said = whole.feed(stream) + whole.eof()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=6))) if data else list(range(len(stream)))
    ends = [*cuts, len(stream)]
    said_to_bits = b"".join(bits.feed(stream[start:end]) for start, end in zip([0, *ends], ends, strict=False)) + bits.eof()
    assert merged(whole.events) == merged(bits.events)
    assert said == said_to_bits


@settings(max_examples=400, deadline=None)
@given(streams, states)
def test_nothing_a_client_sends_raises(stream: bytes, state: State) -> None:
    driver = Driver(LIMITS, state)
    driver.feed(stream)
    driver.eof()
    assert driver.connection.phase is Phase.CLOSED


@settings(max_examples=200, deadline=None)
@given(streams, states)
def test_every_answer_is_whole_lines(stream: bytes, state: State) -> None:
    said = Driver(LIMITS, state).feed(stream)
    assert said == b"" or said.endswith(b"\r\n")
    assert b"\0" not in said
    assert said.count(b"\r") == said.count(b"\n") == said.count(b"\r\n")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), states)
def test_no_line_of_noise_raises(line: bytes, state: State) -> None:
    Driver(LIMITS, state).feed(b"a1 " + line + b"\r\n")
