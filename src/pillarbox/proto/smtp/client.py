"""One SMTP or LMTP connection seen from the client, without the network (RFC 5321, RFC 2033).

Theory of operation
===================

Bytes go in with receive_data() and receive_eof(), events come out of next_event(), what we want goes in with a method for
each command, bytes come out of data_to_send(). Nothing here reads a clock, a socket or a file.

At any time the connection waits for one thing, its phase:

    ANSWER     the server's replies: first of all the greeting, then those to what we sent. `timeout` says how long
    READY      our next command: hello, start_tls, auth, begin, reset, quit
    CONTENT    more of our message: content(), end_content()
    TLS        the handshake, which the driver sees to, and says tls_started()
    CLOSED     nothing: send what is left, and close

and what ends the waiting is told by events:

    (the greeting)   Greeted
    hello            HelloDone or HelloRefused; where EHLO is not understood, HELO is tried before either
    start_tls        TlsAgreed (TLS) or TlsRefused
    auth             AuthDone or AuthRefused; the exchange between is the engine's
    begin            MailRefused, or RcptAnswered for each recipient; then ContentWanted (CONTENT), NoRecipients,
                     or ContentAnswered where DATA is refused
    end_content      ContentAnswered
    reset, quit      ResetDone; QuitDone (CLOSED)
    at any time      PeerClosed, ProtocolBroken (CLOSED); and a 421, which is told as the answer to whatever it answers (CLOSED)

Where PIPELINING is offered MAIL, RCPT and DATA go out together, `limits.pipelined` at a time; else one by one. A message is
sent only once a recipient has been accepted: a server that says 354 for nobody gets an empty one, as RFC 2920 §3.1 asks. A
transaction that ended halfway at the server is ended there by an RSET, sent ahead of the next MAIL.

With CHUNKING the content can go by BDAT (`prefer_chunking`; for BINARYMIME it must). The last chunk is kept back until those
before it have been accepted: no message that lacks one can be taken for whole.

Nothing a server says is believed that was there before we asked: a reply too many, before a command or behind the answer to
STARTTLS, ends the connection.
"""

from collections import deque
from collections.abc import Sequence
from enum import Enum, auto

from ...limits import SmtpClientLimits
from ..sasl.client import Client as SaslClient
from . import client_events as e
from . import envelope, extensions, sending
from .client_due import CONTINUE, REFUSED, SHUTTING_DOWN, WITHIN, Due, is_in_place
from .client_login import BadLogin, Login
from .client_replies import NoReply, ReplyReader
from .client_transaction import Transaction
from .commands import Mail, Rcpt
from .extensions import Extensions
from .replies import Reply

NOT_UNDERSTOOD = frozenset({500, 501, 502, 504, 550})
"""How servers that know HELO only answer EHLO (RFC 5321 §3.2); 550 from those that refuse whatever they don't know."""


class Phase(Enum):
    """What the connection waits for."""

    ANSWER = auto()
    READY = auto()
    CONTENT = auto()
    TLS = auto()
    CLOSED = auto()


class ClientConnection:
    """One connection: `phase` is what it waits for, `extensions` what the server offers, for the driver to read."""

    def __init__(self, limits: SmtpClientLimits, hello: str, *, lmtp: bool = False, prefer_chunking: bool = False) -> None:
        """`hello`: our name in A-labels, or our address literal. Raises ValueError where it can't be one."""
        self.phase = Phase.ANSWER
        self.extensions: Extensions = {}
        self._limits = limits
        self._name = envelope.host_name(hello)
        self._lmtp = lmtp
        self._prefer_chunking = prefer_chunking
        self._in = ReplyReader(limits)
        self._in_closed = False
        self._out = bytearray()
        self._events: deque[e.Event] = deque()
        self._due: deque[Due] = deque([Due.GREETING])
        self._unsent: deque[tuple[Due, bytes]] = deque()  # of the transaction's commands
        self._unasked = False  # something had come before we asked
        self._welcome = False
        self._introduced = False
        self._untidy = False  # the server may still be in a transaction of which we want no more
        self._login: Login | None = None
        self._mail: Transaction | None = None

    # The doors.

    def receive_data(self, data: bytes) -> None:
        """Take bytes off the network."""
        if self.phase is Phase.TLS:
            self._break("plaintext behind the answer to STARTTLS")
        elif self.phase is not Phase.CLOSED:
            self._in.feed(data)

    def receive_eof(self) -> None:
        """The server will send no more."""
        self._in_closed = True

    def next_event(self) -> e.Event | None:
        """What the server said, or None: more bytes, or a command of ours, must come first."""
        while not self._events and self.phase is not Phase.CLOSED and self._step():
            pass
        if not self._events and self._in_closed and self.phase is not Phase.CLOSED:
            self._tell_what_is_known()
            self._tell(e.PeerClosed())
            self._close()
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """What must go to the server now; nothing of it is kept."""
        data = bytes(self._out)
        self._out.clear()
        return data

    @property
    def timeout(self) -> float:
        """For how long to wait for what the phase waits for (RFC 5321 §4.5.3.2)."""
        if self.phase is Phase.CONTENT:
            return self._limits.data_block
        special = WITHIN.get(self._due[0]) if self._due else None
        return special(self._limits) if special else self._limits.command

    # What the server offers.

    @property
    def size_limit(self) -> int | None:
        """The biggest message it takes; None where it does not say."""
        return envelope.size_limit(self.extensions)

    @property
    def recipient_limit(self) -> int | None:
        """The most recipients a transaction may have; None where it does not say."""
        return envelope.recipient_limit(self.extensions)

    def unmet(self, mail: Mail, size: int, rcpts: Sequence[Rcpt] = ()) -> tuple[str, ...]:
        """What the message needs and this server does not offer, of SIZE SMTPUTF8 8BITMIME BINARYMIME REQUIRETLS."""
        return envelope.unmet(mail, rcpts, size, self.extensions)

    # Our commands. Each raises RuntimeError where the phase is another.

    def hello(self) -> None:
        """EHLO, or LHLO, and HELO if need be: once greeted, and again after tls_started()."""
        self._must_be(Phase.READY)
        if not self._welcome:
            raise RuntimeError("the server has no service for us")
        self.extensions = {}
        self._ask(Due.EHLO, f"{'LHLO' if self._lmtp else 'EHLO'} {self._name}")

    def start_tls(self) -> None:
        """STARTTLS. Raises RuntimeError where it is not offered."""
        self._must_be_introduced()
        if "STARTTLS" not in self.extensions:
            raise RuntimeError("STARTTLS is not offered")
        self._ask(Due.STARTTLS, "STARTTLS")

    def tls_started(self) -> None:
        """The connection is under TLS: all that was said before is forgotten, for it may be an attacker's (RFC 3207 §4.2)."""
        self._must_be(Phase.TLS)
        self.extensions = {}
        self._introduced = False
        self.phase = Phase.READY

    def auth(self, mechanism: str, exchange: SaslClient) -> None:
        """AUTH with a mechanism that the server offers. Raises RuntimeError where it does not."""
        self._must_be_introduced()
        if mechanism not in self.extensions.get("AUTH", ()):
            raise RuntimeError("the mechanism is not offered")
        self._login = Login(mechanism, exchange)
        self._ask(Due.AUTH, self._login.command())

    def begin(self, mail: Mail, rcpts: Sequence[Rcpt], *, size: int) -> None:
        """A message of about `size` bytes: its envelope. Raises ValueError for what is no address, and then nothing is sent.

        Raises RuntimeError also where addresses beyond ASCII, BINARYMIME or REQUIRETLS are unmet(). What else is unmet is left
        out, and the message goes as it is.
        """
        self._must_be_introduced()
        if not rcpts:
            raise RuntimeError("nobody to send to")
        transaction = Transaction(mail, rcpts, size, self.extensions, prefer_chunking=self._prefer_chunking, lmtp=self._lmtp)
        if self._untidy:
            self._unsent.append((Due.TIDYING, b"RSET\r\n"))
        self._unsent.extend(transaction.lines())
        self._mail = transaction
        self._note_unasked()
        self.phase = Phase.ANSWER
        self._send_more()

    def content(self, piece: bytes | bytearray | memoryview) -> None:
        """More of the message. Its lines may end as they like; they leave with CRLF."""
        mail = self._in_content()
        chunk = mail.add(bytes(piece))
        if chunk and mail.has_chunks:
            self._expect(Due.CHUNK)
        self._out += chunk

    def end_content(self) -> None:
        """The message is whole."""
        mail = self._in_content()
        self.phase = Phase.ANSWER
        if self._due:
            mail.ends_later = True
        else:
            self._end_content(mail)

    def reset(self) -> None:
        """RSET; it also tells whether the server is still there."""
        self._must_be_introduced()
        self._ask(Due.RSET, "RSET")

    def quit(self) -> None:
        """QUIT"""
        self._must_be(Phase.READY)
        self._ask(Due.QUIT, "QUIT")

    # Asking.

    def _must_be(self, phase: Phase) -> None:
        if self.phase is not phase:
            raise RuntimeError(f"the connection is {self.phase.name}, not {phase.name}")

    def _must_be_introduced(self) -> None:
        self._must_be(Phase.READY)
        if not self._introduced:
            raise RuntimeError("say hello first")

    def _in_content(self) -> Transaction:
        self._must_be(Phase.CONTENT)
        assert self._mail is not None
        return self._mail

    def _ask(self, due: Due, line: str) -> None:
        self._expect(due)
        self._out += line.encode("utf-8") + b"\r\n"
        self.phase = Phase.ANSWER

    def _expect(self, due: Due) -> None:
        self._note_unasked()
        self._due.append(due)

    def _note_unasked(self) -> None:
        """What is there before we ask is no answer."""
        if not self._due and self._in.has_begun:
            self._unasked = True

    def _send_more(self) -> None:
        """As many of the transaction's commands as may be under way."""
        window = self._limits.pipelined if "PIPELINING" in self.extensions else 1
        while self._unsent and len(self._due) < window:
            due, line = self._unsent.popleft()
            if due is Due.DATA and self._mail is not None and self._mail.is_for_nobody:
                return
            self._due.append(due)
            self._out += line

    def _end_content(self, mail: Transaction) -> None:
        self._note_unasked()
        self._out += mail.end()
        self._due.extend([Due.END] * mail.replies_due)

    # Hearing.

    def _step(self) -> bool:
        try:
            reply = self._in.read()
        except NoReply as problem:
            self._break(str(problem))
            return True
        if reply is None:
            return False
        if self._unasked or not self._due:
            self._heard_unasked(reply)
        elif reply.code == SHUTTING_DOWN:
            self._heard_goodbye(reply)
        else:
            self._heard(self._due.popleft(), reply)
        return True

    def _heard(self, due: Due, reply: Reply) -> None:
        if not is_in_place(due, reply):
            self._break("a reply that is no answer to what was asked")
            return
        match due:
            case Due.GREETING:
                self._welcome = reply.is_positive
                self._ready(e.Greeted(reply))
            case Due.EHLO | Due.HELO:
                self._hello_answered(due, reply)
            case Due.STARTTLS:
                self._tls_answered(reply)
            case Due.AUTH:
                self._auth_answered(reply)
            case Due.RSET:
                self._untidy = self._untidy and not reply.is_positive
                self._ready(e.ResetDone(reply))
            case Due.QUIT:
                self._tell(e.QuitDone(reply))
                self._close()
            case _:
                assert self._mail is not None
                self._mail_answered(self._mail, due, reply)

    def _hello_answered(self, due: Due, reply: Reply) -> None:
        if reply.is_positive:
            self._introduced, self._untidy = True, False
            if due is Due.EHLO:
                self.extensions = extensions.announced(reply.more[: self._limits.keywords])
            self._ready(e.HelloDone(reply))
        elif due is Due.EHLO and reply.code in NOT_UNDERSTOOD and not self._lmtp:
            self._ask(Due.HELO, f"HELO {self._name}")
        else:
            self._introduced = False
            self._ready(e.HelloRefused(reply))

    def _tls_answered(self, reply: Reply) -> None:
        if not reply.is_positive:
            self._ready(e.TlsRefused(reply))
        elif self._in.has_begun:
            self._break("plaintext behind the answer to STARTTLS")
        else:
            self.phase = Phase.TLS
            self._tell(e.TlsAgreed())

    def _auth_answered(self, reply: Reply) -> None:
        login = self._login
        assert login is not None
        try:
            if reply.code == CONTINUE:
                self._ask(Due.AUTH, login.response(reply.text))
                return
            if reply.is_positive:
                login.done()
        except BadLogin as problem:
            self._break(str(problem))
            return
        self._login = None
        self._ready(e.AuthDone(reply) if reply.is_positive else e.AuthRefused(reply))

    # A transaction.

    def _mail_answered(self, mail: Transaction, due: Due, reply: Reply) -> None:
        event = mail.heard(due, reply)
        if event is not None:
            self._tell(event)
        if due is Due.TIDYING:
            self._untidy = False
        if mail.is_refused:
            self._unsent.clear()
        if mail.wants_nothing(due, reply):
            if not mail.may_send_nothing:
                self._break("content is asked for that goes to nobody")
                return
            self._out += sending.END
            self._due.append(Due.NOTHING)
        self._send_more()
        if not self._due:
            self._go_on(mail)

    def _go_on(self, mail: Transaction) -> None:
        """All that was sent has been answered: what comes next."""
        if mail.is_for_nobody:
            self._over(e.NoRecipients(), mail)
        elif mail.is_answered:
            self._over(e.ContentAnswered(mail.replies), mail)
        elif mail.ends_later:
            mail.ends_later = False
            self._end_content(mail)
        elif self.phase is Phase.ANSWER:
            self.phase = Phase.CONTENT
            self._tell(e.ContentWanted(tuple(mail.accepted)))

    def _over(self, event: e.Event, mail: Transaction) -> None:
        self._mail, self._untidy = None, mail.is_open
        self._ready(event)

    # What ends the connection.

    def _heard_unasked(self, reply: Reply) -> None:
        """A reply nobody asked for: a goodbye (RFC 5321 §3.8), a refusal of the content before its end, or a lie."""
        is_sending = self.phase is Phase.CONTENT or Due.END in self._due
        if self._mail is not None and is_sending and not reply.is_positive:
            self._mail.content_refused(reply)
            self._tell(e.ContentAnswered(self._mail.replies))
            self._close()
        elif reply.code == SHUTTING_DOWN:
            self._heard_goodbye(reply)
        else:
            self._break("a reply to nothing that was asked")

    def _heard_goodbye(self, reply: Reply) -> None:
        """421: told as the answer to what was asked, and the last."""
        due = self._due[0] if self._due else None
        if due is None:
            self._tell(e.PeerClosed(reply))
        elif due in REFUSED:
            self._tell(REFUSED[due](reply))
        elif self._mail is not None:
            self._tell(self._mail.last_heard(due, reply))
        self._close()

    def _tell_what_is_known(self) -> None:
        """The connection ends in the middle of last words about a message: those that were said hold."""
        if self._mail is not None and self._mail.replies and not self._mail.is_for_nobody:
            self._tell(e.ContentAnswered(self._mail.replies))

    def _break(self, reason: str) -> None:
        self._tell_what_is_known()
        self._tell(e.ProtocolBroken(reason))
        self._close()

    def _ready(self, event: e.Event) -> None:
        self.phase = Phase.READY
        self._tell(event)

    def _tell(self, event: e.Event) -> None:
        self._events.append(event)

    def _close(self) -> None:
        self._in.forget()
        self._out.clear()
        self._due.clear()
        self._unsent.clear()
        self.phase = Phase.CLOSED
