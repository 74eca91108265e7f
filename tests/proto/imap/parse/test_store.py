import pytest

from pillarbox.proto.imap.commands import Copy, FlagAction, Move, Store
from pillarbox.proto.imap.sequence import SAVED, SequenceSet
from pillarbox.proto.imap.tolerances import STRICT
from proto.imap.driver import is_bad, received

SET = SequenceSet(((2, 4),))
REPLACE, ADD, REMOVE = FlagAction


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"2:4 +FLAGS (\\Deleted)", Store(b"t", SET, ADD, ("\\Deleted",))),
        (b"2:4 -flags.silent (\\deleted a)", Store(b"t", SET, REMOVE, ("\\Deleted", "a"), silent=True)),
        (b"2:4 FLAGS ()", Store(b"t", SET, REPLACE, ())),
        (b"2:4 +FLAGS \\Seen", Store(b"t", SET, ADD, ("\\Seen",))),
        (b"2:4 +FLAGS \\Seen $Work ", Store(b"t", SET, ADD, ("\\Seen", "$Work"))),
        (b"$ +FLAGS.SILENT (x)", Store(b"t", SAVED, ADD, ("x",), silent=True)),
        (b"2:4 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (x)", Store(b"t", SET, ADD, ("x",), True, False, 12121230045)),
        (b"2:4 (UNCHANGEDSINCE 0) FLAGS x", Store(b"t", SET, REPLACE, ("x",), unchanged_since=0)),
        (b"2:4 FLAGS (\\Recent x)", Store(b"t", SET, REPLACE, ("x",))),
    ],
)
def test_flags_are_set_added_or_taken_away(text: bytes, expected: Store) -> None:
    assert received(b"STORE " + text) == expected
    by_uid = Store(b"t", expected.messages, expected.action, expected.flags, expected.silent, True, expected.unchanged_since)
    assert received(b"UID STORE " + text) == by_uid


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"1",
        b"1 FLAGS",
        b"1 FLAG (x)",
        b"1 *FLAGS (x)",
        b"1 FLAGS.LOUD (x)",
        b"1 FLAGS.SILENT.SILENT (x)",
        b"1 +FLAGS (\\Nonsense)",
        b"1 +FLAGS \\*",
        b"1 +FLAGS (x) y",
        b"1 () +FLAGS",
        b"1 (UNCHANGEDSINCE) +FLAGS (x)",
        b"1 (UNCHANGEDSINCE 9223372036854775808) +FLAGS (x)",
        b"1 (CHANGEDSINCE 1) +FLAGS (x)",
        b"0 +FLAGS (x)",
    ],
)
def test_what_does_not_fit_is_bad(text: bytes) -> None:
    assert is_bad(received(b"STORE " + text))


def test_the_strict_take_no_recent() -> None:
    assert is_bad(received(b"STORE 1 FLAGS (\\Recent)", tolerances=STRICT))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"COPY 2:4 MEETING", Copy(b"t", SET, "MEETING")),
        (b"uid copy $ inbox", Copy(b"t", SAVED, "INBOX", uid=True)),
        (b'MOVE 2:4 "a b"', Move(b"t", SET, "a b")),
        (b"UID MOVE 2:4 foo", Move(b"t", SET, "foo", uid=True)),
    ],
)
def test_copy_and_move_name_a_mailbox(line: bytes, expected: Copy | Move) -> None:
    assert received(line) == expected


@pytest.mark.parametrize("line", [b"COPY", b"COPY 1", b"COPY x y", b"COPY 1 a b", b"MOVE 1", b"UID MOVE 0 x"])
def test_copy_and_move_that_do_not_fit_are_bad(line: bytes) -> None:
    assert is_bad(received(line))
