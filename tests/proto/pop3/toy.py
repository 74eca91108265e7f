"""A POP3 server of a few lines around the engine: one maildrop, that of RFC 1939 §10, and conversations with it."""

from pathlib import Path

from pillarbox import errors
from pillarbox.limits import Pop3Limits
from pillarbox.proto import sasl
from pillarbox.proto.pop3 import commands as c
from pillarbox.proto.pop3.commands import State
from pillarbox.proto.pop3.errors import refusal
from pillarbox.proto.pop3.events import CommandReceived, Event, LineReceived
from pillarbox.proto.pop3.replies import Content, ContentEnd, ContentPart, ContentStart, Continue, Err, Listing, Ok, Reply
from pillarbox.proto.pop3.server import Phase, ServerConnection
from pillarbox.proto.pop3.stuffing import top

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "pop3"
MESSAGES = [
    b"From: a@example.org\r\nSubject: one\r\n\r\nThe first line\r\n.\r\n..and dots\r\nThe end\r\n",
    b"Subject: two\r\n\r\n.dot\r\nno end",
]
USERS = {"mrose": "secret", "mröse": "two  words "}


class Toy:
    def __init__(self, limits: Pop3Limits = Pop3Limits(), *, encrypted: bool = False) -> None:
        self.conn = ServerConnection(limits, encrypted=encrypted)
        self.conn.send(Ok("POP3 ready"))
        self.events: list[Event] = []
        self.deleted: set[int] = set()
        self.emptied: set[int] = set()
        self.exchange: sasl.Exchange | None = None

    def feed(self, data: bytes) -> bytes:
        self.conn.receive_data(data)
        return self.pump()

    def eof(self) -> bytes:
        self.conn.receive_eof()
        return self.pump()

    def pump(self) -> bytes:
        while (event := self.conn.next_event()) is not None:
            self.events.append(event)
            match event:
                case CommandReceived(command):
                    self.reply(command)
                case LineReceived(line):
                    self.conn.send(self.log_in(line))
        return self.conn.data_to_send()

    def reply(self, command: c.Command) -> None:
        match command:
            case c.Retr(message) if message == 2 and 2 not in self.deleted:
                self.conn.send(ContentStart("in parts"))
                for at in range(0, len(MESSAGES[1]), 3):
                    self.conn.send(ContentPart(MESSAGES[1][at : at + 3]))
                self.conn.send(ContentEnd())
            case c.Stls():
                self.conn.send(Ok("begin TLS"))
                if not self.conn.pending:
                    self.conn.tls_started()
            case _:
                try:
                    self.conn.send(self.answer(command))
                except errors.MailError as error:
                    self.conn.send(refusal(error))

    def answer(self, command: c.Command) -> Reply:
        match command:
            case c.Capa():
                return Listing("capabilities", [b"USER", b"UIDL", b"TOP", b"PIPELINING"])
            case c.ListMechanisms():
                return Listing("mechanisms", [b"PLAIN", b"SCRAM-SHA-256"])
            case c.User():
                return Ok("who are you really?")
            case c.Pass(user, password):
                return self.enter(USERS.get(user) == password)
            case c.Auth(mechanism, initial):
                return self.begin(mechanism, initial)
            case c.Lang(None):
                return Listing("languages", [b"en English"])
            case c.Lang() | c.Utf8() | c.Noop():
                return Ok()
            case c.Quit():
                if self.conn.state is State.TRANSACTION:
                    self.conn.state = State.UPDATE
                    self.emptied = set(self.deleted)
                return Ok("goodbye")
            case c.Rset():
                self.deleted.clear()
                return Ok()
            case _:
                return self.of_messages(command)

    def of_messages(self, command: c.Command) -> Reply:
        left = {number: data for number, data in enumerate(MESSAGES, 1) if number not in self.deleted}
        match command:
            case c.Stat():
                return Ok(f"{len(left)} {sum(map(len, left.values()))}")
            case c.List(None):
                return Listing(f"{len(left)} messages", [b"%d %d" % (n, len(data)) for n, data in left.items()])
            case c.Uidl(None):
                return Listing("", [b"%d uid%d" % (n, n) for n in left])
            case c.List(n) | c.Uidl(n) | c.Retr(n) | c.Dele(n) | c.Top(n) if n not in left:
                raise errors.NotFound("no such message")
            case c.List(n):
                return Ok(f"{n} {len(left[n or 0])}")
            case c.Uidl(n):
                return Ok(f"{n} uid{n}")
            case c.Retr(n):
                return Content(f"{len(left[n])} octets", left[n])
            case c.Top(n, lines):
                return Content("top", top(left[n], lines))
            case c.Dele(n):
                self.deleted.add(n)
                return Ok("marked")
            case _:
                raise AssertionError(command)

    def enter(self, right: bool) -> Reply:
        if not right:
            raise errors.AuthenticationFailed("wrong name or password")
        self.conn.state = State.TRANSACTION
        return Ok("maildrop ready")

    def begin(self, mechanism: str, initial: bytes | None) -> Reply:
        terms = sasl.Terms(nonce="SERVER", offered=sasl.offer(private=True))
        try:
            first = None if initial is None else sasl.decode_initial(initial)
            self.exchange = sasl.begin(mechanism, terms, first)
        except sasl.BadExchange as problem:
            return Err(str(problem))
        return self.go_on(None)

    def log_in(self, line: bytes) -> Reply:
        try:
            return self.go_on(sasl.decode_response(line))
        except sasl.BadExchange as problem:
            return Err(str(problem))

    def go_on(self, answer: sasl.Answer | None) -> Reply:
        assert self.exchange is not None
        try:
            while True:
                match sasl.resume(self.exchange, answer):
                    case sasl.Challenge(data):
                        return Continue(sasl.encode_challenge(data))
                    case sasl.CheckPassword(identity, password):
                        answer = USERS.get(identity) == password
                    case sasl.CheckProof(_, stored_key):
                        answer = stored_key is not None
                    case sasl.ScramKeys():
                        answer = sasl.scram_keys("secret", b"saltsaltsalt", 64)
                    case sasl.Authenticated():
                        return self.enter(True)
        except errors.AuthenticationFailed as failure:
            return refusal(failure)
        except sasl.BadExchange as problem:
            return Err(str(problem))


def conversation(path: Path) -> list[tuple[bytes, bytes]]:
    """A transcript as what the client says and all that the server answers; what it says unasked answers b""."""
    turns = [(b"", b"")]
    for line in path.read_bytes().split(b"\n"):
        who, text = line[:2], line[3:].replace(b"\\r", b"\r").replace(b"\\n", b"\n").replace(b"\\0", b"\0") + b"\r\n"
        if who == b"C:":
            turns.append((text, b""))
        elif who == b"S:":
            turns[-1] = (turns[-1][0], turns[-1][1] + text)
    return turns


def closed(toy: Toy) -> bool:
    return toy.conn.phase is Phase.CLOSED
