"""One POP3 connection seen from the server, without the network (RFC 1939).

Theory of operation
===================

Bytes go in with receive_data() and receive_eof(), events come out of next_event(), replies go in with send(), bytes come
out of data_to_send(). Nothing here reads a clock, a socket or a file. The greeting is an Ok sent before anything else.

At any time the connection waits for one thing, its phase:

    COMMAND    the client's next command line
    ANSWER     our reply: a command is never read before the last one is answered, since PASS, AUTH and STLS change how
               the next bytes are read
    CONTENT    the rest of a message that we began to send with ContentStart: ContentParts, then ContentEnd
    LINE       the client's answer to a Continue
    DISCARD    the rest of a line that is too long
    TLS        tls_started(), after the Ok to STLS: nothing is read before it
    CLOSED     nothing

Which reply does what, in ANSWER (after a CommandReceived) and LINE's ANSWER (after a LineReceived):

    Ok, Err, Listing, Content      the answer: on to COMMAND; after QUIT to CLOSED; an Ok to STLS on to TLS
    Continue                       only to AUTH: on to LINE
    ContentStart                   on to CONTENT; ContentEnd is the answer

`state` is the RFC's, and is moved by whoever drives: to TRANSACTION before the Ok to PASS or AUTH, to UPDATE at QUIT. What
is no command, is not valid in the state, or is too long is answered here and counted; too many, and the connection says
goodbye. A client that speaks HTTP gets that goodbye at once: it is a browser made to attack us.

Before starting TLS, the driver looks at `pending`: bytes there came in the clear behind STLS, and the connection must be
dropped. tls_started() forgets everything that came before (RFC 2595 §4).
"""

from enum import Enum, auto

from pillarbox.limits import Pop3Limits
from pillarbox.proto.wire import InputBuffer, LineTooLong

from . import parse
from .commands import Auth, Command, Pass, Quit, State, Stls, User
from .events import CommandReceived, Event, LineReceived, PeerClosed
from .replies import ContentEnd, ContentPart, ContentStart, Continue, Err, Ok, Reply
from .stuffing import Stuffer

_LONGER = (b"AUTH ", b"PASS ")
"""Commands that may be as long as an AUTH line: both may carry a password of any length we take."""
_FOREIGN = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"CONNECT ", b"DELETE ", b"HOST: ")


class Phase(Enum):
    COMMAND = auto()
    ANSWER = auto()
    CONTENT = auto()
    LINE = auto()
    DISCARD = auto()
    TLS = auto()
    CLOSED = auto()


class _Step(Enum):
    """What reading came to when it came to no event."""

    DONE = auto()  # answered here; look again
    MORE = auto()  # bytes are missing


_READING = (Phase.COMMAND, Phase.LINE, Phase.DISCARD)


class ServerConnection:
    """Bytes in, events out; replies in, bytes out. `encrypted`: TLS from the first byte on."""

    def __init__(self, limits: Pop3Limits = Pop3Limits(), *, encrypted: bool = False) -> None:
        self.state = State.AUTHORIZATION
        self.phase = Phase.COMMAND
        self.encrypted = encrypted
        self._limits = limits
        self._in = InputBuffer(limits.auth_line)
        self._in_closed = False
        self._out: list[bytes] = []
        self.unsent = 0
        """Bytes that data_to_send() would give: whoever drives sends before they grow many."""
        self._bad = 0
        self._command: Command | None = None
        self._user: str | None = None
        self._stuffer = Stuffer()
        self._line_awaited = False

    # The doors.

    @property
    def pending(self) -> int:
        """Bytes received and not yet read."""
        return len(self._in)

    def receive_data(self, data: bytes) -> None:
        """Take bytes off the network."""
        if self.phase is not Phase.CLOSED:
            self._in.feed(data)

    def receive_eof(self) -> None:
        """The client will send no more."""
        self._in_closed = True

    def next_event(self) -> Event | None:
        """The next thing the client did, or None: more bytes, or an answer from us, must come first."""
        while self.phase in _READING:
            event = self._step()
            if event is _Step.MORE:
                break
            if event is not _Step.DONE:
                return event
        if self._in_closed and self.phase in _READING:
            self._close()
            return PeerClosed()
        return None

    def send(self, reply: Reply) -> None:
        """Queue a reply. Raises RuntimeError for one that nothing waits for."""
        if isinstance(reply, (ContentPart, ContentEnd)):
            self._content(reply)
        elif self.phase is Phase.ANSWER:
            self._next_phase(reply)
            self._say(reply.encode())
        elif self._command is None and self.phase is Phase.COMMAND and isinstance(reply, Ok):
            self._say(reply.encode())  # the greeting
        else:
            raise RuntimeError("no command waits for an answer")

    def hang_up(self, reply: Err) -> None:
        """Say why and read nothing more: time is up, or the server is stopping."""
        if self.phase is not Phase.CONTENT:  # within a message it would be taken for a part of it
            self._say(reply.encode())
        self._close()

    def data_to_send(self) -> bytes:
        """What is to go to the client, in order."""
        data = b"".join(self._out)
        self._out.clear()
        self.unsent = 0
        return data

    def tls_started(self) -> None:
        """Forget what came before TLS: it may be an attacker's (RFC 2595 §4)."""
        self._in.clear()
        self._user = None
        self._bad = 0
        self.state = State.AUTHORIZATION
        self.phase = Phase.COMMAND
        self.encrypted = True

    # What each phase does with what has arrived.

    def _step(self) -> Event | _Step:
        if self.phase is Phase.DISCARD:
            return self._discard()
        try:
            line = self._in.take_line()
        except LineTooLong:
            self._line_awaited = self.phase is Phase.LINE
            self.phase = Phase.DISCARD
            return _Step.DONE
        if line is None:
            return _Step.MORE
        if self.phase is Phase.LINE:
            self.phase = Phase.ANSWER
            return LineReceived(line)
        return self._command_line(line)

    def _discard(self) -> Event | _Step:
        if not self._in.drop_line():
            return _Step.MORE
        if self._line_awaited:  # a response of SASL that cannot be read is one given up
            self.phase = Phase.ANSWER
            return LineReceived(b"*")
        self.phase = Phase.COMMAND
        return self._refuse("line too long")

    def _command_line(self, line: bytes) -> Event | _Step:
        if len(line) > self._limits.line and not line[:5].upper().startswith(_LONGER):
            return self._refuse("line too long")
        try:
            command = parse.command(line)
        except parse.SyntaxProblem as problem:
            if line[:9].upper().startswith(_FOREIGN):
                self.hang_up(Err("this is POP3"))
                return _Step.DONE
            return self._refuse(str(problem))
        if self.state not in command.valid_in:
            return self._refuse(f"not {self.state.value}")
        return self._accept(command)

    def _accept(self, command: Command) -> Event | _Step:
        user, self._user = self._user, None
        if type(command) is Pass:
            if user is None:
                return self._refuse("USER comes before PASS")
            command = Pass(user, command.password)
        elif type(command) is Stls and self.encrypted:
            return self._refuse("TLS is already active")
        if self.state is State.TRANSACTION:
            self._bad = 0  # who has logged in may err, but not do nothing else
        self._command = command
        self.phase = Phase.ANSWER
        return CommandReceived(command)

    def _refuse(self, problem: str) -> _Step:
        """Answer what is no command, and count it."""
        self._bad += 1
        self._user = None
        if self._bad > self._limits.bad_commands:
            self.hang_up(Err("too many bad commands"))
        else:
            self._say(Err(problem).encode())
        return _Step.DONE

    def _next_phase(self, reply: Reply) -> None:
        """Where a reply to the command in hand leads."""
        command = self._command
        if isinstance(reply, Continue):
            if not isinstance(command, Auth):
                raise RuntimeError("only AUTH goes on by lines")
            self.phase = Phase.LINE
        elif isinstance(reply, ContentStart):
            self._stuffer = Stuffer()
            self.phase = Phase.CONTENT
        elif isinstance(command, Quit):
            self._close()
        elif isinstance(command, Stls) and isinstance(reply, Ok):
            self.phase = Phase.TLS
        else:
            if isinstance(command, User) and isinstance(reply, Ok):
                self._user = command.user
            self.phase = Phase.COMMAND

    def _content(self, reply: ContentPart | ContentEnd) -> None:
        if self.phase is not Phase.CONTENT:
            raise RuntimeError("no ContentStart went before")
        if isinstance(reply, ContentPart):
            self._say(self._stuffer.feed(reply.data))
        else:
            self._say(self._stuffer.end() + b".\r\n")
            self.phase = Phase.COMMAND

    def _say(self, data: bytes) -> None:
        self._out.append(data)
        self.unsent += len(data)

    def _close(self) -> None:
        self._in.clear()
        self.phase = Phase.CLOSED
