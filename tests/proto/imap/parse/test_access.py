import pytest

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import RightsAction, State
from proto.imap.driver import is_bad, received


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GETACL inbox", commands.GetAcl(b"t", "INBOX")),
        (b"MYRIGHTS INBOX", commands.MyRights(b"t", "INBOX")),
        (b"LISTRIGHTS ~/Mail/saved smith", commands.ListRights(b"t", "~/Mail/saved", "smith")),
        (b"DELETEACL INBOX -Fred", commands.DeleteAcl(b"t", "INBOX", "-Fred")),
        (b"SETACL INBOX/Drafts John lrswicda", commands.SetAcl(b"t", "INBOX/Drafts", "John", RightsAction.REPLACE, "lrswicda")),
        (b"SETACL INBOX Chris +cda", commands.SetAcl(b"t", "INBOX", "Chris", RightsAction.ADD, "cda")),
        (b'SETACL INBOX "a b" "-"', commands.SetAcl(b"t", "INBOX", "a b", RightsAction.REMOVE, "")),
        (b'SETACL "Saved mail" {4+}\r\nJane ""', commands.SetAcl(b"t", "Saved mail", "Jane", RightsAction.REPLACE, "")),
        (b'SETACL x {5+}\r\nj\xc3\xbcrg "+kxte"', commands.SetAcl(b"t", "x", "jürg", RightsAction.ADD, "kxte")),
    ],
)
def test_a_command_about_rights_is_for_those_logged_in(line: bytes, expected: commands.Command) -> None:
    assert received(line) == expected
    assert received(line, State.NOT_AUTHENTICATED) == b"t BAD [CLIENTBUG] not while not authenticated\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"GETACL",
        b"GETACL x y",
        b"MYRIGHTS",
        b"LISTRIGHTS x",
        b"LISTRIGHTS x y z",
        b"DELETEACL x",
        b"SETACL x",
        b"SETACL x y",
        b"SETACL x y L",
        b"SETACL x y lrz",
        b"SETACL x y 0",
        b"SETACL x y ++l",
        b"SETACL x y =l",
        b"SETACL x {1+}\r\n\xff l",
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
