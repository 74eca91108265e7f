import pytest

from pillarbox.proto.imap.commands import State, UidBatches
from proto.imap.driver import is_bad, received


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"UIDBATCHES 2000", UidBatches(b"t", 2000)),
        (b"uidbatches 500 1:20", UidBatches(b"t", 500, 1, 20)),
        (b"UIDBATCHES 500 7:7", UidBatches(b"t", 500, 7, 7)),
        (b"UIDBATCHES 4294967295 9:2", UidBatches(b"t", 4294967295, 9, 2)),
    ],
)
def test_batches_are_for_a_selected_mailbox(line: bytes, expected: UidBatches) -> None:
    assert received(line) == expected
    assert received(line, State.AUTHENTICATED) == b"t BAD [CLIENTBUG] not while authenticated\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"UIDBATCHES",
        b"UIDBATCHES 0",
        b"UIDBATCHES x",
        b"UIDBATCHES 500 1",
        b"UIDBATCHES 500 1:",
        b"UIDBATCHES 500 0:1",
        b"UIDBATCHES 500 1:*",
        b"UIDBATCHES 500 1:2,4",
        b"UIDBATCHES 4294967296",
        b"UIDBATCHES " + b"9" * 10_000,
        b"UID UIDBATCHES 500",
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
