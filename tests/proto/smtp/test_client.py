"""The client's connection: what it must hold to, whatever a server answers."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.errors import AuthenticationFailed
from pillarbox.limits import SmtpClientLimits
from pillarbox.proto.sasl import client as sasl
from pillarbox.proto.smtp import client_events as e
from pillarbox.proto.smtp.client import ClientConnection, Phase
from pillarbox.proto.smtp.commands import Body, Mail, Path
from pillarbox.proto.smtp.replies import Reply
from proto.smtp.mailer import BOTH, LIMITS, MAIL, TEXT, Mailer, rcpts

SMALL = SmtpClientLimits(line=64, lines=5, keywords=3, pipelined=3)
HELLO = b"220 mx\r\n250-mx\r\n250-PIPELINING\r\n250 DSN\r\n"
SIMPLE = Mail(Path.of("a@b"))

# pieces chosen so that most of what is generated is nearly right
PIECES = [
    b"220 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 2.0.0 ok\r\n", b"354 go on\r\n", b"550 5.1.1 no\r\n", b"451 later\r\n",
    b"421 bye\r\n", b"334 \r\n", b"235 in\r\n", b"220 tls\r\n", b"250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n", b"250-mx\r\n",
    b"250-STARTTLS\r\n", b"250-AUTH PLAIN SCRAM-SHA-256\r\n", b"250 SIZE 5\r\n", b"500 what\r\n", b"150 hm\r\n", b"600 hm\r\n",
    b"250", b"\r\n", b"\r", b"\n", b"\0", b"\xff", b" ", b"-", b"x" * 62, b"x" * 64, HELLO,
]  # fmt: skip
noise = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=25).map(b"".join)
EHLO_REPLY = b"250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
polite = st.lists(st.sampled_from(PIECES[:13]), max_size=16).map(lambda rest: b"220 mx\r\n" + EHLO_REPLY + b"".join(rest))
REPLIES = [piece for piece in PIECES if piece[3:4] == b" " and piece.count(b"\r\n") == 1] + [
    EHLO_REPLY, EHLO_REPLY, b"250-mx\r\n250-AUTH PLAIN SCRAM-SHA-256\r\n250 PIPELINING\r\n", b"250 ok\r\n", b"354 go on\r\n",
]  # fmt: skip


def mailer(*, lmtp: bool = False, prefer_chunking: bool = False) -> Mailer:
    messages = [(MAIL, BOTH, (TEXT,)), (SIMPLE, BOTH, (b"one", b"two\n"))]
    return Mailer(SMALL, messages, lmtp=lmtp, prefer_chunking=prefer_chunking, password="sesame")


def answered(client: Mailer, replies: list[bytes], step: int, *, together: bool) -> bytes:
    """All that is said to these replies, none of them sent before it is due; those due at a time one by one or `together`."""
    said, left = b"", list(replies)
    while left:
        count = max(1, len(client.connection._due)) if together else 1
        said += client.feed(b"".join(left[:count]), step)
        del left[:count]
    return said + client.eof()


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(REPLIES), max_size=16), st.integers(0, 9), st.booleans(), st.booleans(), st.booleans())
def test_how_the_bytes_are_cut_changes_nothing(
    replies: list[bytes], step: int, together: bool, lmtp: bool, prefer_chunking: bool
) -> None:
    whole = mailer(lmtp=lmtp, prefer_chunking=prefer_chunking)
    bits = mailer(lmtp=lmtp, prefer_chunking=prefer_chunking)
    replies = [b"220 mx\r\n", *replies]
    said = answered(whole, replies, 0, together=False)
    said_otherwise = answered(bits, replies, step, together=together)
    # a goodbye right behind another reply: what that one had us say is not said any more
    assert said.startswith(said_otherwise) if together else said == said_otherwise
    assert bits.events == whole.events


@settings(max_examples=400, deadline=None)
@given(noise | polite, st.integers(0, 3), st.booleans(), st.booleans())
def test_nothing_a_server_says_raises(stream: bytes, step: int, lmtp: bool, prefer_chunking: bool) -> None:
    client = mailer(lmtp=lmtp, prefer_chunking=prefer_chunking)
    client.feed(stream, step)
    client.eof()
    assert client.connection.phase is Phase.CLOSED
    assert client.feed(b"250 ok\r\n") == b""
    assert (
        isinstance(client.events[-1], e.PeerClosed | e.ProtocolBroken | e.QuitDone)
        or 421 in codes(client.events[-1])
        or (isinstance(client.events[-1], e.ContentAnswered))
    )


def codes(event: e.Event) -> list[int]:
    reply = getattr(event, "reply", None)
    return [reply.code] if isinstance(reply, Reply) else []


@settings(max_examples=300, deadline=None)
@given(polite, st.booleans())
def test_content_is_sent_only_to_someone_and_accepted_only_by_a_reply(stream: bytes, prefer_chunking: bool) -> None:
    client = mailer(prefer_chunking=prefer_chunking)
    said = client.feed(stream, step=1)
    wanted = sum(isinstance(event, e.ContentWanted) for event in client.events)
    assert said.count(b"Subject: hi") + said.count(b"onetwo") <= wanted
    for event in client.events:
        if isinstance(event, e.ContentWanted):
            assert event.accepted
        if isinstance(event, e.ContentAnswered):
            assert event.replies


def ready(greeting: bytes = HELLO, limits: SmtpClientLimits = LIMITS, **how: bool) -> ClientConnection:
    """A connection that has said hello to a server that offers so much."""
    connection = ClientConnection(limits, "me.example.org", **how)
    first, _, rest = greeting.partition(b"\r\n")
    assert isinstance(heard(connection, first + b"\r\n")[0], e.Greeted)
    connection.hello()
    assert isinstance(heard(connection, rest)[0], e.HelloDone)
    connection.data_to_send()
    return connection


def heard(connection: ClientConnection, data: bytes) -> list[e.Event]:
    connection.receive_data(data)
    events = []
    while (event := connection.next_event()) is not None:
        events.append(event)
    return events


def broken(connection: ClientConnection, data: bytes) -> bool:
    events = heard(connection, data)
    return bool(events) and isinstance(events[-1], e.ProtocolBroken) and connection.phase is Phase.CLOSED


# Replies.


@pytest.mark.parametrize(("raw", "reply"), [
    (b"220 mx\r\n", Reply(220, "", "mx")),
    (b"220\r\n", Reply(220, "", "")),
    (b"220-a\r\n220-\r\n220 b\r\n", Reply(220, "", "a", ("", "b"))),
    (b"220-a\r\n220\r\n", Reply(220, "", "a", ("",))),
    (b"554 5.7.1 go away\r\n", Reply(554, "5.7.1", "go away")),
    (b"554 5.7.1\r\n", Reply(554, "5.7.1", "")),
    (b"554-5.7.1 a\r\n554-5.7.1 b\r\n554 c\r\n", Reply(554, "5.7.1", "a", ("b", "c"))),
    (b"554-5.7.1 a\r\n554 5.7.10 b\r\n", Reply(554, "5.7.1", "a", ("5.7.10 b",))),
    (b"554 4.7.1 no\r\n", Reply(554, "", "4.7.1 no")),
    (b"554 5.7.1x\r\n", Reply(554, "", "5.7.1x")),
    (b"554 5.01.1 no\r\n", Reply(554, "", "5.01.1 no")),
    (b"554 5.1000.1 no\r\n", Reply(554, "", "5.1000.1 no")),
    (b"554 gr\xc3\xbc\xc3\x9fe\r\n", Reply(554, "", "grüße")),
    (b"554 a\0b\tc\x1b[1m\xff\nd\re\r\n", Reply(554, "", "a?b?c?[1m\ufffd?d?e")),
    ("554 a\u2028b\u202ec\r\n".encode(), Reply(554, "", "a?b?c")),
])  # fmt: skip
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_a_reply(raw: bytes, reply: Reply, step: int) -> None:
    connection = ClientConnection(LIMITS, "me.example.org")
    events: list[e.Event] = []
    for at in range(0, len(raw), step):
        events += heard(connection, raw[at : at + step])
    assert events == [e.Greeted(reply)]


@pytest.mark.parametrize("raw", [
    b"\r\n", b"22 mx\r\n", b"2200 mx\r\n", b"220mx\r\n", b"220\tmx\r\n", b" 220 mx\r\n", b"120 mx\r\n", b"620 mx\r\n",
    b"020 mx\r\n", b"220-a\r\n221 b\r\n", b"220-a\r\nb\r\n", b"HTTP/1.1 200 OK\r\n", b"\xff\xfb\x01\r\n", b"+OK\r\n",
    b"354 hm\r\n", b"334 hm\r\n", "٢٢٠ mx\r\n".encode(), b"220-a\n220 b\r\n220 c\r\n220 d\r\n",
])  # fmt: skip
def test_what_is_no_greeting_ends_the_connection(raw: bytes) -> None:
    assert broken(ClientConnection(LIMITS, "me.example.org"), raw)


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("length", [SMALL.line - 1, SMALL.line, SMALL.line + 1, 500])
def test_a_reply_s_line_may_be_as_long_as_the_limit(length: int, step: int) -> None:
    client = Mailer(SMALL)
    client.feed(b"220 ".ljust(length, b"x") + b"\r\n", step)
    assert isinstance(client.events[0], e.Greeted if length <= SMALL.line else e.ProtocolBroken)
    assert len(client.events) == 1


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize("lines", [SMALL.lines - 1, SMALL.lines, SMALL.lines + 1, 1000])
def test_a_reply_may_have_as_many_lines_as_the_limit(lines: int, step: int) -> None:
    client = Mailer(SMALL)
    client.feed(b"220-x\r\n" * (lines - 1) + b"220 x\r\n", step)
    assert isinstance(client.events[0], e.Greeted if lines <= SMALL.lines else e.ProtocolBroken)


@pytest.mark.parametrize("offered", [SMALL.keywords - 1, SMALL.keywords, SMALL.keywords + 1])
def test_extensions_beyond_the_limit_are_not_seen(offered: int) -> None:
    lines = b"".join(b"250-X%d\r\n" % number for number in range(offered - 1))
    connection = ready(b"220 mx\r\n250-mx\r\n" + lines + b"250 LAST\r\n", SMALL)
    assert ("LAST" in connection.extensions) is (offered <= SMALL.keywords)
    assert len(connection.extensions) == min(offered, SMALL.keywords)


@pytest.mark.parametrize("recipients", [1, 2, 3, 8])
def test_no_more_commands_are_under_way_than_the_limit(recipients: int) -> None:
    connection = ready(limits=SMALL)
    connection.begin(SIMPLE, rcpts(*["c@d"] * recipients), size=1)
    commands, answers = recipients + 2, 0
    under_way, most = 0, 0
    while answers < commands:
        under_way += connection.data_to_send().count(b"\r\n")
        most = max(most, under_way)
        answers += 1
        under_way -= 1
        assert not broken(connection, b"354 go on\r\n" if answers == commands else b"250 ok\r\n")
    assert most == min(commands, SMALL.pipelined)
    assert connection.phase is Phase.CONTENT


@pytest.mark.parametrize("greeting", [b"", b"220 mx\r\n", HELLO])
@pytest.mark.parametrize("rest", [b"x" * 65536, b"220-x\r\n" * 8000, b"250-x\r\n" * 8000, b"250 x\r\n" * 8000, b"\r" * 65536])
def test_an_endless_server_costs_no_memory(greeting: bytes, rest: bytes) -> None:
    client = Mailer()
    client.feed(greeting)
    tracemalloc.start()
    for _ in range(200):
        client.feed(rest)
        client.events.clear()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
    assert client.connection.phase is Phase.CLOSED


def test_a_reply_is_believed_to_be_no_more_than_its_class() -> None:
    """RFC 5321 §4.3.2: a client goes by the first digit."""
    connection = ready(b"220 mx\r\n299-mx\r\n299 PIPELINING\r\n")
    connection.begin(SIMPLE, rcpts("c@d"), size=1)
    events = heard(connection, b"253 ok\r\n299 ok\r\n599 no\r\n")
    assert events == [e.RcptAnswered(0, Reply(299, "", "ok")), e.ContentAnswered({0: Reply(599, "", "no")})]


# A liar's replies.


@pytest.mark.parametrize("replies", [
    b"250 ok\r\n250 ok\r\n250 ok\r\n",
    b"250 ok\r\n354 ok\r\n",
    b"354 ok\r\n",
    b"334 ok\r\n",
    b"250 ok\r\n250 ok\r\n334 ok\r\n",
    b"250 ok\r\n250 ok\r\n354 ok\r\n250 ok\r\n",
    b"250 ok\r\n250 ok\r\n354 ok\r\n250",
])  # fmt: skip
def test_no_message_is_accepted_before_it_is_sent(replies: bytes) -> None:
    for pulls in (True, False):
        connection = ready()
        connection.begin(SIMPLE, rcpts("c@d"), size=1)
        connection.receive_data(replies)
        events = []
        while (event := connection.next_event()) is not None:
            events.append(event)
            if isinstance(event, e.ContentWanted) and not pulls:
                connection.content(b"text")
                connection.end_content()
        events += heard(connection, b"" if replies.endswith(b"\n") else b" ok\r\n")
        assert isinstance(events[-1], e.ProtocolBroken)
        assert not any(isinstance(event, e.ContentAnswered) for event in events)


@pytest.mark.parametrize("door", ["hello", "start_tls", "reset", "quit", "begin"])
def test_what_was_said_before_a_command_is_no_answer_to_it(door: str) -> None:
    for said, rest in ((b"250 ok\r\n", b""), (b"250 o", b"k\r\n"), (b"250-ok\r\n", b"250 ok\r\n"), (b"220 ok\r\n", b"")):
        connection = ready(b"220 mx\r\n250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n")
        connection.receive_data(said)
        if door == "begin":
            connection.begin(SIMPLE, rcpts("c@d"), size=1)
        else:
            getattr(connection, door)()
        assert broken(connection, rest)


def test_one_reply_too_many_for_chunks_ends_the_connection() -> None:
    connection = ready(b"220 mx\r\n" + EHLO_REPLY, prefer_chunking=True)
    connection.begin(SIMPLE, rcpts("c@d"), size=1)
    heard(connection, b"250 ok\r\n250 ok\r\n")
    connection.data_to_send()
    connection.content(b"one\n")
    connection.content(b"two\n")
    assert connection.data_to_send() == b"BDAT 5\r\none\r\n"
    assert heard(connection, b"250 ok\r\n") == []
    assert broken(connection, b"250 ok\r\n")


def test_a_refusal_before_the_end_of_the_content_is_kept_and_the_connection_is_not() -> None:
    for pulls in (True, False):
        connection = ready()
        connection.begin(SIMPLE, rcpts("c@d", "e@f"), size=1)
        heard(connection, b"250 ok\r\n250 ok\r\n550 no\r\n354 ok\r\n")
        connection.content(b"half")
        connection.receive_data(b"552 5.3.4 too big\r\n")
        if not pulls:
            connection.end_content()
        assert heard(connection, b"") == [e.ContentAnswered({0: Reply(552, "5.3.4", "too big")})]
        assert connection.phase is Phase.CLOSED
        assert connection.data_to_send() == b""


def test_plaintext_behind_the_answer_to_starttls_ends_the_connection() -> None:
    offer = b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n"
    for first, rest in (
        (b"220 go\r\n2", b""),
        (b"220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n", b""),
        (b"220 go\r\n", b"250 ok\r\n"),
    ):
        connection = ready(offer)
        connection.start_tls()
        if rest:
            assert heard(connection, first) == [e.TlsAgreed()]
            assert connection.phase is Phase.TLS
        assert broken(connection, rest or first)
        with pytest.raises(RuntimeError):
            connection.tls_started()


def test_what_was_offered_before_tls_is_forgotten() -> None:
    connection = ready(b"220 mx\r\n250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
    connection.start_tls()
    heard(connection, b"220 go\r\n")
    connection.tls_started()
    assert not connection.extensions
    with pytest.raises(RuntimeError):
        connection.begin(SIMPLE, rcpts("c@d"), size=1)
    connection.hello()
    assert connection.data_to_send().endswith(b"EHLO me.example.org\r\n")


def test_a_goodbye_nobody_asked_for_is_told_with_the_end() -> None:
    assert heard(ready(), b"421 4.4.2 idle\r\n") == [e.PeerClosed(Reply(421, "4.4.2", "idle"))]


@pytest.mark.parametrize(("before", "event"), [
    (b"", e.MailRefused),
    (b"250 ok\r\n", e.RcptAnswered),
    (b"250 ok\r\n250 ok\r\n", e.ContentAnswered),
    (b"250 ok\r\n550 no\r\n", e.PeerClosed),
    (b"550 ok\r\n", e.PeerClosed),
    (b"250 ok\r\n550 no\r\n354 hm\r\n", e.PeerClosed),
])  # fmt: skip
def test_a_421_in_a_transaction_answers_what_is_in_hand(before: bytes, event: type) -> None:
    connection = ready()
    connection.begin(SIMPLE, rcpts("c@d"), size=1)
    events = heard(connection, before + b"421 bye\r\n250 ok\r\n")
    assert isinstance(events[-1], event)
    assert connection.phase is Phase.CLOSED
    assert not any(isinstance(told, e.NoRecipients | e.ContentWanted) for told in events)


@pytest.mark.parametrize(("door", "event"), [
    ("hello", e.HelloRefused), ("start_tls", e.TlsRefused), ("reset", e.ResetDone), ("quit", e.QuitDone),
])  # fmt: skip
def test_a_421_answers_any_command(door: str, event: type) -> None:
    connection = ready(b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n")
    getattr(connection, door)()
    assert [type(told) for told in heard(connection, b"421 bye\r\n")] == [event]
    assert connection.phase is Phase.CLOSED


def test_last_words_that_were_said_hold_when_the_connection_breaks() -> None:
    """LMTP: who was told 250 must not get it again."""
    for rest in (b"354 hm\r\n", b"gibberish\r\n"):
        connection = ready(lmtp=True)
        connection.begin(SIMPLE, rcpts("c@d", "e@f"), size=1)
        heard(connection, b"250 ok\r\n" * 3 + b"354 go\r\n")
        connection.end_content()
        events = heard(connection, b"250 kept\r\n" + rest)
        assert events[0] == e.ContentAnswered({0: Reply(250, "", "kept")})
        assert isinstance(events[1], e.ProtocolBroken)


def test_a_lost_connection_says_nothing_of_the_message() -> None:
    connection = ready()
    connection.begin(SIMPLE, rcpts("c@d"), size=1)
    heard(connection, b"250 ok\r\n250 ok\r\n354 go\r\n")
    connection.end_content()
    connection.receive_eof()
    assert heard(connection, b"250 o") == [e.PeerClosed()]


# Hello and log-in.


@pytest.mark.parametrize("code", [500, 501, 502, 504, 550])
def test_helo_is_tried_where_ehlo_is_not_understood(code: int) -> None:
    client = Mailer()
    assert client.feed(b"220 mx\r\n") == b"EHLO me.example.org\r\n"
    assert client.feed(b"%d what\r\n" % code) == b"HELO me.example.org\r\n"
    assert not any(isinstance(event, e.HelloRefused) for event in client.events)
    assert client.feed(b"250 mx\r\n").startswith(b"MAIL FROM:<alice@example.org>\r\n")


@pytest.mark.parametrize("code", [421, 450, 503, 530, 554])
def test_another_refusal_of_ehlo_is_one(code: int) -> None:
    client = Mailer()
    client.feed(b"220 mx\r\n")
    client.feed(b"%d no\r\n" % code)
    assert isinstance(client.events[-1], e.HelloRefused)


@pytest.mark.parametrize(("proof", "event"), [
    (b"334 dj02cnJpVFFxR3Q0QnlkUHEzaFR1T1k4TnZERnlnOGlUZ2NzcU0=\r\n501 cancelled\r\n", e.AuthRefused),
    (b"235 ok\r\n", e.ProtocolBroken),
    (b"334 ?\r\n235 ok\r\n", e.ProtocolBroken),
    (b"334 ?\r\n334 \r\n", e.ProtocolBroken),
])  # fmt: skip
def test_a_server_that_does_not_know_the_password_is_not_logged_in_to(proof: bytes, event: type) -> None:
    connection = ready(b"220 mx\r\n250-mx\r\n250 AUTH SCRAM-SHA-256\r\n")
    connection.auth("SCRAM-SHA-256", sasl.begin("SCRAM-SHA-256", "a", "b", nonce="n0nce"))
    first = b"334 cj1uMG5jZXgscz1jMkZzZEE9PSxpPTQwOTY=\r\n"  # r=n0ncex,s=c2FsdA==,i=4096
    events = [event for line in (first + proof).split(b"\n")[:-1] for event in heard(connection, line + b"\n")]
    assert isinstance(events[-1], event)


def test_a_long_first_response_waits_for_an_empty_challenge() -> None:
    """RFC 4954 §4: no command line becomes longer than any server takes."""
    connection = ready(b"220 mx\r\n250-mx\r\n250 AUTH PLAIN\r\n")
    connection.auth("PLAIN", sasl.plain("alice", "x" * 400))
    assert connection.data_to_send() == b"AUTH PLAIN\r\n"
    heard(connection, b"334 \r\n")
    assert len(connection.data_to_send()) > 500
    assert isinstance(heard(connection, b"235 ok\r\n")[0], e.AuthDone)


@pytest.mark.parametrize(("offered", "private", "binding", "chosen"), [
    (["PLAIN", "LOGIN"], True, None, "PLAIN"),
    (["PLAIN", "LOGIN"], False, None, None),
    (["LOGIN", "XOAUTH2"], True, None, "LOGIN"),
    (["LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], False, None, "SCRAM-SHA-256"),
    (["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], True, ("tls-exporter", b"x"), "SCRAM-SHA-256-PLUS"),
    ([], True, None, None),
])  # fmt: skip
def test_the_strongest_mechanism_is_chosen(
    offered: list[str], private: bool, binding: sasl.Binding | None, chosen: str | None
) -> None:
    assert sasl.choose(offered, private=private, binding=binding) == chosen


def test_a_downgrade_of_scram_is_told_to_the_server() -> None:
    binding = ("tls-exporter", b"x")
    for offered, flag in ((["SCRAM-SHA-256"], b"y,,"), (["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], b"n,,")):
        first = next(sasl.begin("SCRAM-SHA-256", "a", "b", nonce="n", offered=offered, binding=binding))
        assert first
        assert first.startswith(flag)
    with pytest.raises(ValueError):
        sasl.begin("XOAUTH2", "a", "b", nonce="n")
    exchange = sasl.begin("SCRAM-SHA-256", "a", "b", nonce="n")
    next(exchange)
    with pytest.raises(AuthenticationFailed):
        exchange.send(b"rubbish")


# What a driver may not do.


def test_a_command_out_of_its_phase_is_a_bug() -> None:
    connection = ClientConnection(LIMITS, "me.example.org")
    for door in (connection.hello, connection.start_tls, connection.tls_started, connection.end_content, connection.quit):
        with pytest.raises(RuntimeError):
            door()
    heard(connection, b"220 mx\r\n")
    with pytest.raises(RuntimeError):
        connection.reset()
    with pytest.raises(RuntimeError):
        connection.content(b"")
    turned_away = ClientConnection(LIMITS, "me.example.org")
    heard(turned_away, b"554 no\r\n")
    with pytest.raises(RuntimeError):
        turned_away.hello()


@pytest.mark.parametrize(("mail", "address", "problem"), [
    (SIMPLE, "a b@c", ValueError),
    (Mail(Path.of("a@b\r\nDATA")), "c@d", ValueError),
    (SIMPLE, "é@d", RuntimeError),
    (Mail(Path.of("é@b")), "c@d", RuntimeError),
    (Mail(Path.of("a@b"), body=Body.BINARY), "c@d", RuntimeError),
    (Mail(Path.of("a@b"), require_tls=True), "c@d", RuntimeError),
])  # fmt: skip
def test_a_message_that_must_not_go_to_this_server_does_not(mail: Mail, address: str, problem: type[Exception]) -> None:
    connection = ready()
    with pytest.raises(problem):
        connection.begin(mail, rcpts("c@d", address), size=1)
    assert connection.data_to_send() == b""
    connection.begin(SIMPLE, rcpts("c@d"), size=1)
    assert connection.data_to_send() == b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"


@pytest.mark.parametrize(("mechanism", "offer"), [("PLAIN", b"AUTH LOGIN"), ("PLAIN", b"DSN")])
def test_what_is_not_offered_is_not_asked_for(mechanism: str, offer: bytes) -> None:
    connection = ready(b"220 mx\r\n250-mx\r\n250 " + offer + b"\r\n")
    with pytest.raises(RuntimeError):
        connection.auth(mechanism, sasl.plain("a", "b"))
    with pytest.raises(RuntimeError):
        connection.start_tls()
    assert connection.data_to_send() == b""


def test_how_long_to_wait_for_what() -> None:
    connection = ClientConnection(LIMITS, "me.example.org", prefer_chunking=True)
    assert connection.timeout == LIMITS.greeting
    heard(connection, b"220 mx\r\n")
    connection.hello()
    assert connection.timeout == LIMITS.command
    heard(connection, EHLO_REPLY)
    connection.begin(SIMPLE, rcpts("c@d"), size=1)
    heard(connection, b"250 ok\r\n")
    assert connection.timeout == LIMITS.command
    heard(connection, b"250 ok\r\n")
    connection.content(b"one")
    connection.content(b"two")
    assert connection.timeout == LIMITS.data_block
    connection.end_content()
    assert connection.timeout == LIMITS.data_block
    heard(connection, b"250 ok\r\n")
    assert connection.timeout == LIMITS.data_end
    plain = ready()
    plain.begin(SIMPLE, rcpts("c@d"), size=1)
    heard(plain, b"250 ok\r\n250 ok\r\n")
    assert plain.timeout == LIMITS.data_start


def test_a_password_is_in_no_repr() -> None:
    client = Mailer(password="sesame")
    client.feed(b"220 mx\r\n250-mx\r\n250 AUTH PLAIN\r\n")
    client.feed(b"535 no\r\n")
    assert "sesame" not in repr(vars(client.connection))
    assert "c2VzYW1l" not in repr(vars(client.connection))
