"""Every limit of the engine's, at the edge and one beyond, in one piece and a byte at a time."""

import pytest

from pace import within
from pillarbox.limits import ImapLimits
from pillarbox.proto.imap.commands import State
from proto.imap.driver import Driver


def line_of(length: int) -> bytes:
    return b"a1 SUBSCRIBE " + b"y" * (length - 13) + b"\r\n"


def login_of(length: int) -> bytes:
    return b"a1 LOGIN u " + b"y" * (length - 11) + b"\r\n"


def split_login(length: int) -> bytes:
    """A line in two pieces with a literal between, whose own bytes don't count."""
    return b"a1 LOGIN {20+}\r\n" + b"u" * 20 + b" " + b"y" * (length - 10) + b"\r\n"


def nots(count: int) -> bytes:
    return b"a1 SEARCH " + b"NOT " * count + b"SEEN\r\n"


def parentheses(count: int) -> bytes:
    return b"a1 SEARCH " + b"(" * count + b"SEEN" + b")" * count + b"\r\n"


def literals(count: int) -> bytes:
    return b"a1 SEARCH" + b" BODY {1+}\r\nx" * count + b"\r\n"


def literal(size: int) -> bytes:
    return b"a1 SEARCH BODY {%d+}\r\n" % size + b"x" * size + b"\r\n"


def two_literals(size: int) -> bytes:
    return b"a1 LOGIN {%d+}\r\n" % (size - 5) + b"x" * (size - 5) + b" {5+}\r\nxxxxx\r\n"


def messages(count: int) -> bytes:
    return b"a1 APPEND INBOX" + b" {1+}\r\nx" * count + b"\r\n"


def message(size: int) -> bytes:
    return b"a1 APPEND INBOX {%d+}\r\n" % size + b"x" * size + b"\r\n"


def search_keys(count: int) -> bytes:
    return b"a1 SEARCH" + b" SEEN" * count + b"\r\n"


def id_pairs(count: int) -> bytes:
    return b"a1 ID (" + b" ".join([b'"a" "b"'] * count) + b")\r\n"


def patterns(count: int) -> bytes:
    return b'a1 LIST "" (' + b" ".join([b"%"] * count) + b")\r\n"


def pattern(size: int) -> bytes:
    return b'a1 LIST "" "' + b"%" * size + b'"\r\n'


def alternatives(count: int) -> bytes:
    return b"a1 SEARCH " + b"OR SEEN " * (count - 1) + b"SEEN\r\n"


def capabilities(count: int) -> bytes:
    return b"a1 ENABLE" + b" X" * count + b"\r\n"


def cancelled(count: int) -> bytes:
    return b"a1 CANCELUPDATE" + b' "x"' * count + b"\r\n"


def event_groups(count: int) -> bytes:
    return b"a1 NOTIFY SET" + b" (personal NONE)" * count + b"\r\n"


def unknown_events(count: int) -> bytes:
    return b"a1 NOTIFY SET (personal (" + b" ".join([b"X"] * count) + b"))\r\n"


def watched_mailboxes(count: int) -> bytes:
    return b"a1 NOTIFY SET (mailboxes x NONE) (mailboxes (" + b" ".join([b"x"] * (count - 1)) + b") NONE)\r\n"


def entries(count: int) -> bytes:
    return b'a1 GETMETADATA "" (' + b" ".join([b"/shared/x"] * count) + b")\r\n"


def parts(count: int) -> bytes:
    return b"a1 APPEND x CATENATE (" + b" ".join([b"URL /x"] * count) + b")\r\n"


def parts_as_literals(count: int) -> bytes:
    return b"a1 APPEND x CATENATE (" + b" ".join([b"URL {2+}\r\n/x"] * count) + b")\r\n"


def field_names(count: int) -> bytes:
    return b"a1 FETCH 1 BODY[HEADER.FIELDS (" + b" ".join([b"x"] * count) + b")]\r\n"


def keyword(size: int) -> bytes:
    return b"a1 STORE 1 FLAGS (" + b"k" * size + b")\r\n"


def section(depth: int) -> bytes:
    return b"a1 FETCH 1 BODY[" + b".".join([b"1"] * depth) + b"]\r\n"


BEFORE, AFTER, SELECTED = State.NOT_AUTHENTICATED, State.AUTHENTICATED, State.SELECTED
CASES = {
    "line_before_login": (ImapLimits(line_before_login=64), BEFORE, login_of, 64, b"a1 BAD the line is too long\r\n"),
    "line_before_login, in pieces": (
        ImapLimits(line_before_login=64),
        BEFORE,
        split_login,
        64,
        b"a1 BAD the line is too long\r\n",
    ),
    "line": (ImapLimits(line=64), AFTER, line_of, 64, b"a1 BAD the line is too long\r\n"),
    "literals": (ImapLimits(literals=5), SELECTED, literals, 5, b"a1 BAD [TOOBIG] too many literals\r\n"),
    "literal_bytes": (ImapLimits(literal_bytes=50), SELECTED, literal, 50, b"a1 NO [TOOBIG] the literal is too big\r\n"),
    "literal_before_login": (
        ImapLimits(literal_before_login=50),
        BEFORE,
        two_literals,
        50,
        b"a1 NO [TOOBIG] the literal is too big\r\n",
    ),
    "message": (ImapLimits(message=50), AFTER, message, 50, b"a1 NO [TOOBIG] the message is too big\r\n"),
    "append_messages": (
        ImapLimits(append_messages=3),
        AFTER,
        messages,
        3,
        b"a1 NO [LIMIT] too many messages in one APPEND\r\n",
    ),
    "nesting of parentheses": (ImapLimits(), SELECTED, parentheses, 100, b"a1 BAD the search is nested too deeply\r\n"),
    "nesting of NOT": (ImapLimits(), SELECTED, nots, 100, b"a1 BAD the search is nested too deeply\r\n"),
    "nesting of sections": (ImapLimits(), SELECTED, section, 100, b"a1 BAD the section is too deep\r\n"),
    "search_keys": (ImapLimits(), SELECTED, search_keys, 1000, b"a1 BAD too many search keys\r\n"),
    "id_pairs": (ImapLimits(), BEFORE, id_pairs, 30, b"a1 BAD too many fields\r\n"),
    "patterns": (ImapLimits(), AFTER, patterns, 100, b"a1 BAD too many patterns\r\n"),
    "bytes of a pattern": (ImapLimits(mailbox_name=20), AFTER, pattern, 80, b"a1 BAD the pattern is too long\r\n"),
    "search_keys of one OR": (ImapLimits(), SELECTED, alternatives, 1000, b"a1 BAD too many search keys\r\n"),
    "capabilities to enable": (ImapLimits(), AFTER, capabilities, 100, b"a1 BAD too many capabilities\r\n"),
    "contexts": (ImapLimits(), SELECTED, cancelled, 10, b"a1 BAD too many tags\r\n"),
    "event_groups": (ImapLimits(), AFTER, event_groups, 100, b"a1 BAD too many groups of events\r\n"),
    "event_groups of unknown events": (ImapLimits(), AFTER, unknown_events, 100, b"a1 BAD too many events\r\n"),
    "searched_mailboxes of NOTIFY": (
        ImapLimits(searched_mailboxes=50),
        AFTER,
        watched_mailboxes,
        50,
        b"a1 BAD too many mailboxes\r\n",
    ),
    "annotations": (ImapLimits(), AFTER, entries, 100, b"a1 BAD too many entries\r\n"),
    "catenated_parts": (ImapLimits(catenated_parts=20), AFTER, parts, 20, b"a1 NO [LIMIT] too many parts of one message\r\n"),
    "catenated_parts as literals": (
        ImapLimits(catenated_parts=20),
        AFTER,
        parts_as_literals,
        20,
        b"a1 NO [LIMIT] too many parts of one message\r\n",
    ),
    "field_names": (ImapLimits(field_names=50), SELECTED, field_names, 50, b"a1 BAD too many field names\r\n"),
    "keyword": (ImapLimits(keyword=20), SELECTED, keyword, 20, b"a1 BAD the keyword is too long\r\n"),
}


@pytest.mark.parametrize("step", [1, 66, 1 << 20])
@pytest.mark.parametrize("case", CASES)
def test_a_limit_allows_itself_and_no_more(case: str, step: int) -> None:
    limits, state, stream, limit, refusal = CASES[case]
    for size, allowed in ((limit - 1, True), (limit, True), (limit + 1, False)):
        said = Driver(limits, state).feed_in_steps(stream(size) + b"a2 NOOP\r\n", step)
        assert said.endswith(b"a2 OK NOOP completed\r\n")
        first = said[: -len(b"a2 OK NOOP completed\r\n")]
        assert first.startswith(b"a1 OK ") if allowed else first == refusal, size


@pytest.mark.parametrize("count", [3, 19, 20])
def test_so_many_bad_commands_are_goodbye(count: int) -> None:
    said = Driver().feed(b"a1 x\r\n" * count)
    assert said.count(b"BAD") == count
    assert said.endswith(b"* BYE too many bad commands\r\n") == (count == ImapLimits().bad_commands)


def test_the_default_line_limits_are_the_ones_announced() -> None:
    limits = ImapLimits()
    assert Driver().feed(login_of(limits.line_before_login)).startswith(b"a1 OK")
    assert Driver().feed(login_of(limits.line_before_login + 1)).startswith(b"a1 BAD")
    assert Driver(state=AFTER).feed(line_of(limits.line)).startswith(b"a1 OK")
    assert Driver(state=AFTER).feed(line_of(limits.line + 1)).startswith(b"a1 BAD")


@pytest.mark.parametrize("spaces", [1, 50])
@pytest.mark.parametrize("between", [b" ", b") CATENATE ("])
def test_a_thousand_urls_as_literals_are_not_read_a_thousand_times(spaces: int, between: bytes) -> None:
    url = b"URL" + b" " * spaces + b"{2+}\r\n/x"
    with within(2):
        said = Driver(state=AFTER).feed(b"a1 APPEND x CATENATE (" + between.join([url] * 999) + b")\r\n")
        assert said == b"a1 OK APPEND completed\r\n"
