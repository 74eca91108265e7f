import pytest

from pillarbox.proto.imap import criteria as c
from pillarbox.proto.imap.commands import SearchReturn, Sort, SortCriterion, SortKey, Thread, ThreadAlgorithm
from pillarbox.proto.imap.sequence import Partial
from pillarbox.proto.imap.sorted import CLOSE, OPEN
from pillarbox.proto.imap.sorted import Sort as Sorted
from pillarbox.proto.imap.sorted import Thread as Threaded
from proto.imap.driver import is_bad, received

ALL, COUNT, PARTIAL = SearchReturn.ALL, SearchReturn.COUNT, SearchReturn.PARTIAL
DATE = (SortCriterion(SortKey.DATE),)


def by(*keys: SortKey) -> list[SortCriterion]:
    return [SortCriterion(key) for key in keys]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"SORT (DATE) UTF-8 ALL", Sort(b"t", [*DATE], c.All(), "UTF-8")),
        (b"uid sort (date) utf-8 all", Sort(b"t", [*DATE], c.All(), "UTF-8", uid=True)),
        (b'SORT (DATE) "us-ascii" ALL', Sort(b"t", [*DATE], c.All(), "US-ASCII")),
        (
            b"SORT (SUBJECT REVERSE date) UTF-8 SEEN ALL",
            Sort(
                b"t",
                [SortCriterion(SortKey.SUBJECT), SortCriterion(SortKey.DATE, True)],
                c.And((c.HasFlag("\\Seen"), c.All())),
                "UTF-8",
            ),
        ),
        (
            b"SORT (ARRIVAL CC DATE FROM SIZE SUBJECT TO DISPLAYFROM DISPLAYTO) UTF-8 ALL",
            Sort(b"t", by(*[key for key in SortKey if key is not SortKey.RELEVANCY]), c.All(), "UTF-8"),
        ),
        (b"SORT (DATE REVERSE DATE DATE) UTF-8 ALL", Sort(b"t", [*DATE], c.All(), "UTF-8")),
        (b"SORT RETURN () (DATE) UTF-8 ALL", Sort(b"t", [*DATE], c.All(), "UTF-8", frozenset({ALL}))),
        (
            b"SORT RETURN (COUNT PARTIAL 2:3) (DATE) UTF-8 ALL",
            Sort(b"t", [*DATE], c.All(), "UTF-8", frozenset({COUNT, PARTIAL}), partial=Partial(2, 3)),
        ),
        (
            b"SORT (RELEVANCY) UTF-8 FUZZY TEXT x",
            Sort(b"t", by(SortKey.RELEVANCY), c.Fuzzy(c.Text(b"x")), "UTF-8"),
        ),
        (b"THREAD REFERENCES UTF-8 ALL", Thread(b"t", ThreadAlgorithm.REFERENCES, c.All(), "UTF-8")),
        (b"UID THREAD refs UTF-8 ALL", Thread(b"t", ThreadAlgorithm.REFS, c.All(), "UTF-8", True)),
        (b"THREAD ORDEREDSUBJECT US-ASCII ALL", Thread(b"t", ThreadAlgorithm.ORDEREDSUBJECT, c.All(), "US-ASCII")),
    ],
)
def test_a_command_is_read(line: bytes, command: Sort | Thread) -> None:
    assert received(line) == command


@pytest.mark.parametrize(
    "line",
    [
        b"SORT",
        b"SORT UTF-8 ALL",
        b"SORT () UTF-8 ALL",
        b"SORT (DATE) ALL",
        b"SORT (DATE) UTF-8",
        b"SORT (REVERSE) UTF-8 ALL",
        b"SORT (REVERSE REVERSE DATE) UTF-8 ALL",
        b"SORT (COLOUR) UTF-8 ALL",
        b"SORT (DATE UTF-8 ALL",
        b"SORT (RELEVANCY) UTF-8 ALL",
        b"SORT RETURN (COLOUR) (DATE) UTF-8 ALL",
        b"SORT RETURN (ALL PARTIAL 1:2) (DATE) UTF-8 ALL",
        b"THREAD REFERENCES UTF-8",
        b"THREAD COLOUR UTF-8 ALL",
        b"THREAD UTF-8 ALL",
    ],
)
def test_what_is_no_command_is_refused(line: bytes) -> None:
    assert is_bad(received(line))


@pytest.mark.parametrize(
    ("response", "line"),
    [
        (Sorted(()), b"* SORT\r\n"),
        (Sorted((5, 3, 4, 1)), b"* SORT 5 3 4 1\r\n"),
        (Sorted((5, 3), 917162500), b"* SORT 5 3 (MODSEQ 917162500)\r\n"),
        (Threaded((), ()), b"* THREAD\r\n"),
        (Threaded((OPEN, 0, CLOSE, OPEN, 1, 2, CLOSE), (7, 8, 9)), b"* THREAD (7)(8 9)\r\n"),
        (
            Threaded((OPEN, 1, 3, OPEN, 2, 5, CLOSE, OPEN, 6, 4, 7, CLOSE, CLOSE), (2, 3, 4, 7, 96, 23, 44, 8)),
            b"* THREAD (3 7 (4 23)(44 96 8))\r\n",
        ),
        (Threaded((OPEN, OPEN, 0, CLOSE, OPEN, 1, CLOSE, CLOSE), (3, 5)), b"* THREAD ((3)(5))\r\n"),
    ],
)
def test_an_answer_is_written(response: Sorted | Threaded, line: bytes) -> None:
    assert response.encode() == line


def test_the_programs_limits_hold_for_them_too() -> None:
    deep = b"NOT " * 200 + b"ALL"
    assert is_bad(received(b"SORT (DATE) UTF-8 " + deep))
    assert is_bad(received(b"THREAD REFERENCES UTF-8 " + deep))
