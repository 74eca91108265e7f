"""Our client against our server, in memory: what one writes the other reads as the same."""

import dataclasses
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.limits import SmtpClientLimits, SmtpLimits
from pillarbox.proto.smtp import client_events as ce
from pillarbox.proto.smtp import commands as c
from pillarbox.proto.smtp import events as se
from pillarbox.proto.smtp.client import Phase
from pillarbox.proto.smtp.commands import Body, Mail, Notify, OriginalRecipient, Path, Rcpt, Return
from proto.smtp.mailer import BOTH, LIMITS, MAIL, Mailer, rcpts
from proto.smtp.toy import Toy

Message = tuple[Mail, Sequence[Rcpt], Sequence[bytes]]
BOB = "bob@example.net"


def talk(client: Mailer, server: Toy, step: int = 0) -> bytes:
    """Until neither has more to say; what the client said."""
    said, transcript = client.feed(server.greeting, step), b""
    while said:
        transcript += said
        said = client.feed(server.feed(said, step), step)
    return transcript


def commands(server: Toy, kind: type) -> list[c.Command]:
    return [
        event.command for event in server.events if isinstance(event, se.CommandReceived) and isinstance(event.command, kind)
    ]


def answered(client: Mailer) -> list[list[int]]:
    """The codes of every message's last words."""
    return [[reply.code for reply in told.replies.values()] for told in client.events if isinstance(told, ce.ContentAnswered)]


@pytest.mark.parametrize("step", [0, 1, 5])
@pytest.mark.parametrize("prefer_chunking", [False, True])
@pytest.mark.parametrize("lmtp", [False, True])
@pytest.mark.parametrize("pipelined", [1, 2, 100])
def test_a_message_arrives_as_it_was_sent(step: int, prefer_chunking: bool, lmtp: bool, pipelined: int) -> None:
    pieces = (b"Subject: hi\r", b"\n\r\n.dots\r\n", b"..\r\nand ends")
    messages: list[Message] = [
        (MAIL, BOTH, pieces),
        (MAIL, rcpts("no@example.net", BOB), (b"",)),
        (MAIL, rcpts("no@a"), (b"x",)),
    ]
    limits = dataclasses.replace(LIMITS, pipelined=pipelined)
    client = Mailer(limits, messages, lmtp=lmtp, prefer_chunking=prefer_chunking, password="sesame")
    server = Toy(lmtp=lmtp)
    said = talk(client, server, step)
    text = b"Subject: hi\r\n\r\n.dots\r\n..\r\nand ends\r\n"
    assert server.messages == [
        ("alice@example.org", ("bob@example.net", "carol@example.net"), text),
        ("alice@example.org", (BOB,), b""),
    ]
    assert answered(client) == [[250, 250], [250]]
    assert sum(isinstance(event, ce.NoRecipients) for event in client.events) == 1
    assert isinstance(client.events[-1], ce.QuitDone)
    assert server.connection.phase.name == "CLOSED"
    assert (b"BDAT" in said) is prefer_chunking
    assert b"AUTH PLAIN" in said


ADDRESSES = st.sampled_from(
    [BOB, '"a b"@example.net', "a,b@example.net", "δ@παράδειγμα.example", "x@[192.0.2.1]", "postmaster"]
)
ENVIDS = st.none() | st.text(st.sampled_from("aB+= ;\\x"), min_size=1, max_size=30)
KINDS = st.frozensets(st.sampled_from([Notify.SUCCESS, Notify.FAILURE, Notify.DELAY]), min_size=1) | st.just(
    frozenset({Notify.NEVER})
)
ORIGINALS = st.builds(
    OriginalRecipient, st.sampled_from(["rfc822", "utf-8"]), st.sampled_from(["a+b=c@d", "δ\\x{41}@d", "a b@c"])
)
MAILS = st.builds(
    Mail,
    (ADDRESSES | st.just("")).filter("postmaster".__ne__).map(Path.of),
    body=st.sampled_from(Body),
    smtputf8=st.booleans(),
    ret=st.none() | st.sampled_from(Return),
    envid=ENVIDS,
)
RCPTS = st.builds(Rcpt, ADDRESSES.map(Path.of), st.none() | KINDS, st.none() | ORIGINALS)


@settings(max_examples=300, deadline=None)
@given(MAILS, st.lists(RCPTS, min_size=1, max_size=4), st.binary(max_size=30), st.booleans())
def test_an_envelope_is_read_as_it_was_meant(mail: Mail, recipients: list[Rcpt], content: bytes, prefer_chunking: bool) -> None:
    client = Mailer(LIMITS, [(mail, recipients, (content,))], prefer_chunking=prefer_chunking)
    server = Toy()
    talk(client, server)
    utf8 = mail.smtputf8 or not mail.reverse_path.is_ascii or any(not rcpt.forward_path.is_ascii for rcpt in recipients)
    assert commands(server, Mail) == [quoted(dataclasses.replace(mail, size=len(content), smtputf8=utf8))]
    assert commands(server, Rcpt) == [quoted(rcpt) for rcpt in recipients]
    if mail.body is Body.BINARY:
        assert server.messages[0][2] == content
    elif b"\0" not in content:
        assert len(server.messages) == 1
        assert b"".join(server.messages[0][2].split()) == b"".join(content.split())


def quoted(command: Mail | Rcpt) -> Mail | Rcpt:
    """With the one address of ours that has to be quoted as it is then spelled."""
    name = "reverse_path" if isinstance(command, Mail) else "forward_path"
    path: Path = getattr(command, name)
    if path.original != "a,b@example.net":
        return command
    return dataclasses.replace(command, **{name: dataclasses.replace(path, original='"a,b"@example.net')})


@pytest.mark.parametrize("size", [199, 200, 201])
@pytest.mark.parametrize("prefer_chunking", [False, True])
def test_a_message_is_not_even_begun_where_it_is_too_big(size: int, prefer_chunking: bool) -> None:
    client = Mailer(LIMITS, [(MAIL, BOTH, (b"x" * (size - 2) + b"\r\n",))], prefer_chunking=prefer_chunking)
    server = Toy(SmtpLimits(message=200))
    talk(client, server)
    assert len(server.messages) == len(commands(server, Mail)) == (size <= 200)


@pytest.mark.parametrize("lmtp", [False, True])
def test_a_chunk_refused_leaves_both_ready_for_the_next_message(lmtp: bool) -> None:
    """The first message is longer than it said: refused at a chunk, it goes nowhere, and the next one does."""
    big = [b"x" * 150 + b"\r\n"] * 4
    client = Mailer(LIMITS, [(MAIL, BOTH, ()), (MAIL, BOTH, (b"ok\r\n",))], lmtp=lmtp, prefer_chunking=True)
    server = Toy(SmtpLimits(message=200), lmtp=lmtp)
    client._messages[0] = (MAIL, BOTH, Shy(big))
    talk(client, server)
    assert answered(client) == [[552, 552], [250, 250]]
    assert [text for _, _, text in server.messages] == [b"ok\r\n"]


class Shy(list[bytes]):
    """Pieces that look like none to whoever adds up their sizes first."""

    looks = 0

    def __iter__(self):  # type: ignore[no-untyped-def]
        self.looks += 1
        return super().__iter__() if self.looks > 1 else iter(())


def test_many_messages_go_over_one_connection() -> None:
    messages = [(MAIL, BOTH, (b"%d\r\n" % number,)) for number in range(30)]
    client, server = Mailer(SmtpClientLimits(), messages), Toy()
    talk(client, server)
    assert [text for _, _, text in server.messages] == [b"%d\r\n" % number for number in range(30)]
    assert client.connection.phase is Phase.CLOSED


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"\r\n.", b"\n", b"\r", b".", b"RSET\r\n", b"x"]), max_size=12)
)
def test_no_content_can_say_anything_to_the_server(pieces: list[bytes]) -> None:
    """Smuggling: whatever a message is made of, it is one message and no command."""
    client, server = Mailer(LIMITS, [(MAIL, BOTH, pieces), (MAIL, BOTH, pieces)]), Toy()
    talk(client, server)
    assert len(server.messages) == 2
    assert commands(server, c.Rset) == []
    assert isinstance(client.events[-1], ce.QuitDone)
