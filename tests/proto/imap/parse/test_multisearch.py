import pytest

from pillarbox.proto.imap import criteria as c
from pillarbox.proto.imap.commands import Comparator, Language, MultiSearch, Scope, SearchReturn, Source, State
from pillarbox.proto.imap.sequence import Partial
from proto.imap.driver import Driver, is_bad, received

COUNT, PARTIAL = SearchReturn.COUNT, SearchReturn.PARTIAL
SEEN = c.HasFlag("\\Seen")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"ESEARCH SEEN", MultiSearch(b"t", SEEN)),
        (b"esearch in (selected) SEEN", MultiSearch(b"t", SEEN, sources=(Source(Scope.SELECTED),))),
        (
            b'ESEARCH IN (mailboxes "folder1" subtree-one (a b)) RETURN (COUNT) CHARSET UTF-8 SEEN',
            MultiSearch(
                b"t",
                SEEN,
                "UTF-8",
                frozenset({COUNT}),
                (Source(Scope.MAILBOXES, ("folder1",)), Source(Scope.SUBTREE_ONE, ("a", "b"))),
            ),
        ),
        (
            b"ESEARCH IN (inboxes personal subscribed subtree inbox) RETURN (PARTIAL 1:2) SEEN",
            MultiSearch(
                b"t",
                SEEN,
                None,
                frozenset({PARTIAL}),
                (
                    Source(Scope.INBOXES),
                    Source(Scope.PERSONAL),
                    Source(Scope.SUBSCRIBED),
                    Source(Scope.SUBTREE, ("INBOX",)),
                ),
                Partial(1, 2),
            ),
        ),
        (b"LANGUAGE", Language(b"t")),
        (b'LANGUAGE de-AT "en"', Language(b"t", ("de-AT", "en"))),
        (b"COMPARATOR", Comparator(b"t")),
        (b'COMPARATOR "cz;*" i;basic', Comparator(b"t", ("cz;*", "i;basic"))),
    ],
)
def test_it_is_read_as_the_rfc_writes_it(line: bytes, expected: object) -> None:
    assert received(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        b"ESEARCH",
        b"ESEARCH IN () SEEN",
        b"ESEARCH IN selected SEEN",
        b"ESEARCH IN (selected-delayed) SEEN",
        b"ESEARCH IN (mailboxes) SEEN",
        b"ESEARCH IN (mailboxes ()) SEEN",
        b"ESEARCH IN (selected (scope)) SEEN",
        b"ESEARCH IN (nowhere) SEEN",
        b"ESEARCH IN (selected)",
        b"UID ESEARCH SEEN",
        b"LANGUAGE " + b"de " * 101 + b"de",
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))


def test_a_language_may_be_chosen_before_logging_in() -> None:
    assert Driver().feed(b"t LANGUAGE de\r\n").startswith(b"t OK")


@pytest.mark.parametrize("line", [b"ESEARCH IN (personal) SEEN", b"COMPARATOR"])
def test_nothing_is_searched_before_logging_in(line: bytes) -> None:
    assert Driver().feed(b"t " + line + b"\r\n").startswith(b"t BAD")
    assert Driver(state=State.AUTHENTICATED).feed(b"t " + line + b"\r\n").startswith(b"t OK")
