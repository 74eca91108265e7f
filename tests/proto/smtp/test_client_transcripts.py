r"""Conversations as an RFC writes them, seen from the client.

A line is `> ` what the driver wants, `C: ` what the engine then says, `S: ` what it is answered, `= ` an event it tells, `! `
the phase it is in. `C; ` is without a CRLF, and with \r \n for those bytes. Nothing may be said or told but what is written.
"""

from collections import deque
from pathlib import Path as File

import pytest

from pillarbox.proto.sasl import client as sasl
from pillarbox.proto.smtp import client_events as e
from pillarbox.proto.smtp.client import ClientConnection
from pillarbox.proto.smtp.commands import Mail, Notify, Path, Rcpt, Return
from pillarbox.proto.smtp.replies import Reply
from proto.smtp.mailer import LIMITS
from proto.smtp.toy import TRANSCRIPTS, plain_bytes

ALL = sorted([*TRANSCRIPTS.joinpath("smtp-client").glob("*.txt"), *TRANSCRIPTS.joinpath("lmtp-client").glob("*.txt")])


class Player:
    """Plays a transcript, the server's bytes whole or `step` at a time."""

    def __init__(self, step: int, *, lmtp: bool, prefer_chunking: bool) -> None:
        self.connection = ClientConnection(LIMITS, "me.example.org", lmtp=lmtp, prefer_chunking=prefer_chunking)
        self.told: deque[str] = deque()
        self.said = b""
        self.step = step

    def play(self, line: str) -> None:
        what, text = line[:2], line[3:]
        match what:
            case "C:" | "C;":
                self.hear(text.encode() + b"\r\n" if what == "C:" else plain_bytes(text.encode()))
            case "S:":
                self.say(text.encode() + b"\r\n")
            case "= ":
                assert self.told.popleft() == line[2:]
            case "! ":
                assert self.connection.phase.name == line[2:]
            case "> ":
                if line[2:6] not in ("text", "end"):
                    self.nothing_is_left()
                self.want(*line[2:].split(" "))

    def hear(self, expected: bytes) -> None:
        assert self.said.startswith(expected), self.said
        self.said = self.said[len(expected) :]

    def say(self, data: bytes) -> None:
        assert self.said == b""
        for at in range(0, len(data), self.step):
            self.connection.receive_data(data[at : at + self.step])
            self.listen()

    def listen(self) -> None:
        while (event := self.connection.next_event()) is not None:
            self.told.append(summary(event))
        self.said += self.connection.data_to_send()

    def nothing_is_left(self) -> None:
        assert self.said == b""
        assert not self.told

    def want(self, what: str, *words: str) -> None:
        connection = self.connection
        match what, *words:
            case "auth", mechanism, name, password:
                connection.auth(mechanism, sasl.begin(mechanism, name, password, nonce="n0nce"))
            case "send", sender, *recipients:
                often = frozenset({Notify.FAILURE, Notify.DELAY})
                mail = Mail(Path.of(sender), ret=Return.HEADERS, envid="Q1")
                connection.begin(mail, [Rcpt(Path.of(address), often) for address in recipients], size=100)
            case "text", *rest:
                connection.content(plain_bytes(" ".join(rest).encode()))
            case _:
                doors = {
                    "hello": connection.hello,
                    "starttls": connection.start_tls,
                    "tls-started": connection.tls_started,
                    "end": connection.end_content,
                    "reset": connection.reset,
                    "quit": connection.quit,
                    "eof": connection.receive_eof,
                    "prefer-chunking": lambda: None,
                }
                doors[what]()
        self.listen()


def summary(event: e.Event) -> str:
    words = [type(event).__name__]
    match event:
        case e.RcptAnswered(index, reply):
            words += [str(index), *codes(reply)]
        case e.ContentWanted(accepted):
            words.append(",".join(map(str, accepted)))
        case e.ContentAnswered(replies):
            words += [f"{index}:{reply.code}" for index, reply in replies.items()]
        case e.ProtocolBroken(reason):
            words.append(reason)
        case e.Greeted(reply) | e.HelloDone(reply):
            words.append(str(reply.code))
        case e.NoRecipients() | e.TlsAgreed() | e.PeerClosed(None):
            pass
        case _:
            assert event.reply
            words += codes(event.reply)
    return " ".join(words)


def codes(reply: Reply) -> list[str]:
    return [str(reply.code), reply.enhanced] if reply.enhanced else [str(reply.code)]


@pytest.mark.parametrize("step", [1, 2, 7, 10_000])
@pytest.mark.parametrize("file", ALL, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_transcript(file: File, step: int) -> None:
    lines = file.read_text("utf-8").splitlines()
    player = Player(step, lmtp=file.parent.name.startswith("lmtp"), prefer_chunking="> prefer-chunking" in lines)
    for number, line in enumerate(lines, 1):
        try:
            player.play(line)
        except AssertionError as problem:
            raise AssertionError(f"line {number}: {line}: {problem}") from problem
    player.nothing_is_left()
