import pytest

from pillarbox.proto.imap.commands import List, ListReturn, ListSelection, Lsub, StatusItem
from proto.imap.driver import is_bad, received

SUBSCRIBED, REMOTE, RECURSIVE, USES = ListSelection
RETURN_SUBSCRIBED, CHILDREN, RETURN_USES, RETURN_RIGHTS = ListReturn
EVERY_OLD_RETURN = frozenset({RETURN_SUBSCRIBED, CHILDREN, RETURN_USES})


def extended(
    *patterns: str,
    selection: frozenset[ListSelection] = frozenset(),
    returns: frozenset[ListReturn] = frozenset(),
    status: tuple[StatusItem, ...] = (),
    metadata: tuple[str, ...] = (),
) -> List:
    return List(b"t", "", patterns, selection, returns, status, metadata, extended=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'LIST "" *', List(b"t", "", ("*",))),
        (b'LIST "" ""', List(b"t", "", ("",))),
        (b'list "~/Mail/" %', List(b"t", "~/Mail/", ("%",))),
        (b'LIST #news. "comp.mail.*"', List(b"t", "#news.", ("comp.mail.*",))),
        (b'LIST "" &U,BTFw-/%', List(b"t", "", ("台北/%",))),
        (b'LIST (SUBSCRIBED) "" "*"', extended("*", selection=frozenset({SUBSCRIBED}))),
        (b'LIST () "" "%" RETURN (CHILDREN)', extended("%", returns=frozenset({CHILDREN}))),
        (b'LIST (REMOTE) "" "%" RETURN ()', extended("%", selection=frozenset({REMOTE}))),
        (
            b'LIST (subscribed recursivematch special-use) "" "*"',
            extended("*", selection=frozenset({SUBSCRIBED, RECURSIVE, USES})),
        ),
        (b'LIST "" ("INBOX" "Drafts" Sent/%)', extended("INBOX", "Drafts", "Sent/%")),
        (
            b'LIST "" "%" RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES UNSEEN))',
            extended("%", returns=EVERY_OLD_RETURN, status=(StatusItem.MESSAGES, StatusItem.UNSEEN)),
        ),
        (b'LIST "" "%" RETURN (STATUS (SIZE))', extended("%", status=(StatusItem.SIZE,))),
        (b'LIST "" "%" RETURN (myrights)', extended("%", returns=frozenset({RETURN_RIGHTS}))),
        (
            b'LIST "" "%" RETURN (METADATA (/shared/comment "/private/a"))',
            extended("%", metadata=("/shared/comment", "/private/a")),
        ),
        (b'LIST "" "%" RETURN (METADATA /shared/comment)', extended("%", metadata=("/shared/comment",))),
        (b'LSUB "#news." "comp.mail.*"', Lsub(b"t", "#news.", "comp.mail.*")),
        (b'LSUB "" %', Lsub(b"t", "", "%")),
    ],
)
def test_lists_are_read_as_the_rfcs_write_them(line: bytes, expected: List | Lsub) -> None:
    assert received(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        b"LIST",
        b'LIST ""',
        b'LIST "" ()',
        b'LIST (NONSENSE) "" *',
        b'LIST (RECURSIVEMATCH) "" *',
        b'LIST (RECURSIVEMATCH REMOTE) "" *',
        b'LIST (SUBSCRIBED)"" *',
        b'LIST "" * RETURN',
        b'LIST "" * RETURN CHILDREN',
        b'LIST "" * RETURN (METADATA)',
        b'LIST "" * RETURN (METADATA ())',
        b'LIST "" * RETURN (METADATA (/comment))',
        b'LIST "" * RETURN (NONSENSE)',
        b'LIST "" * RETURN (STATUS)',
        b'LIST "" * RETURN (STATUS ())',
        b'LIST "" * (CHILDREN)',
        b'LIST "" * SORT (CHILDREN)',
        b'LIST "" (* (a))',
        b'LSUB "" (*)',
        b'LSUB (SUBSCRIBED) "" *',
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
