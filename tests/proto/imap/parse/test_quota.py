import pytest

from pillarbox.proto.imap import commands
from proto.imap.driver import is_bad, received


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'GETQUOTA ""', commands.GetQuota(b"t", "")),
        (b'GETQUOTA "!partition/sda4"', commands.GetQuota(b"t", "!partition/sda4")),
        (b"GETQUOTAROOT inbox", commands.GetQuotaRoot(b"t", "INBOX")),
        (b'SETQUOTA "" (STORAGE 512)', commands.SetQuota(b"t", "", ((b"STORAGE", 512),))),
        (b"SETQUOTA a (storage 1 Message 2)", commands.SetQuota(b"t", "a", ((b"STORAGE", 1), (b"MESSAGE", 2)))),
        (b"SETQUOTA a ()", commands.SetQuota(b"t", "a", ())),
        (b"SETQUOTA a (STORAGE 9223372036854775807)", commands.SetQuota(b"t", "a", ((b"STORAGE", (1 << 63) - 1),))),
    ],
)
def test_quotas_are_asked_for_and_set_as_the_rfc_writes_it(line: bytes, expected: commands.Command) -> None:
    assert received(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        b"GETQUOTA",
        b"GETQUOTA a b",
        b"GETQUOTAROOT",
        b"SETQUOTA a",
        b"SETQUOTA a STORAGE 1",
        b"SETQUOTA a (STORAGE)",
        b"SETQUOTA a (STORAGE -1)",
        b"SETQUOTA a (STORAGE 9223372036854775808)",
        b"SETQUOTA a (STORAGE %b)" % (b"9" * 5000),
        b"SETQUOTA a (%b)" % b" ".join([b"X 1"] * 17),
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
