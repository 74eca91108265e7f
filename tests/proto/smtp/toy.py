"""A mail server of a few lines around the engine: enough to hold a conversation."""

from pathlib import Path

from pillarbox.limits import SmtpLimits
from pillarbox.proto import sasl
from pillarbox.proto.smtp import commands as c
from pillarbox.proto.smtp import events as e
from pillarbox.proto.smtp import extensions, replies
from pillarbox.proto.smtp.replies import Reply
from pillarbox.proto.smtp.server import Phase, ServerConnection
from pillarbox.proto.smtp.tolerances import Tolerances

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
ANSWERS: dict[type, Reply] = {
    c.Data: replies.START_DATA,
    c.Rset: replies.OK,
    c.Noop: replies.OK,
    c.Vrfy: replies.CANNOT_VERIFY,
    c.Expn: replies.CANNOT_EXPAND,
    c.Help: replies.HELP,
    c.Quit: replies.GOODBYE,
    c.StartTls: replies.START_TLS,
}


class Toy:
    """Takes mail for anyone whose name does not begin with "no"; AUTH PLAIN and LOGIN accept anything but "wrong"."""

    def __init__(self, limits: SmtpLimits = SmtpLimits(), *, lmtp: bool = False, tolerances: Tolerances = Tolerances()) -> None:
        self.connection = ServerConnection(limits, lmtp=lmtp, tolerances=tolerances)
        self.limits = limits
        self.events: list[e.Event] = []
        self.messages: list[tuple[str, tuple[str, ...], bytes]] = []
        self.sender = ""
        self.recipients: list[str] = []
        self.parts: list[bytes] = []
        self.connection.send(replies.greeting("mx.example.org", lmtp=lmtp))
        self.greeting = self.connection.data_to_send()

    def feed(self, data: bytes, step: int = 0) -> bytes:
        """What is answered to `data`, arriving whole or `step` bytes at a time."""
        said = b""
        for at in range(0, len(data), step or len(data) or 1):
            self.connection.receive_data(data[at : at + step] if step else data)
            said += self.pump()
        return said

    def eof(self) -> bytes:
        self.connection.receive_eof()
        return self.pump()

    def pump(self) -> bytes:
        while (event := self.connection.next_event()) is not None:
            self.events.append(event)
            self.handle(event)
        return self.connection.data_to_send()

    def handle(self, event: e.Event) -> None:
        match event:
            case e.CommandReceived(command):
                self.connection.send(self.answer(command))
                if self.connection.phase is Phase.TLS:
                    self.connection.tls_started()
            case e.DataChunk(data):
                self.parts.append(data)
            case e.DataEnd(None):
                self.messages.append((self.sender, tuple(self.recipients), b"".join(self.parts)))
                while self.connection.replies_due:
                    self.connection.send(replies.OK)
            case e.LineReceived(line):
                self.connection.send(self.outcome(line))

    def answer(self, command: c.Command) -> Reply:
        match command:
            case c.Ehlo() | c.Lhlo():
                return replies.hello("mx.example.org", extensions.keywords(self.limits, starttls=True, mechanisms=("PLAIN",)))
            case c.Helo():
                return Reply(250, "", "mx.example.org")
            case c.Mail(path):
                if path.local.startswith("no"):
                    return Reply(550, "5.7.1", "Not from you")
                self.sender, self.recipients, self.parts = str(path), [], []
                return Reply(250, "2.1.0", "Sender OK")
            case c.Rcpt(path):
                if path.local.startswith("no"):
                    return Reply(550, "5.1.1", "No such mailbox")
                self.recipients.append(str(path))
                return Reply(250, "2.1.5", "Recipient OK")
            case c.Auth(mechanism, initial):
                if mechanism != "PLAIN":
                    return replies.UNKNOWN_MECHANISM
                return replies.challenge(b"") if initial is None else self.outcome(initial)
            case _:
                return ANSWERS[type(command)]

    def outcome(self, line: bytes) -> Reply:
        try:
            response = sasl.decode_initial(line)
        except sasl.Cancelled:
            return replies.AUTH_CANCELLED
        except sasl.BadExchange:
            return replies.BAD_BASE64
        return Reply(535, "5.7.8", "Authentication failed") if b"wrong" in response else replies.AUTHENTICATED


def toy_for(path: Path) -> Toy:
    """The server a transcript is for, by the folder it is in."""
    return Toy(lmtp=path.parent.name == "lmtp")


def conversation(path: Path) -> list[tuple[bytes, bytes]]:
    """A transcript as turns: what the client says, and all that the server answers to it.

    A line is `C: ` or `S: ` with its text; `C; ` is sent without a CRLF, and with \\r \\n \\0 for those bytes.
    """
    turns: list[tuple[bytes, bytes]] = []
    for line in path.read_bytes().split(b"\n"):
        who, text = line[:3], line[3:]
        if who in (b"C: ", b"C; "):
            turns.append((text + b"\r\n" if who == b"C: " else plain_bytes(text), b""))
        elif who == b"S: ":
            said, answer = turns[-1]
            turns[-1] = (said, answer + text + b"\r\n")
    return turns


def plain_bytes(text: bytes) -> bytes:
    return text.replace(b"\\r", b"\r").replace(b"\\n", b"\n").replace(b"\\0", b"\0")


def merged(events: list[e.Event]) -> list[e.Event]:
    """What happened: where a chunk ends is no part of it, nor are the chunks of what was refused."""
    out: list[e.Event] = []
    for event in events:
        if isinstance(event, e.DataChunk) and out and isinstance(out[-1], e.DataChunk):
            out[-1] = e.DataChunk(out[-1].data + event.data)
        elif isinstance(event, e.DataEnd) and event.refusal and out and isinstance(out[-1], e.DataChunk):
            out[-1] = event
        else:
            out.append(event)
    return out
