"""One SMTP or LMTP connection seen from the server, without the network (RFC 5321, RFC 2033).

Theory of operation
===================

Bytes go in with receive_data() and receive_eof(), events come out of next_event(), replies go in with send(), bytes come
out of data_to_send(). Nothing here reads a clock, a socket or a file.

At any time the connection waits for one thing, its phase:

    ANSWER     our reply: first of all the greeting, then the one to the command in hand. A command is never read before
               the last one is answered, since STARTTLS, AUTH, DATA and EHLO change how the next bytes read
    COMMAND    the client's next command line
    DATA       more of a message, up to CR LF . CR LF
    CHUNK      the rest of a BDAT's bytes, wanted or not
    LINE       the client's response to a SASL challenge
    DISCARD    the end of a line that is too long
    TLS        the handshake, which the driver sees to, and says tls_started()
    CLOSED     nothing: send what is left, and close

What moves a phase is the code of our reply:

    EHLO HELO LHLO   250: a new session, no transaction; what the reply's lines announce is what may be used from now on
    MAIL             250: a transaction
    RCPT             250: one recipient more
    DATA             354: DATA, whose DataEnd is answered by one reply (in LMTP one a recipient) and ends the transaction
    AUTH             334: LINE, whose LineReceived is answered by another 334, by 235 or by a refusal
    STARTTLS         220: TLS
    RSET             250: no transaction
    QUIT             anything: CLOSED
    any              421: CLOSED

BDAT is answered here, chunk by chunk; the driver sees its bytes as DataChunk and its end as DataEnd, just as after DATA, and
need not know which it was. Chunks may come with no DataEnd after them (RSET, EHLO, a refusal at a chunk that is not the
last, a lost connection): a message is one only when DataEnd(None) has been told.

What the engine answers by itself: bad syntax, bad sequences (503), what was not announced, what passes a limit. These
replies are in their place among ours, as pipelining asks (RFC 2920 §3.2). Before AUTH is allowed at all (TLS, port), before
MAIL is (AUTH), is for the driver to say.
"""

from enum import Enum, auto

from ...limits import SmtpLimits
from ..wire import InputBuffer, LineTooLong
from . import parse, replies
from .commands import Auth, Bdat, Command, Data, Quit, StartTls
from .content import Content, DottedText
from .events import CommandReceived, DataChunk, DataEnd, Event, LineReceived, PeerClosed
from .grammar import SyntaxProblem
from .replies import Reply
from .session import Session
from .tolerances import Tolerances

AUTH_CONTINUES = replies.challenge(b"").code

BLAMELESS = frozenset(
    {
        replies.BAD_FORWARD_PATH,
        replies.NOT_ASCII,
        replies.TOO_BIG,
        replies.TOO_MANY_RECIPIENTS,
        replies.NO_RECIPIENTS,
        replies.NO_RECIPIENTS_LMTP,
    }
)
"""What a well-behaved client may be told any number of times: its users' addresses and messages are not its fault."""


class Phase(Enum):
    """What the connection waits for."""

    COMMAND = auto()
    ANSWER = auto()
    DATA = auto()
    CHUNK = auto()
    LINE = auto()
    DISCARD = auto()
    TLS = auto()
    CLOSED = auto()


class ServerConnection:
    """One connection: `phase` is what it waits for, `session` where the conversation stands, for the driver to read."""

    def __init__(
        self, limits: SmtpLimits = SmtpLimits(), *, lmtp: bool = False, tls: bool = False, tolerances: Tolerances = Tolerances()
    ) -> None:
        """`tls`: it is under TLS from the first byte."""
        self.phase = Phase.ANSWER
        self.session = Session(limits, tolerances, lmtp=lmtp, tls=tls)
        self._limits = limits
        self._in = InputBuffer(limits.auth_line)
        self._in_closed = False
        self._out = bytearray()
        self._command: Command | None = None  # in hand, waiting for our reply; None for the greeting
        self._due = 0  # replies owed for the message just received
        self._text: DottedText | None = None
        self._chunk = Bdat(0, last=False)
        self._remaining = 0  # bytes of the chunk still to come
        self._chunk_refusal: Reply | None = None
        self._bad = 0

    # The doors.

    def receive_data(self, data: bytes) -> None:
        """Take bytes off the network."""
        if self.phase is not Phase.CLOSED:
            self._in.feed(data)

    def receive_eof(self) -> None:
        """The client will send no more."""
        self._in_closed = True

    def next_event(self) -> Event | None:
        """The next thing the client did, or None: more bytes, or an answer of ours, must come first."""
        while self.phase is not Phase.CLOSED:
            progressed, event = self._step()
            if event is not None:
                return event
            if not progressed:
                break
        if self._in_closed and self.phase not in (Phase.ANSWER, Phase.CLOSED):
            self._close()
            return PeerClosed()
        return None

    def send(self, reply: Reply) -> None:
        """Answer what waits for an answer; a 421 may be sent at any time, and is the last. Raises RuntimeError otherwise."""
        if reply.code == replies.SHUTTING_DOWN.code:
            self._hang_up(reply)
            return
        if self.phase is not Phase.ANSWER:
            raise RuntimeError("nothing waits for a reply")
        self._out += reply.encode()
        if self._due:
            self._message_answered(reply)
        else:
            self._answered(reply)

    def send_to_all(self, reply: Reply) -> None:
        """Answer the message just received, for every recipient whose reply is still due."""
        for _ in range(self._due):
            self.send(reply)

    def data_to_send(self) -> bytes:
        """What must go to the client now; nothing of it is kept."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def tls_started(self) -> None:
        """The connection is under TLS: all that was said or sent before is forgotten, for it may be an attacker's."""
        if self.phase is not Phase.TLS:
            raise RuntimeError("STARTTLS was not answered with 220")
        self._in.clear()
        self.session.tls_started()
        self.phase = Phase.COMMAND

    @property
    def pending(self) -> int:
        """Bytes received and not yet read. In the phase TLS there must be none, else the connection is to be dropped."""
        return len(self._in)

    @property
    def replies_due(self) -> int:
        """How many replies the message just received still waits for."""
        return self._due

    # What each phase does with what has arrived: (something was consumed, what to report).

    def _step(self) -> tuple[bool, Event | None]:
        match self.phase:
            case Phase.COMMAND | Phase.LINE:
                return self._line()
            case Phase.DATA:
                return self._read_text()
            case Phase.CHUNK:
                return self._read_chunk()
            case Phase.DISCARD:
                return self._discard()
            case _:
                return False, None

    def _line(self) -> tuple[bool, Event | None]:
        try:
            line = self._in.take_line()
        except LineTooLong:
            self.phase = Phase.DISCARD
            return True, None
        if line is None:
            return False, None
        if self.phase is Phase.LINE:
            self.phase = Phase.ANSWER
            return True, LineReceived(line)
        if len(line) > self._limits.line and line[:5].upper() != b"AUTH ":
            self._bad_command(replies.LINE_TOO_LONG)
            return True, None
        return True, self._command_line(line)

    def _discard(self) -> tuple[bool, Event | None]:
        if not self._in.drop_line():
            return False, None
        self._command = None  # a response too long ends its exchange (RFC 4954 §4)
        self._bad_command(replies.LINE_TOO_LONG)
        return True, None

    def _command_line(self, line: bytes) -> Event | None:
        try:
            command = parse.command(line, self.session.dialect)
        except parse.Hopeless as hopeless:
            self._hang_up(hopeless.reply)
            return None
        except SyntaxProblem as problem:
            return self._syntax_problem(line, problem)
        refusal = self.session.out_of_place(command)
        if isinstance(command, Bdat):
            self._begin_chunk(command, refusal)
            return None
        if refusal is not None:
            self._refuse(command, refusal)
            return None
        self.phase, self._command = Phase.ANSWER, command
        return CommandReceived(command)

    def _read_text(self) -> tuple[bool, Event | None]:
        text, content = self._text, self.session.begin_content()
        assert text is not None
        if text.ended:
            return True, self._message_ended(content)
        taken = text.read()
        kept = content.add(taken)
        return bool(taken) or text.ended, DataChunk(kept) if kept else None

    def _read_chunk(self) -> tuple[bool, Event | None]:
        if not self._remaining:
            return True, self._chunk_ended()
        taken = self._in.take_at_most(self._remaining)
        self._remaining -= len(taken)
        kept = self.session.begin_content().add(taken) if self._chunk_refusal is None else b""
        return bool(taken), DataChunk(kept) if kept else None

    # A message by chunks (RFC 3030 §2), and any message's end.

    def _begin_chunk(self, chunk: Bdat, refusal: Reply | None) -> None:
        self.phase, self._chunk, self._remaining, self._chunk_refusal = Phase.CHUNK, chunk, chunk.size, refusal
        if refusal is None:
            self.session.begin_content()

    def _chunk_ended(self) -> Event | None:
        if self._chunk_refusal is not None:
            return self._chunk_refused(self._chunk_refusal)
        content = self.session.begin_content()
        if self._chunk.last:
            return self._message_ended(content)
        if content.refusal is not None:
            return self._message_refused(content.refusal, 1)
        self.phase = Phase.COMMAND
        self._out += replies.chunk_received(self._chunk.size).encode()
        return None

    def _chunk_refused(self, refusal: Reply) -> Event | None:
        """A message that lacks a chunk must never be taken for one: its transaction ends here."""
        self.phase = Phase.COMMAND
        self._refuse(self._chunk, refusal)
        transaction = self.session.transaction
        self.session.reset(refused=self.session.mail_refused or transaction is not None)
        return DataEnd(refusal) if transaction is not None and transaction.content is not None else None

    def _message_ended(self, content: Content) -> Event:
        transaction = self.session.transaction
        assert transaction is not None
        due = transaction.recipients if self.session.dialect.lmtp else 1
        refusal = content.end()
        if refusal is not None:
            return self._message_refused(refusal, due)
        self.phase, self._due = Phase.ANSWER, due
        return DataEnd()

    def _message_refused(self, refusal: Reply, due: int) -> Event:
        self._out += refusal.encode() * due
        self.session.reset(refused=True)
        self._text = None
        self.phase = Phase.COMMAND
        return DataEnd(refusal)

    def _message_answered(self, reply: Reply) -> None:
        self._due -= 1
        if reply.is_positive:
            self._bad = 0
        if not self._due:
            self.session.reset()
            self._text = None
            self.phase = Phase.COMMAND

    def _answered(self, reply: Reply) -> None:
        """Our reply to the command in hand has gone out: what comes next."""
        command, self._command = self._command, None
        self.phase = Phase.COMMAND
        if command is None:
            self.session.turned_away = not reply.is_positive
            return
        self.session.answered(command, reply)
        match command:
            case Quit():
                self._close()
            case Data() if reply.is_positive:
                self.phase, self._text = Phase.DATA, DottedText(self._in)
            case Auth() if reply.code == AUTH_CONTINUES:
                self.phase, self._command = Phase.LINE, command
            case Auth() if not reply.is_positive:
                self._count_bad()
            case StartTls() if reply.is_positive:
                self.phase = Phase.TLS

    # Refusals of our own.

    def _syntax_problem(self, line: bytes, problem: SyntaxProblem) -> Event | None:
        if isinstance(problem, parse.BadChunk):
            self._begin_chunk(Bdat(problem.size, last=False), problem.reply)
            return None
        match line[:4].upper():
            case b"BDAT":
                self._chunk_refusal = problem.reply
                return self._chunk_refused(problem.reply)
            case b"RCPT":
                self.session.count_recipient(accepted=False)
            case b"MAIL" if self.session.transaction is None:
                self.session.mail_refused = True
        self._bad_command(problem.reply)
        return None

    def _refuse(self, command: Command, refusal: Reply) -> None:
        if refusal.code == replies.SHUTTING_DOWN.code:
            self._hang_up(refusal)
        elif self.session.is_straggler(command):
            self._out += refusal.encode()
        else:
            self._bad_command(refusal)

    def _bad_command(self, reply: Reply) -> None:
        self._out += reply.encode()
        self.phase = Phase.COMMAND
        if reply not in BLAMELESS:
            self._count_bad()

    def _count_bad(self) -> None:
        self._bad += 1
        if self._bad > self._limits.bad_commands:
            self._hang_up(replies.TOO_MANY_BAD_COMMANDS)

    def _hang_up(self, reply: Reply) -> None:
        self._out += reply.encode()
        self._close()

    def _close(self) -> None:
        self._in.clear()
        self.phase = Phase.CLOSED
