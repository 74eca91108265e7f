"""What an engine can be told not to know, and how much it takes without its leave."""

import pytest

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import State
from pillarbox.proto.imap.events import AppendOffered, CommandReceived
from pillarbox.proto.imap.server import Phase, ServerConnection

THERE = b"a2 NOOP\r\n"


def connection_with(data: bytes) -> ServerConnection:
    connection = ServerConnection()
    connection.state = State.SELECTED
    connection.receive_data(data)
    return connection


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (commands.Move, b"a1 MOVE 1 Trash\r\n"),
        (commands.Move, b"a1 UID MOVE 1 Trash\r\n"),
        (commands.Move, b"a1 MOVE 1 {5+}\r\nTrash\r\n"),
        (commands.Move, b"a1 MOVE what is this\r\n"),
        (commands.Append, b"a1 APPEND INBOX {5+}\r\nA: b\n\r\n"),
        (commands.Idle, b"a1 IDLE\r\n"),
    ],
)
def test_a_command_that_is_unknown_is_read_past(kind: type[commands.Command], line: bytes) -> None:
    connection = connection_with(line + THERE)
    connection.unknown = frozenset({kind})
    assert connection.next_event() == CommandReceived(commands.Noop(b"a2"))
    assert connection.data_to_send() == b"a1 BAD unknown command\r\n"


@pytest.mark.parametrize(
    ("unawaited", "header", "is_taken"),
    [(5, b"{5+}", True), (4, b"{5+}", False), (4, b"{5}", True), (-1, b"{1+}", False), (-1, b"{1}", True)],
)
@pytest.mark.parametrize("command", [b"APPEND INBOX ", b"CREATE "])
def test_no_larger_literal_is_taken_without_leave(command: bytes, unawaited: int, header: bytes, is_taken: bool) -> None:
    size = int(header.strip(b"{+}"))
    connection = connection_with(b"a1 " + command + header + b"\r\n")
    connection.unawaited = unawaited
    event = connection.next_event()
    assert (isinstance(event, AppendOffered) or connection.phase is Phase.STRING) == is_taken
    if not is_taken:
        connection.receive_data(b"x" * size + b"\r\n" + THERE)
        assert connection.next_event() == CommandReceived(commands.Noop(b"a2"))
        assert connection.data_to_send().startswith(b"a1 BAD [TOOBIG] ")


def test_nor_one_behind_the_first_message_of_an_append() -> None:
    connection = connection_with(b"a1 APPEND INBOX {1}\r\n")
    connection.unawaited = 4
    assert isinstance(connection.next_event(), AppendOffered)
    connection.accept_literal()
    connection.receive_data(b"x {5+}\r\nhello\r\n" + THERE)
    while not isinstance(event := connection.next_event(), CommandReceived):
        assert event is not None
    assert event.command == commands.Noop(b"a2")
    assert b"a1 BAD [TOOBIG] " in connection.data_to_send()


def test_what_is_behind_a_command_can_be_taken_back() -> None:
    connection = connection_with(b"a1 COMPRESS DEFLATE\r\n\x01\x02")
    assert isinstance(connection.next_event(), CommandReceived)
    assert connection.take_unread() == b"\x01\x02"
    assert connection.unread == 0
