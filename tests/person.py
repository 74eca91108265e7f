"""Someone with an account on a real server, by the standard library's clients: the other side of every test with a program."""

import imaplib
import poplib
import re
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pillarbox.testing.served import PASSWORD, Served

PATIENCE = 90.0
ELSEWHERE = "someone@example.net"

EVENING = (
    b"From: Ann <ann@example.net>\r\nTo: someone@example.org\r\nSubject: evening\r\n"
    b"Date: Fri, 21 Nov 2025 19:00:00 +0000\r\nMessage-ID: <evening@example.net>\r\n\r\nShall we?\r\n"
)
DOTS = (
    b"From: dots@example.net\r\nSubject: dots\r\nMessage-ID: <dots@example.net>\r\n\r\n"
    b".\r\n..\r\n. a line that begins with one\r\nFrom here on it looks like a mailbox file\r\n>From there too\r\n.\r\n\r\n\r\n"
)
EIGHT_BITS = (
    "From: Zoë <zoe@example.net>\r\nSubject: Grüße aus Köln\r\nMessage-ID: <eight@example.net>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nÄpfel, 梨, 🍎\r\n"
).encode()
LARGE = b"From: large@example.net\r\nSubject: large\r\nMessage-ID: <large@example.net>\r\n\r\n" + b"".join(
    b"%06d %b\r\n" % (number, b"x" * (number % 70)) for number in range(9000)
)
LETTERS = (EVENING, DOTS, EIGHT_BITS, LARGE)
"""What programs and we could disagree about: dots, "From " lines, empty lines at the end, eight bits, 400 KB."""


@dataclass(frozen=True)
class Person:
    server: Served
    address: str
    password: str = field(default=PASSWORD, repr=False)

    @contextmanager
    def imap(self, mailbox: str = "INBOX") -> Iterator[imaplib.IMAP4_SSL]:
        """Logged in, with a mailbox selected."""
        context = self.server.client_context()
        client = imaplib.IMAP4_SSL("localhost", self.server.ports["imaps"], ssl_context=context, timeout=PATIENCE)
        with client:
            client.login(self.address, self.password)
            done(client.select(quoted(mailbox)))
            yield client

    @contextmanager
    def pop3(self) -> Iterator[poplib.POP3_SSL]:
        context = self.server.client_context()
        client = poplib.POP3_SSL("localhost", self.server.ports["pop3s"], context=context, timeout=PATIENCE)
        client.user(self.address)
        client.pass_(self.password)
        try:
            yield client
        finally:
            client.close()

    def deliver(self, *messages: bytes, sender: str = ELSEWHERE) -> None:
        """As another server would."""
        with smtplib.SMTP("localhost", self.server.ports["smtp"], timeout=PATIENCE) as client:
            for message in messages:
                client.sendmail(sender, [self.address], message, ["BODY=8BITMIME"])

    def append(self, *messages: bytes, mailbox: str = "INBOX", flags: str = "") -> None:
        with self.imap() as client:
            for message in messages:
                # imaplib sends line ends of its own making
                done(client.append(quoted(mailbox), flags, "", message))

    def messages(self, mailbox: str = "INBOX") -> list[bytes]:
        """Every message, whole, in the mailbox's order."""
        with self.imap(mailbox) as client:
            fetched = done(client.fetch("1:*", "(BODY.PEEK[])")) if size(client) else []
            return [part[1] for part in fetched if isinstance(part, tuple)]

    def flags(self, mailbox: str = "INBOX") -> list[set[bytes]]:
        """The flags of every message, less \\Recent."""
        with self.imap(mailbox) as client:
            lines = done(client.fetch("1:*", "(FLAGS)")) if size(client) else []
        return [set(found[1].split()) - {rb"\Recent"} for line in lines if (found := re.search(rb"FLAGS \((.*?)\)", line))]

    def mailboxes(self) -> set[str]:
        with self.imap() as client:
            return {line.decode().rpartition(' "/" ')[2].strip('"') for line in done(client.list())}


def done(answer: tuple[str, Sequence[bytes]]) -> list[bytes]:
    """imaplib's data, once the server said OK."""
    status, data = answer
    assert status == "OK", data
    return list(data)


def size(client: imaplib.IMAP4) -> int:
    return int(client.untagged_responses["EXISTS"][-1])


def quoted(mailbox: str) -> str:
    return f'"{mailbox}"'


def less_trace(message: bytes) -> bytes:
    """A message without the fields we put on top: as it was handed in."""
    while (
        found := re.match(rb"(?:Return-Path|Authentication-Results|Received|Delivered-To):[^\n]*\n(?:[ \t][^\n]*\n)*", message)
    ) is not None:
        message = message[found.end() :]
    return message


def bare(message: bytes) -> bytes:
    """With the line ends of a Unix file, as programs keep it."""
    return message.replace(b"\r\n", b"\n")
