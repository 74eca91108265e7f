"""Each tolerance makes one thing pass that the grammar refuses, and nothing else does."""

from dataclasses import fields, replace

import pytest

from pillarbox.proto.imap.commands import State
from pillarbox.proto.imap.tolerances import STRICT, Tolerances
from proto.imap.driver import Driver

BEFORE, AFTER = State.NOT_AUTHENTICATED, State.SELECTED
CASES: dict[str, tuple[State, list[bytes]]] = {
    "extra_spaces": (AFTER, [b"SELECT  INBOX\r\n", b"NOOP \r\n", b"SEARCH ALL  SEEN \r\n"]),
    "spaces_in_lists": (AFTER, [b"FETCH 1 ( FLAGS )\r\n", b"FETCH 1 BODY[HEADER.FIELDS(a)]\r\n", b'ID ( "a" "b" )\r\n']),
    "specials_in_login": (BEFORE, [b"LOGIN u p%\r\n", b"LOGIN u (]\r\n"]),
    "raw_utf8": (AFTER, ["SELECT ü\r\n".encode(), 'SELECT "ü"\r\n'.encode(), 'SEARCH BODY "ü"\r\n'.encode()]),
    "malformed_utf7": (AFTER, [b"SELECT R&D\r\n", b"SELECT &AGE-\r\n"]),
    "latin1_login": (BEFORE, [b"LOGIN {1+}\r\n\xfc p\r\n"]),
    "recent_flag": (AFTER, [b"STORE 1 FLAGS (\\Recent)\r\n", b"APPEND x (\\Recent) {1+}\r\nx\r\n"]),
    "unpadded_day": (AFTER, [b'APPEND x "7-Jul-1996 02:44:25 -0700" {1+}\r\nx\r\n']),
}


def is_taken(state: State, sent: bytes, tolerances: Tolerances) -> bool:
    return Driver(state=state, tolerances=tolerances).feed(b"t " + sent).startswith((b"t OK", b"* 3 EXISTS"))


@pytest.mark.parametrize("name", [field.name for field in fields(Tolerances)])
def test_each_tolerance_is_what_makes_its_cases_pass(name: str) -> None:
    state, cases = CASES[name]
    for sent in cases:
        assert is_taken(state, sent, Tolerances()), sent
        assert is_taken(state, sent, replace(STRICT, **{name: True})), sent
        assert not is_taken(state, sent, replace(Tolerances(), **{name: False})), sent
