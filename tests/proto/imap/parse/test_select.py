import pytest

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import Examine, Expunge, Resync, Select, State
from pillarbox.proto.imap.sequence import SAVED, SequenceSet
from proto.imap.driver import is_bad, received

RESYNC = Resync(67890007, 20050715194045000, SequenceSet(((41, 41), (43, 211), (214, 541))))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"SELECT inbox", Select(b"t", "INBOX")),
        (b"SELECT  INBOX", Select(b"t", "INBOX")),
        (b"EXAMINE blurdybloop", Examine(b"t", "blurdybloop")),
        (b"SELECT INBOX (CONDSTORE)", Select(b"t", "INBOX", condstore=True)),
        (b"EXAMINE INBOX (condstore)", Examine(b"t", "INBOX", condstore=True)),
        # RFC 7162 §3.2.5
        (b"SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))", Select(b"t", "INBOX", resync=RESYNC)),
        (b"SELECT x (QRESYNC (67890007 1))", Select(b"t", "x", resync=Resync(67890007, 1))),
        (
            b"SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541 (1,10 41,53)) CONDSTORE)",
            Select(
                b"t",
                "INBOX",
                True,
                Resync(
                    67890007,
                    90060115194045000,
                    SequenceSet(((41, 211), (214, 541))),
                    SequenceSet(((1, 1), (10, 10))),
                    SequenceSet(((41, 41), (53, 53))),
                ),
            ),
        ),
        (
            b"SELECT x (QRESYNC (1 2 (1 3)))",
            Select(b"t", "x", resync=Resync(1, 2, None, SequenceSet(((1, 1),)), SequenceSet(((3, 3),)))),
        ),
    ],
)
def test_opening_a_mailbox_may_bring_what_is_known_of_it(line: bytes, expected: Select | Examine) -> None:
    assert received(line) == received(line, State.AUTHENTICATED) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"CLOSE", commands.Close(b"t")),
        (b"UNSELECT", commands.Unselect(b"t")),
        (b"CHECK", commands.Check(b"t")),
        (b"EXPUNGE", Expunge(b"t")),
        (b"uid expunge 3000:3002", Expunge(b"t", SequenceSet(((3000, 3002),)), uid=True)),
        (b"UID EXPUNGE $", Expunge(b"t", SAVED, uid=True)),
    ],
)
def test_some_commands_need_a_mailbox_open(line: bytes, expected: commands.Command) -> None:
    assert received(line) == expected
    assert received(line, State.AUTHENTICATED) == b"t BAD [CLIENTBUG] not while authenticated\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"SELECT",
        b"SELECT a b",
        b"SELECT x (NONSENSE)",
        b"SELECT x (QRESYNC)",
        b"SELECT x (QRESYNC ())",
        b"SELECT x (QRESYNC (1))",
        b"SELECT x (QRESYNC (0 1))",
        b"SELECT x (QRESYNC (1 0))",
        b"SELECT x (QRESYNC (1 9223372036854775808))",
        b"SELECT x (QRESYNC (1 2 *))",
        b"SELECT x (QRESYNC (1 2 $))",
        b"SELECT x (QRESYNC (1 2 1:5 (1)))",
        b"SELECT x (QRESYNC (1 2 1:5 (1 2 3)))",
        b"UID EXPUNGE",
        b"EXPUNGE 1:3",
        b"CLOSE x",
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
