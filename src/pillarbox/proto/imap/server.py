"""One IMAP connection seen from the server, without the network (RFC 9051).

Theory of operation
===================

Bytes go in with receive_data() and receive_eof(), events come out of next_event(), responses go in with send(),
bytes come out of data_to_send(). Nothing here reads a clock, a socket or a file.

At any time the connection waits for one thing, its phase:

    COMMAND    the client's next command line, or what follows a literal of it
    STRING     the rest of a small literal, an argument of the command in hand
    ANSWER     our Tagged: a command is never read before the last one is answered, since LOGIN, STARTTLS, ENABLE,
               AUTHENTICATE and IDLE change how the next bytes are read
    LINE       the client's answer to our Continue
    DECISION   our accept_literal(), or a Tagged that refuses
    OFFERS     our leave to tell of the next part of a message, if the line has more of them
    LITERAL    the rest of a message being appended
    TAIL       the line after that: the end of the command, or the next part or message of it
    DISCARD    the rest of a literal of a command refused: read and dropped, never understood
    REST       the rest of a line of a command refused, or of a line too long, likewise
    TLS        our tls_started(): what the client sends before that is not the client's
    CLOSED     nothing

What a refused command still sends costs no memory. Its answer goes out when the last of it has come in, unless the client
waits for our leave to send it: then it goes out at once, and the client sends the rest no more (RFC 9051 §4.3).
"""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from pillarbox.limits import ImapLimits
from pillarbox.proto.wire import InputBuffer, LineTooLong

from . import codes, reading
from .catalogue import DEFAULT, localized
from .commands import Append, Command, Logout, Replace, StartTls, State
from .events import AppendAbandoned, AppendOffered, CommandReceived, Event, LineReceived, LiteralChunk, PeerClosed
from .parse import lexis
from .parse.lexis import LiteralHeader
from .parse.scanner import Scanner
from .reading import Refused
from .responses import Bye, Continue, Response, Status, Tagged
from .tolerances import Tolerances


class Phase(Enum):
    COMMAND = auto()
    STRING = auto()
    ANSWER = auto()
    LINE = auto()
    DECISION = auto()
    OFFERS = auto()
    LITERAL = auto()
    TAIL = auto()
    DISCARD = auto()
    REST = auto()
    TLS = auto()
    CLOSED = auto()

    __hash__ = object.__hash__  # looked up for every step; Enum's own is a function in Python


class Progress(Enum):
    """What a step that reports no event has come to."""

    MADE = auto()
    """Take the next step."""
    NONE = auto()
    """More bytes must come first."""


MADE, NONE = Progress.MADE, Progress.NONE
Step = Event | Progress


class ServerConnection:
    """Pull events with next_event(); answer each CommandReceived with a Tagged before there is another."""

    def __init__(self, limits: ImapLimits = ImapLimits(), tolerances: Tolerances = Tolerances()) -> None:
        self.state = State.NOT_AUTHENTICATED
        """The RFC's state, moved by whoever answers."""
        self.utf8 = False
        """Whether UTF8=ACCEPT or IMAP4rev2 has been enabled; set by whoever answers ENABLE."""
        self.language = DEFAULT
        """A tag of `catalogue.LANGUAGES`; set by whoever answers LANGUAGE."""
        self.unknown: frozenset[type[Command]] = frozenset()
        """Commands that there are not, on this connection."""
        self.unawaited = lexis.NUMBER64_MAX
        """The largest literal that is taken without our leave; -1: none (RFC 7888)."""
        self.phase = Phase.COMMAND
        self._limits = limits
        self._tolerances = tolerances
        self._in = InputBuffer(limits.line_before_login)
        self._in_closed = False
        self._out: list[bytes] = []
        self._bad = 0
        self._fragments: list[bytes] = []
        self._literals: list[bytearray] = []
        self._remaining = 0  # of the literal in hand
        self._synchronizing = False
        self._command: Command | None = None
        self._offer: AppendOffered | None = None
        self._offers = deque[AppendOffered]()  # those behind it on the same line
        self._made: Append | Replace | None = None  # what the line ends, if it does
        self._refusal: Tagged | None = None
        self._line_end = b""  # the end of what REST has dropped
        self._steps: dict[Phase, Callable[[], Step]] = {
            Phase.COMMAND: self._command_line,
            Phase.STRING: self._string,
            Phase.LINE: self._answer_line,
            Phase.OFFERS: self._next_offer,
            Phase.LITERAL: self._literal,
            Phase.TAIL: self._tail,
            Phase.DISCARD: self._discard,
            Phase.REST: self._rest,
        }

    # The doors.

    @property
    def unread(self) -> int:
        """Bytes received and not yet understood. None may be left when TLS begins: they would be an attacker's."""
        return len(self._in)

    def receive_data(self, data: bytes) -> None:
        """Take bytes off the network."""
        if self.phase is not Phase.CLOSED:
            self._in.feed(data)

    def take_unread(self) -> bytes:
        """Bytes received and not yet understood, taken from here: they are to come again another way."""
        return self._in.take_at_most(len(self._in))

    def receive_eof(self) -> None:
        """The client will send no more."""
        self._in_closed = True

    def next_event(self) -> Event | None:
        """The next thing the client did, or None: more bytes, or an answer from us, must come first."""
        while (step := self._steps.get(self.phase)) is not None:
            done = step()
            if done is NONE:
                break
            if not isinstance(done, Progress):
                return done
        if self._in_closed and self.phase not in (Phase.ANSWER, Phase.DECISION, Phase.CLOSED):
            self._close()
            return PeerClosed()
        return None

    def send(self, response: Response) -> None:
        """Queue a response. A Tagged ends the command in hand and lets the next be read; a Continue asks for a line."""
        if isinstance(response, Tagged):
            if self.phase is Phase.ANSWER:
                self._finish(response)
            else:
                self._answer_literal(response)
            return
        self._out.append(self._bytes(response))
        if isinstance(response, Continue) and self.phase is Phase.ANSWER:
            self._in.max_line = max(self._line_limit(), self._limits.auth_line)
            self.phase = Phase.LINE
        elif isinstance(response, Bye) and not isinstance(self._command, Logout):
            self._close()

    def data_to_send(self) -> bytes:
        """What is to go to the network, taken from here."""
        data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
        self._out.clear()
        return data

    def accept_literal(self) -> None:
        """Take what is on offer: the bytes of a literal follow as LiteralChunk events."""
        if self.phase is not Phase.DECISION:
            raise RuntimeError("no message is on offer")
        if self._offered().url is not None:
            self.phase = Phase.OFFERS
            return
        if self._synchronizing:
            self._out.append(Continue().encode())
        self.phase = Phase.LITERAL

    def tls_started(self) -> None:
        """Forget what came before TLS and begin to read: it may have been an attacker's (RFC 9051 §11.1)."""
        self._in.clear()
        self._begin_command()

    def _answer_literal(self, answer: Tagged) -> None:
        """Refuse a message on offer, or on its way."""
        match self.phase:
            case Phase.DECISION if self._synchronizing:
                self._finish(answer)
            case Phase.DECISION | Phase.LITERAL:
                self._drop(answer, Phase.DISCARD)
            case Phase.TAIL:
                self._drop(answer, Phase.REST)
            case Phase.CLOSED:
                pass
            case _:
                raise RuntimeError("no command waits for an answer")

    def _finish(self, answer: Tagged) -> None:
        command = self._command
        self._out.append(self._bytes(answer))
        self._begin_command()
        if answer.status is Status.OK and isinstance(command, StartTls):
            self.phase = Phase.TLS
        elif isinstance(command, Logout):
            self._close()

    # What each phase does with what has arrived.

    def _command_line(self) -> Step:
        try:
            line = self._in.take_line()
        except LineTooLong:
            return self._overlong(self._in.take_at_most(self._in.max_line + 1))
        if line is None:
            return NONE
        header = lexis.literal_header(line)
        self._fragments.append(line[: header.start] if header else line)
        try:
            return self._with_literal(header) if header else self._whole_command()
        except Refused as refused:
            return self._refuse(refused.answer, header)

    def _with_literal(self, header: LiteralHeader) -> Step:
        """A line that ends with a literal's header: a message to append, or an argument."""
        self._check_awaited(header)
        if reading.is_url_ahead(self._fragments):
            return self._argument(header)
        found = reading.first_messages(self._scanner(self._fragments), self.state, self.unknown, header.size)
        return self._argument(header) if found is None else self._offer_messages(found, header)

    def _argument(self, header: LiteralHeader) -> Progress:
        """A literal that is small, and kept until the command is whole."""
        limit = self._limits.literal_before_login if self.state is State.NOT_AUTHENTICATED else self._limits.literal_bytes
        if sum(map(len, self._literals)) + header.size > limit:
            raise Refused(self._tagged(Status.NO, "the literal is too big", codes.TOO_BIG))
        if len(self._literals) == self._limits.literals:
            raise Refused(self._tagged(Status.BAD, "too many literals", codes.TOO_BIG))
        if header.synchronizing:
            self._out.append(Continue().encode())
        self._remaining = header.size
        self._literals.append(bytearray())
        self._in.max_line -= len(self._fragments[-1])
        self.phase = Phase.STRING
        return MADE

    def _check_awaited(self, header: LiteralHeader) -> None:
        if not header.synchronizing and header.size > self.unawaited:
            raise Refused(self._tagged(Status.BAD, "so large a literal may only be sent with our leave", codes.TOO_BIG))

    def _string(self) -> Step:
        taken = self._in.take_at_most(self._remaining)
        self._literals[-1] += taken
        self._remaining -= len(taken)
        if self._remaining:
            return NONE
        self.phase = Phase.COMMAND if self._offer is None else Phase.TAIL
        return MADE

    def _whole_command(self) -> Step:
        command = reading.command(self._scanner(self._fragments), self.state, self.unknown)
        if self.state is not State.NOT_AUTHENTICATED:
            self._bad = 0
        if isinstance(command, Append | Replace):
            found = reading.first_messages(self._scanner(self._fragments), self.state, self.unknown, None)
            assert found is not None
            return self._offer_messages(found, None)
        return self._received(command)

    def _answer_line(self) -> Step:
        try:
            line = self._in.take_line()
        except LineTooLong:
            self.phase = Phase.REST  # with no refusal: it will come as `*`
            return MADE
        if line is None:
            return NONE
        self.phase = Phase.ANSWER
        return LineReceived(line)

    def _literal(self) -> Step:
        """Some of a message; NUL is taken only in a literal8 (RFC 9051 §4.3)."""
        offer = self._offered()
        at_most = self._remaining
        if not offer.binary and 0 <= (nul := self._in.find(b"\0")) < at_most:
            if not nul:
                self._drop(self._tagged(Status.NO, "a message with NUL must come as a literal8", codes.CANNOT), Phase.DISCARD)
                return AppendAbandoned(offer.tag)
            at_most = nul
        taken = self._in.take_at_most(at_most)
        self._remaining -= len(taken)
        if self._remaining:
            return LiteralChunk(taken) if taken else NONE
        self._begin_tail()
        return LiteralChunk(taken, last=True)

    def _tail(self) -> Step:
        try:
            line = self._in.take_line()
        except LineTooLong:
            self._drop(self._tagged(Status.BAD, "the line is too long"), Phase.REST)
            return AppendAbandoned(self._offered().tag)
        if line is None:
            return NONE
        header = lexis.literal_header(line)
        offer = self._offered()
        self._fragments.append(line[: header.start] if header else line)
        try:
            if header is not None:
                self._check_awaited(header)
                if len(self._fragments) > 1 and reading.is_url_ahead(self._fragments):
                    return self._argument(header)
            found = reading.after_message(offer, self._scanner(self._fragments), header.size if header else None)
            if found is None and header is not None:
                return self._argument(header)
        except Refused as refused:
            self._refuse(refused.answer, header)
            return AppendAbandoned(offer.tag)
        assert found is not None
        return self._offer_messages(found, header)

    def _discard(self) -> Step:
        self._remaining -= len(self._in.take_at_most(self._remaining))
        if self._remaining:
            return NONE
        self._line_end = b""
        self.phase = Phase.REST
        return MADE

    def _rest(self) -> Step:
        """Drop what there is of a line, but for its end, which may announce a literal that must be dropped too."""
        end = self._in.find(b"\r\n")
        held = len(self._in)
        if end < 0:
            end = held - (held > 0 and self._in.find(b"\r", held - 1) >= 0)
        self._line_end = (self._line_end + self._in.take_at_most(end))[-lexis.LITERAL_HEADER_MAX :]
        if len(self._in) < 2:
            return NONE
        self._in.take_at_most(2)
        if self._refusal is None:
            self.phase = Phase.ANSWER
            return LineReceived(b"*")
        return self._refuse(self._refusal, lexis.literal_header(self._line_end))

    # Refusals.

    def _refuse(self, answer: Tagged, header: LiteralHeader | None) -> Progress:
        """End the command in hand, whose line has ended with this header or none."""
        self._refusal = answer
        if header is None or header.synchronizing:
            self._end_refusal(answer)
        elif header.size > lexis.NUMBER64_MAX:
            self._hang_up("no literal has that size")
        else:
            self._remaining, self.phase = header.size, Phase.DISCARD
        return MADE

    def _end_refusal(self, answer: Tagged) -> None:
        self._out.append(self._bytes(answer))
        self._bad += answer.status is Status.BAD
        if self._bad >= self._limits.bad_commands:
            self._hang_up("too many bad commands")
        else:
            self._begin_command()

    def _drop(self, answer: Tagged, phase: Phase) -> None:
        """End the command in hand when what is left of its literal, or of its line, has been dropped."""
        self._refusal, self.phase = answer, phase

    def _overlong(self, start: bytes) -> Progress:
        """A command line longer than it may be; `start` has been taken off it."""
        self._fragments.append(start)
        self._line_end = start[-lexis.LITERAL_HEADER_MAX :]
        self._drop(self._tagged(Status.BAD, "the line is too long"), Phase.REST)
        return MADE

    def _tagged(self, status: Status, text: str, code: codes.Code | None = None) -> Tagged:
        """An answer of our own to the command in hand."""
        tag = self._offer.tag if self._offer is not None else reading.tag_of(self._fragments[0])
        return Tagged(tag, status, text, code)

    def _offer_messages(self, found: reading.Messages, header: LiteralHeader | None) -> Event:
        """What the line has on offer, one by one; then comes its literal, or the command is whole."""
        self._offers, self._made = deque(found.offers), found.command
        self._remaining = header.size if header else 0
        self._synchronizing = header is None or header.synchronizing
        return self._next_offer()

    def _next_offer(self) -> Event:
        if self._offers:
            self._offer, self.phase = self._offers.popleft(), Phase.DECISION
            return self._offer
        assert self._made is not None
        return self._received(self._made)

    def _offered(self) -> AppendOffered:
        assert self._offer is not None
        return self._offer

    # Between commands.

    def _received(self, command: Command) -> Event:
        self._command, self.phase = command, Phase.ANSWER
        return CommandReceived(command)

    def _scanner(self, fragments: list[bytes]) -> Scanner:
        return Scanner(fragments, self._literals, self._limits, self._tolerances, self.utf8)

    def _line_limit(self) -> int:
        return self._limits.line_before_login if self.state is State.NOT_AUTHENTICATED else self._limits.line

    def _bytes(self, response: Response) -> bytes:
        """As it goes out, in the client's language."""
        if self.language != DEFAULT:
            response = localized(response, self.language)
        return response.encode(self.utf8)

    def _begin_command(self) -> None:
        self._fragments.clear()
        self._literals.clear()
        self._command = self._offer = self._refusal = None
        self._line_end = b""
        self._remaining = 0
        self._in.max_line = self._line_limit()
        self.phase = Phase.COMMAND

    def _begin_tail(self) -> None:
        self._fragments.clear()
        self._literals.clear()
        self._in.max_line = self._line_limit()
        self.phase = Phase.TAIL

    def _hang_up(self, text: str) -> None:
        self._out.append(self._bytes(Bye(text)))
        self._close()

    def _close(self) -> None:
        self._in.clear()
        self.phase = Phase.CLOSED
