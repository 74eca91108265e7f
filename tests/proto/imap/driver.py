"""A server of a few lines around the IMAP engine: enough to hold a conversation."""

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import codes, commands
from pillarbox.proto.imap.commands import Command, State
from pillarbox.proto.imap.events import (
    AppendAbandoned,
    AppendOffered,
    CommandReceived,
    Event,
    LineReceived,
    LiteralChunk,
    PeerClosed,
)
from pillarbox.proto.imap.responses import Bye, Continue, Exists, Status, Tagged
from pillarbox.proto.imap.server import ServerConnection
from pillarbox.proto.imap.tolerances import Tolerances


def ok(command: Command, code: codes.Code | None = None) -> Tagged:
    name = command.name.decode()
    return Tagged(
        command.tag, Status.OK, f"UID {name} completed" if getattr(command, "uid", False) else f"{name} completed", code
    )


class Driver:
    """Says OK to everything, refuses messages of more than `max_message` bytes, keeps what it saw."""

    def __init__(
        self,
        limits: ImapLimits = ImapLimits(),
        state: State = State.NOT_AUTHENTICATED,
        max_message: int = 1000,
        tolerances: Tolerances = Tolerances(),
    ) -> None:
        self.connection = ServerConnection(limits, tolerances)
        self.connection.state = state
        self.connection._begin_command()
        self.max_message = max_message
        self.events: list[Event] = []
        self.messages: list[bytes] = []
        self._pending: list[bytearray] = []
        self._waiting: Command | None = None

    def feed(self, data: bytes) -> bytes:
        self.connection.receive_data(data)
        return self.pump()

    def feed_in_steps(self, data: bytes, step: int) -> bytes:
        return b"".join(self.feed(data[at : at + step]) for at in range(0, len(data), step))

    def eof(self) -> bytes:
        self.connection.receive_eof()
        return self.pump()

    def pump(self) -> bytes:
        while (event := self.connection.next_event()) is not None:
            self.events.append(event)
            self._handle(event)
        return self.connection.data_to_send()

    def _handle(self, event: Event) -> None:
        match event:
            case CommandReceived(command):
                self._command(command)
            case LineReceived(line):
                self._line(line)
            case AppendOffered(tag=tag, size=size) if size > self.max_message:
                self.connection.send(Tagged(tag, Status.NO, "message too big", codes.TOO_BIG))
            case AppendOffered(index=index):
                if not index and event.begins:
                    self._pending.clear()
                self._pending.append(bytearray((event.url or "").encode()))
                self.connection.accept_literal()
            case LiteralChunk(data):
                self._pending[-1] += data
            case AppendAbandoned():
                self._pending.clear()
            case PeerClosed():
                pass

    def _command(self, command: Command) -> None:
        connection = self.connection
        match command:
            case commands.Login():
                connection.state = State.AUTHENTICATED
            case commands.Authenticate(initial=None) | commands.Idle():
                self._waiting = command
                connection.send(Continue(b"" if isinstance(command, commands.Authenticate) else b"idling"))
                return
            case commands.Authenticate():
                connection.state = State.AUTHENTICATED
            case commands.Select() | commands.Examine():
                connection.state = State.SELECTED
                connection.send(Exists(3))
                connection.send(ok(command, codes.READ_WRITE if isinstance(command, commands.Select) else codes.READ_ONLY))
                return
            case commands.Close() | commands.Unselect():
                connection.state = State.AUTHENTICATED
            case commands.Enable(capabilities=names):
                connection.utf8 = connection.utf8 or bool({"UTF8=ACCEPT", "IMAP4REV2"} & set(names))
            case commands.Append():
                self.messages += map(bytes, self._pending)
            case commands.Logout():
                connection.send(Bye("see you"))
        connection.send(ok(command))
        if isinstance(command, commands.StartTls):
            connection.tls_started()

    def _line(self, line: bytes) -> None:
        command = self._waiting
        assert command is not None
        self._waiting = None
        if isinstance(command, commands.Idle) and line.upper() != b"DONE":
            self.connection.send(Tagged(command.tag, Status.BAD, "expected DONE"))
        elif line == b"*":
            self.connection.send(Tagged(command.tag, Status.BAD, "cancelled"))
        else:
            if isinstance(command, commands.Authenticate):
                self.connection.state = State.AUTHENTICATED
            self.connection.send(ok(command))


def merged(events: list[Event]) -> list[Event]:
    """The events with the chunks of each literal made one: where they are cut is no part of what happened."""
    out: list[Event] = []
    for event in events:
        before = out[-1] if out else None
        if isinstance(event, LiteralChunk) and isinstance(before, LiteralChunk) and not before.last:
            out[-1] = LiteralChunk(before.data + event.data, event.last)
        else:
            out.append(event)
    return out


def received(
    line: bytes, state: State = State.SELECTED, utf8: bool = False, tolerances: Tolerances = Tolerances()
) -> Command | bytes:
    """The command that `line`, without tag and CRLF, becomes; or what the engine says to it when it refuses."""
    connection = ServerConnection(tolerances=tolerances)
    connection.state = state
    connection.utf8 = utf8
    connection._begin_command()
    connection.receive_data(b"t " + line + b"\r\n")
    event = connection.next_event()
    if event is None:
        return connection.data_to_send()
    assert isinstance(event, CommandReceived)
    return event.command


def is_bad(answer: Command | bytes) -> bool:
    return isinstance(answer, bytes) and answer.startswith(b"t BAD ")
