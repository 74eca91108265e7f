from datetime import date

import pytest

from pace import within
from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import criteria as c
from pillarbox.proto.imap.attributes import Attribute
from pillarbox.proto.imap.commands import CancelUpdate, Search, SearchReturn, State
from pillarbox.proto.imap.criteria import When, Which
from pillarbox.proto.imap.events import CommandReceived
from pillarbox.proto.imap.parse.scanner import SyntaxProblem
from pillarbox.proto.imap.parse.search import criterion
from pillarbox.proto.imap.sequence import SAVED, STAR, Partial, SequenceSet
from proto.imap.driver import Driver, is_bad, received

MIN, MAX, ALL, COUNT, SAVE, PARTIAL, RELEVANCY, UPDATE, CONTEXT = SearchReturn
FEB = date(1994, 2, 1)
SEEN = c.HasFlag("\\Seen")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b"ALL", c.All()),
        (b"answered", c.HasFlag("\\Answered")),
        (b"DELETED", c.HasFlag("\\Deleted")),
        (b"DRAFT", c.HasFlag("\\Draft")),
        (b"FLAGGED", c.HasFlag("\\Flagged")),
        (b"RECENT", c.HasFlag("\\Recent")),
        (b"SEEN", SEEN),
        (b"UNANSWERED", c.Not(c.HasFlag("\\Answered"))),
        (b"UNDELETED", c.Not(c.HasFlag("\\Deleted"))),
        (b"UNDRAFT", c.Not(c.HasFlag("\\Draft"))),
        (b"UNFLAGGED", c.Not(c.HasFlag("\\Flagged"))),
        (b"UNSEEN", c.Not(SEEN)),
        (b"NEW", c.And((c.HasFlag("\\Recent"), c.Not(SEEN)))),
        (b"OLD", c.Not(c.HasFlag("\\Recent"))),
        (b"KEYWORD $Work", c.HasFlag("$Work")),
        (b"UNKEYWORD $Work", c.Not(c.HasFlag("$Work"))),
        (b"BCC x", c.Header("Bcc", b"x")),
        (b"CC x", c.Header("Cc", b"x")),
        (b'FROM "Smith J"', c.Header("From", b"Smith J")),
        (b"SUBJECT x", c.Header("Subject", b"x")),
        (b"TO x", c.Header("To", b"x")),
        (b'HEADER Message-ID ""', c.Header("Message-ID", b"")),
        (b'HEADER "X-A" b', c.Header("X-A", b"b")),
        (b"BODY x", c.Body(b"x")),
        (b"TEXT x", c.Text(b"x")),
        ('TEXT "ü"'.encode(), c.Text("ü".encode())),
        ("TEXT ü".encode(), c.Text("ü".encode())),
        (b"BEFORE 1-Feb-1994", c.Day(Which.RECEIVED, When.BEFORE, FEB)),
        (b"ON 1-Feb-1994", c.Day(Which.RECEIVED, When.ON, FEB)),
        (b'SINCE "1-Feb-1994"', c.Day(Which.RECEIVED, When.SINCE, FEB)),
        (b"SENTBEFORE 01-feb-1994", c.Day(Which.SENT, When.BEFORE, FEB)),
        (b"SENTON 1-Feb-1994", c.Day(Which.SENT, When.ON, FEB)),
        (b"SENTSINCE 1-Feb-1994", c.Day(Which.SENT, When.SINCE, FEB)),
        (b"SAVEDBEFORE 1-Feb-1994", c.Day(Which.SAVED, When.BEFORE, FEB)),
        (b"SAVEDON 1-Feb-1994", c.Day(Which.SAVED, When.ON, FEB)),
        (b"SAVEDSINCE 1-Feb-1994", c.Day(Which.SAVED, When.SINCE, FEB)),
        (b"SAVEDATESUPPORTED", c.SaveDateSupported()),
        (b"LARGER 50000", c.Larger(50000)),
        (b"SMALLER 5000000000", c.Smaller(5000000000)),
        (b"YOUNGER 3600", c.Younger(3600)),
        (b"OLDER 259200", c.Older(259200)),
        (b"2,4:*", c.Numbers(SequenceSet(((2, 2), (4, STAR))))),
        (b"*", c.Numbers(SequenceSet(((STAR, STAR),)))),
        (b"$", c.Numbers(SAVED)),
        (b"UID 5:*", c.Uids(SequenceSet(((5, STAR),)))),
        (b"UIDAFTER 5", c.Not(c.Uids(SequenceSet(((1, 5),))))),
        (b"UIDBEFORE 5", c.Not(c.Uids(SequenceSet(((5, 0xFFFF_FFFF),))))),
        (b"UID $", c.Uids(SAVED)),
        (b"MODSEQ 620162338", c.ChangedSince(620162338)),
        (b'MODSEQ "/flags/\\\\draft" all 620162338', c.ChangedSince(620162338, b"/flags/\\draft all")),
        (b"EMAILID M6d99ac3275bb4e", c.EmailIs("M6d99ac3275bb4e")),
        (b'THREADID "T64b478a75b7ea9"', c.ThreadIs("T64b478a75b7ea9")),
        (b"NOT SEEN", c.Not(SEEN)),
        (b"NOT NOT SEEN", c.Not(c.Not(SEEN))),
        (b"OR SEEN ALL", c.Or((SEEN, c.All()))),
        (b"OR SEEN OR ALL $", c.Or((SEEN, c.All(), c.Numbers(SAVED)))),
        (b"OR OR SEEN ALL $", c.Or((SEEN, c.All(), c.Numbers(SAVED)))),
        (b"OR NOT SEEN (ALL $)", c.Or((c.Not(SEEN), c.And((c.All(), c.Numbers(SAVED)))))),
        (b"NOT OR SEEN ALL", c.Not(c.Or((SEEN, c.All())))),
        (b"OR SEEN (OR ALL $)", c.Or((SEEN, c.Or((c.All(), c.Numbers(SAVED)))))),
        (b"(SEEN)", SEEN),
        (b"((SEEN) ALL)", c.And((SEEN, c.All()))),
        (b"SEEN ALL ", c.And((SEEN, c.All()))),
        (b"OR SEEN ALL $", c.And((c.Or((SEEN, c.All())), c.Numbers(SAVED)))),
        (b"FUZZY SUBJECT x", c.Fuzzy(c.Header("Subject", b"x"))),
        (b"fuzzy (SEEN NOT TEXT x) $", c.And((c.Fuzzy(c.And((SEEN, c.Not(c.Text(b"x"))))), c.Numbers(SAVED)))),
        (b"FILTER on-the-road", c.Filter("on-the-road")),
        (b"NOT FILTER a ALL", c.And((c.Not(c.Filter("a")), c.All()))),
        (b"NOT (SEEN ALL) $", c.And((c.Not(c.And((SEEN, c.All()))), c.Numbers(SAVED)))),
    ],
)
def test_every_key_of_both_rfcs_is_known(text: bytes, key: c.Key) -> None:
    assert received(b"SEARCH " + text) == Search(b"t", key)
    assert received(b"UID SEARCH " + text) == Search(b"t", key, uid=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"SEARCH CHARSET utf-8 ALL", Search(b"t", c.All(), "UTF-8")),
        (b'SEARCH CHARSET "x y" ALL', Search(b"t", c.All(), "X Y")),
        (b"SEARCH RETURN () ALL", Search(b"t", c.All(), None, frozenset({ALL}))),
        (
            b"search return (min max all count save) ALL",
            Search(b"t", c.All(), None, frozenset({MIN, MAX, ALL, COUNT, SAVE})),
        ),
        (
            b"SEARCH RETURN (UPDATE CONTEXT COUNT) SEEN",
            Search(b"t", SEEN, None, frozenset({UPDATE, CONTEXT, COUNT})),
        ),
        (
            b"UID SEARCH RETURN (PARTIAL 500:1 MIN) SEEN",
            Search(b"t", SEEN, None, frozenset({PARTIAL, MIN}), True, Partial(500, 1)),
        ),
        (
            b"SEARCH RETURN (partial -1:-100) SEEN",
            Search(b"t", SEEN, None, frozenset({PARTIAL}), False, Partial(-1, -100)),
        ),
        (
            b"SEARCH RETURN (RELEVANCY ALL) FUZZY TEXT x",
            Search(b"t", c.Fuzzy(c.Text(b"x")), None, frozenset({RELEVANCY, ALL})),
        ),
        (
            b"SEARCH RETURN (UPDATE (UID flags uid) COUNT) SEEN",
            Search(b"t", SEEN, None, frozenset({UPDATE, COUNT}), fetched=(Attribute.UID, Attribute.FLAGS)),
        ),
        (b"SEARCH RETURN (RELEVANCY) FILTER x", Search(b"t", c.Filter("x"), None, frozenset({RELEVANCY}))),
        (b"UID SEARCH RETURN (SAVE) CHARSET UTF-8 SEEN", Search(b"t", SEEN, "UTF-8", frozenset({SAVE}), True)),
    ],
)
def test_a_search_may_say_what_to_return(line: bytes, expected: Search) -> None:
    assert received(line) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"NONSENSE",
        b"()",
        b"(SEEN",
        b"SEEN)",
        b"(SEEN))",
        b"(SEEN)ALL",
        b"NOT",
        b"NOT ",
        b"OR SEEN",
        b"OR",
        b"(OR SEEN) ALL",
        b"(NOT) SEEN",
        b"FROM",
        b"HEADER x",
        b"KEYWORD (x)",
        b"SINCE yesterday",
        b"LARGER -1",
        b"LARGER 9223372036854775808",
        b"YOUNGER 0",
        b"UID",
        b"UID SEEN",
        b"0",
        b"1:x",
        b"MODSEQ x",
        b'MODSEQ "/flags/x" 5',
        b'MODSEQ "/flags/x" both 5',
        b"EMAILID (x)",
        b'EMAILID "a b"',
        b"RETURN (NONSENSE) ALL",
        b"RETURN ALL",
        b"RETURN ()",
        b"CHARSET UTF-8",
        b"FUZZY",
        b"FILTER",
        b"FILTER a/b",
        b'FILTER "a"',
        b"FILTER " + b"x" * 256,
        b"RETURN (UPDATE ()) ALL",
        b"RETURN (UPDATE (UID) ALL",
        b"RETURN (UPDATE (FAST)) ALL",
        b"RETURN (COUNT (UID)) ALL",
        b"RETURN (PARTIAL) ALL",
        b"RETURN (PARTIAL 1) ALL",
        b"RETURN (PARTIAL 0:5) ALL",
        b"RETURN (PARTIAL -1:5) ALL",
        b"RETURN (PARTIAL 1:*) ALL",
        b"RETURN (PARTIAL 1:4294967296) ALL",
        b"RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL",
        b"RETURN (PARTIAL 1:2 ALL) ALL",
        b"RETURN (RELEVANCY) TEXT x",
    ],
)
def test_what_does_not_fit_is_bad(text: bytes) -> None:
    assert is_bad(received(b"SEARCH " + text))


def test_a_literal_keeps_its_bytes() -> None:
    driver = Driver(state=State.SELECTED)
    driver.feed(b"t SEARCH CHARSET ISO-8859-1 SUBJECT {4+}\r\n\xe4 \x22( FROM {0+}\r\n\r\n")
    key = c.And((c.Header("Subject", b'\xe4 "('), c.Header("From", b"")))
    assert driver.events == [CommandReceived(Search(b"t", key, "ISO-8859-1"))]


@pytest.mark.parametrize("chain", [b"OR SEEN " * 900 + b"ALL", b"OR " * 900 + b"SEEN " * 901])
def test_a_long_chain_of_or_is_one_key(chain: bytes) -> None:
    with within(0.5):
        found = received(b"SEARCH " + chain)
        assert isinstance(found, Search)
        assert isinstance(found.key, c.Or)
        assert len(found.key.keys) == 901


def test_the_limit_holds_for_mixed_nesting() -> None:
    limits = ImapLimits(nesting=6)
    for depth, answer in ((3, b"OK"), (4, b"BAD")):
        said = Driver(limits, State.SELECTED).feed(b"t SEARCH " + b"NOT (" * depth + b"ALL" + b")" * depth + b"\r\n")
        assert said.startswith(b"t " + answer)


def test_updates_are_cancelled_by_their_tags() -> None:
    assert received(b'CANCELUPDATE "B01" "b 2"') == CancelUpdate(b"t", (b"B01", b"b 2"))
    assert is_bad(received(b"CANCELUPDATE"))
    assert is_bad(received(b"CANCELUPDATE "))


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (b"SEEN", SEEN),
        (b"OR SMALLER 5000 FROM {3}\r\nbos", c.Or((c.Smaller(5000), c.Header("From", b"bos")))),
        (b"SUBJECT {2+}\r\n\r\n TEXT {0}\r\n", c.And((c.Header("Subject", b"\r\n"), c.Text(b"")))),
        ("SUBJECT ü".encode(), c.Header("Subject", "ü".encode())),
        (b"FILTER other", c.Filter("other")),
    ],
)
def test_a_program_kept_somewhere_is_read_like_one_in_a_command(value: bytes, key: c.Key) -> None:
    assert criterion(value, ImapLimits()) == key


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"OR SMALLER",
        b"SEEN)",
        b"SUBJECT \xff",
        b"SUBJECT {9}\r\nshort",
        b"SEEN\r\nSEEN",
        b"SUBJECT {1}\r\n\0",
        b"SUBJECT {99999999999999999999999}\r\nx",
        b"NOT " * 200 + b"SEEN",
        b"SEEN " * 2000 + b"SEEN",
    ],
)
def test_what_is_no_whole_program_is_not_read(value: bytes) -> None:
    with pytest.raises(SyntaxProblem):
        criterion(value, ImapLimits())
