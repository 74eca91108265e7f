from datetime import UTC, datetime

import pytest

from pillarbox.proto.imap.encode import fetch

AT = datetime(1996, 7, 17, 2, 44, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (fetch.flags(()), b"FLAGS ()"),
        (fetch.flags(("\\Seen", "$Work")), b"FLAGS (\\Seen $Work)"),
        (fetch.uid(7), b"UID 7"),
        (fetch.size(5_000_000_000), b"RFC822.SIZE 5000000000"),
        (fetch.internal_date(AT), b'INTERNALDATE "17-Jul-1996 02:44:25 +0000"'),
        (fetch.save_date(AT), b'SAVEDATE "17-Jul-1996 02:44:25 +0000"'),
        (fetch.save_date(None), b"SAVEDATE NIL"),
        (fetch.mod_seq(65402), b"MODSEQ (65402)"),
        (fetch.email_id("M6d9"), b"EMAILID (M6d9)"),
        (fetch.thread_id("T64b"), b"THREADID (T64b)"),
        (fetch.thread_id(None), b"THREADID NIL"),
        (fetch.section(b"BODY[]", b"a\r\n"), b"BODY[] {3}\r\na\r\n"),
        (fetch.section(b"BODY[9]", None), b"BODY[9] NIL"),
        (fetch.section(b"BODY[1]<5>", b""), b"BODY[1]<5> {0}\r\n"),
        (fetch.binary(b"BINARY[1]", b"ab"), b"BINARY[1] {2}\r\nab"),
        (fetch.binary(b"BINARY[1]", b"a\0"), b"BINARY[1] ~{2}\r\na\0"),
        (fetch.binary(b"BINARY[1]", None), b"BINARY[1] NIL"),
        (fetch.binary_size(b"BINARY.SIZE[1]", 9), b"BINARY.SIZE[1] 9"),
    ],
)
def test_an_item_is_written_as_the_rfcs_write_it(item: bytes, expected: bytes) -> None:
    assert item == expected


def test_a_response_joins_its_items() -> None:
    assert fetch.response(3, [fetch.uid(7), fetch.flags(())]) == b"* 3 FETCH (UID 7 FLAGS ())\r\n"
