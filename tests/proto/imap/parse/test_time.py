"""No line takes longer than lines of its length may: each is as long as the limit, and near the worst we could think of."""

import pytest

from pace import within
from proto.imap.driver import received

SIZE = 65_000

LINES = {
    "keys": b"SEARCH" + b" ALL" * (SIZE // 4),
    "nots": b"SEARCH" + b" NOT ALL" * (SIZE // 8),
    "ors": b"SEARCH" + b" OR" * (SIZE // 3),
    "parentheses": b"SEARCH " + b"(" * SIZE,
    "flat parentheses": b"SEARCH" + b" (ALL)" * (SIZE // 6),
    "spaces": b"SEARCH" + b" " * SIZE + b"ALL",
    "spaces between": b"SEARCH ALL" + b" " * (SIZE // 2) + b"ALL" + b" " * (SIZE // 2),
    "quotes": b'SEARCH BODY "' + b'\\"' * (SIZE // 2) + b'"',
    "an open quote": b'SEARCH BODY "' + b'\\"' * (SIZE // 2),
    "an open quote of backslashes": b'SEARCH BODY "' + b"\\" * SIZE,
    "ranges": b"FETCH " + b",".join([b"9:1"] * (SIZE // 4)) + b" FLAGS",
    "colons": b"FETCH " + b":" * SIZE + b" FLAGS",
    "digits": b"FETCH " + b"1" * SIZE + b" FLAGS",
    "a long size": b"SEARCH LARGER " + b"9" * SIZE,
    "items": b"FETCH 1 (" + b" ".join(b"BODY[%d]" % number for number in range(SIZE // 12)) + b")",
    "parts": b"FETCH 1 BODY[" + b"1." * (SIZE // 2) + b"1]",
    "dots": b"FETCH 1 BODY[" + b"." * SIZE + b"]",
    "fields": b"FETCH 1 BODY[HEADER.FIELDS (" + b"a " * (SIZE // 2) + b"b)]",
    "flags": b"STORE 1 FLAGS (" + b" ".join(b"k%d" % number for number in range(SIZE // 6)) + b")",
    "bare flags": b"STORE 1 FLAGS" + b" a" * (SIZE // 2),
    "shifts": b"SELECT " + b"&AOk-" * (SIZE // 5),
    "open shifts": b"SELECT " + b"&" * SIZE,
    "one shift": b"SELECT &" + b"AOk" * (SIZE // 3),
    "wildcards": b'LIST "" ' + b"%*" * (SIZE // 2),
    "patterns": b'LIST "" (' + b"* " * (SIZE // 2) + b"*)",
    "pairs": b"ID (" + b'"" NIL ' * (SIZE // 7) + b'"" "")',
    "uses": b"CREATE x (" + b"USE () " * (SIZE // 7) + b"USE ())",
    "capabilities": b"ENABLE" + b" A" * (SIZE // 2),
    "one word": b"x" * SIZE,
    "braces": b"SELECT " + b"{1" * (SIZE // 2) + b"}",
    "a resync": b"SELECT x (QRESYNC (1 1 " + b",".join([b"1:9"] * (SIZE // 5)) + b"))",
}


@pytest.mark.parametrize("name", LINES)
def test_a_full_line_of_anything_takes_no_time(name: str) -> None:
    with within(0.5):
        received(LINES[name])
