import pytest

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import State
from proto.imap.driver import is_bad, received


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"CAPABILITY", commands.Capability(b"t")),
        (b"noop", commands.Noop(b"t")),
        (b"Logout", commands.Logout(b"t")),
        (b"ID NIL", commands.Id(b"t", None)),
        (b"ID ()", commands.Id(b"t", ())),
        (b'ID ("name" "curl" "os" NIL)', commands.Id(b"t", (("name", "curl"), ("os", None)))),
        (b'ID ("name" "NIL")', commands.Id(b"t", (("name", "NIL"),))),
    ],
)
@pytest.mark.parametrize("state", State)
def test_some_commands_are_for_any_state(line: bytes, state: State, expected: commands.Command) -> None:
    assert received(line, state) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"ENABLE condstore", commands.Enable(b"t", ("CONDSTORE",))),
        (b"ENABLE CONDSTORE UTF8=Accept X-GOOD-IDEA", commands.Enable(b"t", ("CONDSTORE", "UTF8=ACCEPT", "X-GOOD-IDEA"))),
        (b"IDLE", commands.Idle(b"t")),
        (b"COMPRESS deflate", commands.Compress(b"t", "DEFLATE")),
        (b"UNAUTHENTICATE", commands.Unauthenticate(b"t")),
    ],
)
def test_some_commands_are_for_those_logged_in(line: bytes, expected: commands.Command) -> None:
    assert received(line, State.AUTHENTICATED) == received(line) == expected
    assert received(line, State.NOT_AUTHENTICATED) == b"t BAD [CLIENTBUG] not while not authenticated\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"ID",
        b"ID x",
        b'ID ("a")',
        b'ID ("a" b)',
        b'ID (NIL "a")',
        b"ENABLE",
        b"ENABLE (A)",
        b"IDLE x",
        b"COMPRESS",
        b"COMPRESS (A)",
        b"COMPRESS A B",
        b"UNAUTHENTICATE x",
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
