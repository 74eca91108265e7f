"""A server under measurement, as the rows see it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bench import processes
from bench.wire import Imap, Pop3, Smtp

PASSWORD = "sesame"
DOMAIN = "example.org"
ELSEWHERE = "elsewhere.example"
"""A domain whose mail is sent on."""
PEOPLE = 200
INDEXED_AFTER, INDEXED_WITHIN = 2.6, 600.0
"""Seconds of quiet after which nothing is waiting to be indexed, and for which that is waited for at most."""


def person(number: int) -> str:
    """The address, and log-in name, of one of the people mail is delivered to."""
    return f"p{number}@{DOMAIN}"


def reader(number: int) -> str:
    """The account of a round: its messages are appended, listed, searched, changed."""
    return f"r{number}@{DOMAIN}"


@dataclass
class Side:
    """Where a server listens, and which processes it is."""

    name: str
    smtp: int
    imap: int
    imaps: int
    pop3: int
    sink: int
    """Where it sends mail for ELSEWHERE on to; nobody listens there until a row has someone do."""
    roots: tuple[int, ...]
    idle_connections: int
    """How many are opened to see what one takes."""
    many_connections: int
    """How many are opened to see that so many can be; 0: that is not tried."""
    wait_until_delivered: Callable[[], None]
    """Returns once everything acknowledged is in the mailboxes."""
    idle: list[Imap] = field(default_factory=list)
    """Connections kept open."""

    def cpu(self) -> float:
        return processes.cpu(self.roots)

    def settled_memory(self) -> int:
        """Memory once processes have ended that were about to."""
        return processes.settled_memory(self.roots)

    def settle(self) -> None:
        processes.settle(self.roots)

    def settle_index(self) -> None:
        """The same, and until what is done with new mail a second or two later has been done."""
        processes.settle(self.roots, INDEXED_WITHIN, INDEXED_AFTER)

    def read_mail(self, user: str, *, mailbox: bytes = b"INBOX", tls: bool = False) -> Imap:
        """Logged in, with a mailbox selected."""
        connection = Imap(self.imaps if tls else self.imap, tls)
        connection.log_in(user, PASSWORD)
        connection.command(b"SELECT " + mailbox)
        return connection

    def collect_mail(self, user: str) -> Pop3:
        connection = Pop3(self.pop3)
        connection.log_in(user, PASSWORD)
        return connection

    def send_mail(self) -> Smtp:
        return Smtp(self.smtp)

    def dismiss(self) -> None:
        """Close the connections kept open, and wait until the server is rid of them."""
        for connection in self.idle:
            connection.close()
        self.idle.clear()
        self.settled_memory()
        self.settle()
